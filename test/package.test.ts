import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

// What an application gets: the packed package, installed in an empty folder, without this repository's sources.

const repository = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "ormolu-package-"));
const at = (name: string) => join(folder, name);

function write(name: string, text: string): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const node = (file: string) => run(process.execPath, file);

/** Gives what the TypeScript compiler says of the files, nothing when it is content. */
function compile(files: readonly string[], ...options: string[]): string {
  const compiler = join(repository, "node_modules/typescript/bin/tsc");
  const shared = [
    "--ignoreConfig",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--lib",
    "esnext",
  ];
  const types = ["--types", "node", "--typeRoots", join(repository, "node_modules/@types")];
  try {
    return run(process.execPath, compiler, ...shared, ...types, ...options, ...files);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

beforeAll(() => {
  const options = { cwd: repository, encoding: "utf8", stdio: "pipe" } as const;
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], options).trim();
  write("package.json", JSON.stringify({ name: "application", private: true, type: "module" }));
  run("npm", "install", "--silent", "--offline", "--no-audit", "--no-fund", `./${packed.split("\n").at(-1)}`);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("runs the first program of the README from TypeScript and from JavaScript", () => {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  write("app.ts", /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "");
  expect(compile(["app.ts"], "--outDir", "built")).toBe("");
  expect(node("app.ts")).toBe("Hello\nAgain\n");
  rmSync(at("blog.db"));
  expect(node("built/app.js")).toBe("Hello\nAgain\n");
});

test("lets models that were compiled with declarations serve a consumer", () => {
  write(
    "models.ts",
    `import { declarativeBase, integer, manyToOne, oneToMany, string } from "ormolu";
    export const Base = declarativeBase();
    export class User extends Base("users", {
      id: integer().primaryKey(),
      name: string(50),
      nick: string(50).nullable(),
      get posts() { return oneToMany(Post, { backPopulates: "author" }); },
    }) {}
    export class Post extends Base("posts", {
      id: integer().primaryKey(),
      title: string(200),
      get authorId() { return integer().references(User.c.id); },
      get author() { return manyToOne(User, { backPopulates: "posts" }); },
    }) {}`,
  );
  expect(compile(["models.ts"], "--declaration", "--outDir", "models")).toBe("");
  rmSync(at("models.ts"));
  write(
    "consumer.ts",
    `import { createSyncEngine, SyncSession } from "ormolu/sync";
    import { type Loaded, select, selectinload } from "ormolu";
    import { Base, Post, User } from "./models/models.js";
    const engine = createSyncEngine("sqlite://");
    Base.metadata.createAll(engine);
    const session = new SyncSession(engine);
    session.add(new User({ name: "ann", posts: [new Post({ title: "one" })] }));
    session.commit();
    const [ann] = session.scalars(select(User).options(selectinload(User.c.posts))).all();
    const nick: string | null = ann!.nick;
    const count = (user: Loaded<User, { posts: object }>): number => user.posts.length;
    // @ts-expect-error a class of the package knows its attributes
    const wrong = () => new User({ nam: "x" });
    console.log(nick, ann!.posts[0]!.title, typeof count, typeof wrong);
    session.close();`,
  );
  expect(compile(["consumer.ts"], "--noEmit")).toBe("");
  expect(node("consumer.ts")).toBe("null one function function\n");
});
