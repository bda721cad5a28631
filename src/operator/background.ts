import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import { ChainError } from "../chain/errors.ts";
import type { Metrics } from "./metrics.ts";

/** Something that a node does by itself, again and again. */
export interface Chore {
  readonly name: string;
  /** How often, in milliseconds. */
  readonly every: number;
  /** Does it; undefined where there was nothing to do. */
  run(): Promise<object | undefined>;
}

interface BackgroundOptions {
  readonly chores: readonly Chore[];
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
}

/** How long after a failure something is tried again at the latest, in milliseconds: demands are due within a day. */
const RETRY = 30_000;

/**
 * Does a node's chores, one at a time and each when it is due: they share one account's transactions and one journal. One
 * that fails is counted, written down and tried again; none keeps the others from their turn for ever.
 */
export class Background {
  readonly #options: BackgroundOptions;
  readonly #due: Map<Chore, number>;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  /** Begins at once; the first time each chore is done is when its interval is over. */
  constructor(options: BackgroundOptions) {
    this.#options = options;
    const now = options.clock();
    this.#due = new Map(options.chores.map((chore) => [chore, now + chore.every]));
    this.#done = this.#work();
  }

  /** Begins nothing more, and waits for what was begun. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #work(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const [next] = [...this.#due].sort(([, a], [, b]) => a - b);
      if (next === undefined) return;
      const [chore, due] = next;
      await sleep(Math.max(0, due - clock()), signal);
      if (isAborted(signal)) return;
      const isDone = await this.#do(chore);
      this.#due.set(chore, clock() + (isDone ? chore.every : Math.min(chore.every, RETRY)));
    }
  }

  /** Whether it was done. */
  async #do(chore: Chore): Promise<boolean> {
    const { metrics, log } = this.#options;
    const { name } = chore;
    try {
      const result = await chore.run();
      metrics.worked(name, result === undefined ? "idle" : "done");
      log.info({ work: name, result }, result === undefined ? "nothing to do" : "done");
      return true;
    } catch (error) {
      metrics.worked(name, "failed");
      if (error instanceof ChainError) metrics.chainFailed(name, error.reason);
      else metrics.failed();
      log.error({ work: name, err: error }, "failed; it is tried again");
      return false;
    }
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Whoever stops the node ends the wait; that is no failure.
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Asked through a function, since what is awaited in between may have changed it. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
