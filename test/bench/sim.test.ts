import { expect } from "chai";
import { runScript } from "../support/children.ts";

interface Figure {
  readonly operators: number;
  readonly clients: number;
  readonly days: number;
  readonly seconds: number;
}

describe("bench:sim", () => {
  it("says how long markets of growing size take", async function () {
    this.timeout(120_000);
    const { code, stdout, stderr } = await runScript("bench/sim.ts", "--json", "--small");
    expect(code, stderr).to.equal(0);
    const figures = JSON.parse(stdout) as Figure[];
    expect(figures.map(({ operators, clients, days }) => [operators, clients, days])).to.deep.equal([
      [5, 50, 9],
      [10, 100, 9],
      [20, 200, 9],
    ]);
    for (const { seconds } of figures) expect(seconds).to.be.above(0);
  });

  it("says how it is used", async () => {
    const { code, stderr } = await runScript("bench/sim.ts", "--huge");
    expect(code).to.equal(2);
    expect(stderr).to.include("UsageError").and.include("--small");
  });
});
