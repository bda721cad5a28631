import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Database, Lasting, Row, Transaction, Value } from "./database.ts";
import { prepareTables } from "./schema.ts";

/** A journal's file that another process has open. */
export class JournalInUseError extends Error {
  override readonly name = "JournalInUseError";

  constructor(file: string, options: ErrorOptions) {
    super(
      `${file} is open in another process: stop that one, or have the operator's nodes share PostgreSQL (DATABASE_URL)`,
      options,
    );
  }
}

/** A file that is no journal. */
export class JournalFileError extends Error {
  override readonly name = "JournalFileError";

  constructor(file: string, options: ErrorOptions) {
    super(`${file} is no journal: name the operator's own, or a file that is not there yet`, options);
  }
}

/**
 * How a file is set. A transaction is in the write-ahead log, and FULL has its end wait until the disk has it. EXCLUSIVE
 * keeps a second node from the file: what is under way is known to the process that has it open, and to no other. The log
 * is copied into the file every 4,000 pages, 16 MB: at SQLite's 1,000 one lone request in a hundred waits for that.
 */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 4000;
`;

/** SQLite's codes for a file that somebody else holds, and for one that is none of SQLite's. */
const [BUSY, NOT_A_DATABASE] = [5, 26];

/**
 * Opens a journal's file, or memory for `:memory:`.
 * @throws JournalInUseError where another process has it open
 * @throws JournalFileError where it is something else
 * @throws JournalVersionError where a newer node wrote it
 */
export async function openSqlite(file: string): Promise<SqliteDatabase> {
  const connection = new DatabaseSync(file);
  try {
    connection.exec(SETTINGS);
    const database = new SqliteDatabase(connection);
    await prepareTables(database);
    return database;
  } catch (cause) {
    connection.close();
    const code = cause instanceof Error && "errcode" in cause ? cause.errcode : undefined;
    if (code === BUSY) throw new JournalInUseError(file, { cause });
    if (code === NOT_A_DATABASE) throw new JournalFileError(file, { cause });
    throw cause;
  }
}

/** SQLite in this process. One transaction or statement goes after the other. */
export class SqliteDatabase implements Database {
  readonly node = 0;
  readonly isShared = false;
  readonly words = { integer: "INTEGER", counter: "INTEGER PRIMARY KEY", end: "STRICT" };
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** The end of what was begun last. */
  #last: Promise<unknown> = Promise.resolve();
  #isBusy = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]> {
    // A statement beside a transaction would see what is not durable yet.
    return this.#inTurn(async () => this.#run(sql, values));
  }

  async transaction<T>(_lasting: Lasting, work: (session: Transaction) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      let ended = (_counts: boolean): void => undefined;
      const session: Transaction = {
        all: async (sql, ...values) => {
          // Nobody else writes: it takes a transaction only where it writes itself.
          if (!this.#database.isTransaction && !sql.startsWith("SELECT")) this.#run("BEGIN IMMEDIATE", []);
          return this.#run(sql, values);
        },
        onEnd: (told) => (ended = told),
      };
      try {
        const result = await work(session);
        if (this.#database.isTransaction) this.#run("COMMIT", []);
        ended(true);
        return result;
      } catch (cause) {
        ended(false);
        // SQLite rolls back by itself where the disk is full or fails.
        if (this.#database.isTransaction) this.#run("ROLLBACK", []);
        throw cause;
      }
    });
  }

  async has(session: Transaction, table: string): Promise<boolean> {
    return (await session.all("SELECT 1 FROM sqlite_master WHERE name = ?", table)).length > 0;
  }

  /** Nobody shares the file: what a process left that is gone went with it. */
  async gone(): Promise<readonly number[]> {
    return [];
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#isBusy) return undefined;
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#database.isOpen) this.#database.close();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #run(sql: string, values: readonly Value[]): readonly Row[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(...values);
  }
}
