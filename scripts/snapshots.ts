// Writes snapshots/: for each contract that is deployed its size, where its storage lies, and its interface. They are
// committed, so that a change shows in review. Exit 1 where one is too large, or, with --check, is not what is committed.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readCheck, replaceFolder } from "./committed.ts";
import { type Compiled, readCompiled } from "./contracts/compiled.ts";
import { compare, describe, findOversize } from "./contracts/snapshot.ts";

const USAGE = `Usage: npm run snapshots -- [--check]
  --check  write nothing; compare with the files and exit 1 where one is stale`;

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "snapshots");

/** Where a contract's snapshot lies in the folder, which is laid out as `contracts/` is. */
function pathOf({ source, name }: Compiled): string {
  return join(dirname(source).replace(/^contracts\/?/, ""), `${name}.txt`);
}

function findStale(snapshots: ReadonlyMap<string, string>): readonly string[] {
  const committed = globSync("**/*.txt", { cwd: folder }).sort();
  const gone = committed
    .filter((path) => !snapshots.has(path))
    .map((path) => `snapshots/${path}: there is no such contract any more`);
  const changed = [...snapshots].flatMap(([path, text]) => {
    if (!existsSync(join(folder, path))) return [`snapshots/${path} is missing: the contract is new`];
    const differences = compare(readFileSync(join(folder, path), "utf8"), text);
    return differences.length > 0
      ? [`snapshots/${path} has changed (- committed, + compiled):\n${differences.join("\n")}`]
      : [];
  });
  return [...gone, ...changed];
}

const check = readCheck(USAGE);
const contracts = readCompiled(join(root, "artifacts")).filter(({ kind }) => kind === "contract");
const snapshots = new Map(contracts.map((contract) => [pathOf(contract), describe(contract)]));
if (!check) replaceFolder(folder, snapshots);
const oversize = contracts.flatMap(findOversize);
const stale = check ? findStale(snapshots) : [];
for (const problem of oversize) console.error(`ContractTooLarge: ${problem}.`);
for (const problem of stale) console.error(`SnapshotStale: ${problem}`);
if (stale.length > 0) console.error("Where this is meant: npm run snapshots, then commit it with the reason.");
process.exitCode = oversize.length + stale.length > 0 ? 1 : 0;
