import { type Engine, joinedload, Session, selectinload, subqueryload } from "../../src/entries/index.ts";
import type { Notebook } from "../support/notebook.ts";
import { User } from "./blog.ts";

/** Reads the same posts in four ways. Each has a session of its own, which knows nothing of the others. */
export async function compareLoading(engine: Engine, notebook: Notebook): Promise<void> {
  notebook.step("Lazy loading: the posts are read when they are awaited");
  await notebook.counting("Lazy loading", async () => {
    await using session = new Session(engine);
    const user = await session.query(User).filter(User.c.username.eq("alice")).one();
    notebook.say(`User loaded: ${user}`);
    notebook.say(`Posts loaded: [${(await user.posts).join(", ")}]`);
  });

  // With an option, the compiler knows that `user.posts` is there: it is read without `await`.
  const eager = {
    joinedload: ["Eager loading with joinedload: one statement with a JOIN", joinedload(User.c.posts)],
    subqueryload: [
      "Eager loading with subqueryload: a second statement around the first",
      subqueryload(User.c.posts),
    ],
    selectinload: [
      "Eager loading with selectinload: a second statement for the keys found",
      selectinload(User.c.posts),
    ],
  } as const;
  for (const [name, [step, option]] of Object.entries(eager)) {
    notebook.step(step);
    await notebook.counting(name, async () => {
      await using session = new Session(engine);
      const user = await session.query(User).options(option).filter(User.c.username.eq("alice")).one();
      notebook.say(`User with posts loaded: ${user}`);
      notebook.say(`Posts: [${user.posts.join(", ")}]`);
    });
  }

  notebook.step("A loop over all users, lazily: the first posts awaited bring those of all other users");
  await notebook.counting("Loop over all users", async () => {
    await using session = new Session(engine);
    for (const user of await session.query(User).orderBy(User.c.id).all()) {
      const posts = await user.posts;
      notebook.say(`${user.username}: ${posts.map((post) => post.title).join(", ")}`);
    }
  });
}
