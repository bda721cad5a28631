import { CommanderError } from "commander";
import { DeploymentError } from "../chain/deployment.ts";
import { ChainError } from "../chain/errors.ts";
import { NodeError } from "../chain/http.ts";
import { RecordError } from "../core/records.ts";
import { JournalMismatchError } from "../operator/journal.ts";
import { PortInUseError } from "../operator/server.ts";

/** A file that cannot be read. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** How a command ends. */
export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const;

const expected = [ChainError, DeploymentError, FileError, JournalMismatchError, NodeError, PortInUseError, RecordError];

/** Says on stderr what went wrong: expected errors in a line, others whole. Returns the exit code. */
export function reportFailure(thrown: unknown): number {
  // Commander has said it already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const isExpected = expected.some((kind) => thrown instanceof kind) || isHardhatError(thrown);
  const text =
    thrown instanceof Error
      ? isExpected
        ? `${thrown.name}: ${thrown.message}`
        : (thrown.stack ?? thrown.message)
      : String(thrown);
  process.stderr.write(`${text}\n`);
  return exitCodes.failure;
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
