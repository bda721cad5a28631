// Which lines and statements of the contracts the Solidity tests reach; exit 1 unless it is every one. What is compiled
// for it is instrumented and kept in coverage/, apart from what everything else runs (hardhat.config.ts); a report to
// look at is in coverage/html.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { runToEnd } from "./child.ts";

const root = resolve(import.meta.dirname, "..");
const manifest = createRequire(import.meta.url).resolve("hardhat/package.json");
const command = [join(dirname(manifest), "dist/src/cli.js"), "test", "solidity", "--coverage"];

/** Hardhat's own table is the only place where statements are counted: `║ file │ lines % │ statements % │ lines missed ║`. */
const ROW = /^║ (\S+) +│ ([\d.]+) +│ ([\d.]+) +│/;

if (process.argv.length > 2) {
  console.error("UsageError: coverage takes no arguments: it is of all tests together.\nUsage: npm run coverage");
  process.exit(2);
}
const child = spawn(process.execPath, command, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
const output: Buffer[] = [];
child.stdout.on("data", (chunk: Buffer) => {
  output.push(chunk);
  process.stdout.write(chunk);
});
const code = await runToEnd(child);
const rows = stripVTControlCharacters(Buffer.concat(output).toString())
  .split("\n")
  .flatMap((line) => {
    const [, file, lines, statements] = ROW.exec(line) ?? [];
    return file === undefined
      ? []
      : [{ file, lines, statements, isWhole: lines === "100.00" && statements === "100.00" }];
  });
for (const { file, lines, statements } of rows.filter(({ isWhole }) => !isWhole)) {
  console.error(`NotCovered: ${file}: ${lines} % of lines, ${statements} % of statements.`);
}
if (rows.length === 0) console.error("NoReport: there is no table of coverage; see above.");
if (code !== 0) console.error("TestsFailed: not every test passed; see above.");
process.exitCode = code === 0 && rows.length > 0 && rows.every(({ isWhole }) => isWhole) ? 0 : 1;
