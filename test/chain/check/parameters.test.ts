import { expect } from "chai";
import type { Deployment } from "../../../src/chain/deployment.ts";
import { overwriteElement, replaceInStorage, replaceWord, rewriteCode } from "../../support/breaking.ts";
import { notRight, parameters, useChecked } from "../../support/checking.ts";
import { type Act, govern } from "../../support/governing.ts";
import { actors, addressed, advance, clock } from "../../support/stage.ts";

const DAY = 86_400n;
const { bob: stranger, deployer } = actors;
const POLICIES = ["signed", "enclave", "snark", "optimistic", "equivocation", "silence"];

/** Parameters that never change: whose they are, another value, and what it says of both. */
const fixed: Readonly<Record<string, readonly [keyof Deployment["contracts"], bigint | string, bigint | string]>> = {
  leastOwnBond: ["bonds", parameters.leastOwnBond, 1n],
  faultHalfLife: ["bonds", parameters.faultHalfLife, 400n * DAY],
  settledHalfLife: ["escrow", parameters.settledHalfLife, 91n * DAY],
  "evidenceDeposit of equivocationCourt": ["equivocationCourt", parameters.evidenceDeposit, 1n],
  "evidenceDeposit of validityCourt": ["validityCourt", parameters.evidenceDeposit, 1n],
  leastGasPrice: ["disclosureCourt", parameters.leastGasPrice, 1n],
  firstPrior: ["credit", parameters.creditPrior, parameters.creditPrior + 1n],
  intelRootX: ["collateral", parameters.intelRootX, `0x${"12".repeat(32)}`],
  intelRootY: ["collateral", parameters.intelRootY, `0x${"12".repeat(32)}`],
};

/** Parameters that governance sets: with which act, and where they lie in storage before and after somebody else did. */
const movable: Readonly<
  Record<string, { act: Act; part: keyof Deployment["contracts"]; from: string; to: string; says: string }>
> = {
  unbondingDelay: {
    act: ["bonds", "setUnbondingDelay", [30n * DAY]],
    ...{ part: "bonds", from: "0000001baf80", to: "00000013c680", says: "30 days" },
  },
  leverage: {
    act: ["bonds", "setLeverage", [4n]],
    ...{ part: "bonds", from: "01020000001baf80", to: "01010000001baf80", says: "4" },
  },
  protocolFeeBps: {
    act: ["escrow", "setProtocolFee", [1_000n]],
    ...{ part: "escrow", from: "002710012c", to: "002710012d", says: "1000" },
  },
  coverageBps: {
    act: ["escrow", "setCoverage", [20_000n]],
    ...{ part: "escrow", from: "002710012c", to: "002711012c", says: "20000" },
  },
  treasury: {
    act: ["escrow", "setTreasury", [stranger.address]],
    ...{ part: "escrow", from: addressed(deployer).slice(2), to: addressed(actors.otto).slice(2) },
    says: addressed(stranger),
  },
  creditPrior: {
    act: ["credit", "setParameters", [400_000n, 10n]],
    ...{
      part: "credit",
      from: "0000000a000000000000000000030d40",
      to: "0000000a000000000000000000030d41",
      says: "400000",
    },
  },
  creditSeverity: {
    act: ["credit", "setParameters", [200_000n, 20n]],
    ...{ part: "credit", from: "0000000a000000000000000000030d40", to: "0000000b000000000000000000030d40", says: "20" },
  },
};

describe("a check finds parameters that are not the file's:", () => {
  const checked = useChecked();

  for (const [name, [part, before, after]] of Object.entries(fixed)) {
    it(`${name}, which never changes`, async () => {
      await replaceWord(checked.at[part], before, after);
      await checked.finds({ standing: "wrong", lines: [`parameters: ${name}`], says: /, the file says / });
    });
  }

  for (const [name, { act, part, from, to, says }] of Object.entries(movable)) {
    it(`${name}, which governance has set since`, async () => {
      await advance(90n * DAY);
      await govern(checked.stage, act);
      const told = new RegExp(`^${says} since block \\d+, by governance; the file says `);
      await checked.finds({ standing: "notable", lines: [`parameters: ${name}`], says: told });
      // A file that was brought up to date says the same.
      const [value] = act[2];
      const treasury = name === "treasury" ? stranger.address : deployer.address;
      const upToDate = { ...parameters, [name]: name === "creditSeverity" ? 20n : value };
      const firstPrior = name === "creditPrior" ? ["firstPrior"] : [];
      const now = notRight(await checked.check({ parameters: upToDate, treasury }));
      expect(now.map((row) => row.name)).to.deep.equal(firstPrior);
    });

    it(`${name}, which nobody has set`, async () => {
      await replaceInStorage(checked.at[part], from, to);
      const nobodys = /, but what was set last, at block \d+, is /;
      await checked.finds({ standing: "wrong", lines: [`parameters: ${name}`], says: nobodys });
    });
  }

  it("another file than it was deployed with", async () => {
    const says = /^deployed with 2, the file says 3$/;
    const changes = { parameters: { ...parameters, leverage: 3n } };
    await checked.finds({ standing: "wrong", lines: ["parameters: leverage"], says }, changes);
  });

  for (const [row, name] of POLICIES.entries()) {
    it(`the policy of ${name}, announced, in force, and changed by nobody`, async () => {
      const { effectiveFrom: _, ...policy } = parameters.policies[row] ?? { effectiveFrom: 0n };
      const effectiveFrom = clock.now + 10n * DAY;
      await govern(checked.stage, ["policies", "set", [row, { ...policy, bountyBps: 900n, effectiveFrom }]]);
      const lines = [`parameters: policy of ${name}`];
      await checked.finds({ standing: "notable", lines, says: /^another one from \d+ on, announced at block \d+/ });
      await advance(8n * DAY);
      const says = /^bountyBps: 900 since block \d+, by governance; the file says 1000$/;
      await checked.finds({ standing: "notable", lines, says });
      // The lowest bits of a policy are its window's.
      await overwriteElement(checked.at.policies, [BigInt(row), 1], (word) => word - 1n);
      const nobodys = /^window: 604799, but what was set last, at block \d+, is 604800$/;
      await checked.finds({ standing: "wrong", lines, says: nobodys });
    });
  }

  it("silence that is cheaper than what it hides", async () => {
    const { effectiveFrom: _, ...policy } = parameters.policies[5] ?? { effectiveFrom: 0n };
    const effectiveFrom = clock.now + 5n * DAY;
    await govern(checked.stage, ["policies", "set", [5n, { ...policy, slashBps: 1_999n, effectiveFrom }]]);
    await advance(3n * DAY);
    const lines = ["parameters: silence", "parameters: policy of silence"];
    const says = /^slashBps of silence is 1999, that of optimistic 2000; .* that of equivocation 3000$/;
    await checked.finds({ standing: "wrong", lines, says });
  });

  describe("with no file at all, what is out of the code's bounds:", () => {
    const without = { parameters: undefined };

    it("nothing, of a fresh one", async () => {
      expect(notRight(await checked.check(without))).to.be.empty;
    });

    for (const [name, part, before, after] of [
      ["leastGasPrice", "disclosureCourt", parameters.leastGasPrice, 0n],
      ["settledHalfLife", "escrow", parameters.settledHalfLife, 180n * DAY + 1n],
      ["faultHalfLife", "bonds", parameters.faultHalfLife, 360n * DAY - 1n],
    ] as const) {
      it(name, async () => {
        await replaceWord(checked.at[part], before, after);
        // Its constructor takes no such value: the code cannot have come about.
        const lines = [`parameters: ${name}`, `code: ${part}`];
        await checked.finds({ standing: "wrong", lines, says: /./ }, without);
        const row = notRight(await checked.check(without)).find((found) => found.name === name);
        expect(row?.says).to.match(/ is not within /);
      });
    }

    it("unbondingDelay, by code that allows more", async () => {
      await rewriteCode(checked.at.bonds, (code) => code.replaceAll("624f1a00", "626f1a00"));
      await govern(checked.stage, ["bonds", "setUnbondingDelay", [61n * DAY]]);
      const lines = ["parameters: unbondingDelay", "code: bonds"];
      await checked.finds({ standing: "wrong", lines, says: /./ }, without);
    });
  });

  checked.everyLine("parameters");
});
