import { type Engine, Session, select, selectinload } from "../../src/entries/index.ts";
import type { Example } from "../support/example.ts";
import type { Notebook } from "../support/notebook.ts";
import { Base, Business, Raccoon, Trashcan } from "./models.ts";

/** Business --< Trashcan >-- Raccoon, and an association proxy straight from one end to the other. */
export const raccoons: Example = {
  name: "raccoons",
  title: "two one-to-many relationships and an association proxy",
  metadata: [Base.metadata],
  async run(engine, notebook) {
    await createTrashcans(engine, notebook);
    await readTrashcans(engine, notebook);
    await readThroughProxy(engine, notebook);
    await addThroughProxy(engine, notebook);
  },
};

async function createTrashcans(engine: Engine, notebook: Notebook): Promise<void> {
  notebook.step("Create raccoons, businesses and the trashcans between them");
  await using session = new Session(engine);
  const rocky = new Raccoon({ name: "Rocky Raccoon" });
  const rita = new Raccoon({ name: "Rita Raccoon" });
  const diner = new Business({ name: "Corner Diner" });
  const bakery = new Business({ name: "Old Bakery" });
  session.addAll([
    new Trashcan({ raccoon: rocky, business: diner }),
    new Trashcan({ raccoon: rita, business: diner }),
    new Trashcan({ raccoon: rocky, business: bakery }),
  ]);
  await session.commit();
  await showTables(engine, notebook);
}

async function readTrashcans(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("One-to-many: the trashcans of Rocky Raccoon");
  const rocky = await session.scalars(select(Raccoon).where(Raccoon.c.name.eq("Rocky Raccoon"))).one();
  const trashcans = await rocky.trashcans;
  notebook.table(trashcans.map(({ id, raccoonId }) => ({ trashcan: id, raccoonId })));

  notebook.step(
    "Many-to-one: the raccoon that has claimed the first trashcan (who is here already: no statement)",
  );
  const trashcanOne = await session.scalars(select(Trashcan).orderBy(Trashcan.c.id).limit(1)).one();
  const raccoon = await trashcanOne.raccoon;
  notebook.say(`Trashcan ${trashcanOne.id} is claimed by ${raccoon?.name}.`);
}

async function readThroughProxy(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("The raccoons of each business, through its trashcans");
  const loadRaccoons = selectinload(Business.c.trashcans).selectinload(Trashcan.c.raccoon);
  const statement = select(Business).options(loadRaccoons).orderBy(Business.c.id);
  const found: { business: string; raccoons: string[] }[] = [];
  for (const business of await session.scalars(statement).all()) {
    const raccoons = await business.raccoons;
    found.push({ business: business.name, raccoons: raccoons.map((raccoon) => raccoon.name) });
  }
  notebook.table(found);
}

async function addThroughProxy(engine: Engine, notebook: Notebook): Promise<void> {
  notebook.step("A raccoon is added to a business: the trashcan between them is made by the proxy");
  await using session = new Session(engine);
  const bakery = await session.scalars(select(Business).where(Business.c.name.eq("Old Bakery"))).one();
  const raccoons = await bakery.raccoons;
  raccoons.push(new Raccoon({ name: "Randy Raccoon" }));
  await session.commit();
  notebook.say(`Raccoons of the ${bakery.name}: ${raccoons.map((raccoon) => raccoon.name).join(", ")}`);
  await showTables(engine, notebook);
}

function showTables(engine: Engine, notebook: Notebook): Promise<void> {
  return notebook.aside(async () => {
    await using session = new Session(engine);
    const { id, raccoonId, businessId } = Trashcan.c;
    const rows = select(
      id.label("trashcan"),
      raccoonId,
      Raccoon.c.name.label("raccoon"),
      businessId,
      Business.c.name.label("business"),
    )
      .join(Raccoon)
      .join(Business, Business.c.id.eq(businessId))
      .orderBy(id);
    notebook.table(await session.execute(rows).mappings().all());
  });
}
