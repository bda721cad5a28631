/** Starts the indexer in a process of its own, and tells when it has caught up with its chain. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { JsonRpcProvider } from "ethers";
import { z } from "zod";
import { SuretyError } from "../src/core/errors.ts";
import { names } from "./settings.ts";

const root = import.meta.dirname;

/** The indexer ended, or never began. */
export class IndexerError extends SuretyError {
  override readonly name = "IndexerError";
}

export interface IndexerOptions {
  /** The deployment's record. */
  readonly deployment: string;
  /** Where the chain is read. */
  readonly rpc: string;
  /** A PostgreSQL to keep everything in; PGlite where left out. */
  readonly databaseUrl?: string | undefined;
  /** The database's schema, one for each deployment and version: `surety` where left out. */
  readonly schema?: string | undefined;
  /** Where PGlite keeps its files; a temporary folder, gone with the indexer, where left out. */
  readonly folder?: string | undefined;
  /** On loopback; any free one where left out. */
  readonly port?: number | undefined;
  /** Whether operators' nodes may be at private addresses. */
  readonly allowsPrivate?: boolean;
  /** How often the chain is asked for a new block, in milliseconds. */
  readonly pollMs?: number;
  /** Told of what went wrong, and went on. */
  readonly onProblem?: (line: string) => void;
}

/** A running indexer. */
export interface Indexer {
  readonly url: string;
  /** Resolves when all is indexed up to the block that is the chain's latest now. @throws IndexerError where it ends before */
  caughtUp(): Promise<void>;
  /** Lets it end in order. */
  stop(): Promise<void>;
  /** Ends it where it stands. */
  kill(): Promise<void>;
  /** Resolves when it has ended, with its exit code; null where it was killed. */
  readonly ended: Promise<number | null>;
}

const POLL_MS = 1_000;

/** How often it is asked how far it is, in milliseconds. */
const ASKING_MS = 50;

/** Ending when told to is no problem, nor a contract without events that is only read, nor a chain that rests. */
const HARMLESS = /shutdown|SIGTERM|SIGINT|No registered indexing functions|No new block received/;

const BEYOND_REPAIR = "Encountered unrecoverable reorg";

/** What Ponder says, a line of JSON each. */
const lineSchema = z.object({
  level: z.union([z.string(), z.number()]),
  msg: z.string(),
  port: z.number().optional(),
  error: z.object({ message: z.string() }).partial().optional(),
});
type Line = z.infer<typeof lineSchema>;

const statusSchema = z.object({ surety: z.object({ block: z.object({ number: z.number() }) }) });

/**
 * Starts the indexer of a deployment. It serves from the beginning, and knows everything once it has caught up.
 * @throws IndexerError where it cannot begin
 */
export async function startIndexer(options: IndexerOptions): Promise<Indexer> {
  const { schema = "surety", onProblem = () => undefined } = options;
  const isTemporary = options.folder === undefined;
  const folder = resolve(options.folder ?? mkdtempSync(join(tmpdir(), "surety-indexer-")));
  mkdirSync(folder, { recursive: true });
  const port = options.port ?? (await freePort());
  const parameters = ["start", "--root", root, "--schema", schema, "--port", `${port}`, "--hostname", "127.0.0.1"];
  // Ponder writes its GraphQL schema to where it runs. What its own code uses that is to go is not for who runs it.
  const child = spawn(process.execPath, ["--no-deprecation", ponder(), ...parameters, "--log-format", "json"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environmentOf(options, { folder, schema }), PONDER_TELEMETRY_DISABLED: "true" },
  });
  const stop = (signal: NodeJS.Signals): (() => Promise<void>) => {
    return async () => {
      child.kill(signal);
      await ended;
    };
  };
  const ended = endOf(child).finally(() => {
    if (isTemporary) rmSync(folder, { recursive: true, force: true });
  });
  child.stderr.on("data", (chunk: Buffer) => onProblem(chunk.toString().trimEnd()));
  const url = `http://127.0.0.1:${await listening(child, onProblem)}`;
  return {
    url,
    ended,
    stop: stop("SIGTERM"),
    kill: stop("SIGKILL"),
    caughtUp: async () => caughtUp({ url, rpc: options.rpc, child }),
  };
}

function environmentOf(
  { deployment, rpc, databaseUrl = "", allowsPrivate = false, pollMs = POLL_MS }: IndexerOptions,
  { folder, schema }: { readonly folder: string; readonly schema: string },
): Record<string, string> {
  return {
    [names.deployment]: resolve(deployment),
    [names.rpc]: rpc,
    [names.pollMs]: `${pollMs}`,
    [names.databaseUrl]: databaseUrl,
    [names.folder]: folder,
    [names.allowsPrivate]: allowsPrivate ? "1" : "",
    [names.schema]: schema,
    [names.tethered]: "1",
  };
}

/** Ponder's command. */
function ponder(): string {
  return fileURLToPath(new URL("bin/ponder.js", import.meta.resolve("ponder")));
}

/** The port on which Ponder listens, once it does. @throws IndexerError where it ends before */
async function listening(child: ChildProcess, onProblem: (line: string) => void): Promise<number> {
  return new Promise((done, fail) => {
    const problems: string[] = [];
    if (child.stdout === null) throw new TypeError("a pipe expected");
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = readLine(text);
      if (line === undefined) return;
      if (line.msg === "Created HTTP server" && line.port !== undefined) done(line.port);
      if (!isProblem(line)) return;
      if (line.msg === BEYOND_REPAIR) {
        // It would stay where it is for ever, and say nothing more.
        onProblem(
          "the chain was reorganised deeper than was held to be final: index it anew, in another schema or folder",
        );
        child.kill("SIGTERM");
      }
      const problem = `${line.msg}${line.error?.message === undefined ? "" : `: ${line.error.message}`}`;
      problems.push(problem);
      onProblem(problem);
    });
    child.once("close", () => fail(new IndexerError(`the indexer ended before it served: ${problems.join("; ")}`)));
  });
}

function readLine(text: string): Line | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Not everything that is printed is Ponder's own.
    return undefined;
  }
}

/** Levels are numbers or names, by version; 40 and above are warnings and worse. */
function isProblem({ level, msg }: Line): boolean {
  const isBad = typeof level === "number" ? level >= 40 : ["warn", "error", "fatal"].includes(level);
  return isBad && !HARMLESS.test(msg);
}

async function caughtUp({ url, rpc, child }: { url: string; rpc: string; child: ChildProcess }): Promise<void> {
  const provider = new JsonRpcProvider(rpc, undefined, { cacheTimeout: -1 });
  try {
    const latest = await provider.getBlockNumber();
    while (!(await hasReached(url, latest))) {
      if (child.exitCode !== null || child.signalCode !== null) throw new IndexerError("the indexer has ended");
      await new Promise((wake) => setTimeout(wake, ASKING_MS));
    }
  } finally {
    provider.destroy();
  }
}

async function hasReached(url: string, block: number): Promise<boolean> {
  try {
    const { ok } = await fetch(`${url}/ready`);
    if (!ok) return false;
    const status = statusSchema.safeParse(await (await fetch(`${url}/status`)).json());
    return status.success && status.data.surety.block.number >= block;
  } catch {
    // It is not there yet, or not any more: whoever waits looks which.
    return false;
  }
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
