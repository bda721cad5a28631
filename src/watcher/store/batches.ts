import type { CommittedBatch } from "../../chain/batches.ts";
import { canHold } from "../../chain/published.ts";
import type { Hex } from "../../core/bytes.ts";
import { answerSchema, readText, write } from "../../core/records.ts";
import { type Receipt, receiptHash } from "../../core/typedData.ts";
import type { Database, Row } from "./database.ts";

/** A batch that can still be challenged. Times in seconds. */
export interface WatchedBatch extends Omit<CommittedBatch, "transactionHash"> {
  readonly id: number;
  readonly committedAt: bigint;
  /** Until when its receipts can be demanded, suspended time aside. */
  readonly demandableUntil: bigint;
  /** Since when something of it is missing. */
  readonly missingSince: bigint | undefined;
  /** How often it was looked at in vain. */
  readonly tries: number;
  /** Whether its receipts are known. */
  readonly isRead: boolean;
}

/** A batch when it is first seen. */
export interface SeenBatch extends Omit<CommittedBatch, "transactionHash"> {
  readonly committedAt: bigint;
  readonly demandableUntil: bigint;
  /** When nothing can come of it any more. */
  readonly forgottenAt: bigint;
}

/** A receipt whose record is still to be seen, by its place in the batch. */
export interface DueReceipt {
  readonly index: number;
  readonly sequence: bigint;
}

const receiptSchema = answerSchema.shape.receipt;

export const BATCHES = `
  CREATE TABLE batches (
    -- Never given twice: trees are remembered by it.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operator TEXT NOT NULL,
    root TEXT NOT NULL,
    first_sequence TEXT NOT NULL,
    count TEXT NOT NULL,
    data_hash TEXT NOT NULL,
    block INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    demandable_until INTEGER NOT NULL,
    forgotten_at INTEGER NOT NULL,
    is_read INTEGER NOT NULL DEFAULT 0,
    missing_since INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    -- NULL where all was seen of it that can be.
    next_try INTEGER DEFAULT 0,
    UNIQUE (operator, root)
  ) STRICT;
  CREATE INDEX batches_by_next_try ON batches (next_try) WHERE next_try IS NOT NULL;
  CREATE TABLE receipts (
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    place INTEGER NOT NULL,
    leaf TEXT NOT NULL,
    operator TEXT NOT NULL,
    -- Empty where no court takes the receipt for the batch's: it contradicts nothing.
    sequence TEXT NOT NULL,
    receipt TEXT NOT NULL,
    -- Whether its record is still to be seen.
    is_due INTEGER NOT NULL,
    -- Known only with the record, or by the demand's answer that showed the receipt alone.
    request TEXT,
    order_id TEXT,
    account TEXT,
    units_from TEXT,
    units_to TEXT,
    proof TEXT,
    UNIQUE (batch, place)
  ) STRICT;
  CREATE INDEX receipts_due ON receipts (batch, place) WHERE is_due = 1;
  CREATE INDEX receipts_by_leaf ON receipts (batch, leaf);
  CREATE INDEX receipts_by_sequence ON receipts (operator, sequence);
  CREATE INDEX receipts_by_order ON receipts (order_id) WHERE order_id IS NOT NULL;
  CREATE INDEX receipts_by_units ON receipts (account, units_from, units_to) WHERE account IS NOT NULL;
`;

/** The batches that can still be challenged, and what is known of each. */
export class BatchTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Remembers a batch. One that is known stays as it is. */
  add(seen: SeenBatch): void {
    this.#database.run(
      `INSERT OR IGNORE INTO batches (operator, root, first_sequence, count, data_hash, block, committed_at,
        demandable_until, forgotten_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[seen.operator, seen.root, seen.firstSequence.toString(), seen.count.toString(), seen.dataHash, seen.block],
      ...[seen.committedAt, seen.demandableUntil, seen.forgottenAt],
    );
  }

  find({ operator, root }: { readonly operator: Hex; readonly root: Hex }): WatchedBatch | undefined {
    const row = this.#database.get("SELECT * FROM batches WHERE operator = ? AND root = ?", operator, root);
    return row && toBatch(row);
  }

  /** The batches that are to be looked at: of each operator the one that has to be demanded first. */
  due(now: bigint): WatchedBatch[] {
    const sql = "SELECT * FROM batches WHERE next_try <= ? ORDER BY demandable_until, id";
    return this.#database.all(sql, now).map(toBatch);
  }

  /** Remembers the receipts of a batch, as it was published. */
  keepPage(batch: WatchedBatch, receipts: readonly Receipt[]): void {
    this.#database.transaction(() => {
      for (const [place, receipt] of receipts.entries()) {
        const isTaken = canHold(batch, receipt);
        this.#database.run(
          `INSERT INTO receipts (batch, place, leaf, operator, sequence, receipt, is_due) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          ...[batch.id, place, receiptHash(receipt), receipt.operator],
          ...[isTaken ? receipt.sequence.toString() : "", write(receipt), isTaken ? 1 : 0],
        );
      }
      this.#database.run("UPDATE batches SET is_read = 1 WHERE id = ?", batch.id);
    });
  }

  /** The receipts of a batch that was read, in its order. */
  page({ id }: Pick<WatchedBatch, "id">): Receipt[] {
    const sql = "SELECT receipt FROM receipts WHERE batch = ? AND place >= 0 ORDER BY place";
    return this.#database.all(sql, id).map((row) => readText(receiptSchema, row["receipt"] as string));
  }

  /** The receipts of a batch whose records are still to be seen. */
  dueReceipts({ id }: Pick<WatchedBatch, "id">): DueReceipt[] {
    const sql =
      "SELECT place, sequence FROM receipts INDEXED BY receipts_due WHERE batch = ? AND is_due = 1 ORDER BY place";
    const rows = this.#database.all(sql, id);
    return rows.map((row) => ({ index: row["place"] as number, sequence: BigInt(row["sequence"] as string) }));
  }

  /** Receipts are done with, by their places in the batch: their records were judged, or will never be shown. */
  settle({ id }: Pick<WatchedBatch, "id">, places: readonly number[]): void {
    const sql = "UPDATE receipts SET is_due = 0 WHERE batch = ? AND place IN (SELECT value FROM json_each(?))";
    this.#database.run(sql, id, JSON.stringify(places));
  }

  /** Something of a batch is still to be seen. @param missingSince where it was looked for in vain */
  postpone(
    { id }: Pick<WatchedBatch, "id">,
    { nextTry, missingSince }: { nextTry: bigint; missingSince?: bigint },
  ): void {
    if (missingSince === undefined) this.#database.run("UPDATE batches SET next_try = ? WHERE id = ?", nextTry, id);
    else
      this.#database.run(
        "UPDATE batches SET next_try = ?, tries = tries + 1, missing_since = ? WHERE id = ?",
        ...[nextTry, missingSince, id],
      );
  }

  /** All was seen of a batch that can be. */
  finish({ id }: Pick<WatchedBatch, "id">): void {
    this.#database.run("UPDATE batches SET next_try = NULL, missing_since = NULL WHERE id = ?", id);
  }
}

export function toBatch(row: Row): WatchedBatch {
  const missingSince = row["missing_since"];
  return {
    id: row["id"] as number,
    operator: row["operator"] as Hex,
    root: row["root"] as Hex,
    firstSequence: BigInt(row["first_sequence"] as string),
    count: BigInt(row["count"] as string),
    dataHash: row["data_hash"] as Hex,
    block: row["block"] as number,
    committedAt: BigInt(row["committed_at"] as number),
    demandableUntil: BigInt(row["demandable_until"] as number),
    missingSince: missingSince === null ? undefined : BigInt(missingSince as number),
    tries: row["tries"] as number,
    isRead: row["is_read"] === 1,
  };
}
