// Every test: Solidity's (test/**/*.t.sol) in Hardhat's runner, then TypeScript's (test/**/*.test.ts) in mocha. Each
// runner is a process of its own, so that a crash of one is a failure that is counted and not the end of the other.
// The last line on stdout is `N passed, N failed`, with `, N skipped` where there are skips.
import { fork } from "node:child_process";
import { globSync } from "node:fs";
import { matchesGlob, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { addCounts, isCounts, noCounts, type Counts, type RunnerOptions } from "./test/counts.ts";
import { runToEnd } from "./child.ts";

const USAGE = `Usage: npm test -- [file, folder or pattern...] [--grep <text or regular expression>]
  npm test -- test/core            everything in a folder
  npm test -- bonds                every test file with "bonds" in its path
  npm test -- "test/**/*.t.sol"    a pattern
  npm run test:deep                all of this with far more fuzzing of the Solidity tests`;

const root = resolve(import.meta.dirname, "..");

class UsageError extends Error {}

function readArguments(): { readonly patterns: readonly string[]; readonly grep: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { grep: { type: "string", short: "g" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) {
      console.log(USAGE);
      process.exit(0);
    }
    if (values.grep !== undefined) new RegExp(values.grep);
    return { patterns: positionals, grep: values.grep };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The test files that some pattern names; a pattern that names none is an error, since it would pass unseen. */
function selectFiles(all: readonly string[], patterns: readonly string[]): readonly string[] {
  if (patterns.length === 0) return all;
  const selected = new Set<string>();
  for (const pattern of patterns) {
    const path = relative(root, resolve(pattern)).split(sep).join("/");
    const exact = all.filter((file) => file === path || file.startsWith(`${path}/`) || matchesGlob(file, path));
    const matching = exact.length > 0 ? exact : all.filter((file) => file.includes(pattern));
    if (matching.length === 0) throw new UsageError(`no test file matches "${pattern}"`);
    for (const file of matching) selected.add(file);
  }
  return all.filter((file) => selected.has(file));
}

async function runRunner(name: "solidity" | "mocha", options: RunnerOptions): Promise<Counts> {
  if (options.files.length === 0) return noCounts;
  const child = fork(resolve(root, `scripts/test/${name}.ts`), [JSON.stringify(options)], { cwd: root });
  let counts: Counts | undefined;
  child.on("message", (message) => {
    if (isCounts(message)) counts = message;
  });
  const code = await runToEnd(child);
  if (counts !== undefined && (code === 0 || counts.failed > 0)) return counts;
  console.error(`\nRunnerFailed: the ${name} runner ended with code ${code} without a failing test; counted as one.`);
  return addCounts(counts ?? noCounts, { ...noCounts, failed: 1 });
}

async function build(): Promise<boolean> {
  return (await runToEnd(fork(resolve(root, "scripts/setup.mjs"), ["build"], { cwd: root, execArgv: [] }))) === 0;
}

async function main(): Promise<number> {
  const { patterns, grep } = readArguments();
  const all = globSync(["test/**/*.t.sol", "test/**/*.test.ts"], { cwd: root }).map((file) =>
    file.split(sep).join("/"),
  );
  const files = selectFiles(all.sort(), patterns);
  const isSolidity = (file: string): boolean => file.endsWith(".sol");
  const solidity = { files: files.filter(isSolidity), isEvery: patterns.length === 0, grep };
  const mocha = { files: files.filter((file) => !isSolidity(file)), isEvery: patterns.length === 0, grep };
  const counts = (await build())
    ? addCounts(await runRunner("solidity", solidity), await runRunner("mocha", mocha))
    : { ...noCounts, failed: 1 };
  const total = counts.passed + counts.failed;
  if (total === 0) console.error("NoTests: no test ran. Tests are test/**/*.t.sol and test/**/*.test.ts.");
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  return counts.failed > 0 || total === 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`UsageError: ${error.message}.\n${USAGE}`);
  process.exitCode = 2;
}
