import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { csvFiles, ResultError, resultJson } from "../../src/sim/csv.ts";
import { writeResult } from "../../src/sim/files.ts";
import { resultOf, scenarioOf } from "../support/results.ts";

describe("a result on the disk", () => {
  const result = resultOf(scenarioOf({ days: 3 }), 1);
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "surety-result-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("is a folder with every file, and takes the place of an earlier one", () => {
    const inner = join(folder, "a", "run");
    writeResult(inner, { ...result, seed: 2 });
    writeResult(inner, result);
    const expected = { ...csvFiles(result), "result.json": resultJson(result) };
    expect(readdirSync(inner).sort()).to.deep.equal(Object.keys(expected).sort());
    for (const [name, text] of Object.entries(expected)) {
      expect(readFileSync(join(inner, name), "utf8")).to.equal(text);
    }
  });

  it("is nothing where it cannot be written whole", () => {
    expect(() => writeResult(folder, { ...result, transactions: NaN })).to.throw(ResultError);
    expect(readdirSync(folder)).to.be.empty;
  });
});
