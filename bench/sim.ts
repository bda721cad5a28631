// How long 90 days of a market take to simulate, for markets of growing size: its cost should grow as what happens in it.
// Absolute figures are the machine's.
import { parseArgs } from "node:util";
import { loadScenario } from "../src/sim/library.ts";
import { runAll } from "../src/sim/pool.ts";
import { makeScenario, type Scenario } from "../src/sim/scenario.ts";
import { alignColumns } from "./table.ts";

const USAGE = `Usage: npm run bench:sim -- [--json] [--small]
  --json   print the figures as JSON: [{ "operators", "clients", "days", "seconds" }]
  --small  a fifth of each size and 9 days, to try it`;

/** How many operators there are; clients are ten times as many. */
const SIZES = [25, 50, 100];
const CLIENTS_EACH = 10;
const DAYS = 90;

interface Figure {
  readonly operators: number;
  readonly clients: number;
  readonly days: number;
  readonly seconds: number;
  /** What happened: what the seconds are to be held against. */
  readonly answers: number;
  readonly transactions: number;
}

function readArguments(): { readonly json: boolean; readonly small: boolean } {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { json, small, help } = parseArgs({
      options: { json: flag, small: flag, help: { ...flag, short: "h" } },
    }).values;
    if (help) {
      console.log(USAGE);
      process.exit(0);
    }
    return { json, small };
  } catch (error) {
    console.error(`UsageError: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

/** The market with so many operators, in the same parts. */
function marketOf(operators: number, days: number): Scenario {
  const market = loadScenario("market");
  const before = market.operators.reduce((sum, { count }) => sum + count, 0);
  const times = operators / before;
  const scaled = market.operators.map((group) => ({ ...group, count: Math.max(1, Math.round(group.count * times)) }));
  const [first, ...others] = scaled;
  const rest = others.reduce((sum, { count }) => sum + count, 0);
  return makeScenario({
    ...market,
    days,
    // The first group has what rounding leaves.
    operators: [{ ...first, count: Math.max(1, operators - rest) }, ...others],
    delegators: { ...market.delegators, count: Math.round(market.delegators.count * times) },
    clients: { ...market.clients, count: operators * CLIENTS_EACH, arrivalsPerDay: 0, churn: 0, disappointment: 0 },
  });
}

async function measure(operators: number, days: number): Promise<Figure> {
  const scenario = marketOf(operators, days);
  const started = performance.now();
  const [result] = await runAll([{ scenario, seed: 1 }], { processes: 1, signal: new AbortController().signal });
  const seconds = Number(((performance.now() - started) / 1_000).toFixed(1));
  return {
    operators: scenario.operators.reduce((sum, { count }) => sum + count, 0),
    clients: scenario.clients.count,
    days,
    seconds,
    answers: result?.network.reduce((sum, day) => sum + day.answers, 0) ?? 0,
    transactions: result?.transactions ?? 0,
  };
}

const { json, small } = readArguments();
const figures: Figure[] = [];
for (const size of SIZES) figures.push(await measure(small ? size / 5 : size, small ? DAYS / 10 : DAYS));
if (json) console.log(JSON.stringify(figures));
else {
  const rows = figures.map(({ operators, clients, days, seconds, answers, transactions }) => [
    ...[operators, clients, days].map(String),
    seconds.toFixed(1),
    answers.toLocaleString("en-US"),
    transactions.toLocaleString("en-US"),
    ((seconds * 1e6) / answers).toFixed(0),
  ]);
  const heading = ["operators", "clients", "days", "seconds", "answers", "transactions", "µs an answer"];
  console.log(alignColumns([heading, ...rows], []));
}
