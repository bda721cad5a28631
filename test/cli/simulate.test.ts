import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { nowhere } from "../../src/cli/docs.ts";
import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import { countChildren, runScript, untilChildrenAre } from "../support/children.ts";

const cli = "src/cli/main.ts";

const tiny = {
  name: "tiny town",
  days: 3,
  operators: [
    { name: "honest", count: 2, bond: 1_000, price: 0.1, cost: 0.04 },
    { name: "cheat", count: 2, bond: 1_000, price: 0.1, cost: 0.04, cheating: { rate: 1, by: "cache" } },
  ],
  clients: { count: 12, requestsPerDay: 4 },
  watchers: [{ name: "eyes", rate: 1, delay: 0 }],
};

describe("surety simulate and sweep", function () {
  this.timeout(120_000);
  let folder = "";
  let scenario = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "surety-simulate-"));
    scenario = join(folder, "tiny.json");
    writeFileSync(scenario, JSON.stringify(tiny));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("writes every series, and a page, and says what each strategy earned", async () => {
    const { code, stdout, stderr } = await runScript(cli, "simulate", scenario, "--out", folder);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include("tiny town:").and.include("honest").and.include("file://");
    const written = join(folder, "tiny-town");
    expect(readdirSync(written)).to.include.members([
      "network.csv",
      "groups.csv",
      "faults.csv",
      "result.json",
      "index.html",
    ]);
    const result = JSON.parse(readFileSync(join(written, "result.json"), "utf8")) as {
      faults: unknown[];
      seed: number;
    };
    expect(result.faults.length).to.be.above(0);
    expect(readFileSync(join(written, "index.html"), "utf8")).to.include("tiny town");
  });

  it("runs several seeds at once, the same again as before", async () => {
    const parameters = ["simulate", scenario, "--seeds", "2", "--seed", "7", "--days", "2", "--json", "--out", folder];
    const [first, again] = [await runScript(cli, ...parameters), await runScript(cli, ...parameters, "--jobs", "1")];
    expect(first.code, first.stderr).to.equal(0);
    expect(again.stdout).to.equal(first.stdout);
    const [{ groups, page }] = JSON.parse(first.stdout) as [
      { groups: { group: string; profit: number }[]; page: string },
    ];
    const [honest, cheat] = groups;
    expect(honest?.profit).to.be.above(cheat?.profit ?? Infinity);
    expect(existsSync(page)).to.equal(true);
    expect(readdirSync(join(folder, "tiny-town"))).to.include.members(["seed-7", "seed-8"]);
  });

  it("prints the schema of scenario files", async () => {
    const { code, stdout } = await runScript(cli, "simulate", "--schema");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.have.property("properties").that.includes.keys("operators", "clients", "shocks");
  });

  it("sweeps, and says from which bond on a wrong answer loses", async () => {
    const market = join(folder, "market.json");
    writeFileSync(market, JSON.stringify({ ...tiny, name: "small market" }));
    const { code, stdout, stderr } = await runScript(
      cli,
      ...["sweep", "--bonds", "100,1000", "--watch", "0.5", "--cheat", "0.05", "--seeds", "1"],
      ...["--market", market, "--credit", "0", "--out", folder, "--json"],
    );
    expect(code, stderr).to.equal(0);
    const found = JSON.parse(stdout) as { frontier: { simple: number }[]; demand: { group: string }[]; page: string };
    // 2 dollars against half of a fifth of the bond.
    expect(Math.round(found.frontier[0]?.simple ?? 0)).to.equal(20);
    expect(found.demand.map(({ group }) => group)).to.deep.equal(["honest", "cheat"]);
    expect(readFileSync(found.page, "utf8")).to.include("Sweep: frontier");
  });

  const wrong: readonly (readonly [string, readonly string[], number, string])[] = [
    ["a scenario that is not there", ["simulate", "nowhere"], 1, "ScenarioError"],
    ["two scenarios of one name", ["simulate", "market", "market"], 2, "two scenarios are called market"],
    ["no seed", ["simulate", "--seeds", "0"], 2, "At least 1"],
    ["no numbers", ["sweep", "--bonds", "many"], 2, "Numbers with commas"],
    ["a share above 1", ["sweep", "--watch", "2"], 2, "Shares from 0 to 1"],
    ["a scenario that is no sweep's", ["sweep", "market"], 1, "one group of operators"],
  ];
  for (const [what, words, expected, said] of wrong) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const out = join(folder, "out");
      const { code, stderr } = await runScript(cli, ...words, "--out", out);
      expect([code, existsSync(out)]).to.deep.equal([expected, false]);
      expect(stderr).to.include(said);
    });
  }

  it("ends on Ctrl-C, with nothing written and no process left", async () => {
    const out = join(folder, "out");
    const long = join(folder, "long.json");
    writeFileSync(long, JSON.stringify({ ...tiny, days: 700 }));
    const before = countChildren();
    const controller = new AbortController();
    // Progress: its processes are at work.
    const io: Io = { ...nowhere, isTerminal: true, err: () => controller.abort(), signal: controller.signal };
    const code = await runCli(["simulate", long, "--out", out], io);
    expect(code).to.equal(130);
    expect(existsSync(out)).to.equal(false);
    await untilChildrenAre(before);
  });
});
