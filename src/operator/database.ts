/** What a journal needs of an SQL database. `sqlite.ts` and `postgres.ts` have it; the SQL is the same for both. */

/** What a statement takes, one for each `?`. */
export type Value = string | number | bigint | null;

/** What a statement gives: columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** A connection, within a transaction or alone. */
export interface Session {
  /** Runs a statement. Those that are begun side by side go to the database in the order in which they are begun. */
  all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>;
}

/** A transaction that is open. */
export interface Transaction extends Session {
  /** Has something told that the transaction has ended, and whether it counts, before this process begins another. */
  onEnd(ended: (counts: boolean) => void): void;
}

/** How lasting a transaction must be: `durable` outlives a power cut once it has ended, `brief` need not. */
export type Lasting = "durable" | "brief";

/** An SQL database of one operator. Several nodes of that operator may share it, where it can be shared. */
export interface Database extends Session {
  /** The number of this node among those that share the database, now or ever. */
  readonly node: number;
  /** Whether other nodes may write to it too. */
  readonly isShared: boolean;
  /** The words that the two databases have for the same in `CREATE TABLE`. */
  readonly words: Words;
  /** Does all of it or nothing, with no other transaction of any node beside it. */
  transaction<T>(lasting: Lasting, work: (session: Transaction) => Promise<T>): Promise<T>;
  /** Whether there is a table of this name. Within a transaction. */
  has(session: Session, table: string): Promise<boolean>;
  /** The nodes in `candidates` that are gone. Within a transaction. */
  gone(session: Session, candidates: readonly number[]): Promise<readonly number[]>;
  /** Does what one node at a time may do. @returns undefined where another is at it */
  exclusively<T>(work: () => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

/** How types and tables are called. */
export interface Words {
  readonly integer: string;
  /** A key that counts up by itself. */
  readonly counter: string;
  /** What follows a table's columns. */
  readonly end: string;
}
