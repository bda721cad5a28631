import type { Database, Lasting, Session } from "./database.ts";

/** Something to do within a transaction. Where others in it fail it is done again, in one of its own. */
type Work<T> = (session: Session) => Promise<T>;

interface Waiting {
  /** Does it; what comes back tells whoever waits for it. */
  readonly perform: (session: Session) => Promise<() => void>;
  readonly fail: (cause: unknown) => void;
}

/** Lets what comes side by side share a transaction, and with that one wait for the disk. */
export class Group {
  readonly #database: Database;
  readonly #lasting: Lasting;
  readonly #gather: () => Promise<void>;
  #waiting: Waiting[] = [];
  #isRunning = false;

  /** @param gather waits for what else comes side by side */
  constructor(database: Database, lasting: Lasting, gather: () => Promise<void>) {
    this.#database = database;
    this.#lasting = lasting;
    this.#gather = gather;
  }

  /** Does the work in a transaction. All of it counts or nothing, whatever becomes of the others in it. */
  run<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const perform = async (session: Session) => {
        const result = await work(session);
        return () => {
          resolve(result);
        };
      };
      this.#waiting.push({ perform, fail: reject });
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

  async #perform(works: readonly Waiting[]): Promise<void> {
    try {
      const finish = await this.#database.transaction(this.#lasting, async (session) => {
        const ends: (() => void)[] = [];
        for (const { perform } of works) ends.push(await perform(session));
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
