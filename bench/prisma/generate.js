/** Makes Prisma's clients, one for each database, as `npm ci` does when it is done. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const here = import.meta.dirname;
const models = readFileSync(join(here, "models.prisma"), "utf8");
const manifest = createRequire(import.meta.url).resolve("prisma/package.json");
const command = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.prisma);

for (const provider of ["sqlite", "postgresql"]) {
  const output = join(here, "generated", provider);
  mkdirSync(output, { recursive: true });
  const schema = `${output}.prisma`;
  writeFileSync(
    schema,
    `generator client {
  provider            = "prisma-client"
  output              = "./${provider}"
  importFileExtension = "ts"
  compilerBuild       = "fast"
}

datasource db {
  provider = "${provider}"
}

${models}`,
  );
  const { status } = spawnSync(process.execPath, [command, "generate", "--no-hints", "--schema", schema], {
    stdio: ["ignore", "ignore", "inherit"],
    // Migrations need an engine, generating does not, but would fetch it: any program will do in its place.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" },
  });
  if (status !== 0) throw new Error(`prisma generate failed for ${provider}`);
}
