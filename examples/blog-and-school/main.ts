import type { Example } from "../support/example.ts";
import { Base } from "./blog.ts";
import { createPosts, createProfiles, readPosts, readProfiles } from "./blog-steps.ts";
import { compareLoading } from "./loading-steps.ts";
import { findByRelationship } from "./query-steps.ts";
import { Base as BaseByClass } from "./school-by-class.ts";
import { enrollByClass } from "./school-by-class-steps.ts";
import { createEnrollments, readEnrollments } from "./school-steps.ts";
import "./school.ts";

/** Users have posts and a profile; students take courses. */
export const blogAndSchool: Example = {
  name: "blog-and-school",
  title: "all kinds of relationships, ways to load them, and queries across them",
  metadata: [Base.metadata, BaseByClass.metadata],
  async run(engine, notebook) {
    await createPosts(engine, notebook);
    await readPosts(engine, notebook);
    await createEnrollments(engine, notebook);
    await readEnrollments(engine, notebook);
    await createProfiles(engine, notebook);
    await readProfiles(engine, notebook);
    await compareLoading(engine, notebook);
    await findByRelationship(engine, notebook);
    await enrollByClass(engine, notebook);
  },
};
