import { DatabaseSync } from "node:sqlite";
import type { Hex } from "../core/bytes.ts";
import { type Record, readText, recordSchema, write } from "../core/records.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import { type Receipt, receiptHash } from "../core/typedData.ts";

/** The account that a record is charged to, as one key. */
export type AccountKey = `${Hex}:${Hex}`;

/** Who pays and with which key; the operator is the journal's own. */
export interface AccountId {
  readonly payer: Hex;
  readonly client: Hex;
}

/** A client's promise to pay for an account, up to a total and for a time. */
export interface Voucher {
  readonly ceiling: bigint;
  /** In seconds. */
  readonly deadline: bigint;
  readonly orderHash: Hex;
  readonly signature: Hex;
}

/** An answer before it has its place: number and units are given when it is written. */
export interface Draft {
  readonly orderHash: Hex;
  /** The vouchers on which the account's requests under way were admitted, this one's with them. */
  readonly vouchers: readonly Voucher[];
  /** The time, in seconds: by it some vouchers are older than others. */
  readonly now: bigint;
  readonly record: Omit<Record, "operatorSignature" | "receipt"> & {
    readonly receipt: Omit<Receipt, "sequence" | "charged">;
  };
}

/** A record as the journal keeps it: the signature is made again when it is needed, and is always the same. */
export type UnsignedRecord = Omit<Record, "operatorSignature">;

/** What an account has been charged, what of it is known to be settled, and the voucher that covers it. */
export interface AccountState extends AccountId {
  readonly charged: bigint;
  readonly settled: bigint;
  readonly voucher: Voucher;
}

/** Where an account's units end that receipts back, because the next one's is not committed in time, or not yet. */
export interface Unbacked {
  /** The total up to which all of the account's receipts are committed in time. */
  readonly upTo: bigint;
  /** Until when the next receipt can be committed in time, in seconds. */
  readonly latest: bigint;
  /** Whether it was committed, and too late. */
  readonly isCommitted: boolean;
}

/** Whether units above can never be backed: at `now`, in seconds, it is too late to commit the receipt that owns the next. */
export function isLost({ isCommitted, latest }: Unbacked, now: bigint): boolean {
  return isCommitted || now > latest;
}

/** A batch that is about to be committed, or was. */
export interface PlannedBatch {
  readonly root: Hex;
  readonly firstSequence: bigint;
  readonly lastSequence: bigint;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS owner (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL,
    leaf TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    root TEXT,
    account TEXT NOT NULL,
    units_from TEXT NOT NULL,
    units_to TEXT NOT NULL,
    latest INTEGER NOT NULL,
    backed INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS one_receipt_per_sequence ON records (sequence);
  CREATE UNIQUE INDEX IF NOT EXISTS one_receipt_per_order ON records (order_id);
  CREATE INDEX IF NOT EXISTS records_by_root ON records (root);
  CREATE INDEX IF NOT EXISTS records_by_units ON records (account, units_from);
  CREATE INDEX IF NOT EXISTS unbacked_records ON records (account, id) WHERE backed = 0;
  CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY,
    charged TEXT NOT NULL,
    settled TEXT NOT NULL,
    ceiling TEXT NOT NULL,
    deadline TEXT NOT NULL,
    order_hash TEXT NOT NULL,
    signature TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS batches (
    root TEXT PRIMARY KEY,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    committed INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`;

/** A journal that belongs to another operator, chain or ledger. */
export class JournalMismatchError extends Error {
  override readonly name = "JournalMismatchError";

  constructor(found: string, expected: string) {
    super(`this journal is of ${found}, not of ${expected}: each operator has one of its own on each deployment`);
  }
}

/** An operator's durable memory: what it served, to whom, for how much, and where it was committed. */
export class Journal {
  protected readonly database: DatabaseSync;

  /** Opens the journal in `file`, or in memory for `:memory:`. */
  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec(SCHEMA);
  }

  /**
   * Ties the journal to its owner for ever: numbers and totals of one operator on one ledger mean nothing elsewhere.
   * @throws JournalMismatchError where it is tied to another
   */
  claim(owner: string): void {
    this.database.prepare("INSERT OR IGNORE INTO owner VALUES (1, ?)").run(owner);
    const known = this.database.prepare("SELECT name FROM owner").get()?.["name"];
    if (known !== owner) throw new JournalMismatchError(String(known), owner);
  }

  /**
   * Gives an answer its number and its units, and writes it, in one durable transaction. Where the order was served
   * before, nothing is written, and the record of then comes back.
   */
  append({ orderHash, vouchers, now, record }: Draft): UnsignedRecord {
    return this.transaction(() => {
      const account: AccountId = { payer: record.request.payer, client: record.receipt.client };
      const served = this.served(account.payer, orderHash);
      if (served !== undefined) return served;
      const charged = (this.account(account)?.charged ?? 0n) + record.receipt.price;
      const receipt: Receipt = { ...record.receipt, sequence: this.takeSequence(), charged };
      const complete = { ...record, receipt };
      this.database
        .prepare(
          `INSERT INTO records (sequence, leaf, order_id, account, units_from, units_to, latest, backed, record)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          receipt.sequence,
          receiptHash(receipt),
          orderId(account.payer, orderHash),
          accountKey(account),
          sortable(receipt.charged - receipt.price),
          sortable(receipt.charged),
          record.request.deadline + SETTLEMENT_GRACE,
          // What costs nothing owns no unit that has to be backed.
          receipt.price === 0n ? 1 : 0,
          write(complete),
        );
      this.keepVoucher(account, { charged, vouchers, now });
      return complete;
    });
  }

  /** The record of an order that was served; undefined where it was not. */
  served(payer: Hex, orderHash: Hex): UnsignedRecord | undefined {
    return this.one("SELECT record FROM records WHERE order_id = ?", orderId(payer, orderHash));
  }

  /** The record with this receipt, by the receipt's struct hash. */
  byLeaf(leaf: Hex): UnsignedRecord | undefined {
    return this.one("SELECT record FROM records WHERE leaf = ?", leaf);
  }

  /** The record that owns a unit of an account, the first of which is 1. */
  byUnit(account: AccountId, unit: bigint): UnsignedRecord | undefined {
    return this.one(
      "SELECT record FROM records WHERE account = ? AND units_from < ? AND units_to >= ? ORDER BY units_from DESC LIMIT 1",
      accountKey(account),
      sortable(unit),
      sortable(unit),
    );
  }

  /** The root of the committed batch that holds the receipt with this struct hash; undefined where none does. */
  rootOf(leaf: Hex): Hex | undefined {
    const row = this.database
      .prepare("SELECT root FROM records JOIN batches USING (root) WHERE leaf = ? AND committed = 1")
      .get(leaf);
    return row?.["root"] as Hex | undefined;
  }

  /** The number of the next receipt: one above the highest that was given. */
  get nextSequence(): bigint {
    const row = this.database.prepare("SELECT COALESCE(MAX(sequence) + 1, 0) AS next FROM records").get();
    return BigInt(row?.["next"] as number);
  }

  /** The records of a planned or committed batch, in order of sequence. */
  byRoot(root: Hex): UnsignedRecord[] {
    return this.many("SELECT record FROM records WHERE root = ? ORDER BY sequence, id", root);
  }

  /** The records that are in no batch yet, in order of sequence. */
  unbatched(): UnsignedRecord[] {
    return this.many("SELECT record FROM records WHERE root IS NULL ORDER BY sequence, id");
  }

  /** Notes a batch before it is sent, so that a crash on the way is no gap: `openBatch` finds it again. */
  planBatch({ root, firstSequence, lastSequence }: PlannedBatch): void {
    this.transaction(() => {
      this.database.prepare("INSERT INTO batches VALUES (?, ?, ?, 0)").run(root, firstSequence, lastSequence);
      this.database
        .prepare("UPDATE records SET root = ? WHERE sequence BETWEEN ? AND ? AND root IS NULL")
        .run(root, firstSequence, lastSequence);
    });
  }

  /** The first batch that was planned and is not known to be committed. */
  openBatch(): PlannedBatch | undefined {
    const row = this.database.prepare("SELECT * FROM batches WHERE committed = 0 ORDER BY first_sequence").get();
    if (row === undefined) return undefined;
    return {
      root: row["root"] as Hex,
      firstSequence: BigInt(row["first_sequence"] as number),
      lastSequence: BigInt(row["last_sequence"] as number),
    };
  }

  /** Notes that a batch is on the chain since `committedAt`, in seconds: what that was in time for is backed. */
  closeBatch(root: Hex, committedAt: bigint): void {
    this.transaction(() => {
      this.database.prepare("UPDATE batches SET committed = 1 WHERE root = ?").run(root);
      this.database.prepare("UPDATE records SET backed = 1 WHERE root = ? AND latest >= ?").run(root, committedAt);
    });
  }

  /**
   * Where each account's units end that receipts back: at the first receipt that is not known to be committed by its
   * request's deadline plus grace. An account that is not named is backed as far as it is charged.
   */
  unbacked(): Map<AccountKey, Unbacked> {
    const rows = this.database.prepare(unbackedIn("")).all();
    return new Map(rows.map((row) => [row["account"] as AccountKey, toUnbacked(row)]));
  }

  /** The same of one account; undefined where all that it was charged is backed. */
  unbackedOf(account: AccountId): Unbacked | undefined {
    const row = this.database.prepare(unbackedIn("AND records.account = ?")).get(accountKey(account));
    return row === undefined ? undefined : toUnbacked(row);
  }

  /** What is known of an account; undefined where it has never been charged. */
  account(account: AccountId): AccountState | undefined {
    const row = this.database.prepare("SELECT * FROM accounts WHERE account = ?").get(accountKey(account));
    return row === undefined ? undefined : toAccount(row);
  }

  /** Every account that has been charged. */
  accounts(): AccountState[] {
    return this.database.prepare("SELECT * FROM accounts ORDER BY account").all().map(toAccount);
  }

  /** Notes what of an account is settled. */
  noteSettled(account: AccountId, settled: bigint): void {
    this.database
      .prepare("UPDATE accounts SET settled = ? WHERE account = ?")
      .run(settled.toString(), accountKey(account));
  }

  close(): void {
    this.database.close();
  }

  /** The number of the next receipt. */
  protected takeSequence(): bigint {
    return this.nextSequence;
  }

  /** Keeps the account's total with the voucher that is the best to cover it. */
  private keepVoucher(
    account: AccountId,
    { charged, vouchers, now }: Pick<Draft, "vouchers" | "now"> & { readonly charged: bigint },
  ): void {
    const known = this.account(account);
    const candidates = known === undefined ? vouchers : [known.voucher, ...vouchers];
    const { ceiling, deadline, orderHash, signature } = bestVoucher(candidates, { charged, now });
    this.database
      .prepare("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(
        accountKey(account),
        charged.toString(),
        (known?.settled ?? 0n).toString(),
        ceiling.toString(),
        deadline.toString(),
        orderHash,
        signature,
      );
  }

  private transaction<T>(work: () => T): T {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.database.exec("COMMIT");
      return result;
    } catch (cause) {
      // SQLite rolls back by itself where the disk is full or fails.
      if (this.database.isTransaction) this.database.exec("ROLLBACK");
      throw cause;
    }
  }

  private one(sql: string, ...parameters: string[]): UnsignedRecord | undefined {
    return this.many(sql, ...parameters)[0];
  }

  private many(sql: string, ...parameters: string[]): UnsignedRecord[] {
    const rows = this.database.prepare(sql).all(...parameters);
    return rows.map((row) => readText(unsignedSchema, row["record"] as string));
  }
}

/**
 * Of vouchers that cover what was charged the one with the highest ceiling; but one whose deadline has passed runs out,
 * and gives way to any that is good.
 */
function bestVoucher(
  vouchers: readonly Voucher[],
  { charged, now }: { readonly charged: bigint; readonly now: bigint },
): Voucher {
  const [best] = vouchers.toSorted(
    (a, b) =>
      Number(b.ceiling >= charged) - Number(a.ceiling >= charged) ||
      Number(b.deadline >= now) - Number(a.deadline >= now) ||
      (b.ceiling > a.ceiling ? 1 : b.ceiling < a.ceiling ? -1 : 0),
  );
  if (best === undefined) throw new RangeError("an account is charged on a voucher");
  return best;
}

const unsignedSchema = recordSchema.omit({ operatorSignature: true });

/** An amount as a text that sorts as the amount does: 39 digits hold every uint128. */
function sortable(amount: bigint): string {
  return amount.toString().padStart(39, "0");
}

/** An account as one key. */
export function accountKey({ payer, client }: AccountId): AccountKey {
  return `${payer}:${client}`;
}

/** Of each account the first record that is not backed: SQLite takes the other columns from the row of the least id. */
function unbackedIn(condition: string): string {
  return `SELECT account, units_from, latest, COALESCE(committed, 0) AS committed, MIN(id) AS id
    FROM records LEFT JOIN batches USING (root) WHERE backed = 0 ${condition} GROUP BY account`;
}

function toUnbacked(row: Readonly<globalThis.Record<string, unknown>>): Unbacked {
  return {
    upTo: BigInt(row["units_from"] as string),
    latest: BigInt(row["latest"] as number),
    isCommitted: row["committed"] === 1,
  };
}

function orderId(payer: Hex, orderHash: Hex): string {
  return `${payer}:${orderHash}`;
}

function toAccount(row: Readonly<globalThis.Record<string, unknown>>): AccountState {
  const [payer, client] = (row["account"] as AccountKey).split(":") as [Hex, Hex];
  return {
    payer,
    client,
    charged: BigInt(row["charged"] as string),
    settled: BigInt(row["settled"] as string),
    voucher: {
      ceiling: BigInt(row["ceiling"] as string),
      deadline: BigInt(row["deadline"] as string),
      orderHash: row["order_hash"] as Hex,
      signature: row["signature"] as Hex,
    },
  };
}
