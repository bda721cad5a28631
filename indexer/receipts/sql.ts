/** The database that receipts are kept in: PGlite in a folder, or a schema of a PostgreSQL. Both speak the same SQL. */
import { mkdirSync } from "node:fs";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { Pool, type PoolClient } from "pg";

/** Whole numbers beyond 2^53 come as text. */
export interface Sql {
  query<R>(text: string, parameters?: readonly unknown[]): Promise<readonly R[]>;
  /** All of the work, or nothing of it. */
  transaction(work: (sql: Pick<Sql, "query">) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Opens the receipts in a folder. One process at a time. */
export async function openFolder(folder: string): Promise<Sql> {
  mkdirSync(folder, { recursive: true });
  return openDatabase(await PGlite.create(folder));
}

/** The receipts in a database of this process. */
export function openDatabase(database: PGlite): Sql {
  const on = (queries: PGlite | Transaction): Pick<Sql, "query"> => ({
    query: async <R>(text: string, parameters: readonly unknown[] = []) =>
      (await queries.query<R>(text, [...parameters])).rows,
  });
  return {
    ...on(database),
    transaction: async (work) => database.transaction(async (queries) => work(on(queries))),
    close: async () => database.close(),
  };
}

/** Opens the receipts in a schema, made where it is not there. @param onError told of connections that broke while idle */
export async function openSchema(url: string, schema: string, onError: (error: Error) => void): Promise<Sql> {
  const pool = new Pool({ connectionString: url, max: 5, options: `-c search_path=${schema}` });
  pool.on("error", onError);
  await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  const on = (queries: Pool | PoolClient): Pick<Sql, "query"> => ({
    query: async <R>(text: string, parameters: readonly unknown[] = []) =>
      (await queries.query(text, [...parameters])).rows as R[],
  });
  return {
    ...on(pool),
    async transaction(work) {
      const connection = await pool.connect();
      try {
        await connection.query("BEGIN");
        await work(on(connection));
        await connection.query("COMMIT");
        connection.release();
      } catch (cause) {
        // Whatever is wrong with the connection, nobody gets it again.
        connection.release(true);
        throw cause;
      }
    },
    close: async () => pool.end(),
  };
}
