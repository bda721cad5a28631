import { Pool, type PoolClient } from "pg";
import type { Database, Lasting, Row, Session, Transaction, Value } from "./database.ts";
import { prepareTables } from "./schema.ts";

/**
 * The advisory locks, each a pair of numbers: that of whoever writes, that of whoever commits and settles, and those of
 * the nodes that are at work, by their numbers.
 */
const LOCKS = { writing: "7265745, 0", chain: "7265745, 1", present: 7265746 } as const;

/** How many connections a node has: one that says that it is there, one for the chain, the others to read and write. */
const CONNECTIONS = 6;

/** PostgreSQL, which several nodes of an operator may share. */
export class PostgresDatabase implements Database {
  readonly isShared = true;
  readonly words = {
    integer: "BIGINT",
    counter: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    end: "",
  };
  readonly #pool: Pool;
  #node = 0;
  /** The connection that says that this node is there. */
  #presence: Promise<PoolClient> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  get node(): number {
    return this.#node;
  }

  async all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]> {
    return (await this.#pool.query<Row>(prepared(sql, values))).rows;
  }

  async transaction<T>(lasting: Lasting, work: (session: Transaction) => Promise<T>): Promise<T> {
    await (this.#presence ??= this.#appear());
    return this.#connected(async (client) => {
      // Whatever this server is set to otherwise. What waits for the lock sees all that was written before it.
      const commit = lasting === "durable" ? "on" : "off";
      const begun = [
        "BEGIN",
        `SET LOCAL synchronous_commit = ${commit}`,
        `SELECT pg_advisory_xact_lock(${LOCKS.writing})`,
      ];
      await Promise.all(begun.map(async (sql) => client.query(sql)));
      let ended = (_counts: boolean): void => undefined;
      // After one statement has failed all others do, and theirs may be heard first.
      let failure: unknown;
      const session: Transaction = {
        all: async (sql, ...values) => {
          try {
            return (await client.query<Row>(prepared(sql, values))).rows;
          } catch (cause) {
            failure ??= cause;
            throw cause;
          }
        },
        onEnd: (told) => (ended = told),
      };
      try {
        const result = await work(session);
        await client.query("COMMIT");
        ended(true);
        return result;
      } catch (cause) {
        ended(false);
        await client.query("ROLLBACK");
        throw failure ?? cause;
      }
    });
  }

  async has(session: Session, table: string): Promise<boolean> {
    const [row] = await session.all("SELECT to_regclass(?) IS NOT NULL AS is_there", table);
    return row?.["is_there"] === true;
  }

  /** A node that is at work holds the lock of its number. PostgreSQL gives it back as soon as the node's connection ends. */
  async gone(session: Session, candidates: readonly number[]): Promise<readonly number[]> {
    const gone: number[] = [];
    for (const node of candidates) {
      const [row] = await session.all(`SELECT pg_try_advisory_xact_lock(${LOCKS.present}, ?) AS is_gone`, node);
      if (row?.["is_gone"] === true) gone.push(node);
    }
    return gone;
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T | undefined> {
    return this.#connected(async (client) => {
      const { rows } = await client.query<Row>(`SELECT pg_try_advisory_lock(${LOCKS.chain}) AS is_mine`);
      if (rows[0]?.["is_mine"] !== true) return undefined;
      try {
        return await work();
      } finally {
        await client.query(`SELECT pg_advisory_unlock(${LOCKS.chain})`);
      }
    });
  }

  async close(): Promise<void> {
    if (this.#pool.ending) return;
    const presence = await this.#presence;
    presence?.release(true);
    await this.#pool.end();
  }

  /** Takes the lock of this node's number, and keeps the connection that holds it: while it lasts the node is there. */
  async #appear(): Promise<PoolClient> {
    try {
      const client = await this.#pool.connect();
      client.once("error", () => {
        this.#presence = undefined;
        client.release(true);
      });
      // A machine that is gone without a word must not count as there for hours.
      await client.query("SET tcp_keepalives_idle = 10");
      await client.query("SET tcp_keepalives_interval = 5");
      if (this.#node === 0) this.#node = await takeNumber(client);
      await client.query(`SELECT pg_advisory_lock(${LOCKS.present}, $1)`, [this.#node]);
      return client;
    } catch (cause) {
      this.#presence = undefined;
      throw cause;
    }
  }

  /** Lends a connection. One on which something failed is not lent again: what it holds ends with it. */
  async #connected<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (cause) {
      client.release(true);
      throw cause;
    }
  }
}

/**
 * Opens a database. Each operator has one of its own.
 * @param url as in `DATABASE_URL`: postgres://user:password@host:port/database
 * @param onError told of connections that break while nothing is asked of them: the next one is a new one
 */
export async function openPostgres(url: string, onError: (error: Error) => void): Promise<PostgresDatabase> {
  const pool = new Pool({ connectionString: url, max: CONNECTIONS, pipeline: true, keepAlive: true });
  pool.on("error", onError);
  const database = new PostgresDatabase(pool);
  try {
    await prepareTables(database);
    return database;
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

/** A number that no other node of the database has or had. */
async function takeNumber(client: PoolClient): Promise<number> {
  // Two nodes that come to a new database at once would be in each other's way.
  await client.query(`SELECT pg_advisory_lock(${LOCKS.writing})`);
  await client.query("CREATE SEQUENCE IF NOT EXISTS nodes AS INTEGER");
  await client.query(`SELECT pg_advisory_unlock(${LOCKS.writing})`);
  const { rows } = await client.query<{ node: number }>("SELECT nextval('nodes')::INTEGER AS node");
  const [row] = rows;
  if (row === undefined) throw new Error("PostgreSQL gave no number");
  return row.node;
}

/** The names of statements, so that a connection parses each but once. */
const names = new Map<string, { readonly name: string; readonly text: string }>();

function prepared(sql: string, values: readonly Value[]) {
  let known = names.get(sql);
  if (known === undefined) {
    let count = 0;
    known = { name: `surety_${names.size}`, text: sql.replace(/\?/g, () => `$${++count}`) };
    names.set(sql, known);
  }
  return { ...known, values: [...values] };
}
