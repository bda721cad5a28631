import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

/** A file beside a journal that cannot be written. */
export class JournalMarkError extends Error {
  override readonly name = "JournalMarkError";

  constructor(file: string, options: ErrorOptions) {
    super(
      `${file} cannot be written: name a journal in the node's file whose folder can be, on a disk that stays`,
      options,
    );
  }
}

/** Digits of a number as it is written, so that a later one takes the place of an earlier: those of the greatest uint64. */
const DIGITS = 20;

/**
 * How far the numbers of an operator's receipts were given out, beside the journal that gave them: a copy of the journal
 * that is put in its place does not say. Without a file it is known to this process only.
 *
 * It is written after a journal's transaction counts, and does not wait for the disk: what is killed leaves it as far as
 * the journal or a step behind, a power cut further behind; never ahead.
 */
export class Mark {
  readonly #file: string | undefined;
  #open: number | undefined;
  #owner = "";
  #next = 0n;

  constructor(file?: string) {
    this.#file = file;
  }

  /** One above the highest number that is known to have been given. */
  get next(): bigint {
    return this.#next;
  }

  /**
   * Reads how far it was for this owner, who is a line of text; another's is overwritten.
   * @throws JournalMarkError where the file cannot be written
   */
  claim(owner: string): void {
    this.#owner = owner;
    if (this.#file === undefined) return;
    this.close();
    this.#open = openFile(this.#file);
    const [number = "", whose] = readFileSync(this.#open, "utf8").split("\n");
    // What is not whole was cut off with the power.
    if (whose === owner && /^\d+$/.test(number)) this.reach(BigInt(number));
    else ftruncateSync(this.#open);
  }

  /** Notes that all numbers below `next` were given. */
  reach(next: bigint): void {
    if (next <= this.#next) return;
    this.#next = next;
    if (this.#open !== undefined) writeSync(this.#open, `${`${next}`.padStart(DIGITS, "0")}\n${this.#owner}\n`, 0);
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (cause) {
    throw new JournalMarkError(file, { cause });
  }
}
