/** `npm run docs`: writes the page of errors anew, and tells which pages are no longer true. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorsPage, readPages, root, stalePlaces } from "./pages.ts";

writeFileSync(join(root, "docs/errors.md"), errorsPage());
const sentences = stalePlaces(readPages());
for (const sentence of sentences) console.error(sentence);
if (sentences.length > 0) process.exitCode = 1;
else console.log("docs/errors.md is written; every page is true, as far as a program can tell.");
