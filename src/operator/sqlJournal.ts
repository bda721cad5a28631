import { DatabaseSync } from "node:sqlite";
import type { Hex } from "../core/bytes.ts";
import { readText, recordSchema, write } from "../core/records.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import { type Receipt, receiptHash } from "../core/typedData.ts";
import { amountUnderWay, checkAdmission, isSettleable, type UnderWay } from "./admission.ts";
import {
  type AccountId,
  type AccountKey,
  accountKey,
  type AccountState,
  type Admission,
  type Draft,
  type Journal,
  JournalMismatchError,
  type PlannedBatch,
  type Unbacked,
  type UnsignedRecord,
  type Voucher,
  type Wish,
} from "./journal.ts";
import { Refusal } from "./refusals.ts";

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

/** Opens the database in `file`, or in memory for `:memory:`. */
export async function openSqlite(file: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(file);
  database.exec(SCHEMA);
  return database;
}

/** A journal in an SQL database. */
export class SqlJournal implements Journal {
  protected readonly database: DatabaseSync;
  /** By account: what is under way. */
  readonly #underWay = new Map<AccountKey, UnderWay[]>();
  #reservations = 0;
  #isBusy = false;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  async claim(owner: string): Promise<void> {
    this.database.prepare("INSERT OR IGNORE INTO owner VALUES (1, ?)").run(owner);
    const known = this.database.prepare("SELECT name FROM owner").get()?.["name"];
    if (known !== owner) throw new JournalMismatchError(String(known), owner);
  }

  async reserve(wish: Wish): Promise<Admission> {
    const { account, voucher, maxPrice } = wish;
    const served = this.#served(account.payer, voucher.orderHash);
    if (served !== undefined) return { served };
    const key = accountKey(account);
    const others = this.#underWay.get(key) ?? [];
    const refusal = checkAdmission(wish, {
      state: this.#account(account),
      unbacked: this.#unbackedOf(account),
      underWay: others,
      owed: this.#owed(wish),
    });
    if (refusal !== undefined) throw refusal;
    const reservation = `${this.#reservations++}`;
    this.#underWay.set(key, [...others, { reservation, voucher, amount: maxPrice, isOpen: true }]);
    return { reservation };
  }

  async release(reservation: string): Promise<void> {
    this.#giveBack(reservation);
  }

  async append(draft: Draft): Promise<UnsignedRecord> {
    const { orderHash, reservation, record } = draft;
    const account: AccountId = { payer: record.request.payer, client: record.receipt.client };
    const key = accountKey(account);
    const underWay = this.#underWay.get(key) ?? [];
    const isKept = underWay.some((other) => other.reservation === reservation && other.isOpen);
    if (!isKept) throw new Refusal("ReservationLost", "what was kept for the answer is no longer kept");
    const served = this.#served(account.payer, orderHash);
    const written = served ?? this.#write(draft, account, underWay);
    this.#giveBack(reservation);
    return written;
  }

  async served(payer: Hex, orderHash: Hex): Promise<UnsignedRecord | undefined> {
    return this.#served(payer, orderHash);
  }

  async byLeaf(leaf: Hex): Promise<UnsignedRecord | undefined> {
    return this.one("SELECT record FROM records WHERE leaf = ?", leaf);
  }

  async byUnit(account: AccountId, unit: bigint): Promise<UnsignedRecord | undefined> {
    return this.one(
      "SELECT record FROM records WHERE account = ? AND units_from < ? AND units_to >= ? ORDER BY units_from DESC LIMIT 1",
      accountKey(account),
      sortable(unit),
      sortable(unit),
    );
  }

  async rootOf(leaf: Hex): Promise<Hex | undefined> {
    const row = this.database
      .prepare("SELECT root FROM records JOIN batches USING (root) WHERE leaf = ? AND committed = 1")
      .get(leaf);
    return row?.["root"] as Hex | undefined;
  }

  async nextSequence(): Promise<bigint> {
    return this.#nextSequence();
  }

  async byRoot(root: Hex): Promise<UnsignedRecord[]> {
    return this.many("SELECT record FROM records WHERE root = ? ORDER BY sequence, id", root);
  }

  async unbatched(): Promise<UnsignedRecord[]> {
    return this.many("SELECT record FROM records WHERE root IS NULL ORDER BY sequence, id");
  }

  async planBatch({ root, firstSequence, lastSequence }: PlannedBatch): Promise<void> {
    this.transaction(() => {
      this.database.prepare("INSERT INTO batches VALUES (?, ?, ?, 0)").run(root, firstSequence, lastSequence);
      this.database
        .prepare("UPDATE records SET root = ? WHERE sequence BETWEEN ? AND ? AND root IS NULL")
        .run(root, firstSequence, lastSequence);
    });
  }

  async openBatch(): Promise<PlannedBatch | undefined> {
    const row = this.database.prepare("SELECT * FROM batches WHERE committed = 0 ORDER BY first_sequence").get();
    if (row === undefined) return undefined;
    return {
      root: row["root"] as Hex,
      firstSequence: BigInt(row["first_sequence"] as number),
      lastSequence: BigInt(row["last_sequence"] as number),
    };
  }

  async closeBatch(root: Hex, committedAt: bigint): Promise<void> {
    this.transaction(() => {
      this.database.prepare("UPDATE batches SET committed = 1 WHERE root = ?").run(root);
      this.database.prepare("UPDATE records SET backed = 1 WHERE root = ? AND latest >= ?").run(root, committedAt);
    });
  }

  async unbacked(): Promise<Map<AccountKey, Unbacked>> {
    const rows = this.database.prepare(unbackedIn("")).all();
    return new Map(rows.map((row) => [row["account"] as AccountKey, toUnbacked(row)]));
  }

  async unbackedOf(account: AccountId): Promise<Unbacked | undefined> {
    return this.#unbackedOf(account);
  }

  async account(account: AccountId): Promise<AccountState | undefined> {
    return this.#account(account);
  }

  async accounts(): Promise<AccountState[]> {
    return this.#accounts();
  }

  async settledTotal(): Promise<bigint> {
    return (await this.accounts()).reduce((sum, { settled }) => sum + settled, 0n);
  }

  async noteSettled(account: AccountId, settled: bigint): Promise<void> {
    this.database
      .prepare("UPDATE accounts SET settled = ? WHERE account = ?")
      .run(settled.toString(), accountKey(account));
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#isBusy) return undefined;
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  async close(): Promise<void> {
    this.database.close();
  }

  /** The number that a receipt gets. @param next one above the highest that was given */
  protected numbered(next: bigint): bigint {
    return next;
  }

  #write({ orderHash, now, record }: Draft, account: AccountId, underWay: readonly UnderWay[]): UnsignedRecord {
    return this.transaction(() => {
      const charged = (this.#account(account)?.charged ?? 0n) + record.receipt.price;
      const receipt: Receipt = { ...record.receipt, sequence: this.numbered(this.#nextSequence()), charged };
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
      this.keepVoucher(account, { charged, vouchers: underWay.map(({ voucher }) => voucher), now });
      return complete;
    });
  }

  /** Ends a reservation. Its voucher stays while others are under way for the account: they may have been admitted on it. */
  #giveBack(reservation: string): void {
    for (const [key, underWay] of this.#underWay) {
      if (!underWay.some((other) => other.reservation === reservation)) continue;
      const left = underWay.map((other) => (other.reservation === reservation ? { ...other, isOpen: false } : other));
      if (left.some(({ isOpen }) => isOpen)) this.#underWay.set(key, left);
      else this.#underWay.delete(key);
    }
  }

  /** What all accounts have been charged, but for what can no longer be settled, and what is under way for them. */
  #owed({ account, now }: Wish): bigint {
    const isOpen = (state: AccountState) => {
      const key = accountKey(state);
      return isSettleable(state, now) || key === accountKey(account) || this.#underWay.has(key);
    };
    return [
      ...this.#accounts().map((state) => (isOpen(state) ? state.charged : state.settled)),
      ...[...this.#underWay.values()].map(amountUnderWay),
    ].reduce((sum, amount) => sum + amount, 0n);
  }

  #served(payer: Hex, orderHash: Hex): UnsignedRecord | undefined {
    return this.one("SELECT record FROM records WHERE order_id = ?", orderId(payer, orderHash));
  }

  #unbackedOf(account: AccountId): Unbacked | undefined {
    const row = this.database.prepare(unbackedIn("AND records.account = ?")).get(accountKey(account));
    return row === undefined ? undefined : toUnbacked(row);
  }

  #nextSequence(): bigint {
    const row = this.database.prepare("SELECT COALESCE(MAX(sequence) + 1, 0) AS next FROM records").get();
    return BigInt(row?.["next"] as number);
  }

  #account(account: AccountId): AccountState | undefined {
    const row = this.database.prepare("SELECT * FROM accounts WHERE account = ?").get(accountKey(account));
    return row === undefined ? undefined : toAccount(row);
  }

  #accounts(): AccountState[] {
    return this.database.prepare("SELECT * FROM accounts ORDER BY account").all().map(toAccount);
  }

  /** Keeps the account's total with the voucher that is the best to cover it. */
  private keepVoucher(
    account: AccountId,
    { charged, vouchers, now }: { charged: bigint; vouchers: readonly Voucher[]; now: bigint },
  ): void {
    const known = this.#account(account);
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
