import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import type { Command } from "commander";
import { makeProgram } from "../../src/cli/program.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { Mode } from "../../src/core/typedData.ts";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { secrets } from "../support/constants.ts";
import { roles } from "../support/governing.ts";
import { actors, advance, chain, clock, close, contractsOf, useStage } from "../support/stage.ts";

const DAY = 86_400n;
const root = resolve(import.meta.dirname, "../..");
const page = readFileSync(resolve(root, "docs/incidents.md"), "utf8");

/** Who is who of the page on the stage. */
const people: Readonly<Record<string, keyof typeof actors>> = {
  "anybody:": "bob",
  "the operator:": "olive",
  "a delegator:": "bob",
  "the client:": "alice",
  "the guardian:": "will",
  "governance:": "wendy",
  "the new governance:": "otto",
  "the watcher:": "bob",
  "the publisher:": "publisher",
};

/** Commands that another test runs with a node, which takes longer to set up than they take. */
const elsewhere = "surety operator settle ";

/** A line of the page: somebody's command, time that passes, or another person. */
interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

const sections: readonly Section[] = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    title: text.slice(0, text.indexOf("\n")),
    lines: [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.trim().split("\n")),
  }));

describe("docs/incidents.md", () => {
  const stage = useStage({ governance: roles.governance.address, guardian: roles.guardian.address });
  let desk: Desk;
  beforeEach(async () => {
    desk = close(await openDesk(stage));
  });

  it("has a block of commands in every section", () => {
    expect(sections).to.have.length(14);
    for (const { title, lines } of sections) expect(lines, title).to.not.be.empty;
  });

  it("names commands and options that there are", () => {
    const words = [...page.matchAll(/`(surety [^`]+)`/g)].map(([, text = ""]) => text);
    const typed = [...words, ...sections.flatMap(({ lines }) => lines.filter((line) => line.startsWith("surety ")))];
    expect(typed.length).to.be.greaterThan(40);
    for (const line of typed) {
      const [, ...rest] = wordsOf(line);
      const command = commandOf(rest);
      expect(command.commands, line).to.be.empty;
      for (const option of rest.filter((word) => word.startsWith("--"))) {
        expect(
          command.options.map(({ long }) => long),
          line,
        ).to.include(option);
      }
    }
  });

  for (const { title, lines } of sections) {
    it(`does what it says: ${title}`, async () => {
      const values = await prepare();
      let who: keyof typeof actors = "bob";
      for (const line of lines) {
        const said = line.startsWith("# ") ? line.slice(2) : "";
        const later = /^(\d+) days later$/.exec(said);
        if (later !== null) await advance(BigInt(later[1] ?? "") * DAY);
        else if (said !== "") who = people[said] ?? fail(said);
        else if (!line.startsWith(elsewhere)) await run(line, who, values);
      }
      await expected[title]?.();
    });
  }

  /** What is so after a section's commands. */
  const expected: Readonly<Record<string, () => Promise<void>>> = {
    "An operator's signing key leaks": async () => {
      const { keys } = stage.contracts;
      const until = (await keys.get(addressOf(secrets.olive))).validUntil;
      expect(Number(until - clock.now)).to.be.within(Number(DAY), Number(DAY) + 900);
      expect(await keys.queryFilter(keys.filters.KeyRegistered(actors.olive.address))).to.have.length(2);
    },
    "An agent's key leaks": async () => {
      const { escrow, ledger } = stage.contracts;
      const found = [await escrow.agentOf(actors.olive.address), await ledger.agentOf(actors.olive.address)];
      expect(found).to.deep.equal([actors.otto.address, actors.otto.address]);
    },
    "The payout address is lost, or somebody else's": async () => {
      expect(await stage.contracts.bonds.payoutOf(actors.olive.address)).to.equal(actors.otto.address);
    },
    "An operator's account leaks": async () => {
      expect((await stage.contracts.bonds.positionOf(actors.olive.address, actors.bob.address)).shares).to.equal(0n);
    },
    "A client's key leaks": async () => {
      const { escrow } = stage.contracts;
      const { balance } = await escrow.account(actors.alice.address, actors.olive.address, addressOf(secrets.alice));
      expect(balance).to.equal(0n);
    },
    "The guardian's key leaks": async () => {
      expect(await mayGuard("will")).to.be.false;
      expect(await mayGuard("otto")).to.be.true;
    },
    "Governance's key leaks": async () => {
      expect([await mayGovern("wendy"), await mayGovern("otto")]).to.deep.equal([false, true]);
    },
    "A court has a bug": async () => {
      const { bonds, policies } = stage.contracts;
      const court = stage.deployment.contracts.validityCourt;
      const { end } = await bonds.suspension();
      // Executed now; what is left of the suspension does not count.
      const until = clock.now + 22n * DAY + (end - clock.now);
      await advance(until - clock.now - 10n);
      expect(await bonds.isSlasher(court)).to.be.true;
      await advance(20n);
      expect(await bonds.isSlasher(court)).to.be.false;
      expect((await policies.policyAt(3n, clock.now)).slashBps).to.equal(1n);
    },
    "An enclave's measurement is not to be trusted any more": async () => {
      const { models } = stage.contracts;
      const { MODEL = "", MEASUREMENT = "" } = enclave;
      expect(await models.isMeasurementAllowedAt(MODEL, MEASUREMENT, clock.now + DAY)).to.be.true;
      expect(await models.isMeasurementAllowedAt(MODEL, MEASUREMENT, clock.now + DAY + 900n)).to.be.false;
      const again = await desk.as("publisher", "model", "end", MODEL, MEASUREMENT);
      expect(again.json["steps"], again.stderr).to.deep.equal([]);
    },
  };
  const enclave: Record<string, string> = {};

  /** What the page's variables stand for. */
  async function prepare(): Promise<Readonly<Record<string, string>>> {
    const { token, bonds } = contractsOf(stage, "bob");
    await token.faucet(500n);
    await token.approve(bonds, 500n);
    await bonds.delegate(actors.olive.address, 500n, 0n);
    const { models } = contractsOf(stage, "publisher");
    const published = [`0x${"12".repeat(32)}`, "0x00", 1 << Mode.enclave, ""] as const;
    const MODEL = await models.publish.staticCall(...published);
    await models.publish(...published);
    const MEASUREMENT = `0x${"34".repeat(32)}`;
    await models.allowMeasurement(MODEL, MEASUREMENT);
    Object.assign(enclave, { MODEL, MEASUREMENT });
    return {
      ...{ OPERATOR: actors.olive.address, KEY: addressOf(secrets.olive), AGENT: actors.otto.address },
      ...{ PAYOUT: actors.otto.address, GUARDIAN: actors.will.address, GOVERNANCE: actors.wendy.address },
      ...{ NEW: actors.otto.address, CALL: "bonds.setLeverage 4", THEN: String(clock.now + 8n * DAY) },
      ...{ RPC: desk.rpc, MODEL, MEASUREMENT },
    };
  }

  async function run(line: string, who: keyof typeof actors, values: Readonly<Record<string, string>>): Promise<void> {
    const [, ...words] = wordsOf(line.replace(/\$([A-Z]+)/g, (_, name: string) => values[name] ?? fail(name)));
    // What the page takes back must have been proposed.
    if (line.includes("govern cancel")) await run("surety govern propose bonds.setLeverage 4", who, values);
    const options = commandOf(words).options.map(({ long }) => long);
    const given = {
      "--network": desk.rpc,
      "--deployment": desk.deployment,
      "--keystore": desk.keystore(who),
      "--request-keystore": desk.keystore(secrets.alice),
      "--store": desk.path("watcher.sqlite"),
    };
    const added = Object.entries(given).flatMap(([option, value]) =>
      options.includes(option) && !words.includes(option) ? [option, value] : [],
    );
    const placed = words.map((word) => (word.startsWith("keystore/") ? desk.path(word.replace("/", "-")) : word));
    const { code, stdout, stderr } = await desk.type({ env: { SURETY_PASSWORD: PASSWORD } }, ...placed, ...added);
    // The stage has its own root of enclaves, which `check` finds to be another than Intel's.
    const isFound = words[0] === "check" && stdout.includes("✗ parameters  intelRootX");
    expect(code, `${line}\n${stdout}${stderr}`).to.equal(isFound ? 1 : 0);
  }

  async function mayGuard(who: keyof typeof actors): Promise<boolean> {
    const call = stage.contracts.bonds.interface.encodeFunctionData("suspend", [1n]);
    const { address } = actors[who];
    return chain.call({ from: address, to: stage.deployment.contracts.bonds, data: call }).then(
      () => true,
      () => false,
    );
  }

  async function mayGovern(who: keyof typeof actors): Promise<boolean> {
    const { AccessManager__factory } = await import("../../typechain-types/index.ts");
    const authority = AccessManager__factory.connect(stage.deployment.contracts.authority, chain);
    return (await authority.hasRole(0n, actors[who].address)).isMember;
  }
});

/** A line as a shell takes it apart. */
function wordsOf(line: string): readonly string[] {
  const bare = line.replace(/\s+#.*$/, "");
  return (bare.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"),
  );
}

/** The command that words begin with. */
function commandOf(words: readonly string[]): Command {
  const nothing = (): void => undefined;
  const nowhere = { out: nothing, err: nothing, fail: nothing } as unknown as Parameters<typeof makeProgram>[0];
  let command = makeProgram(nowhere);
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) return command;
    command = next;
  }
  return command;
}

function fail(what: string): never {
  throw new Error(`the page says ${what}, which this test does not know`);
}
