import type { Hex } from "../core/bytes.ts";
import { greatest } from "../core/numbers.ts";
import { amountUnderWay, type UnderWay } from "./admission.ts";
import type { Database, Session } from "./database.ts";
import {
  type AccountId,
  type AccountKey,
  accountKey,
  accountOf,
  type Unbacked,
  type UnsignedRecord,
} from "./journal.ts";
import {
  deleteReservation,
  insertRecord,
  insertReservation,
  type KnownAccount,
  putAccount,
  putKept,
  putSums,
  readAccount,
  readKept,
  readNext,
  readServed,
  readSums,
  readUnbackedOf,
  readUnderWay,
  shutReservation,
} from "./statements.ts";

/** What decides about an account's next answer. */
export interface Page {
  /** Undefined where it has never been charged. */
  readonly state: KnownAccount | undefined;
  /** Undefined where all that it was charged is backed. */
  readonly unbacked: Unbacked | undefined;
  /** What is under way for it. */
  readonly underWay: readonly UnderWay[];
}

/** What there is of all accounts together. Amounts in the token's smallest unit. */
export interface Totals {
  /** What they have been charged, but for what can no longer be settled. */
  readonly owed: bigint;
  readonly settled: bigint;
  /** What is under way. */
  readonly kept: bigint;
  /** The number of the next receipt. */
  readonly next: bigint;
}

/** A record that is written with the transaction. */
interface Entry {
  readonly orderHash: Hex;
  readonly record: UnsignedRecord;
}

/** Something that a transaction looks at: as it is written, and as it is to be. */
interface Draft<T> {
  readonly written: T;
  readonly now: T;
}

/** How many accounts are remembered beside those for which something is under way. */
const REMEMBERED = 10_000;

/**
 * What a journal reads before it decides, and writes after. Within a transaction each account is read once and written
 * once, however many answers it has there.
 *
 * Where nobody else writes to the database, what was read or written is remembered from one transaction to the next, and
 * what is under way lies here alone: it ends with this process anyway.
 *
 * INVARIANT: outside of a transaction this says what the database does. What a transaction changes is remembered once it
 * counts, and forgotten where it fails.
 */
export class Books {
  readonly #isShared: boolean;
  readonly #remembered: number;
  readonly #pages = new Map<AccountKey, Page>();
  #totals: Totals | undefined;
  /** What the transaction that is open has looked at, as it is written and as it is to be. */
  readonly #open = new Map<AccountKey, Draft<Page>>();
  #openTotals: Draft<Totals> | undefined;
  readonly #reading = new Map<AccountKey, Promise<Page>>();
  #entries: Entry[] = [];

  /** @param remembered of how many accounts, beside those for which something is under way */
  constructor({ isShared }: Pick<Database, "isShared">, remembered = REMEMBERED) {
    this.#isShared = isShared;
    this.#remembered = remembered;
  }

  /** What is known of an account. */
  async page(session: Session, account: AccountId): Promise<Page> {
    const key = accountKey(account);
    const open = this.#open.get(key);
    if (open !== undefined) return open.now;
    const page = this.#pages.get(key) ?? (await this.#readOnce(session, account));
    // Whoever waited for the same reading may have gone on from it.
    const meanwhile = this.#open.get(key);
    if (meanwhile !== undefined) return meanwhile.now;
    this.#open.set(key, { written: page, now: page });
    return page;
  }

  /** The page of an account, and the totals. */
  async read(session: Session, account: AccountId): Promise<readonly [Page, Totals]> {
    return Promise.all([this.page(session, account), this.totals(session)]);
  }

  async totals(session: Session): Promise<Totals> {
    return (await this.#draftOfTotals(session)).now;
  }

  /** The record of an order that was served; undefined where it was not. */
  async served(session: Session, payer: Hex, orderHash: Hex): Promise<UnsignedRecord | undefined> {
    const entry = this.#entries.find((one) => one.orderHash === orderHash && one.record.request.payer === payer);
    return entry?.record ?? readServed(session, payer, orderHash);
  }

  /** Changes what is known of an account, and with that what is kept of all. */
  async put(session: Session, account: AccountId, change: Partial<Page>): Promise<void> {
    const before = await this.page(session, account);
    const key = accountKey(account);
    const now = { ...before, ...change };
    this.#open.set(key, { written: this.#open.get(key)?.written ?? before, now });
    if (change.underWay === undefined) return;
    await this.add(session, { kept: amountUnderWay(now.underWay) - amountUnderWay(before.underWay) });
  }

  /** Adds to what there is of all accounts together. */
  async add(session: Session, { owed = 0n, settled = 0n, kept = 0n }: Partial<Omit<Totals, "next">>): Promise<void> {
    const { written, now } = await this.#draftOfTotals(session);
    const sums = { owed: now.owed + owed, settled: now.settled + settled, kept: now.kept + kept };
    this.#openTotals = { written, now: { ...now, ...sums } };
  }

  /** Enters a record, which is written with the transaction. */
  async enter(session: Session, entry: Entry): Promise<void> {
    const { written, now } = await this.#draftOfTotals(session);
    this.#openTotals = { written, now: { ...now, next: greatest(now.next, entry.record.receipt.sequence + 1n) } };
    this.#entries.push(entry);
  }

  /** Writes what has changed. */
  async flush(session: Session): Promise<void> {
    const writes = this.#entries.map(async ({ orderHash, record }) => insertRecord(session, orderHash, record));
    this.#entries = [];
    for (const [key, { written, now }] of this.#open) {
      if (now.state !== undefined && now.state !== written.state) writes.push(putAccount(session, now.state));
      if (this.#isShared && now.underWay !== written.underWay) writes.push(putUnderWay(session, key, { written, now }));
      this.#open.set(key, { written: now, now });
    }
    if (this.#openTotals !== undefined) {
      const { written, now } = this.#openTotals;
      if (now.owed !== written.owed || now.settled !== written.settled) writes.push(putSums(session, now));
      if (this.#isShared && now.kept !== written.kept) writes.push(putKept(session, now.kept));
      this.#openTotals = { written: now, now };
    }
    await Promise.all(writes);
  }

  /** Reads again what backs accounts, once a batch is known to be on the chain. */
  async readBacking(session: Session): Promise<void> {
    for (const [key, { underWay }] of this.#pages) if (underWay.length === 0) this.#pages.delete(key);
    for (const key of new Set([...this.#pages.keys(), ...this.#open.keys()])) {
      const account = accountOf(key);
      await this.put(session, account, { unbacked: await readUnbackedOf(session, account) });
    }
  }

  /** To be told that the transaction has ended, and whether it counts, before another begins. */
  end(counts: boolean): void {
    if (counts) {
      for (const [key, { now }] of this.#open) {
        // Whoever was asked for last is forgotten last.
        this.#pages.delete(key);
        this.#pages.set(key, now);
      }
      this.#totals = this.#openTotals?.now ?? this.#totals;
    }
    this.#open.clear();
    this.#openTotals = undefined;
    this.#entries = [];
    for (const [key, { underWay }] of this.#pages) {
      if (this.#pages.size <= this.#remembered) return;
      if (underWay.length === 0) this.#pages.delete(key);
    }
  }

  /** Reads a page; those who want the same side by side share a reading. */
  #readOnce(session: Session, account: AccountId): Promise<Page> {
    const key = accountKey(account);
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      reading = this.#read(session, account).finally(() => this.#reading.delete(key));
      this.#reading.set(key, reading);
    }
    return reading;
  }

  async #read(session: Session, account: AccountId): Promise<Page> {
    const [state, unbacked, underWay] = await Promise.all([
      readAccount(session, account),
      readUnbackedOf(session, account),
      this.#isShared ? readUnderWay(session, accountKey(account)) : [],
    ]);
    return { state, unbacked, underWay };
  }

  async #draftOfTotals(session: Session): Promise<Draft<Totals>> {
    if (this.#openTotals !== undefined) return this.#openTotals;
    const totals = this.#totals ?? (await this.#readTotals(session));
    this.#openTotals ??= { written: totals, now: totals };
    return this.#openTotals;
  }

  async #readTotals(session: Session): Promise<Totals> {
    const [sums, kept, next] = await Promise.all([
      readSums(session),
      this.#isShared ? readKept(session) : 0n,
      readNext(session),
    ]);
    return { ...sums, kept, next };
  }
}

/** Writes what is under way for an account that differs from what is written. */
async function putUnderWay(session: Session, key: AccountKey, { written, now }: Draft<Page>): Promise<void> {
  const before = new Map(written.underWay.map((one) => [one.id, one]));
  const left = new Map(now.underWay.map((one) => [one.id, one]));
  await Promise.all([
    ...[...before.keys()].filter((id) => !left.has(id)).map((id) => deleteReservation(session, id)),
    ...[...left.values()].map(async (one) => {
      const known = before.get(one.id);
      if (known === undefined) await insertReservation(session, key, one);
      else if (known.isOpen && !one.isOpen) await shutReservation(session, one.id);
    }),
  ]);
}
