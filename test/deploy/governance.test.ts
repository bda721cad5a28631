import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import hre from "hardhat";
import { z } from "zod";
import { GUARDIAN_ROLE } from "../../deploy/modules/Surety.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { fromHex, keccakHex } from "../../src/core/bytes.ts";
import { type Act, authorityOf, callOf, govern, governed, reasonOf, roles } from "../support/governing.ts";
import { actors, advance, chain, clock, contractsOf, nextBlockAt, useStage } from "../support/stage.ts";

const DAY = 86_400n;
const WEEK = 7n * DAY;
const DELAY = localParameters.governanceDelay;
/** How long the authority has what lengthens its delays wait. */
const SETBACK = 5n * DAY;

const { governance, guardian } = roles;
const { bob: stranger, olive } = actors;

/** Which contract is which part of a deployment. */
const parts = {
  AccessManager: "authority",
  OperatorBonds: "bonds",
  FeeEscrow: "escrow",
  CreditHistory: "credit",
  CourtPolicies: "policies",
  SnarkVerifiers: "snarkVerifiers",
} as const satisfies Readonly<Record<string, keyof typeof governed>>;

/** What of the compiler's output is looked at: functions, and what they are restricted by. */
const node = z.object({ nodeType: z.string(), name: z.string().default("") });
const restrictable = node.extend({
  modifiers: z.array(z.object({ modifierName: z.object({ name: z.string() }) })).default([]),
});
const contract = node.extend({ nodes: z.array(restrictable).default([]) });
const buildInfo = z.object({
  output: z.object({
    sources: z.record(z.string(), z.object({ ast: z.object({ nodes: z.array(contract).default([]) }) })),
  }),
});

/** What is proposed, what is seen of it before and after, and what of it comes later. */
interface Proposal {
  readonly values: () => readonly unknown[];
  /** What goes before: time that must pass, or somebody's act. */
  readonly prepare?: () => Promise<unknown>;
  /** What the execution is refused with, where it is. */
  readonly refusal?: string;
  /** What is seen, and what it is before the execution and right after it. */
  readonly seen?: () => Promise<unknown>;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Where it takes effect later than it is executed: from which second on, and not in the one before. */
  readonly takes?: { readonly from: (executed: bigint) => bigint; readonly to: unknown };
}

describe("whatever governance does, from the proposal to its effect:", () => {
  const stage = useStage({ governance: governance.address, guardian: guardian.address });
  const at = (part: keyof typeof governed | "validityCourt" | "optimisticChecker"): string =>
    stage.deployment.contracts[part];
  const authority = (who = governance) => authorityOf(stage, who);
  const suspend = (): string => governed.bonds.getFunction("suspend").selector;
  const guardianTries = async () => reasonOf(contractsOf(stage, "will").bonds.suspend.staticCall(1n));
  let announced = 0n;
  const policy = () => {
    announced = clock.now + DELAY + 3n * DAY;
    return { ...localParameters.policies[0], slashBps: 600n, effectiveFrom: announced };
  };
  const slashOf = async () => (await stage.contracts.policies.policyAt(0n, clock.now)).slashBps;
  const isSlasher = (court: () => string) => async () => stage.contracts.bonds.isSlasher(court());
  const creditOf = async () => [await stage.contracts.credit.prior(), await stage.contracts.credit.severity()];

  const proposals: Readonly<Record<string, Proposal>> = {
    "bonds.open": { values: () => [], refusal: "AlreadyOpen" },
    "bonds.addSlasher": {
      values: () => [stranger.address],
      ...{ seen: isSlasher(() => stranger.address), before: false, after: false },
      takes: { from: after(75n * DAY), to: true },
    },
    "bonds.removeSlasher": {
      values: () => [at("validityCourt")],
      ...{ seen: isSlasher(() => at("validityCourt")), before: true, after: true },
      takes: { from: after(22n * DAY), to: false },
    },
    "bonds.setUnbondingDelay": {
      values: () => [15n * DAY],
      ...{ seen: async () => stage.contracts.bonds.unbondingDelay(), before: 21n * DAY, after: 15n * DAY },
    },
    "bonds.setLeverage": {
      values: () => [4n],
      ...{ seen: async () => stage.contracts.bonds.leverage(), before: 2n, after: 4n },
    },
    "escrow.setProtocolFee": {
      values: () => [1_000n],
      ...{ seen: async () => stage.contracts.escrow.protocolFeeBps(), before: 300n, after: 1_000n },
    },
    "escrow.setCoverage": {
      values: () => [20_000n],
      ...{ seen: async () => stage.contracts.escrow.coverageBps(), before: 10_000n, after: 20_000n },
    },
    "escrow.setTreasury": {
      values: () => [stranger.address],
      seen: async () => stage.contracts.escrow.treasury(),
      ...{ before: actors.deployer.address, after: stranger.address },
    },
    "credit.setParameters": {
      prepare: () => advance(90n * DAY),
      values: () => [400_000n, 20n],
      ...{ seen: creditOf, before: [200_000n, 10n], after: [400_000n, 20n] },
    },
    "policies.set": {
      values: () => [0n, policy()],
      ...{ seen: slashOf, before: 500n, after: 500n },
      takes: { from: () => announced, to: 600n },
    },
    "snarkVerifiers.admit": {
      values: () => [at("optimisticChecker")],
      seen: async () => {
        const codeHash = keccakHex(fromHex(await chain.getCode(at("optimisticChecker"))));
        return reasonOf(stage.contracts.snarkVerifiers.requireVerifier(codeHash));
      },
      ...{ before: "VerifierUnknown", after: "ok" },
    },
    "authority.updateAuthority": {
      values: () => [at("escrow"), at("policies")],
      seen: async () => stage.contracts.escrow.authority().then((address) => address.toLowerCase() === at("policies")),
      ...{ before: false, after: true },
    },
    "authority.setTargetClosed": {
      values: () => [at("bonds"), true],
      ...{ seen: guardianTries, before: "ok", after: "AccessManagedUnauthorized" },
    },
    "authority.setTargetAdminDelay": {
      values: () => [at("bonds"), DAY],
      ...{ seen: async () => authority().getTargetAdminDelay(at("bonds")), before: 0n, after: 0n },
      takes: { from: after(SETBACK), to: DAY },
    },
    "authority.setTargetFunctionRole": {
      values: () => [at("bonds"), [suspend()], 0n],
      ...{ seen: guardianTries, before: "ok", after: "AccessManagedUnauthorized" },
    },
    "authority.labelRole": {
      values: () => [GUARDIAN_ROLE, "X"],
      seen: async () => {
        const labels = await authority().queryFilter(authority().filters.RoleLabel(GUARDIAN_ROLE));
        return labels.map(({ args }) => args.label);
      },
      ...{ before: ["GUARDIAN"], after: ["GUARDIAN", "X"] },
    },
    "authority.setRoleAdmin": {
      values: () => [GUARDIAN_ROLE, GUARDIAN_ROLE],
      seen: async () => reasonOf(authority(guardian).grantRole.staticCall(GUARDIAN_ROLE, stranger.address, 0n)),
      ...{ before: "AccessManagerUnauthorizedAccount", after: "ok" },
    },
    "authority.setRoleGuardian": {
      values: () => [GUARDIAN_ROLE, GUARDIAN_ROLE],
      ...{ seen: async () => authority().getRoleGuardian(GUARDIAN_ROLE), before: 0n, after: GUARDIAN_ROLE },
    },
    "authority.setGrantDelay": {
      values: () => [GUARDIAN_ROLE, DAY],
      ...{ seen: async () => authority().getRoleGrantDelay(GUARDIAN_ROLE), before: 0n, after: 0n },
      takes: { from: after(SETBACK), to: DAY },
    },
    "authority.grantRole": {
      values: () => [GUARDIAN_ROLE, stranger.address, 0n],
      seen: async () => reasonOf(contractsOf(stage, "bob").bonds.suspend.staticCall(1n)),
      ...{ before: "AccessManagedUnauthorized", after: "ok" },
    },
    "authority.revokeRole": {
      values: () => [GUARDIAN_ROLE, guardian.address],
      ...{ seen: guardianTries, before: "ok", after: "AccessManagedUnauthorized" },
    },
  };

  const act: Act = ["bonds", "setLeverage", [4n]];

  it("is all of what the contracts restrict, but the guardian's one function", () => {
    expect([...Object.keys(proposals), "bonds.suspend"]).to.have.members(restrictedFunctions());
  });

  for (const [key, { values, prepare, refusal, seen, before, after, takes }] of Object.entries(proposals)) {
    it(`threat 49: ${key}`, async () => {
      await prepare?.();
      const [part, name] = key.split(".") as [keyof typeof governed, string];
      const call = callOf(stage, [part, name, values()]);
      for (const other of [stranger, guardian, actors.deployer]) {
        expect(await reasonOf(authority(other).schedule(...call, 0n))).to.equal("AccessManagerUnauthorizedCall");
        expect(await reasonOf(other.sendTransaction({ to: call[0], data: call[1] }))).to.match(/Unauthorized/);
      }
      expect(await reasonOf(authority().execute(...call))).to.equal("AccessManagerNotScheduled");
      await authority().schedule(...call, 0n);
      const ready = (await latest()) + DELAY;

      await nextBlockAt(ready - 1n);
      expect(await reasonOf(authority().execute(...call))).to.equal("AccessManagerNotReady");
      if (seen !== undefined) expect(await seen()).to.deep.equal(before);
      await nextBlockAt(ready);
      expect(await reasonOf(authority().execute(...call))).to.equal(refusal ?? "ok");
      if (seen !== undefined) expect(await seen()).to.deep.equal(after);
      if (refusal !== undefined) return;
      expect(await reasonOf(authority().execute(...call))).to.equal("AccessManagerNotScheduled");

      if (takes === undefined || seen === undefined) return;
      await advanceTo(takes.from(ready) - 1n);
      expect(await seen()).to.deep.equal(after);
      await advanceTo(takes.from(ready));
      expect(await seen()).to.deep.equal(takes.to);
    });
  }

  it("threat 49: nobody else executes what is ready", async () => {
    const call = callOf(stage, act);
    await authority().schedule(...call, 0n);
    await advance(DELAY);
    for (const other of [stranger, guardian, actors.deployer]) {
      expect(await reasonOf(authority(other).execute(...call))).to.equal("AccessManagerUnauthorizedCall");
    }
    // Called itself, the contract takes it from the authority that it is ready.
    await contractsOf(stage, "wendy").bonds.setLeverage(4n);
    expect(await stage.contracts.bonds.leverage()).to.equal(4n);
  });

  it("threat 49: is withdrawn by governance alone, and never after it was executed", async () => {
    const call = callOf(stage, act);
    await authority().schedule(...call, 0n);
    for (const other of [stranger, guardian, actors.deployer]) {
      const refused = await reasonOf(authority(other).cancel(governance.address, ...call));
      expect(refused).to.equal("AccessManagerUnauthorizedCancel");
    }
    await authority().cancel(governance.address, ...call);
    await advance(DELAY);
    expect(await reasonOf(authority().execute(...call))).to.equal("AccessManagerNotScheduled");
    await govern(stage, act);
    expect(await reasonOf(authority().cancel(governance.address, ...call))).to.equal("AccessManagerNotScheduled");
  });

  it("threat 49: is withdrawn at once by another who governs", async () => {
    await govern(stage, ["authority", "grantRole", [0n, stranger.address, 0n]]);
    await authority().schedule(...callOf(stage, act), 0n);
    await authority(stranger).cancel(governance.address, ...callOf(stage, act));
    await advance(DELAY);
    expect(await reasonOf(authority().execute(...callOf(stage, act)))).to.equal("AccessManagerNotScheduled");
  });

  it("threat 49: cannot be given to the guardian to withdraw", async () => {
    const call = callOf(stage, ["authority", "setRoleGuardian", [0n, GUARDIAN_ROLE]]);
    await authority().schedule(...call, 0n);
    await advance(DELAY);
    expect(await reasonOf(authority().execute(...call))).to.equal("AccessManagerLockedRole");
  });

  it("threat 49: lapses after a week, and waits anew", async () => {
    const call = callOf(stage, act);
    await authority().schedule(...call, 0n);
    expect(await reasonOf(authority().schedule(...call, 0n))).to.equal("AccessManagerAlreadyScheduled");
    const ready = (await latest()) + DELAY;
    await nextBlockAt(ready + WEEK);
    expect(await reasonOf(authority().execute(...call))).to.equal("AccessManagerExpired");
    await authority().schedule(...call, 0n);
    await nextBlockAt((await latest()) + DELAY + WEEK - 1n);
    expect(await reasonOf(authority().execute(...call))).to.equal("ok");
  });

  it("threat 49: leaves tickets that are open as they are", async () => {
    const { bonds } = contractsOf(stage, "olive");
    const maturityOf = async (ticket: bigint) => (await bonds.ticketOf(olive.address, olive.address, ticket)).maturesAt;
    await bonds.requestUnbond(olive.address, 1_000n);
    const [before] = await bonds.queryFilter(bonds.filters.UnbondingRequested());
    await govern(stage, ["bonds", "setUnbondingDelay", [60n * DAY]]);
    const ticket = before?.args.ticket ?? 0n;
    expect(await maturityOf(ticket)).to.equal(ticket + 21n * DAY);
    await bonds.requestUnbond(olive.address, 1_000n);
    expect(await maturityOf(await latest())).to.equal((await latest()) + 60n * DAY);
  });

  it("threat 49: moves credit a second time only 90 days after the first", async () => {
    await advance(90n * DAY);
    await govern(stage, ["credit", "setParameters", [400_000n, 20n]]);
    const cooled = (await latest()) + 90n * DAY;
    const call = callOf(stage, ["credit", "setParameters", [800_000n, 40n]]);
    await advance(85n * DAY);
    await authority().schedule(...call, 0n);
    await nextBlockAt(cooled - 1n);
    expect(await reasonOf(authority().execute(...call))).to.equal("ParametersCoolingDown");
    await nextBlockAt(cooled);
    expect(await reasonOf(authority().execute(...call))).to.equal("ok");
  });

  it("threat 49: announces no policy for less than two days after its execution", async () => {
    const effectiveFrom = (await latest()) + DELAY + 2n * DAY;
    const call = callOf(stage, ["policies", "set", [0n, { ...policy(), effectiveFrom }]]);
    await authority().schedule(...call, 0n);
    await nextBlockAt(effectiveFrom - 2n * DAY + 1n);
    expect(await reasonOf(authority().execute(...call))).to.equal("PolicyTimeOutOfRange");
  });

  describe("the guardian", () => {
    const suspendFor = async (who: "will" | "bob" | "wendy", length: bigint): Promise<string> =>
      reasonOf(contractsOf(stage, who).bonds.suspend(length));
    const registers = async (): Promise<string> =>
      reasonOf(contractsOf(stage, "alice").bonds.register.staticCall(actors.alice.address, 0n, ""));

    it("threat 30: suspends for a week at most, which ends by itself", async () => {
      expect(await suspendFor("will", WEEK + 1n)).to.equal("SuspensionLengthOutOfRange");
      expect(await suspendFor("will", 0n)).to.equal("SuspensionLengthOutOfRange");
      expect(await suspendFor("will", WEEK)).to.equal("ok");
      const end = (await latest()) + WEEK;
      await advanceTo(end - 1n);
      expect(await registers()).to.equal("Suspended");
      await advanceTo(end);
      expect(await registers()).to.equal("ok");
    });

    it("threat 30: neither prolongs it, nor suspends again for 90 days, nor does another guardian", async () => {
      expect(await suspendFor("will", DAY)).to.equal("ok");
      const cooled = (await latest()) + 91n * DAY;
      expect(await suspendFor("will", WEEK)).to.equal("SuspensionCoolingDown");
      await govern(stage, ["authority", "grantRole", [GUARDIAN_ROLE, stranger.address, 0n]]);
      await nextBlockAt(cooled - 1n);
      expect(await suspendFor("bob", WEEK)).to.equal("SuspensionCoolingDown");
      await nextBlockAt(cooled);
      expect(await suspendFor("will", WEEK)).to.equal("ok");
    });

    it("threat 30: is replaced by governance, and what it suspended ends all the same", async () => {
      expect(await suspendFor("will", WEEK)).to.equal("ok");
      const end = (await latest()) + WEEK;
      await govern(stage, ["authority", "revokeRole", [GUARDIAN_ROLE, guardian.address]]);
      await govern(stage, ["authority", "grantRole", [GUARDIAN_ROLE, stranger.address, 0n]]);
      expect(await registers()).to.equal("Suspended");
      await advanceTo(end);
      expect(await registers()).to.equal("ok");
      await advance(90n * DAY);
      expect(await suspendFor("will", 1n)).to.equal("AccessManagedUnauthorized");
      expect(await suspendFor("bob", 1n)).to.equal("ok");
    });

    it("threat 30: is not needed: governance can do without one, but not suspend itself", async () => {
      await govern(stage, ["authority", "revokeRole", [GUARDIAN_ROLE, guardian.address]]);
      expect(await suspendFor("wendy", 1n)).to.equal("AccessManagedUnauthorized");
      const scheduled = reasonOf(authority().schedule(...callOf(stage, ["bonds", "suspend", [1n]]), 0n));
      expect(await scheduled).to.equal("AccessManagerUnauthorizedCall");
    });
  });
});

/** So long after something. */
function after(time: bigint): (executed: bigint) => bigint {
  return (executed) => executed + time;
}

/** The time of the latest block, in seconds. */
async function latest(): Promise<bigint> {
  return BigInt((await chain.getBlock("latest"))?.timestamp ?? 0);
}

/** Has the latest block be of this second. */
async function advanceTo(time: bigint): Promise<void> {
  await advance(time - (await latest()));
}

/** What the compiler saw restricted to a role, as `part.function`. */
function restrictedFunctions(): readonly string[] {
  const folder = resolve(hre.config.paths.artifacts, "build-info");
  const outputs = readdirSync(folder).filter((file) => file.endsWith(".output.json"));
  const contracts = outputs.flatMap((file) => {
    const { output } = buildInfo.parse(JSON.parse(readFileSync(resolve(folder, file), "utf8")));
    return Object.values(output.sources).flatMap(({ ast }) => ast.nodes);
  });
  const restricted = contracts.flatMap(({ name: contract, nodes }) =>
    nodes.flatMap(({ name, modifiers }) => {
      const isRestricted = modifiers.some(({ modifierName }) =>
        /^(restricted|onlyAuthorized)$/.test(modifierName.name),
      );
      // Of a contract that is deployed, or one that nobody here knows, which no proposal stands for.
      return isRestricted ? [`${parts[contract as keyof typeof parts]}.${name}`] : [];
    }),
  );
  return [...new Set(restricted)];
}
