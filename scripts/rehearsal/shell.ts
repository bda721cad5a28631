/** Types commands into a shell, as processes of their own. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { SuretyError } from "../../src/core/errors.ts";

/** A command of the README that did not do what it is there for. */
export class RehearsalError extends SuretyError {
  override readonly name = "RehearsalError";
}

/** A command that runs. */
export interface Typed {
  /** Resolves with what stdout has said, once it matches. @throws RehearsalError where it ends before */
  said(pattern: RegExp): Promise<string>;
  /** Resolves with all of stdout. @throws RehearsalError where it fails */
  done(): Promise<string>;
  /** Ctrl-C; resolves once it has ended. */
  interrupt(): Promise<void>;
  /** Ends it, and all that it has started, at once. */
  close(): void;
}

/** A shell in a folder, with an environment. */
export interface Shell {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Types a command. */
export function type(command: string, { folder, env }: Shell): Typed {
  // A group of its own: npm starts others, and all of them hear Ctrl-C, as at a terminal.
  const child = spawn("sh", ["-c", command], { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const heard = listen(child);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  // Whoever waits for it hears of it; before that nobody does.
  ended.catch(() => undefined);
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, signal);
  };
  const failure = (): RehearsalError => new RehearsalError(`\`${command}\` failed:\n${heard.stderr || heard.stdout}`);
  return {
    said: async (pattern) => {
      const matches = new Promise<void>((resolve) => {
        const look = (): void => (pattern.test(heard.stdout) ? resolve() : undefined);
        child.stdout.on("data", look);
        look();
      });
      const isSaid = await Promise.race([matches.then(() => true), ended.then(() => false)]);
      if (!isSaid) throw failure();
      return heard.stdout;
    },
    done: async () => {
      if ((await ended) !== 0) throw failure();
      return heard.stdout;
    },
    interrupt: async () => {
      kill("SIGINT");
      await ended;
    },
    close: () => kill("SIGKILL"),
  };
}

function listen({ stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>) {
  const heard = { stdout: "", stderr: "" };
  stdout.on("data", (chunk: Buffer) => (heard.stdout += chunk.toString()));
  stderr.on("data", (chunk: Buffer) => (heard.stderr += chunk.toString()));
  return heard;
}
