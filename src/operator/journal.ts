import type { Hex } from "../core/bytes.ts";
import type { Record } from "../core/records.ts";
import type { Receipt } from "../core/typedData.ts";

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

/** What an answer may come to, as the chain says; in the token's smallest unit. */
export interface Bounds {
  /** What the account's total can reach: what is settled, and its balance. */
  readonly reach: bigint;
  /** What all accounts together can reach before the bond no longer covers it: what is settled, and what may be yet. */
  readonly limit: bigint;
}

/** An order for which money is to be kept while its answer is computed. */
export interface Wish {
  readonly account: AccountId;
  /** The one that came with the order. */
  readonly voucher: Voucher;
  readonly maxPrice: bigint;
  readonly bounds: Bounds;
  /** The time, in seconds. */
  readonly now: bigint;
}

/** Money that is kept for an account under a name. */
export interface Reservation {
  readonly id: string;
  readonly account: AccountId;
}

/** What became of a wish: the order was served before, or money is kept for it. */
export type Admission =
  | { readonly served: UnsignedRecord; readonly reservation?: undefined }
  | { readonly reservation: Reservation; readonly served?: undefined };

/** An answer before it has its place: number and units are given when it is written. */
export interface Draft {
  readonly orderHash: Hex;
  /** What is kept for it. */
  readonly reservation: Reservation;
  /** The time, in seconds: by it some vouchers are older than others. */
  readonly now: bigint;
  readonly record: Omit<Record, "operatorSignature" | "receipt"> & {
    readonly receipt: Omit<Receipt, "sequence" | "charged">;
  };
}

/** A payment without an account: an authorization (EIP-3009) of a payer's. */
export interface PaymentId {
  readonly payer: Hex;
  readonly nonce: Hex;
}

/** For which order a payment stands, since when, in seconds. */
export interface PaymentNote extends PaymentId {
  readonly orderHash: Hex;
  readonly at: bigint;
}

/** An answer that was paid for, before it has its number. It owns no units: `charged` is 0. */
export interface PaidDraft extends PaymentNote {
  /** The hash of the transaction that paid. */
  readonly transaction: Hex;
  readonly record: Draft["record"];
}

/** An answer that was paid for, and the transaction that paid. */
export interface PaidRecord {
  readonly record: UnsignedRecord;
  readonly transaction: Hex;
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

/** What an operator has still to bring to the chain. */
export interface Backlog {
  /** How many records are in no batch yet, and when the first of them was issued, in seconds. */
  readonly uncommitted: number;
  readonly since: bigint | undefined;
  /** What accounts owe that can still be settled, in the token's smallest unit. */
  readonly unsettled: bigint;
}

/** A journal that belongs to another operator, chain or ledger. */
export class JournalMismatchError extends Error {
  override readonly name = "JournalMismatchError";

  constructor(found: string, expected: string) {
    super(`this journal is of ${found}, not of ${expected}: each operator has one of its own on each deployment`);
  }
}

/**
 * An operator's durable memory: what it served, to whom, for how much, and where it was committed; and what is under way.
 * Several nodes of one operator may share one.
 */
export interface Journal {
  /**
   * Ties the journal to its owner for ever: numbers and totals of one operator on one ledger mean nothing elsewhere.
   * @throws JournalMismatchError where it is tied to another
   */
  claim(owner: string): Promise<void>;
  /** One above the highest number that is known to have been given, whatever the journal holds: a copy may hold less. */
  readonly given: bigint;

  /**
   * Keeps the greatest price of one more answer, where account and bond are good for it beside what is charged and under
   * way. Whoever gets a reservation writes its answer, or releases it.
   * @throws Refusal where one of them is not; then nothing is kept
   */
  reserve(wish: Wish): Promise<Admission>;

  /** Gives back what was kept for an answer that will never be charged. */
  release(reservation: Reservation): Promise<void>;

  /**
   * Gives an answer its number and its units, writes it, and gives back what was kept for it, in one durable transaction.
   * Where the order was served before, nothing is written, and the record of then comes back.
   * @throws Refusal where nothing is kept for it; then nothing is written
   */
  append(draft: Draft): Promise<UnsignedRecord>;

  /**
   * Notes, durably, for which order a payment stands that is about to be made without an account: it stands for no other
   * ever after.
   * @returns the note that was there before, or else this one
   */
  notePayment(note: PaymentNote): Promise<PaymentNote>;

  /** The note of a payment; undefined where there is none. */
  noted(payment: PaymentId): Promise<PaymentNote | undefined>;

  /**
   * Gives an answer that was paid for without an account its number, and writes it with the transaction that paid, in one
   * durable transaction. Where that payment's answer is written, nothing more is, and that one comes back.
   */
  appendPaid(draft: PaidDraft): Promise<PaidRecord>;

  /** The answer that a payment was made for; undefined where none is written. */
  paid(payment: PaymentId): Promise<PaidRecord | undefined>;

  /** The record of an order that was served; undefined where it was not. */
  served(payer: Hex, orderHash: Hex): Promise<UnsignedRecord | undefined>;

  /** The record with this receipt, by the receipt's struct hash. */
  byLeaf(leaf: Hex): Promise<UnsignedRecord | undefined>;

  /** The record that owns a unit of an account, the first of which is 1. */
  byUnit(account: AccountId, unit: bigint): Promise<UnsignedRecord | undefined>;

  /** The root of the committed batch that holds the receipt with this struct hash; undefined where none does. */
  rootOf(leaf: Hex): Promise<Hex | undefined>;

  /** The number of the next receipt: one above the highest that was given. */
  nextSequence(): Promise<bigint>;

  /** The records of a planned or committed batch, in order of sequence. */
  byRoot(root: Hex): Promise<UnsignedRecord[]>;

  /** The records that are in no batch yet, in order of sequence. */
  unbatched(): Promise<UnsignedRecord[]>;

  /** Notes a batch before it is sent, so that a crash on the way is no gap: `openBatch` finds it again. */
  planBatch(batch: PlannedBatch): Promise<void>;

  /** The first batch that was planned and is not known to be committed. */
  openBatch(): Promise<PlannedBatch | undefined>;

  /** Notes that a batch is on the chain since `committedAt`, in seconds: what that was in time for is backed. */
  closeBatch(root: Hex, committedAt: bigint): Promise<void>;

  /**
   * Where each account's units end that receipts back: at the first receipt that is not known to be committed by its
   * request's deadline plus grace. An account that is not named is backed as far as it is charged.
   */
  unbacked(): Promise<Map<AccountKey, Unbacked>>;

  /** The same of one account; undefined where all that it was charged is backed. */
  unbackedOf(account: AccountId): Promise<Unbacked | undefined>;

  /** What is known of an account; undefined where it has never been charged. */
  account(account: AccountId): Promise<AccountState | undefined>;

  /** Every account that has been charged. */
  accounts(): Promise<AccountState[]>;

  /** What waits to be committed, and to be settled: without reading all of it. */
  backlog(): Promise<Backlog>;

  /** What is settled of all accounts together, in the token's smallest unit. */
  settledTotal(): Promise<bigint>;

  /** Notes what of an account is settled. */
  noteSettled(account: AccountId, settled: bigint): Promise<void>;

  /**
   * Does what one node at a time may do for its operator: committing, settling, answering.
   * @returns undefined where another is at it
   */
  exclusively<T>(work: () => Promise<T>): Promise<T | undefined>;

  close(): Promise<void>;
}

/** An account as one key. */
export function accountKey({ payer, client }: AccountId): AccountKey {
  return `${payer}:${client}`;
}

/** The account of a key. */
export function accountOf(key: AccountKey): AccountId {
  const [payer, client] = key.split(":") as [Hex, Hex];
  return { payer, client };
}
