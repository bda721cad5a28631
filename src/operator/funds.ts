import type { Contracts } from "../chain/contracts.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { capOf } from "../core/exposure.ts";
import { greatest } from "../core/numbers.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import type { Request } from "../core/typedData.ts";
import { type AccountId, accountKey, type AccountState, isLost, type Journal, type Voucher } from "./journal.ts";
import { Refusal } from "./refusals.ts";

interface FundsOptions {
  readonly operator: Hex;
  readonly journal: Journal;
  readonly contracts: Contracts;
  readonly clock: () => bigint;
  readonly countsDelegatedCover?: boolean;
}

/** What the chain said, and when, in seconds. */
interface Reading {
  readonly amount: bigint;
  readonly at: bigint;
}

/** Money that is kept for a request while its answer is computed. */
export interface Reservation {
  /** The vouchers on which the account's requests under way were admitted. */
  readonly vouchers: readonly Voucher[];
  /** Gives back what was kept: once the answer is charged, or will never be. */
  release(): void;
}

/** What is under way for an account. Vouchers stay until nothing is: others may have been admitted on one that failed. */
interface Pending {
  amount: bigint;
  requests: number;
  vouchers: readonly Voucher[];
}

/** How old a reading may be, in seconds. A refund thaws for days, so money that was there a moment ago still is. */
const FRESH = 15n;

/**
 * What clients' accounts and the operator's bond are good for: read from the chain, remembered for a moment; less what is
 * charged, and what requests under way may come to.
 */
export class Funds {
  readonly #options: FundsOptions;
  /** By account: what its vouchers can reach, settled total included. */
  readonly #reach = new Map<string, Reading>();
  /** What all accounts together can reach before the bond no longer covers it, settled totals included. */
  #limit: Reading | undefined;
  /** By account: what is under way. */
  readonly #pending = new Map<string, Pending>();

  constructor(options: FundsOptions) {
    this.#options = options;
  }

  /** Reads what is not fresh, or was too little for one more answer to this request. @throws ChainError */
  async refresh(account: AccountId, { order }: Request): Promise<void> {
    const { operator, journal, contracts, clock } = this.#options;
    const now = clock();
    const isGood = (reading: Reading | undefined, needed: bigint) =>
      reading !== undefined && now - reading.at <= FRESH && reading.amount >= needed;
    const key = accountKey(account);
    await query(async () => {
      if (!isGood(this.#reach.get(key), this.#engaged(account) + order.maxPrice)) {
        const { payer, client } = account;
        const [{ balance, settled }, thaw] = await Promise.all([
          contracts.escrow.account(payer, operator, client),
          contracts.escrow.thawOf(payer, operator, client),
        ]);
        this.#reach.set(key, { amount: settled + greatest(balance - thaw.amount, 0n), at: now });
      }
      if (!isGood(this.#limit, this.#owed(account) + order.maxPrice)) {
        // Summed up before it is asked: a settlement in between then counts twice rather than not at all.
        const settled = journal.accounts().reduce((sum, state) => sum + state.settled, 0n);
        this.#limit = { amount: settled + (await this.#room()), at: now };
      }
    });
  }

  /**
   * Keeps the greatest price of one more answer, where account and bond are good for it beside what is charged and under
   * way. Whoever gets a reservation releases it.
   * @param voucher the one that came with the request
   * @throws Refusal where one of them is not; then nothing is kept
   */
  reserve(account: AccountId, voucher: Voucher, maxPrice: bigint): Reservation {
    this.#check(account, voucher, maxPrice);
    const key = accountKey(account);
    const pending = this.#pending.get(key) ?? { amount: 0n, requests: 0, vouchers: [] };
    this.#pending.set(key, pending);
    pending.amount += maxPrice;
    pending.requests++;
    const isBetter = ({ ceiling, deadline }: Voucher) => ceiling > voucher.ceiling || deadline > voucher.deadline;
    pending.vouchers = [...pending.vouchers.filter(isBetter), voucher];
    return {
      get vouchers() {
        return pending.vouchers;
      },
      release: () => {
        pending.amount -= maxPrice;
        if (--pending.requests === 0) this.#pending.delete(key);
      },
    };
  }

  #check(account: AccountId, voucher: Voucher, maxPrice: bigint): void {
    const { journal, clock } = this.#options;
    const unbacked = journal.unbackedOf(account);
    if (unbacked !== undefined && isLost(unbacked, clock())) {
      throw new Refusal("AccountStopped", `the receipt behind unit ${unbacked.upTo + 1n} was not committed in time`);
    }
    const needed = this.#engaged(account) + maxPrice;
    // A voucher whose deadline has passed runs out soon: it covers what was served, and nothing new.
    const now = clock();
    const others = [journal.account(account)?.voucher, ...(this.#pending.get(accountKey(account))?.vouchers ?? [])];
    const highest = others
      .filter((other) => other !== undefined && other.deadline >= now)
      .reduce((most, other) => greatest(most, other?.ceiling ?? 0n), voucher.ceiling);
    if (needed > highest) {
      throw new Refusal("CeilingTooLow", `the account's total may reach ${needed}, the ceiling is ${highest}`);
    }
    const reach = this.#reach.get(accountKey(account))?.amount ?? 0n;
    if (needed > reach) {
      throw new Refusal("AccountUnfunded", `the account's total may reach ${needed}, its money reaches ${reach}`);
    }
    const owed = this.#owed(account) + maxPrice;
    const limit = this.#limit?.amount ?? 0n;
    if (owed > limit) {
      throw new Refusal("CoverExhausted", `all accounts together may reach ${owed}, the bond covers up to ${limit}`);
    }
  }

  /**
   * What vouchers may still be admitted on. Delegated cover can leave at once, with vouchers in hand that were admitted on
   * it: so the own bond's alone counts, unless the owner says otherwise. Where the operator's `payToOf` is open, anybody
   * may pay there, and with that use up to half of the own bond's cap before vouchers are settled: that half is kept
   * free, as far as it is not used yet.
   */
  async #room(): Promise<bigint> {
    const { operator, contracts, countsDelegatedCover = false } = this.#options;
    const { bonds, escrow } = contracts;
    const [{ cover, ownCover }, coverageBps, exposure, isPayToOpen, collected] = await Promise.all([
      bonds.termsOf(operator),
      escrow.coverageBps(),
      escrow.exposureOf(operator),
      escrow.isPayToOpen(operator),
      escrow.collectedOf(operator),
    ]);
    const kept = isPayToOpen ? greatest(capOf(ownCover, coverageBps) / 2n - collected, 0n) : 0n;
    const cap = capOf(countsDelegatedCover ? cover : ownCover, coverageBps);
    return greatest(cap - exposure - kept, 0n);
  }

  /** What an account has been charged, and what its requests under way may come to. */
  #engaged(account: AccountId): bigint {
    const charged = this.#options.journal.account(account)?.charged ?? 0n;
    return charged + (this.#pending.get(accountKey(account))?.amount ?? 0n);
  }

  /** What all accounts have been charged, but for what can no longer be settled, and what is under way for them. */
  #owed(served: AccountId): bigint {
    const { journal, clock } = this.#options;
    const now = clock();
    const isOpen = (state: AccountState) => {
      const key = accountKey(state);
      return isSettleable(state, now) || key === accountKey(served) || this.#pending.has(key);
    };
    return [
      ...journal.accounts().map((state) => (isOpen(state) ? state.charged : state.settled)),
      ...[...this.#pending.values()].map(({ amount }) => amount),
    ].reduce((sum, amount) => sum + amount, 0n);
  }
}

/** Whether an account's voucher can still be settled at `now`, in seconds. */
function isSettleable({ voucher }: AccountState, now: bigint): boolean {
  return voucher.deadline + SETTLEMENT_GRACE > now;
}
