import { type Engine, Session } from "../../src/entries/index.ts";
import type { Notebook } from "../support/notebook.ts";
import { Post, Profile, User } from "./blog.ts";

export async function createPosts(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("One-to-many: create users");
  const alice = new User({ username: "alice", email: "alice@example.com" });
  const bob = new User({ username: "bob", email: "bob@example.com" });
  session.add(alice);
  session.add(bob);
  await session.commit();
  notebook.say("Users created successfully!");

  notebook.step("Create their posts");
  session.addAll([
    new Post({ title: "My First Post", content: "This is my first blog post!", authorId: alice.id }),
    new Post({ title: "Python Tips", content: "Here are some Python programming tips.", authorId: alice.id }),
    new Post({ title: "Database Design", content: "Learn about database relationships.", authorId: bob.id }),
  ]);
  await session.commit();
  notebook.say("Posts created successfully!");
}

export async function readPosts(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("A user and their posts");
  const user = await session.query(User).filter(User.c.username.eq("alice")).one();
  notebook.say(`User: ${user}`);
  notebook.say(`User's posts: [${(await user.posts).join(", ")}]`);

  notebook.step("A post and its author (who is here already: no statement)");
  const post = await session.query(Post).filter(Post.c.title.eq("My First Post")).one();
  notebook.say(`Post: ${post}`);
  notebook.say(`Post's author: ${await post.author}`);

  notebook.step("All posts with their authors");
  for (const post of await session.query(Post).orderBy(Post.c.id).all()) {
    const author = await post.author;
    notebook.say(`${post.title} by ${author?.username}`);
  }
}

export async function createProfiles(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("One-to-one: create a profile for each user");
  const [alice, bob] = await session.query(User).orderBy(User.c.id).all();
  session.addAll([
    new Profile({
      firstName: "Alice",
      lastName: "Johnson",
      bio: "Software developer passionate about Python",
      phone: "555-0123",
      userId: alice!.id,
    }),
    new Profile({
      firstName: "Bob",
      lastName: "Smith",
      bio: "Database administrator and SQL expert",
      phone: "555-0456",
      userId: bob!.id,
    }),
  ]);
  await session.commit();
  notebook.say("Profiles created successfully!");
}

export async function readProfiles(engine: Engine, notebook: Notebook): Promise<void> {
  await using session = new Session(engine);

  notebook.step("A user's profile, and a profile's user");
  const user = await session.query(User).filter(User.c.username.eq("alice")).one();
  notebook.say(`User: ${user}`);
  notebook.say(`User's profile: ${await user.profile}`);

  const profile = await session.query(Profile).filter(Profile.c.firstName.eq("Alice")).one();
  notebook.say(`Profile: ${profile}`);
  notebook.say(`Profile's user: ${await profile.user}`);
}
