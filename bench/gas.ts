// What Surety's operations cost in gas, beside the budget of each and the best peer's figure (bench/anchors.json). The
// figures are committed (bench/gas.json): gas is exact, so whatever changes one shows it in its diff.
// Exit 1 where a budget is broken, a figure is not the committed one, or a cost grows with numbers that it must not
// depend on.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { z } from "zod";
import { measureBonds } from "./bonds.ts";
import { measureCourts } from "./courts.ts";
import { measureEnclaves } from "./enclaves.ts";
import { fillGasPage } from "./gasPage.ts";
import { measureSettlement } from "./settlement.ts";
import { measureSnark } from "./snark.ts";
import { anchorsSchema, findProblems, formatTable, formatUnlike, makeRow } from "./table.ts";

const USAGE = `Usage: npm run bench:gas -- [--json] [--write]
  --json    print the table as JSON
  --write   commit to what was measured: write it to bench/gas.json and docs/gas.md`;

const committedPath = new URL("gas.json", import.meta.url);
const pagePath = new URL("../docs/gas.md", import.meta.url);
const readJson = (url: URL): unknown => JSON.parse(readFileSync(url, "utf8"));

function readArguments(): { readonly json: boolean; readonly write: boolean } {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { json, write, help } = parseArgs({
      options: { json: flag, write: flag, help: { ...flag, short: "h" } },
    }).values;
    if (help) {
      console.log(USAGE);
      process.exit(0);
    }
    return { json, write };
  } catch (error) {
    console.error(`UsageError: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

const { json, write } = readArguments();
const anchors = anchorsSchema.parse(readJson(new URL("anchors.json", import.meta.url)));
const measured = {
  ...(await measureBonds()),
  ...(await measureSettlement()),
  ...(await measureCourts()),
  ...(await measureSnark()),
  ...(await measureEnclaves()),
};
const rows = Object.entries(measured).map(([operation, used]) => makeRow(anchors, operation, used));
if (write) {
  const figures = Object.fromEntries(rows.map(({ operation, gas }) => [operation, gas]));
  writeFileSync(committedPath, `${JSON.stringify(figures, null, 2)}\n`);
  const page = fillGasPage(readFileSync(pagePath, "utf8"), anchors, figures);
  const options = { ...(await resolveConfig(pagePath)), filepath: fileURLToPath(pagePath) };
  writeFileSync(pagePath, await format(page, options));
}
console.log(json ? JSON.stringify(rows) : `${formatTable(rows)}\n\n${formatUnlike(anchors)}`);
const problems = findProblems(rows, z.record(z.string(), z.int().positive()).parse(readJson(committedPath)));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
