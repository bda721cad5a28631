import { openJournal } from "../operator/openJournal.ts";
import type { SqlJournal } from "../operator/sqlJournal.ts";
import { expectedErrors } from "./errors.ts";
import type { Io } from "./io.ts";
import { ConfigError } from "./nodeConfig.ts";

/** The variable that names the PostgreSQL which several nodes of an operator share. */
const DATABASE_VARIABLE = "DATABASE_URL";

/**
 * Opens a node's journal: in the PostgreSQL that DATABASE_URL names, else in a file. Beside that file, in `.given`, is how
 * far numbers were given.
 * @throws ConfigError where the database cannot be opened
 * @throws JournalInUseError, JournalFileError, JournalVersionError where the file cannot be
 */
export async function openNodeJournal(file: string, { env, err }: Pick<Io, "env" | "err">): Promise<SqlJournal> {
  const url = env[DATABASE_VARIABLE];
  try {
    const broke = (): void => err("A connection to the database broke: the next one is a new one.\n");
    return await openJournal(url ?? file, broke, `${file}.given`);
  } catch (cause) {
    if (url === undefined || expectedErrors.some((kind) => cause instanceof kind)) throw cause;
    // What the driver says may hold the address, and that a password.
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    const message = `the database of ${DATABASE_VARIABLE} cannot be opened${code}: check its address, and that it runs`;
    throw new ConfigError(message, { cause });
  }
}
