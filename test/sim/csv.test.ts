import { expect } from "chai";
import { csvFiles, ResultError, resultJson } from "../../src/sim/csv.ts";
import type { SimulationResult } from "../../src/sim/result.ts";
import { resultOf, scenarioOf } from "../support/results.ts";

/** A strict reader of RFC 4180: records end with CRLF, and quotes stand around whole fields only. */
function parse(text: string): string[][] {
  const records: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const [, content = "", end] = field.exec(text) ?? [];
    if (end === undefined) throw new Error(`no CSV from ${JSON.stringify(text.slice(field.lastIndex, 40))} on`);
    records.at(-1)?.push(content.startsWith('"') ? content.slice(1, -1).replaceAll('""', '"') : content);
    if (end === "\r\n") records.push([]);
  }
  expect(records.pop(), "a record after the last end of line").to.be.empty;
  return records;
}

/** The rows by their fields' names. */
function rowsOf(text = ""): Record<string, string>[] {
  const [names = [], ...records] = parse(text);
  return records.map((cells) => {
    expect(cells).to.have.length(names.length);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
  });
}

/** What a row has to read like: each of its fields, with all digits. */
function asTexts(rows: readonly object[]): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])));
}

describe("files of a result", () => {
  const result = resultOf(scenarioOf({ days: 20 }), 1);
  const files = csvFiles(result);

  for (const name of ["network", "groups", "operators", "others", "faults"] as const) {
    it(`hold every field of ${name}, and every digit of its numbers`, () => {
      const rows = rowsOf(files[`${name}.csv`]);
      expect(rows).to.not.be.empty;
      expect(rows).to.deep.equal(asTexts(result[name]));
    });
  }

  it("hold a row for each week of each cohort", () => {
    const rows = result.cohorts.flatMap(({ week, clients, retained }) =>
      retained.map((count, age) => ({ week, clients, age, retained: count })),
    );
    expect(rows).to.have.length(6);
    expect(rowsOf(files["cohorts.csv"])).to.deep.equal(asTexts(rows));
  });

  it("read back as the same numbers", () => {
    const profits = rowsOf(files["operators.csv"]).map(({ profit }) => Number(profit));
    expect(profits).to.deep.equal(result.operators.map(({ profit }) => profit));
  });

  it("quote what separates fields, and quotes", () => {
    const names = ['an "eye", and another', "two\r\nlines", "plain", "", '"', ","];
    const [fault] = result.faults;
    const faults = names.map((by) => ({ ...fault, by })) as SimulationResult["faults"];
    const read = rowsOf(csvFiles({ ...result, faults })["faults.csv"]);
    expect(read.map(({ by }) => by)).to.deep.equal(names);
  });

  it("have their head where there are no rows", () => {
    const { "faults.csv": text } = csvFiles({ ...result, faults: [] });
    expect(text).to.equal("operator,group,day,convictedOn,by,asked,slashed\r\n");
  });

  it("hold the whole result as JSON", () => {
    expect(JSON.parse(resultJson(result))).to.deep.equal(result);
  });

  for (const value of [NaN, Infinity, -Infinity]) {
    it(`do not take ${value}, which JSON would silently leave out`, () => {
      const [first, ...rest] = result.network;
      const broken = { ...result, network: [{ ...first, gas: value }, ...rest] } as SimulationResult;
      expect(() => csvFiles(broken)).to.throw(ResultError, "gas is");
      expect(() => resultJson(broken)).to.throw(ResultError, "gas is");
    });
  }
});
