import { setImmediate } from "node:timers/promises";
import type { Hex } from "../core/bytes.ts";
import { greatest } from "../core/numbers.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import { bestVoucher, checkAdmission, closed, type UnderWay } from "./admission.ts";
import { Books } from "./books.ts";
import type { Database, Lasting, Session } from "./database.ts";
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
  type Reservation,
  type Unbacked,
  type UnsignedRecord,
  type Wish,
} from "./journal.ts";
import { Mark } from "./mark.ts";
import { journalBehind, Refusal } from "./refusals.ts";
import {
  insertPayment,
  type KnownAccount,
  putPaid,
  readAccount,
  readAccounts,
  readAccountsOfNode,
  readNext,
  readNodesUnderWay,
  readPaid,
  readPayment,
  readRecords,
  readServed,
  readSums,
  readUnbacked,
  readUnbackedOf,
  sortable,
  toBigInt,
  unbackedBy,
} from "./statements.ts";

/** What works of a transaction read and write with. */
interface Desk {
  readonly session: Session;
  readonly books: Books;
  /** The number that a receipt gets. @throws Refusal where it was given before, and the journal has forgotten it */
  readonly give: (next: bigint) => bigint;
}

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
  readonly #books: Books;
  readonly #mark: Mark;
  /** What is kept need not outlive a power cut, and waits for no disk. */
  readonly #keeping: Group<Desk>;
  /** An answer waits for those that come in the same turn of the event loop: all of them wait for the disk once. */
  readonly #writing: Group<Desk>;
  #reservations = 0;

  /** @param mark how far numbers were given, where that is known beside the database */
  constructor(database: Database, mark = new Mark()) {
    this.#database = database;
    this.#mark = mark;
    this.#books = new Books(database);
    this.#keeping = new Group(
      (work) => this.#atDesk("brief", work),
      async () => undefined,
    );
    this.#writing = new Group(
      (work) => this.#atDesk("durable", work),
      () => setImmediate(),
    );
  }

  async claim(owner: string): Promise<void> {
    const known = await this.#write(async ({ session }) => {
      await session.all("UPDATE books SET owner = ? WHERE owner IS NULL", owner);
      return (await session.all("SELECT owner FROM books"))[0]?.["owner"];
    });
    if (known !== owner) throw new JournalMismatchError(String(known), owner);
    this.#mark.claim(owner);
  }

  async reserve(wish: Wish): Promise<Admission> {
    const { account, voucher } = wish;
    const admission = await this.#keeping.run({
      read: async ({ session, books }) => {
        const served = books.served(session, account.payer, voucher.orderHash);
        await books.read(session, account);
        return served;
      },
      act: async (desk, served) => {
        if (served !== undefined) return { served };
        const first = await this.#admit(desk, wish);
        if (!(first instanceof Refusal) || !(await this.#tidy(desk, wish.now))) return first;
        return this.#admit(desk, wish);
      },
    });
    if (admission instanceof Refusal) throw admission;
    return admission;
  }

  async release({ id, account }: Reservation): Promise<void> {
    await this.#keeping.run({ act: async (desk) => giveBack(desk, account, (one) => one.id === id) });
  }

  async append(draft: Draft): Promise<UnsignedRecord> {
    const { account } = draft.reservation;
    const written = await this.#writing.run({
      read: async ({ session, books }) => books.read(session, account),
      act: async (desk) => this.#append(desk, draft),
    });
    if (written === undefined) throw new Refusal("ReservationLost", "what was kept for the answer is no longer kept");
    return written;
  }

  async notePayment(note: PaymentNote): Promise<PaymentNote> {
    return this.#write(async ({ session }) => {
      await insertPayment(session, note);
      return (await readPayment(session, note)) ?? note;
    });
  }

  async noted(payment: PaymentId): Promise<PaymentNote | undefined> {
    return readPayment(this.#database, payment);
  }

  async appendPaid(draft: PaidDraft): Promise<PaidRecord> {
    const { transaction, orderHash, record: unnumbered } = draft;
    return this.#write(async ({ session, books, give }) => {
      const [before, { next }] = await Promise.all([readPaid(session, draft), books.totals(session)]);
      if (before !== undefined) return before;
      // No unit of any account is charged for it.
      const receipt = { ...unnumbered.receipt, sequence: give(next), charged: 0n };
      const record = { ...unnumbered, receipt };
      await books.enter(session, { orderHash, record });
      await putPaid(session, draft, { record, transaction });
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

  get given(): bigint {
    return this.#mark.next;
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
    await this.#write(async ({ session, books }) => {
      await books.flush(session);
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
    await this.#write(async ({ session, books }) => {
      await books.flush(session);
      await session.all("UPDATE batches SET committed = 1 WHERE root = ?", root);
      await session.all("UPDATE records SET backed = 1 WHERE root = ? AND latest >= ?", root, committedAt);
      await books.readBacking(session);
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
    await this.#write(async ({ session, books }) => {
      const { state } = await books.page(session, account);
      if (state === undefined) return;
      const growth = settled - state.settled;
      await books.put(session, account, { state: { ...state, settled } });
      await books.add(session, { settled: growth, owed: state.isCounted ? 0n : growth });
    });
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T | undefined> {
    return this.#database.exclusively(work);
  }

  async close(): Promise<void> {
    await this.#database.close();
    this.#mark.close();
  }

  /** The number that a receipt gets. @param next one above the highest that was given */
  protected numbered(next: bigint): bigint {
    return next;
  }

  /** Does something in a durable transaction. */
  async #write<T>(act: (desk: Desk) => Promise<T>): Promise<T> {
    return this.#writing.run({ act });
  }

  async #atDesk<T>(lasting: Lasting, work: (desk: Desk) => Promise<T>): Promise<T> {
    return this.#database.transaction(lasting, async (session) => {
      // What others may have written meanwhile is read anew.
      const books = this.#database.isShared ? new Books(this.#database) : this.#books;
      let given = 0n;
      const give = (next: bigint): bigint => {
        if (next < this.given) throw journalBehind(`${this.given} receipts were signed`);
        const number = this.numbered(next);
        given = greatest(given, number + 1n);
        return number;
      };
      session.onEnd((counts) => {
        books.end(counts);
        if (counts) this.#mark.reach(given);
      });
      const result = await work({ session, books, give });
      await books.flush(session);
      return result;
    });
  }

  /** Keeps money for a wish, or says why not. */
  async #admit({ session, books }: Desk, wish: Wish): Promise<Admission | Refusal> {
    const { account, voucher, maxPrice } = wish;
    const [{ state, unbacked, underWay }, totals] = await books.read(session, account);
    // What could no longer be settled can be again, on the voucher of the one that is served now.
    const revived = state === undefined || state.isCounted ? undefined : { ...state, isCounted: true };
    const owed = totals.owed + (revived === undefined ? 0n : revived.charged - revived.settled);
    const refusal = checkAdmission(wish, { state, unbacked, underWay, owed: owed + totals.kept });
    if (refusal !== undefined) return refusal;
    const { node } = this.#database;
    const one = { id: `${node}-${this.#reservations++}`, node, voucher, amount: maxPrice, isOpen: true };
    await books.put(session, account, { underWay: [...underWay, one], state: revived ?? state });
    await books.add(session, { owed: owed - totals.owed });
    return { reservation: { id: one.id, account } };
  }

  /** Gives an answer its place; undefined where nothing is kept for it. */
  async #append({ session, books, give }: Desk, { orderHash, reservation, now, record }: Draft) {
    const { account } = reservation;
    const [{ state, unbacked, underWay }, { next }] = await books.read(session, account);
    // Whoever writes an order's answer closes what is kept for it.
    if (!underWay.some(({ id, isOpen }) => id === reservation.id && isOpen)) {
      return books.served(session, account.payer, orderHash);
    }
    const { price } = record.receipt;
    const { settled, charged: before } = state ?? { settled: 0n, charged: 0n };
    const charged = before + price;
    const complete = { ...record, receipt: { ...record.receipt, sequence: give(next), charged } };
    const vouchers = [...(state === undefined ? [] : [state.voucher]), ...underWay.map(({ voucher }) => voucher)];
    const voucher = bestVoucher(vouchers, { charged, now });
    await books.enter(session, { orderHash, record: complete });
    await books.add(session, { owed: price });
    await books.put(session, account, {
      state: { ...account, charged, settled, isCounted: true, voucher },
      unbacked: unbacked ?? unbackedBy(complete),
      underWay: closed(underWay, (one) => one.voucher.orderHash === orderHash),
    });
    return complete;
  }

  /**
   * Before anything is refused: gives back what nodes have left that are gone, and no longer counts as owed what can no
   * longer be settled.
   * @returns whether there was any
   */
  async #tidy(desk: Desk, now: bigint): Promise<boolean> {
    const { session, books } = desk;
    await books.flush(session);
    const gone = await this.#readGone(session);
    for (const id of gone) {
      for (const account of await readAccountsOfNode(session, id)) {
        await giveBack(desk, account, ({ node }) => node === id);
      }
    }
    const condition = "WHERE counted = 1 AND charged <> settled AND deadline <= ?";
    const lapsed = await readAccounts(session, condition, now - SETTLEMENT_GRACE);
    let count = 0;
    for (const state of lapsed) {
      const { underWay } = await books.page(session, state);
      if (underWay.length > 0) continue;
      await books.put(session, state, { state: { ...state, isCounted: false } });
      await books.add(session, { owed: state.settled - state.charged });
      count++;
    }
    return gone.length > 0 || count > 0;
  }

  /** The nodes that are gone and have left something under way. */
  async #readGone(session: Session): Promise<readonly number[]> {
    if (!this.#database.isShared) return [];
    const nodes = await readNodesUnderWay(session);
    return this.#database.gone(
      session,
      nodes.filter((node) => node !== this.#database.node),
    );
  }
}

/** Gives back what is kept for an account, as far as it is over. */
async function giveBack(
  { session, books }: Desk,
  account: AccountId,
  isOver: (one: UnderWay) => boolean,
): Promise<void> {
  const { underWay } = await books.page(session, account);
  await books.put(session, account, { underWay: closed(underWay, isOver) });
}

function toState({ isCounted: _, ...state }: KnownAccount): AccountState {
  return state;
}
