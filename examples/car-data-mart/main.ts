import { type Engine, Session, type Statement, select } from "../../src/entries/index.ts";
import type { Example } from "../support/example.ts";
import type { Notebook } from "../support/notebook.ts";
import { explain } from "./explain.ts";
import { Base, CarBrand, CarInfo, CarModel } from "./models.ts";
import { createSampleData, deleteCar, readCars, readDataMart, updatePrice } from "./operations.ts";

/** Brands have models, models have cars, and a query across all three is the data mart. */
export const carDataMart: Example = {
  name: "car-data-mart",
  title: "create, read, update and delete; an index; a data mart",
  metadata: [Base.metadata],
  run,
};

async function run(engine: Engine, notebook: Notebook): Promise<void> {
  const { id, carId, modelId, year, price } = CarInfo.c;
  const showCars = (caption: string) => show(caption, select(id, carId, modelId, year, price).orderBy(id));
  const show = (caption: string, statement: Statement<unknown>) =>
    notebook.aside(async () => {
      await using session = new Session(engine);
      notebook.say(caption);
      notebook.table(await session.execute(statement).mappings().all());
    });

  notebook.step("Create: five rows in each table");
  await showCars("car_info before:");
  await createSampleData(engine);
  const { c: brand } = CarBrand;
  await show("car_brand after:", select(brand.id, brand.name).orderBy(brand.id));
  const { c: model } = CarModel;
  await show("car_model after:", select(model.id, model.name, model.brandId).orderBy(model.id));
  await showCars("car_info after:");

  notebook.step("Read: every car with its model and brand");
  await showCars("car_info before:");
  for (const line of await readCars(engine)) notebook.say(line);
  await showCars("car_info after (reading changes nothing):");

  notebook.step("Update: the price of C2");
  await showCars("car_info before:");
  await updatePrice(engine, "C2", 21500);
  await showCars("car_info after:");

  notebook.step("Delete: the car C4");
  await showCars("car_info before:");
  await deleteCar(engine, "C4");
  notebook.say("Car C4 is removed from the database");
  await showCars("car_info after:");

  notebook.step("The data mart: brand, model, year and average price");
  notebook.table(await readDataMart(engine));

  notebook.step("The index idx_car_id: a search by car_id goes through it, a search by price cannot");
  const byCarId = select(CarInfo).where(CarInfo.c.carId.eq("C2"));
  for (const line of await explain(engine, byCarId)) notebook.say(line);
  const byPrice = select(CarInfo).where(CarInfo.c.price.eq(21500));
  for (const line of await explain(engine, byPrice)) notebook.say(line);
}
