/** Nodes in processes of their own: `node.ts` as one script, made once, so that a process starts in a moment. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "../..");
/** In the project's folder, so that what is not in the script is found where it is installed. */
const folder = join(root, "cache", "test-node");

let script: Promise<string> | undefined;

/** A node that is loaded and waits for its word to begin. */
export interface Standby {
  /** Has it open its journal and listen. @returns its URL */
  begin(): Promise<string>;
  /** Kills it, as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a node. @param parameters those of `node.ts` */
export async function startNode(...parameters: readonly string[]): Promise<Standby> {
  const child = spawn(process.execPath, [await (script ??= bundle()), ...parameters], {
    cwd: root,
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
  });
  child.stderr.pipe(process.stderr);
  return {
    async begin() {
      child.stdin.write("begin\n");
      return firstLine(child);
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("the node did not begin");
}

/** Bundles the node, but for what is in C. */
async function bundle(): Promise<string> {
  const outfile = join(folder, "node.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "node.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["secp256k1", "pg-native"],
    // Packages of the older kind ask for Node's own modules in this way.
    banner: {
      js: 'import { createRequire as createRequireHere } from "node:module"; const require = createRequireHere(import.meta.url);',
    },
    logLevel: "silent",
  });
  return outfile;
}
