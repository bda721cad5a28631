import type { Contracts } from "../chain/contracts.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { Request } from "../core/typedData.ts";
import type { AccountId, Journal } from "./journal.ts";
import { Refusal } from "./refusals.ts";

interface FundsOptions {
  readonly operator: Hex;
  readonly journal: Journal;
  readonly contracts: Contracts;
  readonly clock: () => bigint;
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
  #cover: Reading | undefined;

  constructor(options: FundsOptions) {
    this.#options = options;
  }

  /** Reads what is not fresh, or too little for what the account has been charged. @throws ChainError */
  async refresh(account: AccountId): Promise<void> {
    const { operator, contracts, clock } = this.#options;
    const now = clock();
    const { payer, client } = account;
    const key = `${payer}:${client}`;
    const [known, cover] = [this.#reach.get(key), this.#cover];
    await query(async () => {
      if (known === undefined || now - known.at > FRESH) {
        const [{ balance, settled }, thaw] = await Promise.all([
          contracts.escrow.account(payer, operator, client),
          contracts.escrow.thawOf(payer, operator, client),
        ]);
        const good = balance > thaw.amount ? balance - thaw.amount : 0n;
        this.#reach.set(key, { amount: settled + good, at: now });
      }
      if (cover === undefined || now - cover.at > FRESH) {
        const [total, exposure] = await Promise.all([
          contracts.bonds.cover(operator),
          contracts.escrow.exposureOf(operator),
        ]);
        this.#cover = { amount: total > exposure ? total - exposure : 0n, at: now };
      }
    });
  }

  /** Whether the account and the bond are good for one more answer. @throws Refusal where one is not */
  check(account: AccountId, { ceiling, order }: Request): void {
    const { journal } = this.#options;
    const state = journal.account(account);
    const needed = (state?.charged ?? 0n) + order.maxPrice;
    const highest = state !== undefined && state.voucher.ceiling > ceiling ? state.voucher.ceiling : ceiling;
    if (needed > highest) {
      throw new Refusal("CeilingTooLow", `the account's total may reach ${needed}, the ceiling is ${highest}`);
    }
    const key = `${account.payer}:${account.client}`;
    const reach = this.#reach.get(key)?.amount ?? 0n;
    if (needed > reach) {
      // What was too little a moment ago may have been topped up: the next request reads again.
      this.#reach.delete(key);
      throw new Refusal("AccountUnfunded", `the account's total may reach ${needed}, its money reaches ${reach}`);
    }
    const unsettled = journal.accounts().reduce((sum, { charged, settled }) => sum + charged - settled, 0n);
    const free = this.#cover?.amount ?? 0n;
    if (unsettled + order.maxPrice > free) {
      this.#cover = undefined;
      throw new Refusal("CoverExhausted", `the bond covers ${free} more, ${unsettled} of it is served already`);
    }
  }
}
