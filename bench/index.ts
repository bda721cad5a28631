// How fast the chain and what operators publish are indexed, and how long each of the explorer's pages waits for its data:
// a real indexer of a real chain, on each database. Absolute figures are the machine's.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Indexer, startIndexer } from "../indexer/start.ts";
import { serialiseDeployment } from "../src/chain/deployment.ts";
import { rpcHandler } from "../src/demo/rpc.ts";
import { useNativeCurve } from "../src/native/curve.ts";
import { listen } from "../src/operator/server.ts";
import { makeDatabase, missingPostgres, stopPostgres } from "../test/support/postgres.ts";
import { alignColumns } from "./table.ts";
import { buildTown, type Size, type Town } from "./town.ts";

const USAGE = `Usage: npm run bench:index -- [--json] [--small]
  --json   print the figures as JSON: [{ "work", "database", "value", "unit" }]
  --small  1,000 receipts and 100 settlements, to try it; 100,000 and 10,000 where left out`;

const LARGE: Size = { operators: 10, clients: 50, rounds: 20, receipts: 500 };
const SMALL: Size = { operators: 2, clients: 10, rounds: 5, receipts: 100 };

/** How often a page is asked for. */
const ASKED = 21;

type Database = "PGlite" | "PostgreSQL";

interface Figure {
  readonly work: string;
  readonly database: Database;
  readonly value: number;
  readonly unit: "a second" | "ms" | "s";
}

function readArguments(): { readonly json: boolean; readonly size: Size } {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { json, help, small } = parseArgs({
      options: { json: flag, small: flag, help: { ...flag, short: "h" } },
    }).values;
    if (help) {
      console.log(USAGE);
      process.exit(0);
    }
    return { json, size: small ? SMALL : LARGE };
  } catch (error) {
    console.error(`UsageError: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

/** Indexes a town into an empty database, and asks for each page. */
async function measure(town: Town, size: Size, { database, ...options }: Measured): Promise<Figure[]> {
  const [settlements, receipts] = [
    size.operators * size.clients * size.rounds,
    size.operators * size.rounds * size.receipts,
  ];
  const figure = (work: string, value: number, unit: Figure["unit"]): Figure => ({ work, database, value, unit });
  const starting = performance.now();
  const indexer = await startIndexer({
    ...options,
    allowsPrivate: true,
    pollMs: 100,
    onProblem: (line) => console.error(line),
  });
  try {
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1_000;
    // All but the last blocks, which are empty, is past; receipts are asked for from then on.
    await pastKnown(indexer);
    const chain = seconds();
    await until(indexer, ({ batches }) => (batches["stored"] ?? 0) === size.operators * size.rounds);
    const published = seconds();
    await until(indexer, ({ records }) => (records["withheld"] ?? 0) === receipts);
    const asked = seconds();
    await indexer.caughtUp();
    const rows = await countRows(indexer);
    const settling = seconds();
    await town.settleOnce();
    await indexer.caughtUp();
    const live = seconds() - settling;
    return [
      figure("start", (begun - starting) / 1_000, "s"),
      figure(`chain: ${settlements} settlements`, settlements / chain, "a second"),
      figure("chain: rows", rows / chain, "a second"),
      figure(`live: ${size.clients} settlements in one block`, live, "s"),
      figure(`receipts: ${receipts}, checked`, receipts / (published - chain), "a second"),
      figure(`records: ${receipts}, asked for`, receipts / (asked - published), "a second"),
      ...(await measurePages(town, indexer, figure)),
    ];
  } finally {
    await indexer.stop();
  }
}

interface Measured {
  readonly database: Database;
  readonly deployment: string;
  readonly rpc: string;
  readonly databaseUrl?: string;
}

interface Progress {
  readonly batches: Readonly<Record<string, number>>;
  readonly records: Readonly<Record<string, number>>;
}

/** Resolves when the chain's past is indexed. */
async function pastKnown({ url }: Indexer): Promise<void> {
  while (!(await fetch(`${url}/ready`)).ok) await new Promise((wake) => setTimeout(wake, 50));
}

async function until({ url }: Indexer, isDone: (progress: Progress) => boolean): Promise<void> {
  while (!isDone((await (await fetch(`${url}/v1/progress`)).json()) as Progress)) {
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

/** How many rows the tables of the chain have that grow with it. */
async function countRows(indexer: Indexer): Promise<number> {
  const names = [
    "operators",
    "accounts",
    "batchs",
    "settlements",
    "feeSplits",
    "creditPoints",
    "clients",
    "clientWeeks",
  ];
  const query = `{ ${names.map((name) => `${name} { totalCount }`).join(" ")} }`;
  const data = (await ask(indexer, query)) as Record<string, { readonly totalCount: number }>;
  return Object.values(data).reduce((sum, { totalCount }) => sum + totalCount, 0);
}

/** What each page asks for: paths, and queries in GraphQL. */
function pagesOf({ operators, leaves, batch }: Town): Readonly<Record<string, string>> {
  const [operator = "0x", leaf = "0x"] = [operators.at(-1), leaves[Math.floor(leaves.length / 2)]];
  const recent = `orderDirection: "desc", limit: 20`;
  return {
    operators: "/v1/operators",
    "operator: its state": `{ operator(address: "${operator}") { payout metadataUri commission ownAssets delegatedAssets debt
      score keys { items { address validFrom validUntil } } serves { items { modelId isServing } }
      faultList(orderBy: "punishedAt", ${recent}) { items { court asked slashed } }
      settlementList(orderBy: "settledAt", ${recent}) { items { payer paid settledAt } }
      batchList(orderBy: "committedAt", ${recent}) { items { root count committedAt } } } }`,
    "operator: its curve": `/v1/operators/${operator}/curve`,
    "operator: its receipts": `/v1/receipts?operator=${operator}`,
    receipt: `/v1/receipts/${leaf}`,
    batch: `/v1/batches/${batch.operator}/${batch.root}`,
    agents: "/v1/agents",
    "faults and slashes": `{ faults(orderBy: "punishedAt", ${recent}) { items { fault court operator slashRow { own delegated } } }
      demands(orderBy: "openedAt", ${recent}) { items { kind operator answeredAt isSilent } } }`,
    models: `{ models(orderBy: "operators", ${recent}) { items { id publisher modes operators modeList { items { mode } } } } }`,
    network: "/v1/health",
  };
}

async function measurePages(
  town: Town,
  indexer: Indexer,
  figure: (work: string, value: number, unit: "ms") => Figure,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [page, asked] of Object.entries(pagesOf(town))) {
    const times: number[] = [];
    for (let time = 0; time < ASKED; time++) {
      const begun = performance.now();
      if (asked.startsWith("{")) await ask(indexer, asked);
      else await read(`${indexer.url}${asked}`);
      times.push(performance.now() - begun);
    }
    figures.push(figure(`page: ${page}`, times.sort((a, b) => a - b)[Math.floor(ASKED / 2)] ?? 0, "ms"));
  }
  return figures;
}

async function read(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return response.json();
}

async function ask({ url }: Indexer, query: string): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ query });
  const { data, errors } = (await read(`${url}/graphql`, { method: "POST", headers, body })) as {
    data?: unknown;
    errors?: unknown;
  };
  if (data === undefined || errors !== undefined) throw new Error(`${query}: ${JSON.stringify(errors)}`);
  return data;
}

function format(figures: readonly Figure[]): string {
  const written = ({ value, unit }: Figure): string =>
    `${unit === "a second" ? Math.round(value).toLocaleString("en-US") : value.toFixed(1)} ${unit}`;
  const databases = [...new Set(figures.map(({ database }) => database))];
  const works = [...new Set(figures.map(({ work }) => work))];
  const lines = works.map((work) => [
    work,
    ...databases.map((database) => {
      const found = figures.find((one) => one.work === work && one.database === database);
      return found === undefined ? "" : written(found);
    }),
  ]);
  return alignColumns([["", ...databases], ...lines], [0]);
}

const { json, size } = readArguments();
useNativeCurve();
const folder = mkdtempSync(join(tmpdir(), "surety-bench-"));
try {
  const town = await buildTown(size);
  const rpc = await listen(rpcHandler(town.bench.provider), 0);
  const deployment = join(folder, "deployment.json");
  writeFileSync(deployment, serialiseDeployment(town.bench.deployment));
  const at = { deployment, rpc: rpc.url };
  const figures = await measure(town, size, { ...at, database: "PGlite" });
  const missing = missingPostgres();
  if (missing === undefined) {
    figures.push(...(await measure(town, size, { ...at, database: "PostgreSQL", databaseUrl: await makeDatabase() })));
  } else console.error(`Left out: PostgreSQL, since ${missing}.`);
  console.log(json ? JSON.stringify(figures) : format(figures));
  await rpc.close();
  await town.node.close();
} finally {
  await stopPostgres();
  rmSync(folder, { recursive: true });
}
