import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";

/** A row as SQLite gives it: whole numbers are numbers, so amounts are kept as text. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** An SQLite database, each of whose statements is prepared once. */
export class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param file or `:memory:` */
  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** All of it, or nothing. Within another one it is a part of that. */
  transaction<T>(work: () => T): T {
    if (this.#isInTransaction()) return work();
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (cause) {
      // SQLite rolls back by itself where the disk is full or fails.
      if (this.#isInTransaction()) this.#database.exec("ROLLBACK");
      throw cause;
    }
  }

  /**
   * Writes something, and with it all that was written before, so that no power cut takes it back. What is only judged
   * does not need that: it is judged again.
   */
  durably(work: () => unknown): void {
    this.#database.exec("PRAGMA synchronous = FULL");
    try {
      work();
    } finally {
      this.#database.exec("PRAGMA synchronous = NORMAL");
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** An amount as a text that sorts as the amount does: 39 digits hold every uint128. */
export function sortable(amount: bigint): string {
  return amount.toString().padStart(39, "0");
}
