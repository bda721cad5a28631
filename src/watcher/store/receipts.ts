import { type Equivocation, equivocationOf, type ReceiptMemory } from "../../chain/contradictions.ts";
import type { BareExhibit, Contradiction, Exhibit } from "../../chain/evidence.ts";
import { type Batch, makeBatch } from "../../core/batch.ts";
import type { Hex } from "../../core/bytes.ts";
import { answerSchema, readText, type Record, recordSchema, write } from "../../core/records.ts";
import { unitsOf } from "../../core/terms.ts";
import { orderHash, type Receipt, receiptHash } from "../../core/typedData.ts";
import { BatchTable } from "./batches.ts";
import { type Database, type Row, sortable } from "./database.ts";

const receiptSchema = answerSchema.shape.receipt;
const requestSchema = recordSchema.shape.request;

/** How many of the receipts whose units begin before a receipt's are looked at: where none contradicts another, one is enough. */
const NEIGHBOURS = 16;

/** How many trees of batches are remembered at most. */
const MAX_TREES = 4;

/** How many pairs of receipts for one number are told of a batch: one is enough to convict. */
const MAX_TWINS = 8;

const CONTRADICTIONS: readonly Contradiction[] = ["sequence", "order", "unit"];

/**
 * The receipts that one contradicts, by its leaf, operator, sequence, order, account, and first and last unit. Where the
 * units that are known do not overlap each other, one that overlaps its own begins within them or is the nearest that begins
 * before; where they do, somebody is convicted already, and a few more are looked at.
 */
const OTHERS = `SELECT
  (SELECT rowid FROM receipts WHERE operator = ?2 AND sequence = ?3 AND leaf <> ?1 AND request IS NOT NULL) AS sequence,
  (SELECT rowid FROM receipts WHERE order_id = ?4 AND leaf <> ?1 AND request IS NOT NULL) AS "order",
  COALESCE(
    (SELECT rowid FROM receipts WHERE account = ?5 AND units_from >= ?6 AND units_from < ?7 AND leaf <> ?1),
    (SELECT id FROM (SELECT rowid AS id, units_to FROM receipts WHERE account = ?5 AND units_from < ?6
      ORDER BY units_from DESC LIMIT ${NEIGHBOURS}) WHERE units_to > ?6)
  ) AS unit`;

/** What a receipt is compared by: its leaf, the order that it answers, the account that it charges. */
interface Names {
  readonly leaf: Hex;
  readonly order: string;
  readonly account: string;
}

const COLUMNS = "receipts.*, batches.root, batches.committed_at";
const FROM = `SELECT ${COLUMNS} FROM receipts JOIN batches ON batches.id = receipts.batch`;

/** Remembers the receipts of batches as long as they can be challenged, over restarts. */
export class ReceiptTable implements ReceiptMemory {
  readonly #database: Database;
  readonly #batches: BatchTable;
  readonly #trees = new Map<number, Batch>();

  constructor(database: Database) {
    this.#database = database;
    this.#batches = new BatchTable(database);
  }

  add(exhibits: readonly Exhibit[], countsFrom: bigint): (Equivocation | undefined)[] {
    // Written and compared at a stroke: whatever else is remembered meanwhile sees all of it, or is seen.
    return this.#database.transaction(() => exhibits.map((exhibit) => this.#add(exhibit, countsFrom)));
  }

  #add(exhibit: Exhibit, countsFrom: bigint): Equivocation | undefined {
    const { receipt, request } = exhibit.record;
    const { operator } = receipt;
    const names = {
      leaf: receiptHash(receipt),
      order: `${operator}:${request.payer}:${orderHash(request.order)}`,
      account: `${operator}:${request.payer}:${receipt.client}`,
    };
    this.#keep(exhibit, names);
    const others = this.#others(receipt, names);
    for (const contradiction of CONTRADICTIONS) {
      const other = others?.[contradiction] ?? null;
      if (other === null) continue;
      const row = this.#database.get(`${FROM} WHERE receipts.rowid = ?`, other);
      if (row !== undefined) return equivocationOf(contradiction, this.#toKept(row), { exhibit, countsFrom });
    }
    return undefined;
  }

  /**
   * Two receipts for one number in a batch whose records are not all shown: they speak for themselves, and a demand for
   * that number could be answered with either.
   */
  *twins(batch: number): Generator<readonly [BareExhibit, BareExhibit]> {
    const rows = this.#database.all(
      `${FROM} WHERE batch = ? AND is_due = 1 AND EXISTS (SELECT 1 FROM receipts other WHERE
        other.operator = receipts.operator AND other.sequence = receipts.sequence AND other.leaf <> receipts.leaf)
        GROUP BY sequence LIMIT ?`,
      ...[batch, MAX_TWINS],
    );
    for (const row of rows) {
      const other = this.#database.get(
        `${FROM} WHERE receipts.operator = ? AND sequence = ? AND leaf <> ?`,
        ...[row["operator"] as string, row["sequence"] as string, row["leaf"] as string],
      );
      if (other !== undefined) yield [this.#toBare(other), this.#toBare(row)];
    }
  }

  /** Writes down what is known of a receipt with its record. One that no page has shown came as a demand's answer. */
  #keep({ record, committed }: Exhibit, { leaf, order, account }: Names): void {
    const { receipt, request } = record;
    const { operator } = receipt;
    const root = committed?.root ?? "0x";
    const { from, to } = unitsOf(receipt);
    const owns = from >= 0n && from < to;
    const known = [write(request), order, owns ? account : null, sortable(from), sortable(to)];
    const changed = this.#database.run(
      `UPDATE receipts INDEXED BY receipts_by_leaf
       SET request = ?, order_id = ?, account = ?, units_from = ?, units_to = ?
       WHERE batch = (SELECT id FROM batches WHERE operator = ? AND root = ?) AND leaf = ?`,
      ...[...known, operator, root, leaf],
    );
    if (changed > 0) return;
    const batch = this.#batches.find({ operator, root });
    // Committed before this watcher began to look: nobody can be sure to have all that it could contradict.
    if (batch === undefined) return;
    this.#database.run(
      `INSERT INTO receipts (batch, place, leaf, operator, sequence, receipt, is_due, proof, request, order_id, account,
        units_from, units_to) VALUES (?, (SELECT COALESCE(MIN(place), 0) - 1 FROM receipts WHERE batch = ? AND place < 0),
        ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)`,
      ...[batch.id, batch.id, leaf, receipt.operator, receipt.sequence.toString(), write(receipt)],
      ...[write(committed?.proof ?? []), ...known],
    );
  }

  /** The rows of receipts that a receipt contradicts, one of each kind. */
  #others(receipt: Receipt, { leaf, order, account }: Names): Row | undefined {
    const { from, to } = unitsOf(receipt);
    const owns = from >= 0n && from !== to;
    return this.#database.get(
      OTHERS,
      ...[leaf, receipt.operator, receipt.sequence.toString(), order],
      ...[owns ? account : null, sortable(from), sortable(to)],
    );
  }

  #toKept(row: Row) {
    const bare = this.#toBare(row);
    const request = readText(requestSchema, row["request"] as string);
    const record: Record = { ...nothing, hidden: [], ...bare.record, request };
    return { exhibit: { ...bare, record }, countsFrom: BigInt(row["committed_at"] as number) };
  }

  #toBare(row: Row): BareExhibit {
    const receipt = readText(receiptSchema, row["receipt"] as string);
    const root = row["root"] as Hex;
    return { record: { receipt, operatorSignature: "0x" }, committed: { root, proof: this.#proofOf(row) } };
  }

  #proofOf(row: Row): readonly Hex[] {
    const proof = row["proof"];
    if (proof !== null) return JSON.parse(proof as string) as Hex[];
    return this.#treeOf(row["batch"] as number).proof(row["place"] as number);
  }

  /** The tree of a batch: made once, since whoever contradicts itself may do so in thousands of receipts. */
  #treeOf(batch: number): Batch {
    const tree = this.#trees.get(batch) ?? makeBatch(this.#batches.page({ id: batch }));
    if (this.#trees.size >= MAX_TREES) this.#trees.clear();
    this.#trees.set(batch, tree);
    return tree;
  }
}

/** What a committed receipt needs no court to see. */
const nothing = { clientSignature: "0x", input: "0x", context: "", output: "0x", proof: "0x" } as const;
