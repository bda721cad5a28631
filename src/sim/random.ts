/** Chance in a simulation: the same for a seed, and each agent's its own, so that one more of them changes no other's. */
import { keccak } from "../core/bytes.ts";
import { SeededRandom } from "../core/model/random.ts";

/** Above this a Poisson number is put together from several, as the powers of e get too small. */
const MAX_MEAN = 500;

/** A seeded source of chance. */
export class Chance {
  readonly #random: SeededRandom;

  /** @param label whose it is */
  constructor(seed: number, label: string) {
    const digest = keccak(new TextEncoder().encode(`${seed} ${label}`));
    this.#random = new SeededRandom(new DataView(digest.buffer, digest.byteOffset).getInt32(0));
  }

  /** Whether something of this probability happens. */
  happens(probability: number): boolean {
    // Nothing is drawn where there is no doubt, so that a parameter of 0 costs nothing.
    if (probability <= 0) return false;
    return probability >= 1 || this.#random.fraction() < probability;
  }

  /** A whole number from 0 to below the bound. */
  below(bound: number): number {
    return this.#random.below(bound);
  }

  /** The same items in a new order. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    return this.#random.shuffled(items);
  }

  /** How often something happens that happens `mean` times on average, each time by itself (Poisson). */
  often(mean: number): number {
    if (mean > MAX_MEAN) return this.often(mean / 2) + this.often(mean / 2);
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.#random.fraction(); product > limit; product *= this.#random.fraction()) count++;
    return count;
  }

  /** One of several, as likely as its weight says; undefined where no weight is above 0. */
  pick<Item>(items: readonly Item[], weightOf: (item: Item) => number): Item | undefined {
    const weights = items.map(weightOf);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total <= 0) return undefined;
    let left = this.#random.fraction() * total;
    return items.find((_, index) => (left -= weights[index] ?? 0) < 0) ?? items.at(-1);
  }
}
