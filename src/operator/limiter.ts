import { Refusal } from "./refusals.ts";

/** How much a node takes on. */
export interface Limits {
  /** Requests a second of one client in the long run. */
  readonly rate: number;
  /** How many it may send at once, after a pause. */
  readonly burst: number;
  /** How many of one client's are answered at a time. */
  readonly concurrent: number;
  /** How many of all clients' are answered at a time. */
  readonly total: number;
}

/** For a node on a machine of its own, in front of models that take a second and more. */
export const DEFAULT_LIMITS: Limits = { rate: 50, burst: 200, concurrent: 64, total: 1_024 };

/** What one client has left: so many requests at `at`, in milliseconds, and those that are being answered. */
interface Bucket {
  tokens: number;
  at: number;
  inside: number;
}

/** How many clients are remembered before those are forgotten that have been quiet. */
const REMEMBERED = 10_000;

/** Lets clients in, as many at once and as often as the limits say: a token bucket for each. */
export class Limiter {
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #buckets = new Map<string, Bucket>();
  #inside = 0;

  /** @param clock milliseconds that never go back */
  constructor(limits: Limits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How many requests are being answered. */
  get inside(): number {
    return this.#inside;
  }

  /**
   * Lets a client's request in.
   * @returns what says, once, that it is answered
   * @throws Refusal where it has to wait
   */
  enter(client: string): () => void {
    const { rate, burst, concurrent, total } = this.#limits;
    const bucket = this.#refilled(client);
    if (bucket.inside >= concurrent) {
      throw new Refusal("TooManyRequests", `${concurrent} requests of ${client} are being answered`, { retryAfter: 1 });
    }
    if (bucket.tokens < 1) {
      const retryAfter = Math.ceil((1 - bucket.tokens) / rate);
      throw new Refusal("TooManyRequests", `${client} sends more than ${rate} requests a second`, { retryAfter });
    }
    if (this.#inside >= total) throw new Refusal("Overloaded", `${total} requests are being answered`);
    this.#buckets.set(client, bucket);
    bucket.tokens--;
    bucket.inside++;
    this.#inside++;
    if (this.#buckets.size > REMEMBERED) this.#forget(burst);
    return () => {
      bucket.inside--;
      this.#inside--;
    };
  }

  #refilled(client: string): Bucket {
    const { rate, burst } = this.#limits;
    const now = this.#clock();
    const bucket = this.#buckets.get(client) ?? { tokens: burst, at: now, inside: 0 };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * rate) / 1_000);
    bucket.at = now;
    return bucket;
  }

  /** Forgets whoever has nothing under way and is as good as new; where all are busy, whoever was quiet the longest. */
  #forget(burst: number): void {
    const { rate } = this.#limits;
    const now = this.#clock();
    for (const [client, { tokens, at, inside }] of this.#buckets) {
      if (inside === 0 && tokens + ((now - at) * rate) / 1_000 >= burst) this.#buckets.delete(client);
    }
    for (const [client, { inside }] of this.#buckets) {
      if (this.#buckets.size <= REMEMBERED) return;
      if (inside === 0) this.#buckets.delete(client);
    }
  }
}
