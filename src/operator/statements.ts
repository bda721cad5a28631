/** The journal's rows: how they are read and written. Schema: `schema.ts`. */
import type { Hex } from "../core/bytes.ts";
import { readText, recordSchema, write } from "../core/records.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import { receiptHash } from "../core/typedData.ts";
import type { UnderWay } from "./admission.ts";
import type { Row, Session, Value } from "./database.ts";
import {
  type AccountId,
  type AccountKey,
  accountKey,
  accountOf,
  type AccountState,
  type PaidRecord,
  type PaymentId,
  type PaymentNote,
  type Unbacked,
  type UnsignedRecord,
} from "./journal.ts";

const unsignedSchema = recordSchema.omit({ operatorSignature: true });

/** An account as its row has it: `isCounted` where the journal's sum of what is owed has all that it was charged. */
export interface KnownAccount extends AccountState {
  readonly isCounted: boolean;
}

/** The journal's sums over all accounts. */
export interface Sums {
  readonly owed: bigint;
  readonly settled: bigint;
}

/** Records by a condition and an order. */
export async function readRecords(session: Session, rest: string, ...values: Value[]): Promise<UnsignedRecord[]> {
  const rows = await session.all(`SELECT record FROM records ${rest}`, ...values);
  return rows.map((row) => readText(unsignedSchema, row["record"] as string));
}

export async function readServed(session: Session, payer: Hex, orderHash: Hex): Promise<UnsignedRecord | undefined> {
  const [record] = await readRecords(session, "WHERE order_id = ?", orderId(payer, orderHash));
  return record;
}

export async function insertRecord(session: Session, orderHash: Hex, record: UnsignedRecord): Promise<void> {
  const { request, receipt } = record;
  const unbacked = unbackedBy(record);
  await session.all(
    `INSERT INTO records (sequence, leaf, order_id, account, units_from, units_to, latest, backed, record)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    receipt.sequence,
    receiptHash(receipt),
    orderId(request.payer, orderHash),
    accountKey({ payer: request.payer, client: receipt.client }),
    sortable(unbacked?.upTo ?? receipt.charged),
    sortable(receipt.charged),
    request.deadline + SETTLEMENT_GRACE,
    unbacked === undefined ? 1 : 0,
    write(record),
  );
}

/** What of an account is not backed for a new record; undefined where none of its units has to be. */
export function unbackedBy({ request, receipt }: UnsignedRecord): Unbacked | undefined {
  const { charged, price } = receipt;
  // What costs nothing, or was paid outside of the account, owns no unit.
  if (price === 0n || charged < price) return undefined;
  return { upTo: charged - price, latest: request.deadline + SETTLEMENT_GRACE, isCommitted: false };
}

/** Notes a payment, unless it is noted. */
export async function insertPayment(session: Session, note: PaymentNote): Promise<void> {
  const sql = "INSERT INTO payments VALUES (?, ?, ?, NULL, NULL) ON CONFLICT (id) DO NOTHING";
  await session.all(sql, paymentKey(note), note.orderHash, note.at);
}

export async function readPayment(session: Session, { payer, nonce }: PaymentId): Promise<PaymentNote | undefined> {
  const [row] = await session.all("SELECT * FROM payments WHERE id = ?", paymentKey({ payer, nonce }));
  return row && { payer, nonce, orderHash: row["order_hash"] as Hex, at: toBigInt(row["noted_at"]) };
}

/** Writes for which record a payment was, and in which transaction it was made. */
export async function putPaid(
  session: Session,
  payment: PaymentId,
  { record, transaction }: PaidRecord,
): Promise<void> {
  const sql = "UPDATE payments SET leaf = ?, transaction_hash = ? WHERE id = ?";
  await session.all(sql, receiptHash(record.receipt), transaction, paymentKey(payment));
}

export async function readPaid(session: Session, payment: PaymentId): Promise<PaidRecord | undefined> {
  const sql = "SELECT record, transaction_hash FROM payments JOIN records USING (leaf) WHERE payments.id = ?";
  const [row] = await session.all(sql, paymentKey(payment));
  if (row === undefined) return undefined;
  return { record: readText(unsignedSchema, row["record"] as string), transaction: row["transaction_hash"] as Hex };
}

export async function readNext(session: Session): Promise<bigint> {
  const [row] = await session.all("SELECT COALESCE(MAX(sequence) + 1, 0) AS next FROM records");
  return toBigInt(row?.["next"]);
}

export async function readAccount(session: Session, account: AccountId): Promise<KnownAccount | undefined> {
  const [row] = await session.all("SELECT * FROM accounts WHERE account = ?", accountKey(account));
  return row === undefined ? undefined : toAccount(row);
}

/** Accounts by a condition, in order. */
export async function readAccounts(session: Session, condition = "", ...values: Value[]): Promise<KnownAccount[]> {
  return (await session.all(`SELECT * FROM accounts ${condition} ORDER BY account`, ...values)).map(toAccount);
}

export async function putAccount(session: Session, state: KnownAccount): Promise<void> {
  const { charged, settled, isCounted, voucher } = state;
  await session.all(
    `INSERT INTO accounts (account, charged, settled, ceiling, deadline, order_hash, signature, counted)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account) DO UPDATE SET charged = excluded.charged, settled = excluded.settled,
      ceiling = excluded.ceiling, deadline = excluded.deadline, order_hash = excluded.order_hash,
      signature = excluded.signature, counted = excluded.counted`,
    accountKey(state),
    charged.toString(),
    settled.toString(),
    voucher.ceiling.toString(),
    voucher.deadline,
    voucher.orderHash,
    voucher.signature,
    isCounted ? 1 : 0,
  );
}

/** Where units of accounts end that receipts back, by a condition on their first record that does not. */
export async function readUnbacked(
  session: Session,
  rest: string,
  ...values: Value[]
): Promise<[AccountKey, Unbacked][]> {
  const rows = await session.all(
    `SELECT account, units_from, latest, COALESCE(committed, 0) AS committed
    FROM records LEFT JOIN batches USING (root) ${rest}`,
    ...values,
  );
  return rows.map((row) => [
    row["account"] as AccountKey,
    {
      upTo: toBigInt(row["units_from"]),
      latest: toBigInt(row["latest"]),
      isCommitted: Number(row["committed"]) === 1,
    },
  ]);
}

export async function readUnbackedOf(session: Session, account: AccountId): Promise<Unbacked | undefined> {
  const rest = "WHERE backed = 0 AND account = ? ORDER BY id LIMIT 1";
  return (await readUnbacked(session, rest, accountKey(account)))[0]?.[1];
}

export async function readSums(session: Session): Promise<Sums> {
  const [row] = await session.all("SELECT owed, settled FROM books");
  return { owed: toBigInt(row?.["owed"]), settled: toBigInt(row?.["settled"]) };
}

export async function putSums(session: Session, { owed, settled }: Sums): Promise<void> {
  await session.all("UPDATE books SET owed = ?, settled = ?", owed.toString(), settled.toString());
}

/** What is under way for all accounts, by all nodes that share the database. */
export async function readKept(session: Session): Promise<bigint> {
  const [row] = await session.all("SELECT amount FROM kept");
  return toBigInt(row?.["amount"] ?? 0);
}

export async function putKept(session: Session, kept: bigint): Promise<void> {
  const sql = "INSERT INTO kept VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET amount = excluded.amount";
  await session.all(sql, kept.toString());
}

/** What is under way for an account. */
export async function readUnderWay(session: Session, account: string): Promise<UnderWay[]> {
  const rows = await session.all("SELECT * FROM reservations WHERE account = ? ORDER BY id", account);
  return rows.map((row) => ({
    id: row["id"] as string,
    node: Number(row["node"]),
    amount: toBigInt(row["amount"]),
    isOpen: Number(row["open"]) === 1,
    voucher: toVoucher(row),
  }));
}

export async function insertReservation(session: Session, account: AccountKey, one: UnderWay): Promise<void> {
  const { id, node, voucher, amount } = one;
  await session.all(
    "INSERT INTO reservations VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
    id,
    node,
    account,
    voucher.orderHash,
    amount.toString(),
    voucher.ceiling.toString(),
    voucher.deadline,
    voucher.signature,
  );
}

/** Notes that what was kept under a name is given back, while its voucher still counts. */
export async function shutReservation(session: Session, id: string): Promise<void> {
  await session.all("UPDATE reservations SET open = 0 WHERE id = ?", id);
}

export async function deleteReservation(session: Session, id: string): Promise<void> {
  await session.all("DELETE FROM reservations WHERE id = ?", id);
}

/** The nodes that have anything under way. */
export async function readNodesUnderWay(session: Session): Promise<number[]> {
  const rows = await session.all("SELECT DISTINCT node FROM reservations");
  return rows.map((row) => Number(row["node"]));
}

/** The accounts for which a node has anything under way. */
export async function readAccountsOfNode(session: Session, node: number): Promise<AccountId[]> {
  const rows = await session.all("SELECT DISTINCT account FROM reservations WHERE node = ?", node);
  return rows.map((row) => accountOf(row["account"] as AccountKey));
}

/** A whole number as either database gives it. */
export function toBigInt(value: unknown): bigint {
  return BigInt(value as string | number | bigint);
}

/** An amount as a text that sorts as the amount does: 39 digits hold every uint128. */
export function sortable(amount: bigint): string {
  return amount.toString().padStart(39, "0");
}

function paymentKey({ payer, nonce }: PaymentId): string {
  return `${payer}:${nonce}`;
}

function orderId(payer: Hex, orderHash: Hex): string {
  return `${payer}:${orderHash}`;
}

function toAccount(row: Row): KnownAccount {
  return {
    ...accountOf(row["account"] as AccountKey),
    charged: toBigInt(row["charged"]),
    settled: toBigInt(row["settled"]),
    isCounted: Number(row["counted"]) === 1,
    voucher: toVoucher(row),
  };
}

function toVoucher(row: Row): AccountState["voucher"] {
  return {
    ceiling: toBigInt(row["ceiling"]),
    deadline: toBigInt(row["deadline"]),
    orderHash: row["order_hash"] as Hex,
    signature: row["signature"] as Hex,
  };
}
