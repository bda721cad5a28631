import { CommanderError } from "commander";
import { UsageError } from "../client/errors.ts";
import { SuretyError } from "../core/errors.ts";
import { JournalMismatchError } from "../operator/journal.ts";
import { JournalMarkError } from "../operator/mark.ts";
import { JournalVersionError } from "../operator/schema.ts";
import { PortInUseError } from "../operator/server.ts";
import { JournalFileError, JournalInUseError } from "../operator/sqlite.ts";
import { InterruptedError } from "./io.ts";

export { UsageError };

/** A file that cannot be read or written. */
export class FileError extends SuretyError {
  override readonly name = "FileError";
}

/** A key that cannot be had from its file. It never says anything of the key, or of the password. */
export class KeystoreError extends SuretyError {
  override readonly name = "KeystoreError";
}

/** A step that takes the contracts' sources, where there is only the published package. */
export class CheckoutNeededError extends SuretyError {
  override readonly name = "CheckoutNeededError";

  constructor() {
    super("this takes the contracts' sources, which the published package has not: run it in a checkout of Surety");
  }
}

/** How a command ends. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

/** Errors that say cause and remedy: their trace helps nobody. */
export const expectedErrors = [
  SuretyError,
  JournalFileError,
  JournalInUseError,
  JournalMarkError,
  JournalMismatchError,
  JournalVersionError,
  PortInUseError,
] as const;

/** Says what went wrong, on stderr where no other place is given: expected errors in a line, others whole. Returns the exit code. */
export function reportFailure(
  thrown: unknown,
  say: (text: string) => void = (text) => void process.stderr.write(text),
): number {
  // Commander has said it already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  say(`${textOf(thrown)}\n`);
  if (thrown instanceof UsageError) return exitCodes.usage;
  return thrown instanceof InterruptedError ? exitCodes.interrupted : exitCodes.failure;
}

function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const isExpected = expectedErrors.some((kind) => thrown instanceof kind) || isHardhatError(thrown);
  if (!isExpected) return thrown.stack ?? thrown.message;
  const remedy = thrown instanceof SuretyError && thrown.remedy !== undefined ? `: ${thrown.remedy}` : "";
  return `${thrown.name}: ${thrown.message}${remedy}`;
}

/** A reader that has seen enough, such as `head`, closes the pipe: that is no failure. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

/** Hardhat's own errors say cause and remedy. */
function isHardhatError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "HardhatError";
}
