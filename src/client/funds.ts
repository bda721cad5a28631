import type { Contracts } from "../chain/contracts.ts";
import { ChainError } from "../chain/errors.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { greatest, least } from "../core/numbers.ts";
import { UnderfundedError } from "./errors.ts";
import type { Purse } from "./purse.ts";

interface FundsOptions {
  readonly contracts: Contracts;
  readonly purse: Purse;
  readonly key: Hex;
  /** What may be put into accounts without being asked, in all; nothing where left out. */
  readonly autoFund: bigint | undefined;
}

/** What is put into an account at once, in questions as dear as the one that needs it: each time costs gas. */
const QUESTIONS_AHEAD = 16n;

/** Sees to it that accounts hold what is promised from them. Amounts in the token's smallest unit. */
export class Funds {
  readonly #options: FundsOptions;
  /** What of the bound is left. */
  #left: bigint | undefined;
  /** What accounts hold at least, settled units with it: only their payer takes anything out. */
  readonly #known = new Map<Hex, bigint>();
  /** The end of what is being written: a wallet sends one transaction after the other. */
  #writes: Promise<unknown> = Promise.resolve();

  constructor(options: FundsOptions) {
    this.#options = options;
    this.#left = options.autoFund;
  }

  /** Does what sends transactions when all before it are done. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#writes.then(work, work);
    // What went wrong is told to who asked for it, and keeps nobody else waiting.
    this.#writes = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Has an account hold what was promised from it, and funds it where it must be and may be.
   * @param price of the question that needs it
   * @throws UnderfundedError saying how much is missing
   * @throws ChainError where the token or the escrow refuses
   */
  async ensure(operator: Hex, promised: bigint, price: bigint): Promise<void> {
    if ((this.#known.get(operator) ?? 0n) >= promised) return;
    await this.inTurn(async () => {
      const held = await this.#read(operator);
      if (held >= promised) return;
      const missing = promised - held;
      if (missing > (this.#left ?? 0n)) throw new UnderfundedError({ operator, missing, bound: this.#left });
      await this.fund(operator, await this.#portion(missing, price));
    });
  }

  /** Puts money into an account; to be called in turn. @throws ChainError */
  async fund(operator: Hex, amount: bigint): Promise<void> {
    await this.#options.purse.fund(operator, amount);
    if (this.#left !== undefined) this.#left = greatest(0n, this.#left - amount);
    await this.#read(operator);
  }

  /**
   * Starts to take everything out of an account; to be called in turn.
   * @returns how much: 0 where there is nothing, or it thaws already
   * @throws ChainError
   */
  async thawAll(operator: Hex): Promise<bigint> {
    const { purse, contracts, key } = this.#options;
    this.#known.delete(operator);
    const payer = await purse.payer();
    const { balance } = await query(() => contracts.escrow.account(payer, operator, key));
    if (balance === 0n) return 0n;
    try {
      await purse.thaw(operator, balance);
      return balance;
    } catch (cause) {
      if (!(cause instanceof ChainError && cause.reason === "ThawUnderWay")) throw cause;
      return 0n;
    }
  }

  /** Forgets what an account holds: it is read again before the next question. */
  forget(operator: Hex): void {
    this.#known.delete(operator);
  }

  async #portion(missing: bigint, price: bigint): Promise<bigint> {
    const { contracts, purse } = this.#options;
    const payer = await purse.payer();
    const owned = await query(() => contracts.token.balanceOf(payer));
    const wanted = least(this.#left ?? 0n, greatest(missing, QUESTIONS_AHEAD * price));
    return greatest(missing, least(wanted, owned));
  }

  async #read(operator: Hex): Promise<bigint> {
    const { contracts, purse, key } = this.#options;
    const payer = await purse.payer();
    const [{ settled, balance }, { amount: thawing }] = await query(() =>
      Promise.all([contracts.escrow.account(payer, operator, key), contracts.escrow.thawOf(payer, operator, key)]),
    );
    const held = settled + balance - least(balance, thawing);
    this.#known.set(operator, held);
    return held;
  }
}
