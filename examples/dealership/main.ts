import type { Example } from "../support/example.ts";
import type { Notebook } from "../support/notebook.ts";
import { Base } from "./models.ts";
import { syncOperations } from "./operations.ts";
import { asyncOperations } from "./operations-async.ts";

/** Dealerships have cars, and customers buy cars. */
export const dealership: Example = {
  name: "dealership",
  title: "one-to-many and many-to-many",
  metadata: [Base.metadata],
  run: (engine, notebook) => tell(asyncOperations(engine), notebook),
  runSync: (engine, notebook) => tell(syncOperations(engine), notebook),
};

type Operations = ReturnType<typeof syncOperations> | ReturnType<typeof asyncOperations>;

async function tell(operations: Operations, notebook: Notebook): Promise<void> {
  notebook.step("Create two dealerships");
  for (const name of ["Central Dealership", "East Side Dealership"]) {
    await operations.createDealership(name);
    notebook.say(`Dealership ${name} added.`);
  }

  notebook.step("Add cars to dealerships, one of which does not exist");
  for (const [name, make, model, year, price] of [
    ["Central Dealership", "Toyota", "Corolla", 2020, "20000"],
    ["Central Dealership", "Honda", "Civic", 2019, "18000"],
    ["East Side Dealership", "Ford", "Focus", 2021, "22000"],
    ["West End Dealership", "Tesla", "Model 3", 2023, "39999.99"],
  ] as const) {
    const isAdded = await operations.addCarToDealership(name, make, model, year, price);
    if (isAdded) notebook.say(`Car ${make} ${model} added to dealership ${name}.`);
    else notebook.say(`Dealership ${name} not found.`);
  }

  notebook.step("Get the cars of each dealership");
  for (const name of ["Central Dealership", "East Side Dealership", "West End Dealership"]) {
    const cars = await operations.getCarsByDealership(name);
    if (cars === null) {
      notebook.say(`No dealership found with name ${name}.`);
    } else {
      notebook.say(`Cars at ${name}:`);
      notebook.table(cars);
    }
  }

  notebook.step("Customers buy cars (many-to-many through the table purchases)");
  for (const name of ["Alice", "Bob"]) await operations.createCustomer(name);
  for (const [customer, model] of [
    ["Alice", "Corolla"],
    ["Alice", "Focus"],
    ["Bob", "Corolla"],
    ["Bob", "Countach"],
  ] as const) {
    const isBought = await operations.buyCar(customer, model);
    notebook.say(isBought ? `${customer} buys the ${model}.` : `${customer} finds no ${model}.`);
  }

  notebook.step("Who bought what, read from both ends");
  notebook.table(await operations.getPurchases());
  notebook.table(await operations.getOwners());
}
