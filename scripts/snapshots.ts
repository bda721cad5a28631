// Writes snapshots/: for each contract that is deployed its size, where its storage lies, and its interface. They are
// committed, so that a change shows in review. Exit 1 where one is too large, or, with --check, is not what is committed.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Compiled, readCompiled } from "./contracts/compiled.ts";
import { compare, describe, findOversize } from "./contracts/snapshot.ts";

const USAGE = `Usage: npm run snapshots -- [--check]
  --check  write nothing; compare with the files and exit 1 where one is stale`;

const root = resolve(import.meta.dirname, "..");

function readArguments(): { readonly check: boolean } {
  try {
    return parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
  } catch (error) {
    console.error(`UsageError: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

/** Where a contract's snapshot lies: `contracts/` and `snapshots/` are laid out alike. */
function pathOf({ source, name }: Compiled): string {
  return join(dirname(source).replace(/^contracts\b/, "snapshots"), `${name}.txt`);
}

function findStale(snapshots: ReadonlyMap<string, string>): readonly string[] {
  const committed = globSync("snapshots/**/*.txt", { cwd: root }).sort();
  const gone = committed
    .filter((path) => !snapshots.has(path))
    .map((path) => `${path}: there is no such contract any more`);
  const changed = [...snapshots].flatMap(([path, text]) => {
    if (!existsSync(join(root, path))) return [`${path} is missing: the contract is new`];
    const differences = compare(readFileSync(join(root, path), "utf8"), text);
    return differences.length > 0 ? [`${path} has changed (- committed, + compiled):\n${differences.join("\n")}`] : [];
  });
  return [...gone, ...changed];
}

function write(snapshots: ReadonlyMap<string, string>): void {
  rmSync(join(root, "snapshots"), { recursive: true, force: true });
  for (const [path, text] of snapshots) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const { check } = readArguments();
const contracts = readCompiled(join(root, "artifacts")).filter(({ kind }) => kind === "contract");
const snapshots = new Map(contracts.map((contract) => [pathOf(contract), describe(contract)]));
if (!check) write(snapshots);
const oversize = contracts.flatMap(findOversize);
const stale = check ? findStale(snapshots) : [];
for (const problem of oversize) console.error(`ContractTooLarge: ${problem}.`);
for (const problem of stale) console.error(`SnapshotStale: ${problem}`);
if (stale.length > 0) console.error("Where this is meant: npm run snapshots, then commit it with the reason.");
process.exitCode = oversize.length + stale.length > 0 ? 1 : 0;
