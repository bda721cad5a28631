/** A PostgreSQL of the tests' own: in a temporary folder, on a socket in it, gone when they end. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "pg";

interface Cluster {
  readonly folder: string;
  readonly server: ChildProcess;
  /** How many databases there were ever. */
  databases: number;
}

/** PostgreSQL does not run as root: then as the user that Debian's package makes for it. */
interface User {
  readonly uid?: number;
  readonly gid?: number;
}

let cluster: Promise<Cluster> | undefined;

/** Why there is no PostgreSQL here; undefined where there is one. */
export function missingPostgres(): string | undefined {
  if (findPrograms() === undefined) return "there is no PostgreSQL here (Debian: postgresql)";
  return findUser() === undefined ? "PostgreSQL does not run as root, and there is no user postgres" : undefined;
}

/** The URL of a fresh database, on a server that writes through to the disk as in production. */
export async function makeDatabase(): Promise<string> {
  const running = await (cluster ??= start());
  const name = `journal_${running.databases++}`;
  const admin = new Client({ connectionString: urlOf(running, "postgres") });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return urlOf(running, name);
}

/** Stops the server, if it was ever started. */
export async function stopPostgres(): Promise<void> {
  if (cluster === undefined) return;
  const { server, folder } = await cluster;
  cluster = undefined;
  const ended = once(server, "exit");
  // A fast shutdown: it ends the connections that are left.
  server.kill("SIGINT");
  await ended;
  rmSync(folder, { recursive: true });
}

async function start(): Promise<Cluster> {
  const [programs, user] = [findPrograms() ?? "", findUser()];
  const folder = mkdtempSync(join(tmpdir(), "surety-postgres-"));
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (user?.uid !== undefined) for (const path of [folder, data]) chownSync(path, user.uid, user.gid ?? user.uid);
  const options = { ...user, cwd: folder };
  const making = ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  execFileSync(join(programs, "initdb"), making, { ...options, stdio: "pipe" });
  const serving = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=on", "-c", "max_connections=60"];
  const server = spawn(join(programs, "postgres"), serving, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  // Should the tests end without a word.
  process.once("exit", () => server.kill("SIGINT"));
  const said: string[] = [];
  for await (const line of createInterface({ input: server.stderr })) {
    said.push(line);
    if (!line.includes("ready to accept connections")) continue;
    server.stderr.resume();
    return { folder, server, databases: 0 };
  }
  throw new Error(`PostgreSQL did not start:\n${said.join("\n")}`);
}

function urlOf({ folder }: Cluster, database: string): string {
  return `postgres://postgres@localhost/${database}?host=${encodeURIComponent(folder)}`;
}

/** The folder of the newest version's programs. */
function findPrograms(): string | undefined {
  const found = globSync("/usr/lib/postgresql/*/bin/initdb");
  const newest = found.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true })).find((path) => existsSync(path));
  return newest === undefined ? undefined : dirname(newest);
}

function findUser(): User | undefined {
  if (process.getuid?.() !== 0) return {};
  try {
    const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { stdio: "pipe" }).toString());
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}
