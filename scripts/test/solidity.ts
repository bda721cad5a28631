// Solidity tests in Hardhat's own runner; scripts/test.ts has built the contracts and reads the counts.
import hre from "hardhat";
import { readOptions, report } from "./counts.ts";

interface SuiteResult {
  readonly testResults: readonly { readonly status: "Success" | "Failure" | "Skipped" }[];
}
interface Outcome {
  readonly success: boolean;
  readonly value?: { readonly suiteResults: readonly SuiteResult[] };
  readonly error?: { readonly suiteResults: readonly SuiteResult[] };
}

const { files, isEvery, grep } = readOptions();
const compiling = Date.now();
process.stderr.write("Compiling the Solidity tests (minutes the first time) ...\n");
const testFiles = isEvery ? [] : [...files];
await hre.tasks.getTask("build").run({ files: testFiles, noContracts: true, quiet: true });
process.stderr.write(`Compiled in ${((Date.now() - compiling) / 1000).toFixed(1)} s.\n`);
const outcome = (await hre.tasks.getTask(["test", "solidity"]).run({
  testFiles,
  noCompile: true,
  ...(grep === undefined ? {} : { grep }),
})) as Outcome;
const results = (outcome.value ?? outcome.error)?.suiteResults.flatMap((suite) => suite.testResults) ?? [];
const count = (status: string): number => results.filter((result) => result.status === status).length;
const failed = count("Failure");
report({
  passed: count("Success"),
  // A run that fails without a failing test is a failure too.
  failed: outcome.success ? failed : Math.max(failed, 1),
  skipped: count("Skipped"),
});
