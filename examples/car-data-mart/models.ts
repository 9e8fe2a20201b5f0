import { declarativeBase, index, integer, manyToOne, oneToMany, string } from "../../src/entries/index.ts";

export const Base = declarativeBase();

export class CarBrand extends Base("car_brand", {
  id: integer().primaryKey(),
  name: string().unique(),
  get models() {
    return oneToMany(CarModel, { backPopulates: "brand" });
  },
}) {}

export class CarModel extends Base("car_model", {
  id: integer().primaryKey(),
  name: string(),
  get brandId() {
    return integer().references(CarBrand.c.id);
  },
  get brand() {
    return manyToOne(CarBrand, { backPopulates: "models" });
  },
  get cars() {
    return oneToMany(CarInfo, { backPopulates: "model" });
  },
}) {}

export class CarInfo extends Base(
  "car_info",
  {
    id: integer().primaryKey(),
    carId: string(),
    get modelId() {
      return integer().references(CarModel.c.id);
    },
    year: integer(),
    price: integer().nullable(),
    get model() {
      return manyToOne(CarModel, { backPopulates: "cars" });
    },
  },
  // The index makes car_id unique as well. A `.unique()` on the column would build a second index of the same
  // content, and the database would search that one.
  (car) => [index("idx_car_id", car.carId, { unique: true })],
) {}
