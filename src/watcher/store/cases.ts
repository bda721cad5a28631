import type { Finding } from "../../chain/judge.ts";
import type { Case } from "../../chain/prosecution.ts";
import type { Hex } from "../../core/bytes.ts";
import { type Receipt, receiptHash } from "../../core/typedData.ts";
import { unitsOf } from "../../core/terms.ts";
import type { Database, Row } from "./database.ts";

/**
 * How far a case has come: found; its evidence committed to; judged, while what is settled of its price later can still be
 * judged besides; closed.
 */
export type Stage = "found" | "committed" | "judged" | "closed";

/** The units of a receipt that a case is about, and who paid for them. */
export interface Stake {
  readonly payer: Hex;
  readonly client: Hex;
  readonly from: string;
  readonly to: string;
}

/** A case as it is kept. Times in seconds. */
export interface KeptCase {
  readonly id: number;
  readonly fault: Hex;
  readonly court: Case["name"];
  readonly operator: Hex;
  readonly description: string;
  /** The call that proves it, salt and all: what was committed to must be opened to the letter. */
  readonly data: Hex;
  readonly closesAt: bigint;
  readonly stage: Stage;
  readonly tries: number;
  readonly stakes: readonly Stake[];
  /** How much of its price was settled when it was first seen to be judged, in the token's smallest unit. */
  readonly reached: bigint | undefined;
}

export const CASES = `
  CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    court TEXT NOT NULL,
    fault TEXT NOT NULL,
    operator TEXT NOT NULL,
    description TEXT NOT NULL,
    data TEXT NOT NULL,
    stakes TEXT NOT NULL,
    closes_at INTEGER NOT NULL,
    stage TEXT NOT NULL DEFAULT 'found',
    -- The block of the verdict: a reorganisation may take it back.
    block INTEGER,
    reached TEXT,
    next_try INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (court, fault)
  ) STRICT;
  CREATE INDEX cases_by_next_try ON cases (next_try) WHERE stage <> 'closed';
`;

/** The cases that were found, until nothing can come of them any more. */
export class CaseTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Keeps a case. @param notBefore from when on it is worth bringing, in seconds
   * @returns whether it is new: a fault is one case, however often it is found
   */
  add({ fault, operator, description, closesAt, records, case: { name, data } }: Finding, notBefore = 0n): boolean {
    const stakes = new Map(
      records.map(({ receipt, request }) => [receiptHash(receipt), stakeOf(receipt, request.payer)]),
    );
    const changed = this.#database.run(
      `INSERT OR IGNORE INTO cases (court, fault, operator, description, data, stakes, closes_at, next_try)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[name, fault, operator, description, data, JSON.stringify([...stakes.values()]), closesAt, notBefore],
    );
    if (changed > 0) return true;
    // What was disclosed late stays open for longer.
    this.#database.run(
      "UPDATE cases SET closes_at = MAX(closes_at, ?) WHERE court = ? AND fault = ? AND stage = 'found'",
      ...[closesAt, name, fault],
    );
    return false;
  }

  /** Deposits at stake first; then of every operator its most urgent case, its second, and so on: no crowd hides one. */
  due(now: bigint): KeptCase[] {
    const rows = this.#database.all(
      `SELECT *, ROW_NUMBER() OVER (PARTITION BY operator ORDER BY closes_at, id) AS turn FROM cases
       WHERE stage <> 'closed' AND next_try <= ? ORDER BY stage = 'committed' DESC, turn, closes_at, id`,
      now,
    );
    return rows.map(toCase);
  }

  /** Its evidence is about to be committed to, or is: then it must be opened before that lapses. */
  markCommitted({ id }: KeptCase): void {
    // What is sent next stakes a deposit on the case's very bytes.
    this.#database.durably(() => this.#database.run("UPDATE cases SET stage = 'committed' WHERE id = ?", id));
  }

  /** Its evidence is not committed to, or no longer: it begins anew, with other calldata where that was seen or has lapsed. */
  markFound({ id }: KeptCase, data?: Hex): void {
    this.#database.run(
      "UPDATE cases SET stage = 'found', block = NULL, data = COALESCE(?, data) WHERE id = ?",
      data ?? null,
      id,
    );
  }

  /** It was judged, with so much of its price settled; `again` is when to see whether more of it is, in seconds. */
  markJudged(
    { id }: KeptCase,
    { block, reached, again }: { readonly block?: number; readonly reached: bigint; readonly again: bigint },
  ): void {
    this.#database.run(
      "UPDATE cases SET stage = 'judged', block = ?, reached = ?, next_try = ?, tries = 0 WHERE id = ?",
      ...[block ?? null, reached.toString(), again, id],
    );
  }

  /** Nothing more can come of it. @param block that of its verdict, where it has one */
  close({ id }: KeptCase, block?: number): void {
    this.#database.run("UPDATE cases SET stage = 'closed', block = COALESCE(?, block) WHERE id = ?", block ?? null, id);
  }

  postpone({ id }: KeptCase, nextTry: bigint): void {
    this.#database.run("UPDATE cases SET next_try = ?, tries = tries + 1 WHERE id = ?", nextTry, id);
  }

  /** What a reorganisation may have taken back, from a block on, is tried again; the courts say what there is of it. */
  reopen(block: number): void {
    this.#database.run(
      "UPDATE cases SET stage = 'committed', next_try = 0 WHERE stage IN ('judged', 'closed') AND block >= ?",
      block,
    );
  }
}

function stakeOf(receipt: Receipt, payer: Hex): Stake {
  const { from, to } = unitsOf(receipt);
  return { payer, client: receipt.client, from: from.toString(), to: to.toString() };
}

function toCase(row: Row): KeptCase {
  return {
    id: row["id"] as number,
    fault: row["fault"] as Hex,
    court: row["court"] as Case["name"],
    operator: row["operator"] as Hex,
    description: row["description"] as string,
    data: row["data"] as Hex,
    closesAt: BigInt(row["closes_at"] as number),
    stage: row["stage"] as Stage,
    tries: row["tries"] as number,
    stakes: JSON.parse(row["stakes"] as string) as Stake[],
    reached: row["reached"] === null ? undefined : BigInt(row["reached"] as string),
  };
}
