import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { bundleSchema, readText } from "../../src/core/records.ts";
import { isValid, verifyBundle } from "../../src/core/verify.ts";
import { listen } from "../../src/operator/server.ts";
import { type Ended, runScript, start } from "../support/children.ts";

const SCRIPT = "scripts/start.ts";

/** The one line of `npm start -- --json`. */
interface Line {
  readonly served: number;
  readonly verified: number;
  readonly accuracy: number;
  readonly batches: number;
  readonly gasPerInference: number;
  readonly settled: string;
  readonly fundings: Readonly<Record<string, number>>;
  readonly purchase: Readonly<Record<string, string>>;
  readonly modes: readonly {
    readonly mode: string;
    readonly served: number;
    readonly verified: number;
    readonly gasPerInference: number;
    readonly addedMs: number;
  }[];
  readonly faults: readonly Readonly<Record<string, string>>[];
  readonly operators: readonly {
    readonly address: string;
    readonly honest: boolean;
    readonly bondBefore: string;
    readonly bondAfter: string;
    readonly credit: string;
  }[];
  readonly delegations: readonly {
    readonly delegator: string;
    readonly operator: string;
    readonly delegated: string;
    readonly worth: string;
  }[];
  readonly trace: { readonly file: string; readonly valid: boolean };
  readonly seconds: number;
}

/** Who serves, and whether it stays honest. */
const OPERATORS = [
  { name: "Aspen", honest: true },
  { name: "Birch", honest: true },
  { name: "Cedar", honest: false },
  { name: "Dogwood", honest: false },
  { name: "Elm", honest: true },
  { name: "Juniper", honest: false },
  { name: "Fir", honest: true },
  { name: "Ginkgo", honest: true },
  { name: "Hazel", honest: false },
];

const amount = /^\d+$/;
const address = /^0x[0-9a-f]{40}$/;

describe("the main job", function () {
  // Whole runs, some of them side by side.
  this.timeout(300_000);
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "surety-start-"))));
  after(() => rmSync(folder, { recursive: true }));

  const job = (name: string, ...parameters: string[]): Promise<Ended> =>
    runScript(SCRIPT, "--json", "--records", join(folder, name), ...parameters);

  /** Expects one line of JSON with the fields that are promised, and what must be so in every run. */
  function lineOf({ code, stdout, stderr }: Ended): Line {
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal("");
    expect(stdout.endsWith("\n") && stdout.trimEnd().split("\n").length === 1, stdout).to.be.true;
    const line = JSON.parse(stdout) as Line;
    const fields = [
      "served",
      "verified",
      "accuracy",
      "batches",
      "gasPerInference",
      "settled",
      "fundings",
      "purchase",
      "modes",
      "faults",
      "operators",
      "delegations",
      "trace",
      "seconds",
    ];
    expect(Object.keys(line)).to.deep.equal(fields);
    expect(line.served).to.be.at.least(200);
    expect(line.verified).to.equal(line.served);
    expect(line.accuracy).to.be.within(0.9, 1);
    expect(line.batches).to.equal(2 * OPERATORS.length);
    expect(line.gasPerInference).to.be.a("number").and.to.be.greaterThan(0);
    expect(line.settled).to.match(amount);
    const accounts = 2 * OPERATORS.length;
    expect(line.fundings).to.deep.equal({ approval: accounts, permit: accounts, authorization: accounts });
    const { operator: seller, payTo, ...parts } = line.purchase;
    expect(Object.keys(parts)).to.deep.equal(["paid", "collected", "protocolFee", "delegatorsFee"]);
    for (const part of Object.values(parts)) expect(part).to.match(amount).and.not.equal("0");
    expect(parts["collected"]).to.equal(parts["paid"]);
    expect(seller).to.equal(line.operators[0]?.address);
    expect(payTo).to.match(address);
    expect(line.modes.map(({ mode }) => mode)).to.deep.equal(["signed", "enclave", "snark", "optimistic"]);
    for (const { served, verified, gasPerInference, addedMs, ...rest } of line.modes) {
      expect(Object.keys(rest)).to.deep.equal(["mode"]);
      expect(served).to.be.greaterThan(0).and.to.equal(verified);
      expect(Number.isInteger(gasPerInference) && gasPerInference > 0).to.be.true;
      expect(addedMs).to.be.greaterThan(0);
      expect(Math.round(addedMs * 10)).to.be.closeTo(addedMs * 10, 1e-6);
    }
    expect(line.modes.reduce((sum, { served }) => sum + served, 0)).to.equal(line.served);
    expect(line.trace.valid).to.be.true;
    expect(line.seconds).to.be.greaterThan(0);

    expect(line.operators.map(({ honest }) => honest)).to.deep.equal(OPERATORS.map(({ honest }) => honest));
    for (const operator of line.operators) {
      expect(Object.keys(operator)).to.deep.equal(["address", "honest", "bondBefore", "bondAfter", "credit"]);
      expect(operator.address).to.match(address);
      for (const part of [operator.bondBefore, operator.bondAfter, operator.credit]) expect(part).to.match(amount);
      const lost = line.faults.filter((fault) => fault["operator"] === operator.address);
      const slashed = lost.reduce((sum, fault) => sum + BigInt(fault["slashed"] ?? 0), 0n);
      expect(BigInt(operator.bondBefore) - BigInt(operator.bondAfter)).to.equal(slashed);
      expect(lost.length === 0).to.equal(operator.honest);
    }
    expect(line.delegations).to.have.length(4);
    for (const delegation of line.delegations) {
      expect(Object.keys(delegation)).to.deep.equal(["delegator", "operator", "delegated", "worth"]);
      expect(delegation.delegator).to.match(address);
      for (const part of [delegation.delegated, delegation.worth]) expect(part).to.match(amount);
      // Of honest operators and of one that was convicted: its own bond was enough.
      expect(line.operators.map((operator) => operator.address)).to.include(delegation.operator);
      expect(BigInt(delegation.worth) > BigInt(delegation.delegated)).to.be.true;
    }
    const convicted = line.operators.filter(({ honest }) => !honest).map((operator) => operator.address);
    expect(line.delegations.filter(({ operator }) => convicted.includes(operator))).to.have.length(1);
    for (const fault of line.faults) {
      expect(Object.keys(fault)).to.deep.equal(["court", "operator", "slashed", "compensated", "bounty", "burned"]);
      const [slashed, compensated, bounty, burned] = ["slashed", "compensated", "bounty", "burned"].map((part) => {
        expect(fault[part]).to.match(amount);
        return BigInt(fault[part] ?? 0);
      });
      expect((compensated ?? 0n) + (bounty ?? 0n) + (burned ?? 0n)).to.equal(slashed);
      // What is withheld harms nobody in particular.
      expect(compensated === 0n).to.equal(fault["court"] === "DisclosureCourt");
    }
    expect(line.faults.map(({ court }) => court).sort()).to.deep.equal([
      "DisclosureCourt",
      "EquivocationCourt",
      ...line.faults.slice(2).map(() => "ValidityCourt"),
    ]);
    return line;
  }

  /** The bundles of the faults that a run wrote, and the links that fail in each. */
  function brokenLinks(name: string): string[][] {
    const [run = ""] = readdirSync(join(folder, name));
    const faults = readdirSync(join(folder, name, run))
      .filter((file) => file.startsWith("fault-"))
      .sort();
    return faults.map((file) => {
      const bundle = readText(bundleSchema, readFileSync(join(folder, name, run, file), "utf8"));
      return verifyBundle(bundle)
        .filter(({ status }) => status === "fails")
        .map((link) => link.name);
    });
  }

  it("prints one line of JSON, and its trace holds from the file alone; so does a run beside it", async () => {
    const [mixed, first] = (await Promise.all([job("mixed"), job("first", "--cheat", "first")])).map(lineOf);
    const text = readFileSync(mixed?.trace.file ?? "", "utf8");
    expect(isValid(verifyBundle(readText(bundleSchema, text)))).to.be.true;
    expect(mixed?.faults).to.have.length(7);
    expect(first?.faults).to.have.length(7);
    expect(mixed?.settled).to.equal(first?.settled);
    for (const name of ["mixed", "first"]) {
      const broken = brokenLinks(name);
      expect(broken.filter((links) => links.join() === "execution")).to.have.length(4);
      // The two receipts for one number are each right, and a proof is verified by the chain.
      expect(broken.filter((links) => links.length === 0)).to.have.length(3);
    }
  });

  it("convicts a cheat in the last layer, and one with a vector of wrong length", async () => {
    const lines = (await Promise.all(["last", "length"].map((way) => job(way, "--cheat", way)))).map(lineOf);
    for (const { faults } of lines) expect(faults).to.have.length(7);
    for (const way of ["last", "length"])
      expect(brokenLinks(way).flat()).to.deep.equal(Array.from({ length: 4 }, () => "execution"));
  });

  it("fails with what failed, when a check does; and ends at once on Ctrl-C, leaving nothing open", async () => {
    const sabotaged = start(SCRIPT, ["--json", "--records", join(folder, "sabotaged")], "test/support/sabotage.ts");
    const stopped = start(SCRIPT, ["--records", join(folder, "stopped")]);
    const [, url = ""] = await stopped.said(/deployed at (http:\S+)/);
    await stopped.said(/everybody is honest/);
    stopped.child.kill("SIGINT");
    const interrupted = await stopped.ended;
    expect(interrupted.code).to.equal(130);
    expect(interrupted.stdout).to.equal("");
    expect(interrupted.stderr).to.include("Stopping").and.not.include("Error");
    await (await listen(() => new Response(), Number(new URL(url).port))).close();

    const { code, stdout, stderr } = await sabotaged.ended;
    expect(code).to.equal(1);
    expect((JSON.parse(stdout) as Line).served).to.be.at.least(200);
    expect(stderr)
      .to.include("Checks that FAIL")
      .and.include("✗ nothing was withheld from it that silence was not punished for: record 0x");
    expect(stderr).to.include("✗ the watcher computed every answer again");
  });

  it("names a port in use, and a folder that cannot be", async () => {
    const taken = await listen(() => new Response(), 0);
    const { port } = new URL(taken.url);
    writeFileSync(join(folder, "file"), "");
    const [busy, noFolder] = await Promise.all([job("busy", "--port", port), job("file")]);
    await taken.close();
    expect(busy).to.include({ code: 1, stdout: "" });
    expect(busy.stderr).to.match(new RegExp(`^PortInUseError: port ${port} is in use: choose another`));
    expect(noFolder).to.include({ code: 1, stdout: "" });
    expect(noFolder.stderr)
      .to.match(/^FileError: .*choose a folder/)
      .and.not.include("    at ");
  });

  it("ends with 2 where it is not used as it should be, and 0 where it is asked for help", async () => {
    const [option, port, cheat, help] = await Promise.all([
      runScript(SCRIPT, "--fast"),
      runScript(SCRIPT, "--port", "65536"),
      runScript(SCRIPT, "--cheat", "badly"),
      runScript(SCRIPT, "--help"),
    ]);
    for (const ended of [option, port, cheat]) {
      expect(ended, ended.stderr).to.include({ code: 2, stdout: "" });
      expect(ended.stderr).to.include("error:").and.include("--records");
    }
    expect(help.code).to.equal(0);
  });
});
