/** Indexers of a stage's chain, on each database, and what is in their tables. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { foldersIn } from "../../indexer/settings.ts";
import { type Indexer, type IndexerOptions, startIndexer } from "../../indexer/start.ts";
import { openFolder, openSchema, type Sql } from "../../indexer/receipts/sql.ts";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import type { Handler } from "../../src/operator/server.ts";
import { makeDatabase, missingPostgres, stopPostgres } from "./postgres.ts";
import { close, open, provider, type Stage } from "./stage.ts";

/** Where an indexer keeps what it has. */
export type Place = Pick<IndexerOptions, "databaseUrl" | "folder">;

export interface IndexBackend {
  readonly name: "PGlite" | "PostgreSQL";
  /** A place in which nothing is yet. */
  readonly makePlace: () => Promise<Place>;
}

const folders: string[] = [];

export const pglite: IndexBackend = { name: "PGlite", makePlace: async () => ({ folder: makeFolder() }) };
const postgres: IndexBackend = {
  name: "PostgreSQL",
  makePlace: async () => ({ folder: makeFolder(), databaseUrl: await makeDatabase() }),
};

/** Describes the same of an indexer on each database; of one that is not here it says in a line that it is left out. */
export function describeIndexes(title: string, tests: (backend: IndexBackend) => void): void {
  describe(`${title}, in PGlite`, () => tests(pglite));
  const missing = missingPostgres();
  if (missing === undefined) describe(`${title}, in PostgreSQL`, () => tests(postgres));
  else process.stderr.write(`Left out: ${title}, in PostgreSQL, since ${missing}.\n`);
}

/** A folder that goes with the tests. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "surety-index-"));
  folders.push(folder);
  return folder;
}

/** An indexer of a stage's chain that ends with the test. @param handler the chain, where it is not reached as it is */
export async function openIndexer(
  { deployment }: Stage,
  place: Place,
  handler: Handler = rpcHandler(provider),
): Promise<Indexer> {
  const { url: rpc } = await open(handler);
  const file = join(makeFolder(), "deployment.json");
  writeFileSync(file, serialiseDeployment(deployment));
  const problems: string[] = [];
  const onProblem = (line: string): unknown => problems.push(line);
  const indexer = await startIndexer({
    ...place,
    ...{ deployment: file, rpc, pollMs: 100, allowsPrivate: true, onProblem },
  });
  close({ close: async () => indexer.kill() });
  return indexer;
}

/** Asks an indexer in GraphQL. */
export async function askIndex<T>({ url }: Indexer, query: string): Promise<T> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  const { data, errors } = (await response.json()) as { data?: T; errors?: unknown };
  if (data === undefined || errors !== undefined) throw new Error(`GraphQL: ${JSON.stringify(errors)}`);
  return data;
}

/** All rows of all tables that Ponder keeps in a place; nothing may have it open. */
export async function readTables(place: Place): Promise<Readonly<Record<string, readonly string[]>>> {
  const sql = await openPonder(place);
  try {
    const names = await sql.query<{ readonly name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'surety' AND table_name NOT LIKE '\\_%' ORDER BY table_name`,
    );
    const tables = names.map(async ({ name }) => {
      const rows = await sql.query<{ readonly row: string }>(
        `SELECT to_jsonb(kept)::text AS row FROM surety."${name}" AS kept ORDER BY 1`,
      );
      return [name, rows.map(({ row }) => row)] as const;
    });
    return Object.fromEntries(await Promise.all(tables));
  } finally {
    await sql.close();
  }
}

async function openPonder({ databaseUrl, folder = "" }: Place): Promise<Sql> {
  if (databaseUrl === undefined) return openFolder(foldersIn(folder).chain);
  return openSchema(databaseUrl, "surety", () => undefined);
}

// On the root suite, whichever tests came to need it.
after(async () => {
  await stopPostgres();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
