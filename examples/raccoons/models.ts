import {
  associationProxy,
  declarativeBase,
  integer,
  manyToOne,
  oneToMany,
  string,
} from "../../src/entries/index.ts";

export const Base = declarativeBase();

export class Raccoon extends Base("raccoons_table", {
  id: integer().primaryKey(),
  name: string(),
  get trashcans() {
    return oneToMany(Trashcan, { backPopulates: "raccoon" });
  },
}) {}

/** The many: it holds both foreign keys, and so joins businesses and raccoons. */
export class Trashcan extends Base("trashcans_table", {
  id: integer().primaryKey(),
  get raccoonId() {
    return integer().nullable().references(Raccoon.c.id);
  },
  get businessId() {
    return integer().nullable().references(Business.c.id);
  },
  get raccoon() {
    return manyToOne(Raccoon, { backPopulates: "trashcans" });
  },
  get business() {
    return manyToOne(Business, { backPopulates: "trashcans" });
  },
}) {}

export class Business extends Base("businesses_table", {
  id: integer().primaryKey(),
  name: string(),
  get trashcans() {
    return oneToMany(Trashcan, { backPopulates: "business" });
  },
  // Two steps: to the trashcans, and from each of them to its raccoon. What is added here gets a new trashcan.
  get raccoons() {
    return associationProxy(Trashcan, "raccoon", { via: "trashcans" });
  },
}) {}
