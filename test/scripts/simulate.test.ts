import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const root = resolve(import.meta.dirname, "../..");
const hardhat = join(root, "node_modules/hardhat/dist/src/cli.js");

describe("scripts/simulate.ts", () => {
  it("simulates under Hardhat, which loads TypeScript in its own way", async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "surety-simulate-"));
    try {
      const scenario = join(folder, "tiny.json");
      const operators = [{ name: "one", bond: 2_000, price: 0.1, cost: 0.04 }];
      writeFileSync(
        scenario,
        JSON.stringify({ name: "tiny", days: 2, operators, clients: { count: 3, requestsPerDay: 2 } }),
      );
      const env = { ...process.env, SURETY_SCENARIO: scenario, SURETY_OUT: folder };
      const parameters = [hardhat, "run", "--no-compile", "scripts/simulate.ts"];
      const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: root, env });
      expect(stdout).to.include("tiny:");
      expect(existsSync(join(folder, "tiny/index.html"))).to.equal(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
