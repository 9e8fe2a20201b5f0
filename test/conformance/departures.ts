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
];
