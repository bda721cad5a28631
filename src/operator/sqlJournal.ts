import { setImmediate } from "node:timers/promises";
import type { Hex } from "../core/bytes.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import { amountUnderWay, bestVoucher, checkAdmission, closed, type UnderWay } from "./admission.ts";
import type { Database, Session } from "./database.ts";
import { Group } from "./group.ts";
import {
  type AccountId,
  type AccountKey,
  accountKey,
  type AccountState,
  type Admission,
  type Backlog,
  type Draft,
  type Journal,
  JournalMismatchError,
  type PaidDraft,
  type PaidRecord,
  type PaymentId,
  type PaymentNote,
  type PlannedBatch,
  type Unbacked,
  type UnsignedRecord,
  type Wish,
} from "./journal.ts";
import { Refusal } from "./refusals.ts";
import {
  insertPayment,
  insertRecord,
  insertReservation,
  type KnownAccount,
  putAccount,
  putKept,
  putOwed,
  putPaid,
  readAccount,
  readAccounts,
  readNext,
  readPaid,
  readPayment,
  readRecords,
  readServed,
  readSums,
  readUnbacked,
  readUnbackedOf,
  readUnderWay,
  sortable,
  toBigInt,
} from "./statements.ts";

/**
 * A journal in an SQL database.
 *
 * INVARIANT: what an account was charged and what is under way for it are together at most what its ceiling and its money
 * allow, and of all accounts together at most what the bond covers, whichever nodes serve them. Every node admits in a
 * transaction that no other is beside, against what all nodes keep; and an answer is written in one that finds what was
 * kept for it still kept. What a node keeps ends with the node.
 */
export class SqlJournal implements Journal {
  readonly #database: Database;
  /** What is kept need not outlive a power cut, and waits for no disk. */
  readonly #keeping: Group;
  /** An answer waits for those that come in the same turn of the event loop: all of them wait for the disk once. */
  readonly #writing: Group;
  #reservations = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#keeping = new Group(database, "brief", async () => undefined);
    this.#writing = new Group(database, "durable", () => setImmediate());
  }

  async claim(owner: string): Promise<void> {
    const known = await this.#writing.run(async (session) => {
      await session.all("UPDATE books SET owner = ? WHERE owner IS NULL", owner);
      return (await session.all("SELECT owner FROM books"))[0]?.["owner"];
    });
    if (known !== owner) throw new JournalMismatchError(String(known), owner);
  }

  async reserve(wish: Wish): Promise<Admission> {
    const admission = await this.#keeping.run(async (session) => {
      const first = await this.#admit(session, wish);
      if (!(first instanceof Refusal) || !(await this.#tidy(session, wish.now))) return first;
      return this.#admit(session, wish);
    });
    if (admission instanceof Refusal) throw admission;
    return admission;
  }

  async release(reservation: string): Promise<void> {
    await this.#keeping.run(async (session) => {
      const rows = await session.all("SELECT account FROM reservations WHERE id = ?", reservation);
      for (const row of rows) await giveBack(session, row["account"] as AccountKey, ({ id }) => id === reservation);
    });
  }

  async append(draft: Draft): Promise<UnsignedRecord> {
    const written = await this.#writing.run((session) => this.#append(session, draft));
    if (written === undefined) throw new Refusal("ReservationLost", "what was kept for the answer is no longer kept");
    return written;
  }

  async notePayment(note: PaymentNote): Promise<PaymentNote> {
    return this.#writing.run(async (session) => {
      await insertPayment(session, note);
      return (await readPayment(session, note)) ?? note;
    });
  }

  async noted(payment: PaymentId): Promise<PaymentNote | undefined> {
    return readPayment(this.#database, payment);
  }

  async appendPaid(draft: PaidDraft): Promise<PaidRecord> {
    const { transaction, orderHash, record: unnumbered } = draft;
    return this.#writing.run(async (session) => {
      const [before, next] = await Promise.all([readPaid(session, draft), readNext(session)]);
      if (before !== undefined) return before;
      // No unit of any account is charged for it.
      const receipt = { ...unnumbered.receipt, sequence: this.numbered(next), charged: 0n };
      const record = { ...unnumbered, receipt };
      await Promise.all([insertRecord(session, orderHash, record), putPaid(session, draft, { record, transaction })]);
      return { record, transaction };
    });
  }

  async paid(payment: PaymentId): Promise<PaidRecord | undefined> {
    return readPaid(this.#database, payment);
  }

  async served(payer: Hex, orderHash: Hex): Promise<UnsignedRecord | undefined> {
    return readServed(this.#database, payer, orderHash);
  }

  async byLeaf(leaf: Hex): Promise<UnsignedRecord | undefined> {
    const [record] = await readRecords(this.#database, "WHERE leaf = ?", leaf);
    return record;
  }

  async byUnit(account: AccountId, unit: bigint): Promise<UnsignedRecord | undefined> {
    const rest = "WHERE account = ? AND units_from < ? AND units_to >= ? ORDER BY units_from DESC LIMIT 1";
    const at = sortable(unit);
    const [record] = await readRecords(this.#database, rest, accountKey(account), at, at);
    return record;
  }

  async rootOf(leaf: Hex): Promise<Hex | undefined> {
    const sql = "SELECT root FROM records JOIN batches USING (root) WHERE leaf = ? AND committed = 1";
    return (await this.#database.all(sql, leaf))[0]?.["root"] as Hex | undefined;
  }

  async nextSequence(): Promise<bigint> {
    return readNext(this.#database);
  }

  async byRoot(root: Hex): Promise<UnsignedRecord[]> {
    return readRecords(this.#database, "WHERE root = ? ORDER BY sequence, id", root);
  }

  async unbatched(): Promise<UnsignedRecord[]> {
    return readRecords(this.#database, "WHERE root IS NULL ORDER BY sequence, id");
  }

  async planBatch({ root, firstSequence, lastSequence }: PlannedBatch): Promise<void> {
    await this.#writing.run(async (session) => {
      await session.all("INSERT INTO batches VALUES (?, ?, ?, 0)", root, firstSequence, lastSequence);
      const sql = "UPDATE records SET root = ? WHERE sequence BETWEEN ? AND ? AND root IS NULL";
      await session.all(sql, root, firstSequence, lastSequence);
    });
  }

  async openBatch(): Promise<PlannedBatch | undefined> {
    const [row] = await this.#database.all("SELECT * FROM batches WHERE committed = 0 ORDER BY first_sequence LIMIT 1");
    if (row === undefined) return undefined;
    return {
      root: row["root"] as Hex,
      firstSequence: toBigInt(row["first_sequence"]),
      lastSequence: toBigInt(row["last_sequence"]),
    };
  }

  async closeBatch(root: Hex, committedAt: bigint): Promise<void> {
    await this.#writing.run(async (session) => {
      await session.all("UPDATE batches SET committed = 1 WHERE root = ?", root);
      await session.all("UPDATE records SET backed = 1 WHERE root = ? AND latest >= ?", root, committedAt);
    });
  }

  async unbacked(): Promise<Map<AccountKey, Unbacked>> {
    const rest = "WHERE id IN (SELECT MIN(id) FROM records WHERE backed = 0 GROUP BY account)";
    return new Map(await readUnbacked(this.#database, rest));
  }

  async unbackedOf(account: AccountId): Promise<Unbacked | undefined> {
    return readUnbackedOf(this.#database, account);
  }

  async account(account: AccountId): Promise<AccountState | undefined> {
    const known = await readAccount(this.#database, account);
    return known === undefined ? undefined : toState(known);
  }

  async accounts(): Promise<AccountState[]> {
    return (await readAccounts(this.#database)).map(toState);
  }

  async backlog(): Promise<Backlog> {
    const unbatched = "WHERE root IS NULL";
    const [[row], [first], { owed, settled }] = await Promise.all([
      this.#database.all(`SELECT COUNT(*) AS count FROM records ${unbatched}`),
      readRecords(this.#database, `${unbatched} ORDER BY id LIMIT 1`),
      readSums(this.#database),
    ]);
    return { uncommitted: Number(row?.["count"]), since: first?.receipt.issuedAt, unsettled: owed - settled };
  }

  async settledTotal(): Promise<bigint> {
    return (await readSums(this.#database)).settled;
  }

  async noteSettled(account: AccountId, settled: bigint): Promise<void> {
    await this.#writing.run(async (session) => {
      const [known, sums] = await Promise.all([readAccount(session, account), readSums(session)]);
      if (known === undefined) return;
      const growth = settled - known.settled;
      await putAccount(session, { ...known, settled });
      await session.all("UPDATE books SET settled = ?", (sums.settled + growth).toString());
      if (!known.isCounted) await putOwed(session, sums.owed + growth);
    });
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T | undefined> {
    return this.#database.exclusively(work);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** The number that a receipt gets. @param next one above the highest that was given */
  protected numbered(next: bigint): bigint {
    return next;
  }

  /** Keeps money for a wish, or says why not. */
  async #admit(session: Session, wish: Wish): Promise<Admission | Refusal> {
    const { account, voucher, maxPrice } = wish;
    const key = accountKey(account);
    const [served, state, unbacked, underWay, sums] = await Promise.all([
      readServed(session, account.payer, voucher.orderHash),
      readAccount(session, account),
      readUnbackedOf(session, account),
      readUnderWay(session, key),
      readSums(session),
    ]);
    if (served !== undefined) return { served };
    // What could no longer be settled can be again, on the voucher of the one that is served now.
    const revived = state === undefined || state.isCounted ? undefined : { ...state, isCounted: true };
    const owed = sums.owed + (revived === undefined ? 0n : revived.charged - revived.settled);
    const refusal = checkAdmission(wish, { state, unbacked, underWay, owed: owed + sums.kept });
    if (refusal !== undefined) return refusal;
    const { node } = this.#database;
    const one = { id: `${node}-${this.#reservations++}`, node, voucher, amount: maxPrice, isOpen: true };
    await Promise.all([
      insertReservation(session, key, one),
      putKept(session, sums.kept + amountUnderWay([...underWay, one]) - amountUnderWay(underWay)),
      ...(revived === undefined ? [] : [putAccount(session, revived), putOwed(session, owed)]),
    ]);
    return { reservation: one.id };
  }

  /** Gives an answer its place; undefined where nothing is kept for it. */
  async #append(session: Session, { orderHash, reservation, now, record }: Draft): Promise<UnsignedRecord | undefined> {
    const account: AccountId = { payer: record.request.payer, client: record.receipt.client };
    const key = accountKey(account);
    const [served, known, underWay, next, sums] = await Promise.all([
      readServed(session, account.payer, orderHash),
      readAccount(session, account),
      readUnderWay(session, key),
      readNext(session),
      readSums(session),
    ]);
    if (served !== undefined) return served;
    if (!underWay.some(({ id, isOpen }) => id === reservation && isOpen)) return undefined;
    const { settled, charged: before } = known ?? { settled: 0n, charged: 0n };
    const charged = before + record.receipt.price;
    const complete = { ...record, receipt: { ...record.receipt, sequence: this.numbered(next), charged } };
    const vouchers = [...(known === undefined ? [] : [known.voucher]), ...underWay.map(({ voucher }) => voucher)];
    const voucher = bestVoucher(vouchers, { charged, now });
    await Promise.all([
      insertRecord(session, orderHash, complete),
      putAccount(session, { ...account, charged, settled, isCounted: true, voucher }),
      putOwed(session, sums.owed + record.receipt.price),
      putUnderWay(session, key, {
        before: underWay,
        kept: sums.kept,
        isOver: (one) => one.voucher.orderHash === orderHash,
      }),
    ]);
    return complete;
  }

  /**
   * Before anything is refused: gives back what nodes have left that are gone, and no longer counts as owed what can no
   * longer be settled.
   * @returns whether there was any
   */
  async #tidy(session: Session, now: bigint): Promise<boolean> {
    const left = await session.all("SELECT DISTINCT node FROM reservations WHERE node <> ?", this.#database.node);
    const gone = await this.#database.gone(
      session,
      left.map((row) => Number(row["node"])),
    );
    for (const id of gone) {
      const rows = await session.all("SELECT DISTINCT account FROM reservations WHERE node = ?", id);
      for (const row of rows) await giveBack(session, row["account"] as AccountKey, ({ node }) => node === id);
    }
    const condition = `WHERE counted = 1 AND charged <> settled AND deadline <= ?
      AND account NOT IN (SELECT account FROM reservations)`;
    const lapsed = await readAccounts(session, condition, now - SETTLEMENT_GRACE);
    for (const state of lapsed) {
      await putAccount(session, { ...state, isCounted: false });
      await putOwed(session, (await readSums(session)).owed - (state.charged - state.settled));
    }
    return gone.length > 0 || lapsed.length > 0;
  }
}

/** Gives back what is kept for an account, as far as it is over. */
async function giveBack(session: Session, account: AccountKey, isOver: (one: UnderWay) => boolean): Promise<void> {
  const [before, { kept }] = await Promise.all([readUnderWay(session, account), readSums(session)]);
  await putUnderWay(session, account, { before, kept, isOver });
}

/** Writes what is left under way for an account, and the sum of what is kept with it. */
async function putUnderWay(
  session: Session,
  account: AccountKey,
  { before, kept, isOver }: { before: readonly UnderWay[]; kept: bigint; isOver: (one: UnderWay) => boolean },
): Promise<void> {
  const left = closed(before, isOver);
  const ids = new Set(left.map(({ id }) => id));
  const isShut = new Set(left.filter(({ isOpen }) => !isOpen).map(({ id }) => id));
  await Promise.all([
    putKept(session, kept + amountUnderWay(left) - amountUnderWay(before)),
    ...(left.length === 0
      ? [session.all("DELETE FROM reservations WHERE account = ?", account)]
      : before
          .filter(({ id }) => !ids.has(id))
          .map(({ id }) => session.all("DELETE FROM reservations WHERE id = ?", id))),
    ...before
      .filter(({ id, isOpen }) => isOpen && isShut.has(id))
      .map(({ id }) => session.all("UPDATE reservations SET open = 0 WHERE id = ?", id)),
  ]);
}

function toState({ isCounted: _, ...state }: KnownAccount): AccountState {
  return state;
}
