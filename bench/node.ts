// What a request costs a node, all of it: recovered, checked, computed, signed and written through to the disk, beside the
// same server that does nothing but compute. The load comes from this process, in turns, to the same process.
// Absolute figures are the machine's; what one run has side by side can be compared.
import { spawn } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { serialiseDeployment } from "../src/chain/deployment.ts";
import { rpcHandler } from "../src/demo/rpc.ts";
import { useNativeCurve } from "../src/native/curve.ts";
import { listen } from "../src/operator/server.ts";
import { makeDatabase, missingPostgres, stopPostgres } from "../test/support/postgres.ts";
import { load, type Taken } from "./load.ts";
import { type Market, openMarket } from "./market.ts";
import { alignColumns } from "./table.ts";

const USAGE = `Usage: npm run bench:node -- [--json] [--requests <number>] [--rounds <number>]
  --json      print the figures as JSON
  --requests  how many requests a round has of each kind, 1000 where left out
  --rounds    how many rounds, 5 where left out; one more comes before them and is not counted`;

/** How many connections ask at once where throughput is measured. */
const AT_ONCE = 64;

interface Options {
  readonly json: boolean;
  readonly requests: number;
  readonly rounds: number;
}

/** What a load took, and how much of the server's processor, in microseconds. */
interface Loaded extends Taken {
  readonly cpu: number;
}

/** One kind of server: how fast, alone and under load. Milliseconds; `cpu` in microseconds a request under load. */
interface Speed {
  readonly cpu: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Row {
  readonly journal: "SQLite" | "PostgreSQL";
  readonly plain: Speed;
  readonly surety: Speed;
  readonly throughputRatio: number;
  readonly addedP50: number;
  readonly addedP99: number;
}

function readArguments(): Options {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { json, help, requests, rounds } = parseArgs({
      options: {
        json: flag,
        help: { ...flag, short: "h" },
        requests: { type: "string", default: "1000" },
        rounds: { type: "string", default: "5" },
      },
    }).values;
    if (help) {
      console.log(USAGE);
      process.exit(0);
    }
    const [requested, repeated] = [Number(requests), Number(rounds)];
    if (!(requested >= 1 && repeated >= 1)) throw new Error("--requests and --rounds are at least 1");
    return { json, requests: Math.floor(requested), rounds: Math.floor(repeated) };
  } catch (error) {
    console.error(`UsageError: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

/** Measures a node with its journal at a place. */
async function measure(
  market: Market,
  { requests, rounds }: Options,
  { journal, parameters }: { journal: Row["journal"]; parameters: readonly string[] },
): Promise<Row> {
  const child = spawn(process.execPath, ["--import", "tsx", "bench/nodeServer.ts", ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let url = "";
    for await (const line of createInterface({ input: child.stdout })) {
      url = line;
      break;
    }
    if (url === "") throw new Error("the node did not start");
    const taken = {
      plain: { alone: [] as Taken[], loaded: [] as Loaded[] },
      surety: { alone: [] as Taken[], loaded: [] as Loaded[] },
    };
    for (let round = -1; round < rounds; round++) {
      for (const [kind, path] of [
        ["plain", "plain"],
        ["surety", "v1/inference"],
      ] as const) {
        const alone = await load(`${url}/${path}`, market.asks(requests), 1);
        const before = await readCpu(url);
        const loaded = await load(`${url}/${path}`, market.asks(requests * 4), AT_ONCE);
        const cpu = (await readCpu(url)) - before;
        // The first round warms up.
        if (round < 0) continue;
        taken[kind].alone.push(alone);
        taken[kind].loaded.push({ ...loaded, cpu });
      }
    }
    const [plain, surety] = [speedOf(taken.plain), speedOf(taken.surety)];
    return {
      journal,
      plain,
      surety,
      throughputRatio: surety.perSecond / plain.perSecond,
      addedP50: surety.p50 - plain.p50,
      addedP99: surety.p99 - plain.p99,
    };
  } finally {
    child.kill("SIGKILL");
  }
}

function speedOf({ alone, loaded }: { alone: readonly Taken[]; loaded: readonly Loaded[] }): Speed {
  const latencies = alone.flatMap((taken) => taken.latencies).sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(share * (latencies.length - 1))] ?? 0;
  const requests = loaded.reduce((sum, taken) => sum + taken.latencies.length, 0);
  const wall = loaded.reduce((sum, taken) => sum + taken.wall, 0);
  const cpu = loaded.reduce((sum, taken) => sum + taken.cpu, 0) / requests;
  return { cpu, perSecond: (1_000 * requests) / wall, p50: at(0.5), p99: at(0.99) };
}

/** How much of the processor a server has used, in microseconds. */
async function readCpu(url: string): Promise<number> {
  return (await fetch(`${url}/cpu`)).json() as Promise<number>;
}

/** How long the disk takes to have a page, in milliseconds: no answer can leave before. */
function measureDisk(folder: string): number {
  const file = openSync(join(folder, "page"), "w");
  const times = Array.from({ length: 101 }, () => {
    const begun = performance.now();
    writeSync(file, Buffer.alloc(4_096));
    fdatasyncSync(file);
    return performance.now() - begun;
  });
  closeSync(file);
  return times.sort((a, b) => a - b)[50] ?? 0;
}

function format(rows: readonly Row[], disk: number): string {
  const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
  const fine = (value: number): string => value.toFixed(2);
  const cells = rows.map(({ journal, plain, surety, throughputRatio, addedP50, addedP99 }) => [
    journal,
    whole(surety.perSecond),
    whole(plain.perSecond),
    `${Math.round(100 * throughputRatio)} %`,
    whole(surety.cpu),
    whole(plain.cpu),
    fine(surety.p50),
    fine(addedP50),
    fine(addedP99),
  ]);
  const head = [
    "journal",
    "a second",
    "without Surety",
    "of it",
    "CPU, us",
    "without",
    "p50, ms",
    "added",
    "added to p99",
  ];
  return `${alignColumns([head, ...cells], [0])}\n\nThe disk takes ${fine(disk)} ms to have a page.`;
}

const options = readArguments();
useNativeCurve();
const folder = mkdtempSync(join(tmpdir(), "surety-bench-"));
const market = await openMarket();
const rpc = await listen(rpcHandler(market.provider), 0);
try {
  const deployment = join(folder, "deployment.json");
  writeFileSync(deployment, serialiseDeployment(market.deployment));
  const missing = missingPostgres();
  const places: [Row["journal"], string][] = [["SQLite", join(folder, "journal.sqlite")]];
  if (missing === undefined) places.push(["PostgreSQL", await makeDatabase()]);
  else console.error(`Left out: PostgreSQL, since ${missing}.`);
  const rows: Row[] = [];
  for (const [journal, place] of places) {
    const parameters = [rpc.url, deployment, place, market.operator, market.publisher];
    rows.push(await measure(market, options, { journal, parameters }));
  }
  const disk = measureDisk(folder);
  console.log(options.json ? JSON.stringify({ disk, rows }) : format(rows, disk));
} finally {
  await rpc.close();
  await stopPostgres();
  rmSync(folder, { recursive: true });
}
