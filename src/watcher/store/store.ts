import { type Cursor, cursorAt, cursorSchema } from "../../chain/follow.ts";
import { SuretyError } from "../../core/errors.ts";
import { readText, write } from "../../core/records.ts";
import { BATCHES, BatchTable } from "./batches.ts";
import { CASES, CaseTable } from "./cases.ts";
import { Database } from "./database.ts";
import { DEMANDS, DemandTable } from "./demands.ts";
import { ReceiptTable } from "./receipts.ts";

/** The version of the tables: a store of another one is not touched. */
const VERSION = 1;

const META = `
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    owner TEXT NOT NULL,
    cursor TEXT NOT NULL
  ) STRICT;
`;

/** A store that belongs to somebody else, or is of another version. */
export class StoreMismatchError extends SuretyError {
  override readonly name = "StoreMismatchError";
}

/** Who a store belongs to, and where it begins. */
export interface StoreTerms {
  /** The deployment and the reporter, in one text. */
  readonly owner: string;
  /** The first block of interest, where the store is new. */
  readonly fromBlock: number;
}

/** All that a watcher must not forget, in one SQLite database. */
export class WatchStore {
  readonly batches: BatchTable;
  readonly receipts: ReceiptTable;
  readonly cases: CaseTable;
  readonly demands: DemandTable;
  readonly #database: Database;

  /**
   * Opens a store, and makes it where there is none.
   * @param file its path, or `:memory:`
   * @throws StoreMismatchError where it is another's; nothing in it is changed
   */
  static open(file: string, { owner, fromBlock }: StoreTerms): WatchStore {
    const database = new Database(file);
    try {
      database.transaction(() => {
        const version = Number(database.get("PRAGMA user_version")?.["user_version"]);
        if (version === 0) {
          database.exec(META + BATCHES + CASES + DEMANDS + `PRAGMA user_version = ${VERSION};`);
          database.run("INSERT INTO meta VALUES (1, ?, ?)", owner, write(cursorAt(fromBlock)));
        } else if (version !== VERSION) {
          const message = `${file} is of version ${version}, and this version of surety reads ${VERSION}`;
          throw new StoreMismatchError(message, {
            remedy: "watch with the version that wrote it, or name another file",
          });
        }
        const known = database.get("SELECT owner FROM meta")?.["owner"];
        if (known !== owner) {
          const message = `${file} belongs to ${String(known)}, not to ${owner}`;
          throw new StoreMismatchError(message, {
            remedy: "name another file: each deployment and reporter has its own",
          });
        }
      });
    } catch (cause) {
      database.close();
      throw cause;
    }
    return new WatchStore(database);
  }

  private constructor(database: Database) {
    this.#database = database;
    this.batches = new BatchTable(database);
    this.receipts = new ReceiptTable(database);
    this.cases = new CaseTable(database);
    this.demands = new DemandTable(database);
  }

  /** How far the chain was read. */
  get cursor(): Cursor {
    return readText(cursorSchema, this.#database.get("SELECT cursor FROM meta")?.["cursor"] as string);
  }

  /** All of it is written, or nothing. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  /** Goes on from here. */
  moveTo(cursor: Cursor): void {
    this.#database.run("UPDATE meta SET cursor = ?", write(cursor));
  }

  /** Forgets what was read from a block on: a reorganisation replaced it. What was done about it is tried again. */
  forgetFrom(block: number): void {
    this.transaction(() => {
      this.cases.reopen(block);
      for (const table of ["batches", "demands", "disclosures"])
        this.#database.run(`DELETE FROM ${table} WHERE block >= ?`, block);
      this.#database.run("UPDATE wanted SET block = NULL WHERE block >= ?", block);
      // Their answers may be among what was replaced.
      this.#database.run("UPDATE demands SET next_try = 0 WHERE id NOT IN (SELECT demand FROM disclosures)");
    });
  }

  /** Forgets what nothing can come of any more. @returns how many batches were forgotten */
  prune(now: bigint): number {
    return this.transaction(() => {
      for (const table of ["demands", "disclosures"])
        this.#database.run(`DELETE FROM ${table} WHERE forgotten_at < ?`, now);
      this.#database.run("DELETE FROM cases WHERE stage = 'closed' AND closes_at + ? < ?", KEPT, now);
      return this.#database.run("DELETE FROM batches WHERE forgotten_at < ?", now);
    });
  }

  close(): void {
    this.#database.close();
  }
}

/** How long closed cases are kept, in seconds: as long as anything could have the same fault found again, and suspended time. */
const KEPT = 30 * 86_400;
