import { Mark } from "./mark.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";
import { SqlJournal } from "./sqlJournal.ts";

/**
 * Opens an operator's journal.
 * @param place PostgreSQL's URL, as in `DATABASE_URL`, where several nodes share it; else a file for a node of its own
 * @param onError told of connections that break while nothing is asked of them: they are made anew
 * @param mark the file that says how far numbers were given, whatever is put in the journal's place
 * @throws JournalInUseError where another process has the file open
 * @throws JournalFileError where the file is something else
 * @throws JournalVersionError where a newer node wrote it
 */
export async function openJournal(place: string, onError: (error: Error) => void, mark?: string): Promise<SqlJournal> {
  const isUrl = /^postgres(ql)?:/.test(place);
  return new SqlJournal(await (isUrl ? openPostgres(place, onError) : openSqlite(place)), new Mark(mark));
}
