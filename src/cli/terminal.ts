/** The process's streams, terminal, clock and signals, as commands know them. */
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { guardedFetch } from "../native/fetch.ts";
import { exitCodes } from "./errors.ts";
import { type Io, InterruptedError } from "./io.ts";

/** This process as commands know it. To be made once: it answers signals from now on. */
export function processIo(): Io {
  const controller = new AbortController();
  let guarded = 0;
  for (const [signal, code] of [
    ["SIGINT", exitCodes.interrupted],
    ["SIGTERM", exitCodes.terminated],
  ] as const) {
    process.on(signal, () => {
      if (guarded === 0 || controller.signal.aborted) process.exit(code);
      controller.abort();
      process.stderr.write("\nStopping as soon as what is under way is done; once more stops at once ...\n");
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stdin.isTTY && process.stderr.isTTY,
    env: process.env,
    clock: () => BigInt(Math.floor(Date.now() / 1000)),
    random: (length) => new Uint8Array(randomBytes(length)),
    fetch: globalThis.fetch,
    guardedFetch,
    ask,
    signal: controller.signal,
    uninterrupted: async (work) => {
      guarded++;
      try {
        return await work();
      } finally {
        guarded--;
      }
    },
  };
}

async function ask(question: string, isSecret = false): Promise<string> {
  // What is typed is shown by whoever reads it, so a secret is read into nothing.
  const output = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  // Only now: until there is a reader, the terminal itself shows what is typed.
  process.stderr.write(question);
  try {
    return await new Promise((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("SIGINT", () => reject(new InterruptedError()));
      lines.once("close", () => reject(new InterruptedError()));
    });
  } finally {
    lines.close();
    if (isSecret) process.stderr.write("\n");
  }
}
