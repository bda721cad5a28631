/** One step of the counter: odd, so that it passes through all 2^32 states. */
const STEP = 0x6d2b79f5;

/**
 * A small seeded generator (Mulberry32): integer operations only, hence the same numbers on every machine. Good for
 * shuffling and first weights; never for secrets.
 */
export class SeededRandom {
  #state: number;

  /** @param seed an integer of 32 bits */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A double from 0 to below 1, a multiple of 2^-32. */
  fraction(): number {
    this.#state = (this.#state + STEP) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** An integer from 0 to below the bound. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** The same items in a new order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const pool = [...items];
    const result: Item[] = [];
    while (pool.length > 0) {
      const chosen = this.below(pool.length);
      const last = pool.pop();
      if (last === undefined) break;
      // The last one fills the gap that the chosen one leaves, unless it is the chosen one itself.
      result.push(pool[chosen] ?? last);
      if (chosen < pool.length) pool[chosen] = last;
    }
    return result;
  }
}
