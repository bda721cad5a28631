import type { Contracts } from "../chain/contracts.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { capOf } from "../core/exposure.ts";
import { greatest } from "../core/numbers.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import type { Request } from "../core/typedData.ts";
import type { AccountId, AccountState, Journal } from "./journal.ts";
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

/** How old a reading may be, in seconds. A refund thaws for days, so money that was there a moment ago still is. */
const FRESH = 15n;

/** What clients' accounts and the operator's bond are good for: read from the chain, remembered for a moment. */
export class Funds {
  readonly #options: FundsOptions;
  /** By account: what its vouchers can reach, settled total included. */
  readonly #reach = new Map<string, Reading>();
  /** What all accounts together can reach before the bond no longer covers it, settled totals included. */
  #limit: Reading | undefined;

  constructor(options: FundsOptions) {
    this.#options = options;
  }

  /** Reads what is not fresh, or was too little for one more answer to this request. @throws ChainError */
  async refresh(account: AccountId, { order }: Request): Promise<void> {
    const { operator, journal, contracts, clock } = this.#options;
    const now = clock();
    const isGood = (reading: Reading | undefined, needed: bigint) =>
      reading !== undefined && now - reading.at <= FRESH && reading.amount >= needed;
    const key = keyOf(account);
    await query(async () => {
      if (!isGood(this.#reach.get(key), chargedTo(journal, account) + order.maxPrice)) {
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

  /** Whether the account and the bond are good for one more answer. @throws Refusal where one is not */
  check(account: AccountId, { ceiling, order }: Request): void {
    const { journal, clock } = this.#options;
    const voucher = journal.account(account)?.voucher;
    const needed = chargedTo(journal, account) + order.maxPrice;
    // A voucher whose deadline has passed runs out soon: it covers what was served, and nothing new.
    const isCurrent = voucher !== undefined && voucher.deadline >= clock() && voucher.ceiling > ceiling;
    const highest = isCurrent ? voucher.ceiling : ceiling;
    if (needed > highest) {
      throw new Refusal("CeilingTooLow", `the account's total may reach ${needed}, the ceiling is ${highest}`);
    }
    const reach = this.#reach.get(keyOf(account))?.amount ?? 0n;
    if (needed > reach) {
      throw new Refusal("AccountUnfunded", `the account's total may reach ${needed}, its money reaches ${reach}`);
    }
    const owed = this.#owed(account) + order.maxPrice;
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

  /** What all accounts have been charged, but for what can no longer be settled. */
  #owed(served: AccountId): bigint {
    const { journal, clock } = this.#options;
    const now = clock();
    return journal
      .accounts()
      .map((state) => (isSettleable(state, now) || keyOf(state) === keyOf(served) ? state.charged : state.settled))
      .reduce((sum, amount) => sum + amount, 0n);
  }
}

/** Whether an account's voucher can still be settled at `now`, in seconds. */
function isSettleable({ voucher }: AccountState, now: bigint): boolean {
  return voucher.deadline + SETTLEMENT_GRACE > now;
}

function chargedTo(journal: Journal, account: AccountId): bigint {
  return journal.account(account)?.charged ?? 0n;
}

function keyOf({ payer, client }: AccountId): string {
  return `${payer}:${client}`;
}
