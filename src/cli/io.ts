import type { Fetch } from "../chain/http.ts";
import { SuretyError } from "../core/errors.ts";

/** Where a command meets the world. Tests pass their own; `src/cli/terminal.ts` is the process's. */
export interface Io {
  /** Prints data: stdout. */
  readonly out: (text: string) => void;
  /** Prints words: stderr. */
  readonly err: (text: string) => void;
  /** Whether somebody sits there: who sees progress and can be asked. */
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The time, in seconds. */
  readonly clock: () => bigint;
  /** So many fresh bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly fetch: Fetch;
  /** A `fetch` for addresses that strangers name, none of them private where it is not allowed: see `src/native/fetch.ts`. */
  readonly guardedFetch: (allowsPrivate: boolean) => Fetch;
  /** Asks for a line. A secret one is not shown while it is typed. @throws InterruptedError on Ctrl-C */
  readonly ask: (question: string, isSecret?: boolean) => Promise<string>;
  /** Aborted by Ctrl-C, or when the process is told to stop. */
  readonly signal: AbortSignal;
  /** Does what must not be left in the middle, or ends by itself: Ctrl-C aborts the signal, and only the second one the process. */
  readonly uninterrupted: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What a command is given: the world, and a way to say that what it checked does not hold. */
export interface Shell extends Io {
  /** Has the command end with exit code 1, though nothing is thrown. */
  readonly fail: () => void;
}

/** Ctrl-C, or a signal to stop. */
export class InterruptedError extends SuretyError {
  override readonly name = "InterruptedError";

  constructor() {
    super("stopped: run the same command again, and it goes on where this one stopped");
  }
}

/** Ends here what Ctrl-C was pressed for meanwhile. @throws InterruptedError */
export function stopIfInterrupted({ signal }: Io): void {
  if (signal.aborted) throw new InterruptedError();
}

/** Shows how far long work is, on a terminal; a pipe hears nothing of it. */
export function progress({ isTerminal, err }: Io, text: string): void {
  if (isTerminal) err(`${text}\n`);
}
