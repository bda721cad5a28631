import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";

/** Waits for a child to end, passing SIGINT and SIGTERM on to it; resolves to its exit code, 128 + n for a signal. */
export async function runToEnd(child: ChildProcess): Promise<number> {
  const forward = (signal: NodeJS.Signals): void => {
    // A terminal sends Ctrl-C to the whole foreground group, so the child has it already.
    if (signal === "SIGINT" && [0, 1, 2].some((fd) => isatty(fd))) return;
    child.kill(signal);
  };
  process.on("SIGINT", forward).on("SIGTERM", forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        const interrupted = signal !== null;
        if (interrupted && (signal === "SIGINT" || signal === "SIGTERM")) process.exit(128 + constants.signals[signal]);
        resolve(code ?? 128 + (interrupted ? constants.signals[signal] : 0));
      });
    });
  } finally {
    process.off("SIGINT", forward).off("SIGTERM", forward);
  }
}
