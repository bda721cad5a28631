import { expect } from "chai";
import { missingPostgres } from "../support/postgres.ts";
import { runScript } from "../support/children.ts";

interface Speed {
  readonly cpu: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Row {
  readonly journal: string;
  readonly plain: Speed;
  readonly surety: Speed;
  readonly throughputRatio: number;
  readonly addedP50: number;
  readonly addedP99: number;
}

describe("bench:node", () => {
  it("sets a node beside the same server without Surety, for each database", async () => {
    const { code, stdout, stderr } = await runScript("bench/node.ts", "--json", "--requests", "20", "--rounds", "1");
    expect(code, stderr).to.equal(0);
    const { disk, rows } = JSON.parse(stdout) as { disk: number; rows: Row[] };
    expect(disk).to.be.above(0);
    const journals = missingPostgres() === undefined ? ["SQLite", "PostgreSQL"] : ["SQLite"];
    expect(rows.map(({ journal }) => journal)).to.deep.equal(journals);
    for (const { plain, surety, throughputRatio, addedP50, addedP99 } of rows) {
      for (const { cpu, perSecond, p50, p99 } of [plain, surety]) {
        expect(Math.min(cpu, perSecond, p50)).to.be.above(0);
        expect(p99).to.be.at.least(p50);
      }
      expect(throughputRatio).to.equal(surety.perSecond / plain.perSecond);
      expect([addedP50, addedP99]).to.deep.equal([surety.p50 - plain.p50, surety.p99 - plain.p99]);
    }
  });

  it("says how it is used", async () => {
    const { code, stderr } = await runScript("bench/node.ts", "--requests", "none");
    expect(code).to.equal(2);
    expect(stderr).to.include("UsageError").and.include("--rounds");
  });
});
