import { z } from "zod";
import type { Demand, Place } from "../../chain/demands.ts";
import type { Disclosure } from "../../chain/disclosures.ts";
import type { CommittedExhibit } from "../../chain/evidence.ts";
import type { Hex } from "../../core/bytes.ts";
import { readText, recordSchema, write } from "../../core/records.ts";
import { toBatch, type WatchedBatch } from "./batches.ts";
import type { Database, Row } from "./database.ts";

/** An answer to a demand, that is still to be judged. */
export type KeptDisclosure = Omit<Disclosure, "exhibit"> & { readonly exhibit: CommittedExhibit };

export const DEMANDS = `
  -- What this watcher has decided to demand: chosen once, so that a restart does not choose others.
  CREATE TABLE wanted (
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    sequence TEXT NOT NULL,
    -- The block of the demand; NULL until it is made.
    block INTEGER,
    PRIMARY KEY (batch, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE demands (
    id TEXT PRIMARY KEY,
    demand TEXT NOT NULL,
    operator TEXT NOT NULL,
    block INTEGER NOT NULL,
    -- When to look at it again; NULL where nothing can come of it any more.
    next_try INTEGER DEFAULT 0,
    forgotten_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX demands_by_next_try ON demands (next_try) WHERE next_try IS NOT NULL;
  CREATE TABLE disclosures (
    demand TEXT PRIMARY KEY,
    block INTEGER NOT NULL,
    disclosed_at INTEGER NOT NULL,
    exhibit TEXT,
    forgotten_at INTEGER NOT NULL
  ) STRICT;
`;

const hex = z.custom<Hex>((value) => typeof value === "string" && value.startsWith("0x"));
const demandSchema: z.ZodType<Demand> = z.object({
  id: hex,
  operator: hex,
  demander: hex,
  subject: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("receipt"), root: hex, sequence: z.coerce.bigint() }),
    z.object({ kind: z.literal("payload"), leaf: hex }),
    z.object({ kind: z.literal("unit"), payer: hex, client: hex, unit: z.coerce.bigint() }),
  ]),
  transactionHash: hex,
  block: z.int(),
});
/** A court takes what no node would hand out: an answer without signatures, or with more vectors than any model has. */
const calldata = { clientSignature: hex, operatorSignature: hex, context: z.string(), hidden: z.array(hex) };
const exhibitSchema: z.ZodType<CommittedExhibit> = z.object({
  record: recordSchema.extend(calldata),
  committed: z.object({ root: hex, proof: z.array(hex) }),
});

/** Demands: those to be made, those that anybody made, and what was shown. */
export class DemandTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Decides what to demand of a batch: where that was decided before, it stays so. */
  want(batch: number, places: readonly Place[]): void {
    if (this.#database.get("SELECT 1 FROM wanted WHERE batch = ?", batch) !== undefined) return;
    const sql = "INSERT OR IGNORE INTO wanted (batch, sequence) VALUES (?, ?)";
    this.#database.durably(() => {
      this.#database.transaction(() => {
        for (const { sequence } of places) this.#database.run(sql, batch, sequence.toString());
      });
    });
  }

  /** What is to be demanded and is not yet: the most urgent first. */
  toMake(): { readonly batch: WatchedBatch; readonly sequence: bigint }[] {
    const rows = this.#database.all(
      `SELECT wanted.sequence, batches.* FROM wanted JOIN batches ON batches.id = wanted.batch
       WHERE wanted.block IS NULL ORDER BY demandable_until, batches.id`,
    );
    return rows.map((row) => ({ batch: toBatch(row), sequence: BigInt(row["sequence"] as string) }));
  }

  /** It is demanded, by this watcher or by another before it. */
  markMade(batch: number, sequence: bigint, block: number): void {
    this.#database.run(
      "UPDATE wanted SET block = ? WHERE batch = ? AND sequence = ?",
      block,
      batch,
      sequence.toString(),
    );
  }

  /** How many demands to an operator are not over. */
  openOf(operator: Hex): number {
    const sql = "SELECT COUNT(*) AS open FROM demands WHERE operator = ? AND next_try IS NOT NULL";
    return Number(this.#database.get(sql, operator)?.["open"]);
  }

  /** Remembers a demand that anybody made. */
  add(demand: Demand, forgottenAt: bigint): void {
    this.#database.run(
      "INSERT OR IGNORE INTO demands (id, demand, operator, block, forgotten_at) VALUES (?, ?, ?, ?, ?)",
      ...[demand.id, write(demand), demand.operator, demand.block, forgottenAt],
    );
  }

  /** The demands that are to be looked at. */
  due(now: bigint): Demand[] {
    const rows = this.#database.all("SELECT demand FROM demands WHERE next_try <= ?", now);
    return rows.map((row) => readText(demandSchema, row["demand"] as string));
  }

  /** @param nextTry when to look at it again, in seconds; never where left out */
  postpone(id: Hex, nextTry?: bigint): void {
    this.#database.run("UPDATE demands SET next_try = ? WHERE id = ?", nextTry ?? null, id);
  }

  /** Remembers an answer, which ends its demand. */
  answer({ demand, disclosedAt, block, exhibit }: Disclosure, forgottenAt: bigint): void {
    this.postpone(demand);
    this.#database.run(
      "INSERT OR IGNORE INTO disclosures (demand, block, disclosed_at, exhibit, forgotten_at) VALUES (?, ?, ?, ?, ?)",
      ...[demand, block, disclosedAt, exhibit === undefined ? null : write(exhibit), forgottenAt],
    );
  }

  /** The answers that are still to be judged. */
  disclosures(): KeptDisclosure[] {
    return this.#database.all("SELECT * FROM disclosures WHERE exhibit IS NOT NULL").map(toDisclosure);
  }

  /** An answer was judged. */
  settle({ demand }: Pick<Disclosure, "demand">): void {
    this.#database.run("UPDATE disclosures SET exhibit = NULL WHERE demand = ?", demand);
  }
}

function toDisclosure(row: Row): KeptDisclosure {
  return {
    demand: row["demand"] as Hex,
    disclosedAt: BigInt(row["disclosed_at"] as number),
    block: row["block"] as number,
    exhibit: readText(exhibitSchema, row["exhibit"] as string),
  };
}
