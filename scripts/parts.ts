/** What a long-running script has opened, and how it ends: by itself, by what broke it, or by a signal. */
import { endQuietlyOnClosedPipe, reportFailure } from "../src/cli/errors.ts";

/** What must be closed at the end, last opened first. */
export class Parts {
  readonly #open: { close(): unknown }[] = [];

  opened(part: { close(): unknown }): void {
    this.#open.push(part);
  }

  async closeAll(): Promise<void> {
    for (const part of this.#open.splice(0).reverse()) {
      try {
        await part.close();
      } catch (cause) {
        process.stderr.write(`could not close a part: ${String(cause)}\n`);
      }
    }
  }
}

/** Never resolves: a signal ends what waits for it. */
export async function untilInterrupted(): Promise<never> {
  return new Promise<never>(() => setInterval(() => undefined, 60_000));
}

/** Runs a script's work, sets the exit code, and closes its parts: also on Ctrl-C. */
export async function runAndClose(parts: Parts, work: () => Promise<number>): Promise<void> {
  const interruption: { by: NodeJS.Signals | undefined } = { by: undefined };
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      interruption.by = signal;
      process.stderr.write("\nStopping ...\n");
      process.exitCode = code;
      void parts.closeAll().finally(() => process.exit(code));
    });
  }
  endQuietlyOnClosedPipe();
  try {
    process.exitCode = await work();
  } catch (thrown) {
    // Once interrupted, whatever fails fails because its parts are closed.
    if (interruption.by === undefined) process.exitCode = reportFailure(thrown);
  } finally {
    await parts.closeAll();
  }
}
