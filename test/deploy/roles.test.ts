import { expect } from "chai";
import { AbiCoder, type FunctionFragment, type Interface } from "ethers";
import { ADMIN_ROLE, GUARDIAN_ROLE } from "../../deploy/modules/Surety.ts";
import { localParameters } from "../../deploy/parameters.ts";
import type { Deployment } from "../../src/chain/deployment.ts";
import { changesOf } from "../../src/chain/governance.ts";
import * as types from "../../typechain-types/index.ts";
import { govern, governed as governedInterfaces, reasonOf, roles } from "../support/governing.ts";
import { actors, advance, chain, clock, contractsOf, useStage } from "../support/stage.ts";

const DAY = 86_400n;
const DELAY = localParameters.governanceDelay;

const { deployer, bob: stranger } = actors;
const { governance, guardian } = roles;
const accounts = { stranger, deployer, governance, guardian };
const OK = "ok";

/** Every contract that has a say in itself, with the interface through which it is tried. */
const interfaces = {
  ...governedInterfaces,
  token: types.TestToken__factory.createInterface(),
  collateral: types.IntelCollateral__factory.createInterface(),
  keys: types.KeyRegistry__factory.createInterface(),
  models: types.ModelRegistry__factory.createInterface(),
  ledger: types.ReceiptLedger__factory.createInterface(),
  disclosureCourt: types.DisclosureCourt__factory.createInterface(),
  equivocationCourt: types.EquivocationCourt__factory.createInterface(),
  enclaveChecker: types.EnclaveChecker__factory.createInterface(),
  irisVerifier: types.IrisVerifier__factory.createInterface(),
  snarkChecker: types.SnarkChecker__factory.createInterface(),
  optimisticChecker: types.OptimisticChecker__factory.createInterface(),
  validityCourt: types.ValidityCourt__factory.createInterface(),
} satisfies Record<keyof Deployment["contracts"], Interface>;

type Part = keyof typeof interfaces;

/** How each fares who tries at once. Whatever governance does after its delay is in `governance.test.ts`. */
interface Outcome {
  readonly deployer: string;
  readonly governance: string;
  readonly guardian: string;
  readonly stranger: string;
}

/** Whoever is refused first, so that those who come later find everything as it was. */
const columns: readonly (keyof Outcome)[] = ["stranger", "deployer", "governance", "guardian"];

const refused = "AccessManagedUnauthorized";
/** Governance's alone, and not at once. */
const governed: Outcome = {
  deployer: refused,
  governance: "AccessManagerNotScheduled",
  guardian: refused,
  stranger: refused,
};
/** The guardian's alone: governance can name another one. */
const guarded: Outcome = {
  deployer: refused,
  governance: refused,
  guardian: OK,
  stranger: refused,
};
/** Nobody's directly: only the authority itself, for governance. */
const indirect: Outcome = { ...governed, governance: refused };
const unknown = "AccessManagerUnauthorizedAccount";
/** Of the authority itself: governance's alone, and not at once. */
const managing: Outcome = { ...governed, deployer: unknown, guardian: unknown, stranger: unknown };

type Addresses = Deployment["contracts"];

const SUSPEND = interfaces.bonds.getFunction("suspend").selector;

/** Every function that only some may call, in the order of docs/roles.md: its arguments, and how those fare who try. */
const rows: readonly (readonly [Part, string, (at: Addresses, now: bigint) => unknown[], Outcome])[] = [
  ["bonds", "suspend", () => [7n * DAY], guarded],
  ["bonds", "open", () => [], governed],
  ["bonds", "addSlasher", () => [stranger.address], governed],
  ["bonds", "removeSlasher", (at) => [at.validityCourt], governed],
  ["bonds", "setUnbondingDelay", () => [15n * DAY], governed],
  ["bonds", "setLeverage", () => [4n], governed],
  ["escrow", "setProtocolFee", () => [1_000n], governed],
  ["escrow", "setCoverage", () => [100_000n], governed],
  ["escrow", "setTreasury", () => [stranger.address], governed],
  ["credit", "setParameters", () => [2n, 2n], governed],
  ["policies", "set", (_, now) => [0n, soon(now)], governed],
  ["snarkVerifiers", "admit", (at) => [at.optimisticChecker], governed],
  ["bonds", "setAuthority", (at) => [at.policies], indirect],
  ["escrow", "setAuthority", (at) => [at.policies], indirect],
  ["credit", "setAuthority", (at) => [at.policies], indirect],
  ["policies", "setAuthority", (at) => [at.policies], indirect],
  ["snarkVerifiers", "setAuthority", (at) => [at.policies], indirect],
  ["authority", "updateAuthority", (at) => [at.bonds, at.policies], managing],
  ["authority", "setTargetClosed", (at) => [at.bonds, true], managing],
  ["authority", "setTargetAdminDelay", (at) => [at.bonds, 1n], managing],
  ["authority", "setTargetFunctionRole", (at) => [at.bonds, [SUSPEND], ADMIN_ROLE], managing],
  ["authority", "labelRole", () => [GUARDIAN_ROLE, "X"], managing],
  ["authority", "setRoleAdmin", () => [GUARDIAN_ROLE, GUARDIAN_ROLE], managing],
  ["authority", "setRoleGuardian", () => [GUARDIAN_ROLE, GUARDIAN_ROLE], managing],
  ["authority", "setGrantDelay", () => [GUARDIAN_ROLE, 1n], managing],
  ["authority", "grantRole", () => [GUARDIAN_ROLE, stranger.address, 0n], managing],
  ["authority", "revokeRole", () => [GUARDIAN_ROLE, guardian.address], managing],
];

/** A policy that can still be announced when governance's delay is over. */
function soon(now: bigint): object {
  return { ...localParameters.policies[0], effectiveFrom: now + DELAY + 3n * DAY };
}

describe("roles, where somebody else than the deployer governs", () => {
  const stage = useStage({ governance: governance.address, guardian: guardian.address });

  for (const [part, name, values, outcome] of rows) {
    const threat = name === "suspend" ? "threats 30, 49" : "threat 49";
    it(`${threat}: ${part}.${name} is for whom the table says`, async () => {
      const { contracts } = stage.deployment;
      const data = encode(part, name, values(contracts, clock.now));
      const found: Record<string, string> = {};
      for (const who of columns)
        found[who] = await reasonOf(accounts[who].sendTransaction({ to: contracts[part], data }));
      expect(found).to.deep.equal(outcome);
    });
  }

  it("threat 30: the guardian may call nothing else, and the table leaves out nothing that is not everybody's", async () => {
    const restricted: string[] = [];
    for (const part of Object.keys(interfaces) as Part[]) {
      for (const fragment of changesOf(interfaces[part])) {
        const tried = await tryFrom(stranger.address, stage.deployment.contracts[part], encodeZero(part, fragment));
        if (tried !== refused && tried !== unknown) continue;
        restricted.push(`${part}.${fragment.name}`);
        // Each restriction is on the caller: what it is called with does not matter.
        if (fragment.name !== "suspend") {
          const guardians = await tryFrom(
            guardian.address,
            stage.deployment.contracts[part],
            encodeZero(part, fragment),
          );
          expect(guardians, `${part}.${fragment.name}`).to.equal(tried);
        }
      }
    }
    expect(restricted).to.have.members(rows.map(([part, name]) => `${part}.${name}`));
  });

  it("threat 49: its deployer holds no role, and each role has one member", async () => {
    const authority = types.AccessManager__factory.connect(stage.deployment.contracts.authority, chain);
    for (const role of [ADMIN_ROLE, GUARDIAN_ROLE]) {
      expect((await authority.hasRole(role, deployer.address)).isMember).to.be.false;
    }
    expect(await authority.hasRole(ADMIN_ROLE, governance.address)).to.deep.equal([true, DELAY]);
    expect(await authority.hasRole(GUARDIAN_ROLE, guardian.address)).to.deep.equal([true, 0n]);
    const granted = await authority.queryFilter(authority.filters.RoleGranted());
    const members = granted.map(({ args }) => [args.roleId, args.account]);
    expect(members).to.deep.equal([
      [ADMIN_ROLE, deployer.address],
      [GUARDIAN_ROLE, guardian.address],
      [ADMIN_ROLE, governance.address],
    ]);
    const labels = await authority.queryFilter(authority.filters.RoleLabel());
    expect(labels.map(({ args }) => [args.roleId, args.label])).to.deep.equal([[GUARDIAN_ROLE, "GUARDIAN"]]);
  });

  it("threat 31: at no block of the deployment can a stranger do what only some may", async () => {
    const restricted = rows.map(([part, name]) => `${part}.${name}`);
    const register = interfaces.bonds.encodeFunctionData("register", [stranger.address, 0n, ""]);
    const last = await chain.getBlockNumber();
    const answers = { register: new Set<string>() };
    let tries = 0;
    for (let block = stage.deployment.block + 1; block <= last; block++) {
      for (const part of Object.keys(interfaces) as Part[]) {
        const at = stage.deployment.contracts[part];
        if ((await chain.getCode(at, block)) === "0x") continue;
        for (const fragment of changesOf(interfaces[part])) {
          if (!restricted.includes(`${part}.${fragment.name}`)) continue;
          const tried = await tryFrom(stranger.address, at, encodeZero(part, fragment), block);
          expect(tried, `${part}.${fragment.name} at block ${block}`).to.be.oneOf([refused, unknown]);
          tries++;
        }
        if (part === "bonds") answers.register.add(await tryFrom(stranger.address, at, register, block));
      }
    }
    expect(tries).to.be.greaterThan(rows.length);
    // Nobody operates before the courts are there.
    expect([...answers.register]).to.deep.equal(["NotOpen", OK]);
  });

  it("threat 31: no contract has an initialiser", () => {
    for (const part of Object.keys(interfaces) as Part[]) {
      expect(
        changesOf(interfaces[part])
          .map(({ name }) => name)
          .filter((name) => /init|setup|wire/i.test(name)),
      ).to.be.empty;
    }
  });

  async function tryFrom(from: string, to: string, data: string, blockTag?: number): Promise<string> {
    return reasonOf(chain.call({ from, to, data, ...(blockTag === undefined ? {} : { blockTag }) }));
  }
});

describe("an authority that shuts the bonds", () => {
  const stage = useStage();

  it("threat 30: stops neither an exit nor a claim", async () => {
    const { bonds, token } = contractsOf(stage, "otto");
    const olive = contractsOf(stage, "olive").bonds;
    await token.faucet(500n);
    await token.approve(stage.deployment.contracts.bonds, 500n);
    await bonds.delegate(actors.olive.address, 500n, 0n);

    await govern(stage, ["authority", "setTargetClosed", [stage.deployment.contracts.bonds, true]], deployer);
    expect(await reasonOf(stage.contracts.bonds.suspend(1n))).to.equal(refused);

    for (const [signed, owner, shares] of [
      [bonds, actors.otto, 500n],
      [olive, actors.olive, 1_000_000_000n],
    ] as const) {
      await signed.requestUnbond(actors.olive.address, shares);
      const [opened] = (await signed.queryFilter(signed.filters.UnbondingRequested())).slice(-1);
      await advance(localParameters.unbondingDelay);
      await signed.withdraw(actors.olive.address, owner.address, opened?.args.ticket ?? 0n);
    }
    expect(await token.balanceOf(actors.otto.address)).to.equal(500n);
    expect(await token.balanceOf(actors.olive.address)).to.equal(1_000_000_000n);
  });
});

function encode(part: Part, name: string, values: readonly unknown[]): string {
  const face: Interface = interfaces[part];
  return face.encodeFunctionData(name, values);
}

function encodeZero(part: Part, fragment: FunctionFragment): string {
  return encode(part, fragment.format(), AbiCoder.defaultAbiCoder().getDefaultValue(fragment.inputs));
}
