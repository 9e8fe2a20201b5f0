import { type SyncEngine, syncSessionmaker } from "../../src/entries/sync.ts";
import { Car, Customer, Dealership } from "./models.ts";

/** What can be done with dealerships, on a database in this process; `operations-async.ts` is its twin. */
export function syncOperations(engine: SyncEngine) {
  const openSession = syncSessionmaker(engine);
  return {
    /** Adds a new dealership. */
    createDealership(name: string) {
      using session = openSession();
      session.add(new Dealership({ name }));
      session.commit();
    },

    /** Adds a car to a dealership; false when there is no such dealership. */
    addCarToDealership(dealershipName: string, make: string, model: string, year: number, price: string) {
      using session = openSession();
      const dealership = session.query(Dealership).filterBy({ name: dealershipName }).first();
      if (dealership === null) return false;
      session.add(new Car({ make, model, year, price, dealership }));
      session.commit();
      return true;
    },

    /** The cars of a dealership; null when there is no such dealership. */
    getCarsByDealership(dealershipName: string) {
      using session = openSession();
      const dealership = session.query(Dealership).filterBy({ name: dealershipName }).first();
      // In a synchronous session a relationship loads when it is read.
      return dealership?.cars.map(({ make, model, price }) => ({ make, model, price })) ?? null;
    },

    /** Adds a new customer. */
    createCustomer(name: string) {
      using session = openSession();
      session.add(new Customer({ name }));
      session.commit();
    },

    /** Lets a customer buy a car; false when there is no such customer or no such car. */
    buyCar(customerName: string, model: string) {
      using session = openSession();
      const customer = session.query(Customer).filterBy({ name: customerName }).first();
      const car = session.query(Car).filterBy({ model }).first();
      if (customer === null || car === null) return false;
      customer.cars.push(car);
      car.isSold = true;
      session.commit();
      return true;
    },

    /** Every customer with the cars that they bought. */
    getPurchases() {
      using session = openSession();
      const customers = session.query(Customer).orderBy(Customer.c.id).all();
      return customers.map(({ name, cars }) => ({ customer: name, cars: cars.map((car) => car.model) }));
    },

    /** Every car with the customers that bought it. */
    getOwners() {
      using session = openSession();
      const cars = session.query(Car).orderBy(Car.c.id).all();
      return cars.map(({ model, isSold, customers }) => {
        return { car: model, isSold, customers: customers.map((customer) => customer.name) };
      });
    },
  };
}
