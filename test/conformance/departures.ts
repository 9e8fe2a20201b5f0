/**
 * Scenarios in which the library departs from SQLAlchemy on purpose. The public documentation states each departure.
 */

/** One scenario, and what is different in it. */
export interface Departure {
  readonly scenario: string;
  readonly reason: string;
}

/** All known departures. */
export const departures: readonly Departure[] = [
  {
    scenario: "uow-wrong-class-in-collection",
    reason: "an object of the wrong class is refused where it is put into the collection, not by the flush",
  },
  {
    scenario: "cascades-2024-0019",
    reason:
      "a row that gives up a unique value is written before the one that takes it, so no constraint is violated",
  },
  {
    scenario: "chaos-2024-0012",
    reason:
      "a row that gives up a unique value is written before the one that takes it, so no constraint is violated",
  },
];
