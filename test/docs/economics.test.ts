import { readFileSync } from "node:fs";
import { expect } from "chai";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("docs/economics.md", () => {
  it("recommends what networks are deployed with", () => {
    const rows = [...read("docs/economics.md").matchAll(/^\| `([\w.]+)` +\| ([^|]+?) +\|/gm)];
    expect(rows.length).to.be.at.least(10);
    const parameters: unknown = JSON.parse(read("deploy/parameters/base-sepolia.json"));
    for (const [, path = "", value] of rows) {
      const found = path
        .split(".")
        .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], parameters);
      expect(String(found), path).to.equal(value);
    }
  });
});
