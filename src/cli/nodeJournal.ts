import type { Database } from "../operator/database.ts";
import { openPostgres } from "../operator/postgres.ts";
import { SqlJournal } from "../operator/sqlJournal.ts";
import { openSqlite } from "../operator/sqlite.ts";
import { expectedErrors } from "./errors.ts";
import type { Io } from "./io.ts";
import { ConfigError } from "./nodeConfig.ts";

/** The variable that names the PostgreSQL which several nodes of an operator share. */
export const DATABASE_VARIABLE = "DATABASE_URL";

/**
 * Opens a node's journal: in the PostgreSQL that DATABASE_URL names, else in a file.
 * @throws ConfigError where the database cannot be opened
 * @throws JournalInUseError, JournalFileError, JournalVersionError where the file cannot be
 */
export async function openNodeJournal(file: string, { env, err }: Pick<Io, "env" | "err">): Promise<SqlJournal> {
  const url = env[DATABASE_VARIABLE];
  return new SqlJournal(url === undefined ? await openSqlite(file) : await openShared(url, err));
}

async function openShared(url: string, err: Io["err"]): Promise<Database> {
  try {
    return await openPostgres(url, () => err("A connection to the database broke: the next one is a new one.\n"));
  } catch (cause) {
    if (expectedErrors.some((kind) => cause instanceof kind)) throw cause;
    // What the driver says may hold the address, and that a password.
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new ConfigError(
      `the database of ${DATABASE_VARIABLE} cannot be opened${code}: check its address, and that it runs`,
      { cause },
    );
  }
}
