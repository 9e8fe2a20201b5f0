/**
 * What a large application costs the compiler: 100 models that refer to each other and 200 queries over them, against
 * the library's declarations, as an installed package has them.
 *
 * Prints one line, and fails above {@link BUDGET} instantiations. The library itself is compiled first and not counted.
 */
import { compile, withLibrary } from "./library.ts";

/** Type instantiations that the program may cost. */
export const BUDGET = 250_000;

const MODELS = 100;
const QUERIES = 200;

/** What the compiler says that the program cost. */
export interface Cost {
  readonly instantiations: number;
  readonly types: number;
  readonly seconds: number;
}

/** Compiles a program of so many models and queries. Throws with the compiler's text on errors. */
export function measure(models = MODELS, queries = QUERIES): Cost {
  const files = program(models, queries);
  return withLibrary((folder) => costOf(compile(folder, files, "--noEmit", "--extendedDiagnostics")));
}

function program(count: number, queries: number): Record<string, string> {
  const models = Array.from({ length: count }, (_, model) => [`model${model}.ts`, modelText(model, count)]);
  return {
    "base.ts": `import { declarativeBase } from "ormolu";\nexport const Base = declarativeBase();\n`,
    ...Object.fromEntries(models),
    "queries.ts": queriesText(count, queries),
  };
}

function costOf(diagnostics: string): Cost {
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(diagnostics)?.[1]);
  return { instantiations: read("Instantiations"), types: read("Types"), seconds: read("Total time") };
}

/** Every model has a parent, children, a profile-like neighbour, tags-like far models, and itself. */
function modelText(model: number, count: number): string {
  const name = `M${model}`;
  const [parent, child, far] = [(model + count - 1) % count, (model + 1) % count, (model + 7) % count];
  const near = (model + count - 7) % count;
  const others = [...new Set([parent, child, far, near])].map(
    (other) => `import { M${other} } from "./model${other}.js";`,
  );
  return `import { associationProxy, boolean, dateTime, integer, manyToMany, manyToOne, numeric, oneToMany, string, table, text } from "ormolu";
import { Base } from "./base.js";
${others.join("\n")}

export class ${name} extends Base("m${model}", {
  id: integer().primaryKey(),
  name: string(50).unique(),
  description: text().nullable(),
  price: numeric(10, 2),
  isActive: boolean().default(true),
  createdAt: dateTime().default(() => new Date()),
  get parentId() { return integer().references(M${parent}.c.id); },
  get parent() { return manyToOne(M${parent}, { backPopulates: "children" }); },
  get children() { return oneToMany(M${child}, { backPopulates: "parent", cascade: "all, delete-orphan" }); },
  get selfId() { return integer().references(${name}.c.id).nullable(); },
  get above() { return manyToOne(${name}, { backPopulates: "below", foreignKeys: () => ${name}.c.selfId }); },
  get below() { return oneToMany(${name}, { backPopulates: "above", foreignKeys: () => ${name}.c.selfId }); },
  get far() { return manyToMany(M${far}, { secondary: pairs${model}, backPopulates: "near" }); },
  get near() { return manyToMany(M${near}, { secondary: "pairs${near}", backPopulates: "far" }); },
  get childNames() { return associationProxy(M${child}, "name", { via: "children" }); },
}) {
  get label() { return \`\${this.name} (\${this.price})\`; }
}

export const pairs${model} = table("pairs${model}", Base.metadata, {
  get leftId() { return integer().references(${name}.c.id).primaryKey(); },
  get rightId() { return integer().references(M${far}.c.id).primaryKey(); },
});
`;
}

function queriesText(models: number, count: number): string {
  const imports = Array.from(
    { length: models },
    (_, model) => `import { M${model} } from "./model${model}.js";`,
  );
  const queries = Array.from({ length: count }, (_, query) => queryText(query, models));
  return `import { and, func, joinedload, select, selectinload, Session, createEngine } from "ormolu";
${imports.join("\n")}
const session = new Session(createEngine("sqlite://"));
${queries.join("\n")}
`;
}

function queryText(query: number, models: number): string {
  const model = query % models;
  const [child, grandchild, far] = [(model + 1) % models, (model + 2) % models, (model + 7) % models];
  if (query % 2 === 0) {
    return `export async function query${query}() {
  const loaded = await session.scalars(select(M${model})
    .where(and(M${model}.c.name.eq("a"), M${model}.c.children.any(M${child}.c.isActive.eq(true))))
    .options(selectinload(M${model}.c.children).selectinload(M${child}.c.children), joinedload(M${model}.c.far))
    .orderBy(M${model}.c.createdAt.desc()).limit(10)).one();
  const name: string = loaded.children[0]!.children[0]!.name + loaded.far[0]!.label;
  const made = new M${model}({ name, parent: null, children: [new M${child}({ name })] });
  // @ts-expect-error not loaded: the types are alive
  loaded.children[0]!.far.length;
  // @ts-expect-error no such attribute
  M${model}.c.nope;
  return [(await (await made.children)[0]!.parent)!.label, (await loaded.children[0]!.children[0]!.far).length];
}`;
  }
  return `export async function query${query}() {
  const rows = await session.execute(select(M${model}.c.name, func.count(M${child}.c.id).label("n"), M${far}.c.price)
    .join(M${model}.c.children).join(M${child}.c.children).outerJoin(M${model}.c.far)
    .where(M${grandchild}.c.name.like("a%")).groupBy(M${model}.c.name)).all();
  return rows.map((row) => { const [name, n] = row; return { name: name.length, n: n + 1, price: row.price?.length }; });
}`;
}

if (import.meta.main) {
  const { instantiations, types, seconds } = measure();
  console.log(
    `${MODELS} models, ${QUERIES} queries: ${instantiations} instantiations, ${types} types, ${seconds} s`,
  );
  if (!(instantiations <= BUDGET)) {
    console.error(`more than the budget of ${BUDGET} instantiations`);
    process.exitCode = 1;
  }
}
