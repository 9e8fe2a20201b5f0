import { type Engine, selectinload, sessionmaker } from "../../src/entries/index.ts";
import { Car, Customer, Dealership } from "./models.ts";

/** What can be done with dealerships, on any database; `operations.ts` is its twin. */
export function asyncOperations(engine: Engine) {
  const openSession = sessionmaker(engine);
  return {
    /** Adds a new dealership. */
    async createDealership(name: string) {
      await using session = openSession();
      session.add(new Dealership({ name }));
      await session.commit();
    },

    /** Adds a car to a dealership; false when there is no such dealership. */
    async addCarToDealership(
      dealershipName: string,
      make: string,
      model: string,
      year: number,
      price: string,
    ) {
      await using session = openSession();
      const dealership = await session.query(Dealership).filterBy({ name: dealershipName }).first();
      if (dealership === null) return false;
      session.add(new Car({ make, model, year, price, dealership }));
      await session.commit();
      return true;
    },

    /** The cars of a dealership; null when there is no such dealership. */
    async getCarsByDealership(dealershipName: string) {
      await using session = openSession();
      const dealership = await session.query(Dealership).filterBy({ name: dealershipName }).first();
      // In an asynchronous session a relationship is awaited.
      const cars = await dealership?.cars;
      return cars?.map(({ make, model, price }) => ({ make, model, price })) ?? null;
    },

    /** Adds a new customer. */
    async createCustomer(name: string) {
      await using session = openSession();
      session.add(new Customer({ name }));
      await session.commit();
    },

    /** Lets a customer buy a car; false when there is no such customer or no such car. */
    async buyCar(customerName: string, model: string) {
      await using session = openSession();
      const customer = await session.query(Customer).filterBy({ name: customerName }).first();
      const car = await session.query(Car).filterBy({ model }).first();
      if (customer === null || car === null) return false;
      customer.cars.push(car);
      car.isSold = true;
      await session.commit();
      return true;
    },

    /** Every customer with the cars that they bought. */
    async getPurchases() {
      await using session = openSession();
      // Loaded with the customers, the cars are read without waiting.
      const loadCars = selectinload(Customer.c.cars);
      const customers = await session.query(Customer).options(loadCars).orderBy(Customer.c.id).all();
      return customers.map(({ name, cars }) => ({ customer: name, cars: cars.map((car) => car.model) }));
    },

    /** Every car with the customers that bought it. */
    async getOwners() {
      await using session = openSession();
      const loadCustomers = selectinload(Car.c.customers);
      const cars = await session.query(Car).options(loadCustomers).orderBy(Car.c.id).all();
      return cars.map(({ model, isSold, customers }) => {
        return { car: model, isSold, customers: customers.map((customer) => customer.name) };
      });
    },
  };
}
