import type { Offering, Computation, Engine, Job } from "../../src/operator/engine.ts";

/** An engine whose answers come when a test says so, in whatever order, or never. */
export class HeldEngine implements Engine {
  readonly #inner: Engine;
  readonly #held: { readonly answer: () => void; readonly fail: (cause: Error) => void }[] = [];
  #waiters: (() => void)[] = [];
  /** How many computations were ever begun. */
  runs = 0;

  constructor(inner: Engine) {
    this.#inner = inner;
  }

  get offers(): readonly Offering[] {
    return this.#inner.offers;
  }

  async run(job: Job): Promise<Computation> {
    this.runs++;
    const gate = new Promise<void>((resolve, reject) => {
      this.#held.push({ answer: resolve, fail: reject });
    });
    for (const wake of this.#waiters.splice(0)) wake();
    await gate;
    return this.#inner.run(job);
  }

  /** Waits until so many have been begun. */
  async begun(count: number): Promise<void> {
    while (this.runs < count) {
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  /** Lets the computation at a place among those under way come to its answer. */
  answer(place = 0): void {
    this.#take(place).answer();
  }

  /** Lets it fail. */
  fail(place = 0): void {
    this.#take(place).fail(new Error("out of paper"));
  }

  /** Lets all that are under way come to their answers. */
  answerAll(): void {
    while (this.#held.length > 0) this.answer();
  }

  #take(place: number) {
    const [taken] = this.#held.splice(place, 1);
    if (taken === undefined) throw new Error(`nothing is under way at ${place}`);
    return taken;
  }
}
