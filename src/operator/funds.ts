import type { Contracts } from "../chain/contracts.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { capOf } from "../core/exposure.ts";
import { greatest } from "../core/numbers.ts";
import { type AccountId, accountKey, type Admission, type Bounds, type Journal, type Wish } from "./journal.ts";
import { Refusal, type RefusalName } from "./refusals.ts";

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

/** How many accounts' readings are remembered: those of the accounts that were read last. */
const REMEMBERED = 10_000;

/** Refusals that a newer reading may lift. */
const OUTDATED: readonly RefusalName[] = ["AccountUnfunded", "CoverExhausted"];

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

  /**
   * Has the journal keep the greatest price of one more answer, on readings that are fresh; on new ones where those were
   * too little.
   * @throws Refusal where account or bond is not good for it; then nothing is kept
   * @throws ChainError where the chain cannot be read
   */
  async reserve(wish: Omit<Wish, "bounds">): Promise<Admission> {
    const { journal } = this.#options;
    const isFresh = (reading: Reading | undefined): boolean => reading !== undefined && wish.now - reading.at <= FRESH;
    const known = { reach: this.#reach.get(accountKey(wish.account)), limit: this.#limit };
    const isKnown = { reach: isFresh(known.reach), limit: isFresh(known.limit) };
    const bounds = await this.#read(wish, isKnown);
    try {
      return await journal.reserve({ ...wish, bounds });
    } catch (cause) {
      const isOutdated = cause instanceof Refusal && OUTDATED.includes(cause.name);
      if (!isOutdated || !(isKnown.reach || isKnown.limit)) throw cause;
      return journal.reserve({ ...wish, bounds: await this.#read(wish, { reach: false, limit: false }) });
    }
  }

  /** The bounds as the chain has them now, but for those that are known. */
  async #read(
    { account, now }: Pick<Wish, "account" | "now">,
    isKnown: Readonly<Record<keyof Bounds, boolean>>,
  ): Promise<Bounds> {
    const key = accountKey(account);
    if (!isKnown.reach) this.#remember(key, { amount: await query(() => this.#readReach(account)), at: now });
    if (!isKnown.limit) {
      // Summed up before it is asked: a settlement in between then counts twice rather than not at all.
      const settled = await this.#options.journal.settledTotal();
      this.#limit = { amount: settled + (await query(() => this.#readRoom())), at: now };
    }
    return { reach: this.#reach.get(key)?.amount ?? 0n, limit: this.#limit?.amount ?? 0n };
  }

  #remember(key: string, reading: Reading): void {
    this.#reach.delete(key);
    this.#reach.set(key, reading);
    const [oldest] = this.#reach.keys();
    if (this.#reach.size > REMEMBERED && oldest !== undefined) this.#reach.delete(oldest);
  }

  async #readReach({ payer, client }: AccountId): Promise<bigint> {
    const { operator, contracts } = this.#options;
    const [{ balance, settled }, thaw] = await Promise.all([
      contracts.escrow.account(payer, operator, client),
      contracts.escrow.thawOf(payer, operator, client),
    ]);
    return settled + greatest(balance - thaw.amount, 0n);
  }

  /** What vouchers may still be settled on, as the chain has it now. @throws ChainError */
  async room(): Promise<bigint> {
    return query(() => this.#readRoom());
  }

  /**
   * What vouchers may still be admitted on. Delegated cover can leave at once, with vouchers in hand that were admitted on
   * it: so the own bond's alone counts, unless the owner says otherwise. Where the operator's `payToOf` is open, anybody
   * may pay there, and with that use up to half of the own bond's cap before vouchers are settled: that half is kept
   * free, as far as it is not used yet.
   */
  async #readRoom(): Promise<bigint> {
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
}
