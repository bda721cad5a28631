/** Does works in one transaction, in their turn; `desk` is what they read and write with. */
type Transact<D> = <T>(works: (desk: D) => Promise<T>) => Promise<T>;

/** Something to do within a transaction. Where others in it fail it is done again, in one of its own. */
export interface Work<D, R, T> {
  /** Reads what it needs, beside what the others of the transaction read. */
  readonly read?: (desk: D) => Promise<R>;
  /** Does it, after those that came before it. */
  readonly act: (desk: D, found: R | undefined) => Promise<T>;
}

interface Waiting<D> {
  /** Reads what it needs; what comes back does it, and that gives what tells whoever waits for it. */
  readonly begin: (desk: D) => Promise<() => Promise<() => void>>;
  readonly fail: (cause: unknown) => void;
}

/** Lets what comes side by side share a transaction, and with that one wait for the disk. */
export class Group<D> {
  readonly #transact: Transact<D>;
  readonly #gather: () => Promise<void>;
  #waiting: Waiting<D>[] = [];
  #isRunning = false;

  /** @param gather waits for what else comes side by side */
  constructor(transact: Transact<D>, gather: () => Promise<void>) {
    this.#transact = transact;
    this.#gather = gather;
  }

  /** Does the work in a transaction. All of it counts or nothing, whatever becomes of the others in it. */
  run<R, T>({ read, act }: Work<D, R, T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const begin = async (desk: D) => {
        const found = await read?.(desk);
        return async () => {
          const result = await act(desk, found);
          return () => {
            resolve(result);
          };
        };
      };
      this.#waiting.push({ begin, fail: reject });
      if (!this.#isRunning) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await this.#gather();
      await this.#perform(this.#waiting.splice(0));
    }
    this.#isRunning = false;
  }

  async #perform(works: readonly Waiting<D>[]): Promise<void> {
    try {
      const finish = await this.#transact(async (desk) => {
        const begun = await Promise.all(works.map(async ({ begin }) => begin(desk)));
        const ends: (() => void)[] = [];
        for (const act of begun) ends.push(await act());
        return ends;
      });
      // Only now, since before its end the transaction could still be undone.
      for (const end of finish) end();
    } catch (cause) {
      const [only] = works;
      if (works.length === 1) only?.fail(cause);
      else for (const work of works) await this.#perform([work]);
    }
  }
}
