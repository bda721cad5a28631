/** The databases that a journal can be in, so that the same tests run on each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../../src/operator/database.ts";
import { openPostgres } from "../../src/operator/postgres.ts";
import { openSqlite } from "../../src/operator/sqlite.ts";
import { makeDatabase, missingPostgres, stopPostgres } from "./postgres.ts";

/** Where journals can be. */
export interface Backend {
  readonly name: "SQLite" | "PostgreSQL";
  /** A place where no journal is yet: a file, or a database's URL. */
  readonly makePlace: () => Promise<string>;
  /** Opens the database at a place. */
  readonly open: (place: string) => Promise<Database>;
}

/** Opens the database at a place: a URL is PostgreSQL's. What becomes of idle connections does not matter to tests. */
export async function openPlace(place: string): Promise<Database> {
  return place.startsWith("postgres:") ? openPostgres(place, () => undefined) : openSqlite(place);
}

let folder: string | undefined;
let files = 0;

const sqlite: Backend = {
  name: "SQLite",
  async makePlace() {
    folder ??= mkdtempSync(join(tmpdir(), "surety-journals-"));
    return join(folder, `${files++}.sqlite`);
  },
  open: openPlace,
};

const postgres: Backend = { name: "PostgreSQL", makePlace: makeDatabase, open: openPlace };

/** Describes the same of a journal in each database; of one that is not here it says in a line that it is left out. */
export function describeBackends(title: string, tests: (backend: Backend) => void): void {
  describe(`${title}, in SQLite`, () => tests(sqlite));
  const missing = missingPostgres();
  if (missing === undefined) describe(`${title}, in PostgreSQL`, () => tests(postgres));
  else process.stderr.write(`Left out: ${title}, in PostgreSQL, since ${missing}.\n`);
}

// On the root suite, whichever tests came to need it.
after(async () => {
  await stopPostgres();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});
