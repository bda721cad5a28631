// TypeScript tests in mocha, set up as the Hardhat configuration says; scripts/test.ts reads the counts. Plain mocha and
// not `hardhat test mocha`, which counts skipped tests as passed and tests that a failing hook kept from running too.
import { resolve } from "node:path";
import Mocha from "mocha";
import { readOptions, report } from "./counts.ts";

process.env["NODE_ENV"] ??= "test";
process.env["HH_TEST"] = "true";
const { default: hre } = await import("hardhat");
const { files, grep } = readOptions();
const mocha = new Mocha({ ...hre.config.test.mocha, forbidOnly: process.env["CI"] === "true" });
if (grep !== undefined) mocha.grep(new RegExp(grep));
for (const file of files) mocha.addFile(resolve(file));
await mocha.loadFilesAsync();
const runner = mocha.run(() => {
  const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
  report({ passed: passes, failed: failures, skipped: pending });
});
