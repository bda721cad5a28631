import { unitsOf } from "../core/terms.ts";
import type { Receipt, Request } from "../core/typedData.ts";

/** What a client knows of its account with one operator. Amounts in the token's smallest unit. */
export class AccountBook {
  /** The sum of the prices of receipts that hold. Not the total that they show: the operator could leave gaps in that. */
  #owed = 0n;
  /** The sum of maxPrice of requests under way, and of those that were sent and never answered. */
  #inFlight = 0n;
  /** The highest ceiling that was signed. */
  #ceiling = 0n;
  /** The ends of the intervals of units that receipts own, by their starts. */
  readonly #units = new Map<bigint, bigint>();

  /** The highest ceiling that was signed: no receipt may bring the total above it. */
  get ceiling(): bigint {
    return this.#ceiling;
  }

  /** What the account must hold, settled units with it, for all that was promised to be paid. */
  get promised(): bigint {
    return this.#owed + this.#inFlight;
  }

  /** Keeps the greatest price of a request until it is known what became of it. */
  reserve(maxPrice: bigint): void {
    this.#inFlight += maxPrice;
  }

  release(maxPrice: bigint): void {
    this.#inFlight -= maxPrice;
  }

  /** The ceiling that the next request needs, which is signed from now on. */
  raiseCeiling(): bigint {
    this.#ceiling = larger(this.#ceiling, this.promised);
    return this.promised;
  }

  /** Takes over a request of an earlier process that had no answer. */
  promise({ ceiling, order }: Request): void {
    this.reserve(order.maxPrice);
    this.#ceiling = larger(this.#ceiling, ceiling);
  }

  /** Takes over a receipt that holds. */
  own(receipt: Receipt): void {
    const { from, to } = unitsOf(receipt);
    if (to > from) this.#units.set(from, to);
    this.#owed += receipt.price;
    this.#ceiling = larger(this.#ceiling, to);
  }

  /** Whether a receipt charges units that another one owns. */
  overlaps(receipt: Receipt): boolean {
    const { from, to } = unitsOf(receipt);
    return [...this.#units].some(([start, end]) => start < to && from < end);
  }

  /** Of each stretch of settled units that no receipt owns the first one. */
  unowned(settled: bigint): bigint[] {
    const units: bigint[] = [];
    let end = 0n;
    for (const [from, to] of [...this.#units, [settled, settled] as const].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (from > end && end < settled) units.push(end + 1n);
      if (to > end) end = to;
    }
    return units;
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
