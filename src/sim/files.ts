/** Where results go to the disk; everything else here only makes texts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { csvFiles, resultJson } from "./csv.ts";
import type { SimulationResult } from "./result.ts";

/**
 * Writes a result into a folder, which is made where it is missing: a CSV file for each series, and `result.json`. What was
 * there under these names is replaced.
 * @throws ResultError where a number is not finite; then nothing is written
 */
export function writeResult(folder: string, result: SimulationResult): void {
  writeFiles(folder, { ...csvFiles(result), "result.json": resultJson(result) });
}

/** Writes texts by their names into a folder, which is made where it is missing. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}
