import { type Engine, func, Session, select } from "../../src/entries/index.ts";
import { CarBrand, CarInfo, CarModel } from "./models.ts";

/** Adds five brands, five models and five cars. */
export async function createSampleData(engine: Engine) {
  await using session = new Session(engine);
  const [toyota, honda, ford, tesla, bmw] = session.addAll(
    ["Toyota", "Honda", "Ford", "Tesla", "BMW"].map((name) => new CarBrand({ name })),
  );

  const [corolla, civic, focus] = session.addAll([
    new CarModel({ name: "Corolla", brand: toyota! }),
    new CarModel({ name: "Civic", brand: honda! }),
    new CarModel({ name: "Focus", brand: ford! }),
    new CarModel({ name: "Model 3", brand: tesla! }),
    new CarModel({ name: "X5", brand: bmw! }),
  ]);

  session.addAll([
    new CarInfo({ carId: "C1", model: corolla!, year: 2020, price: 20000 }),
    new CarInfo({ carId: "C2", model: corolla!, year: 2021, price: 21000 }),
    new CarInfo({ carId: "C3", model: civic!, year: 2020, price: 22000 }),
    new CarInfo({ carId: "C4", model: civic!, year: 2022, price: 23000 }),
    new CarInfo({ carId: "C5", model: focus!, year: 2021, price: 19000 }),
  ]);
  await session.commit();
}

/** Every car with its model and brand. */
export async function readCars(engine: Engine) {
  await using session = new Session(engine);
  const cars = await session.query(CarInfo).join(CarModel).join(CarBrand).orderBy(CarInfo.c.carId).all();
  const lines: string[] = [];
  for (const car of cars) {
    // The first car's model is loaded together with the models of all other cars, and so is the brand.
    const model = await car.model;
    const brand = await model?.brand;
    lines.push(`${car.carId}: ${brand?.name} ${model?.name}, ${car.year} - $${car.price}`);
  }
  return lines;
}

/** Sets the price of a car. */
export async function updatePrice(engine: Engine, carId: string, price: number) {
  await using session = new Session(engine);
  const car = await session.query(CarInfo).filterBy({ carId }).one();
  car.price = price;
  await session.commit();
}

/** Deletes a car. */
export async function deleteCar(engine: Engine, carId: string) {
  await using session = new Session(engine);
  const car = await session.query(CarInfo).filterBy({ carId }).one();
  await session.delete(car);
  await session.commit();
}

/** The data mart: the average price by brand, model and year. */
export async function readDataMart(engine: Engine) {
  await using session = new Session(engine);
  const rows = session.execute(
    select(
      CarBrand.c.name.label("Brand"),
      CarModel.c.name.label("Model"),
      CarInfo.c.year.label("Year"),
      func.avg(CarInfo.c.price).label("Average_Price"),
    )
      .join(CarModel)
      .join(CarInfo)
      .groupBy(CarBrand.c.id, CarBrand.c.name, CarModel.c.name, CarInfo.c.year)
      .orderBy(CarBrand.c.id, CarInfo.c.year),
  );
  return await rows.mappings().all();
}
