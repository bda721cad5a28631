// `npm run bench:hot`: how many times as fast as what a user would pick instead the work on every receipt is. Exit 1
// where a goal is missed.
import { parseArgs } from "node:util";
import { useNativeCurve } from "../src/native/curve.ts";
import { findMissed, type Row } from "./race.ts";
import { measureReceipts } from "./receipts.ts";
import { alignColumns } from "./table.ts";
import { measureTree } from "./trees.ts";
import { measureWatching } from "./watching.ts";

const USAGE = `Usage: npm run bench:hot -- [--json] [--quick] [--goal <times>]
  --json          print the table as JSON
  --quick         a tree of 2,000 leaves instead of a million, and shorter rounds: seconds instead of minutes
  --goal <times>  ask for this of every row instead of its own goal`;

/** Ends with a word on usage. */
function refuse(problem: string): never {
  console.error(`UsageError: ${problem}\n${USAGE}`);
  process.exit(2);
}

function readArguments(): { readonly json: boolean; readonly quick: boolean; readonly goal?: number } {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { json, quick, goal, help } = parseArgs({
      options: { json: flag, quick: flag, goal: { type: "string" }, help: { ...flag, short: "h" } },
    }).values;
    if (help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (goal === undefined) return { json, quick };
    const times = Number(goal);
    if (!(times > 0)) throw new RangeError(`--goal is a number above 0, not ${goal}`);
    return { json, quick, goal: times };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function formatTable(rows: readonly Row[]): string {
  const number = (value: number): string => value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  const cells = rows.map(({ work, ours, other, ratio, goal }) => [work, ...[ours, other, ratio, goal].map(number)]);
  return alignColumns([["work (per second of one core)", "ours", "other", "times", "goal"], ...cells], [0]);
}

const { json, quick, goal } = readArguments();
const slowness = useNativeCurve();
if (slowness !== undefined) console.error(slowness.message);
const effort = quick ? { rounds: 1, least: 20 } : { rounds: 9, least: 250 };
const measured = [
  ...(await measureTree(quick ? 2_000 : 1_000_000, effort.least)),
  ...(await measureReceipts(effort)),
  await measureWatching(effort),
];
const rows = measured.map((row) => ({ ...row, goal: goal ?? row.goal }));
console.log(json ? JSON.stringify(rows) : formatTable(rows));
const missed = findMissed(rows);
for (const problem of missed) console.error(problem);
process.exitCode = missed.length > 0 ? 1 : 0;
