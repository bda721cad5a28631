import { expect } from "chai";
import { runScript } from "../support/children.ts";
import { missingPostgres } from "../support/postgres.ts";

interface Figure {
  readonly work: string;
  readonly database: string;
  readonly value: number;
  readonly unit: string;
}

describe("bench:index", () => {
  it("says for each database how fast is indexed, and how long each page waits", async function () {
    this.timeout(400_000);
    const { code, stdout, stderr } = await runScript("bench/index.ts", "--json", "--small");
    expect(code, stderr).to.equal(0);
    const figures = JSON.parse(stdout) as Figure[];
    const databases = missingPostgres() === undefined ? ["PGlite", "PostgreSQL"] : ["PGlite"];
    expect([...new Set(figures.map(({ database }) => database))]).to.deep.equal(databases);
    for (const database of databases) {
      const own = figures.filter((figure) => figure.database === database);
      for (const work of ["chain: 100 settlements", "receipts: 1000, checked", "page: operators", "page: receipt"]) {
        expect(own.find((figure) => figure.work === work)?.value, work).to.be.above(0);
      }
    }
  });

  it("says how it is used", async () => {
    const { code, stderr } = await runScript("bench/index.ts", "--huge");
    expect(code).to.equal(2);
    expect(stderr).to.include("UsageError").and.include("--small");
  });
});
