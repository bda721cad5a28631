import { expect } from "chai";
import { getAddress } from "ethers";
import { network } from "hardhat";
import { deploy } from "../../deploy/deploy.ts";
import { localParameters } from "../../deploy/parameters.ts";
import type { Parameters } from "../../src/chain/parameters.ts";
import { DeploymentError } from "../../src/chain/deployment.ts";
import { explain } from "../../src/chain/errors.ts";
import { knownRegistries } from "../../src/chain/registries.ts";
import { fromHex, keccakHex } from "../../src/core/bytes.ts";
import {
  AccessManager__factory,
  AgentLinks__factory,
  CourtPolicies__factory,
  ReceiptValidator__factory,
  ReceiptVerdicts__factory,
  ReputationPublisher__factory,
} from "../../typechain-types/index.ts";
import { openAgents } from "../support/agents.ts";
import { actors, addressed, chain, close, contractsOf, rejection, rejectionOf, useStage } from "../support/stage.ts";

const NONE = "0x".padEnd(42, "0");

describe("a deployment", () => {
  const stage = useStage();

  it("wires every contract as it says", async () => {
    const { contracts: at } = stage.deployment;
    const { bonds, escrow, credit, disclosureCourt, equivocationCourt, validityCourt } = stage.contracts;
    const { snarkChecker, snarkVerifiers } = stage.contracts;
    const is = async (found: Promise<string>, expected: string): Promise<void> => {
      expect(addressed({ address: await found })).to.equal(expected.toLowerCase());
    };
    await is(bonds.token(), at.token);
    await is(escrow.token(), at.token);
    await is(escrow.bonds(), at.bonds);
    await is(escrow.treasury(), actors.deployer.address);
    await is(credit.bonds(), at.bonds);
    await is(credit.escrow(), at.escrow);
    for (const contract of [bonds, escrow]) await is(contract.authority(), at.authority);
    for (const court of [disclosureCourt, equivocationCourt, validityCourt]) {
      await is(court.bonds(), at.bonds);
      await is(court.keys(), at.keys);
      await is(court.ledger(), at.ledger);
      await is(court.escrow(), at.escrow);
      await is(court.policies(), at.policies);
    }
    for (const court of [equivocationCourt, validityCourt]) {
      await is(court.disclosures(), at.disclosureCourt);
      expect(await court.evidenceDeposit()).to.equal(localParameters.evidenceDeposit);
    }
    expect(await disclosureCourt.leastGasPrice()).to.equal(localParameters.leastGasPrice);
    const checkers = [NONE, at.enclaveChecker, at.snarkChecker, at.optimisticChecker];
    for (const [mode, checker] of checkers.entries()) await is(validityCourt.checkerOf(mode), checker);
    await is(snarkChecker.verifiers(), at.snarkVerifiers);
    const irisCode = await chain.getCode(at.irisVerifier);
    await is(snarkVerifiers.requireVerifier(keccakHex(fromHex(irisCode))), at.irisVerifier);
    expect(new Set(Object.values(at)).size).to.equal(Object.keys(at).length);
  });

  it("has the parameters that were asked for", async () => {
    const { bonds, escrow, credit } = stage.contracts;
    expect(await bonds.leastOwnBond()).to.equal(localParameters.leastOwnBond);
    expect(await bonds.unbondingDelay()).to.equal(localParameters.unbondingDelay);
    expect(await bonds.leverage()).to.equal(localParameters.leverage);
    expect(await escrow.protocolFeeBps()).to.equal(localParameters.protocolFeeBps);
    expect(await escrow.coverageBps()).to.equal(localParameters.coverageBps);
    expect(await credit.prior()).to.equal(localParameters.creditPrior);
    expect(await credit.severity()).to.equal(localParameters.creditSeverity);
    expect(await escrow.settledHalfLife()).to.equal(localParameters.settledHalfLife);
    expect(await bonds.faultHalfLife()).to.equal(localParameters.faultHalfLife);
    const policies = CourtPolicies__factory.connect(stage.deployment.contracts.policies, actors.will);
    for (const [row, expected] of localParameters.policies.entries()) {
      const { effectiveFrom: _, ...policy } = expected;
      const { window, slashBps, priceMultiple, compensationMultiple, bountyBps } = await policies.policyAt(row, 0n);
      expect({ window, slashBps, priceMultiple, compensationMultiple, bountyBps }).to.deep.equal(policy);
    }
  });

  it("threat 49: has its courts working at once, and nobody else", async () => {
    const { bonds } = stage.contracts;
    const { disclosureCourt, equivocationCourt, validityCourt, escrow, ledger, authority } = stage.deployment.contracts;
    for (const court of [disclosureCourt, equivocationCourt, validityCourt])
      expect(await bonds.isSlasher(court)).to.be.true;
    for (const other of [escrow, ledger, authority, actors.deployer.address]) {
      expect(await bonds.isSlasher(other)).to.be.false;
    }
  });

  it("is open, once and for all", async () => {
    await contractsOf(stage, "will").bonds.register(actors.will.address, 0n, "");
    expect(await stage.contracts.bonds.payoutOf(actors.will.address)).to.equal(actors.will.address);
  });

  it("threat 49: lets its deployer govern where nobody else does, but not at once", async () => {
    const authority = AccessManager__factory.connect(stage.deployment.contracts.authority, actors.deployer);
    const [isMember, delay] = await authority.hasRole(0n, actors.deployer.address);
    expect([isMember, delay]).to.deep.equal([true, localParameters.governanceDelay]);
    const { escrow } = stage.contracts;
    expect(explain(await rejection(escrow.setProtocolFee(1n))).reason).to.equal("AccessManagerNotScheduled");
    // Whoever governs is the guardian too, where there is no other.
    await stage.contracts.bonds.suspend(1n);
  });

  describe("fails with the contract's error", () => {
    // Every bound is in test/deploy/parameterFile.test.ts.
    const rest = localParameters.policies.slice(1);
    const wrong: readonly (readonly [string, Partial<Parameters>, string])[] = [
      ["where bond leaves too early", { unbondingDelay: 15n * 86_400n - 1n }, "UnbondingDelayOutOfRange"],
      ["where a row is missing", { policies: rest }, "RowUnknown"],
    ];
    for (const [what, change, says] of wrong) {
      it(what, async () => {
        const connection = await network.create({ network: "local", chainType: "l1" });
        close(connection);
        const error = await rejection(deploy({ connection, parameters: { ...localParameters, ...change } }));
        expect(error.message).to.include(says);
      });
    }
  });

  for (const coverageBps of [10_000n, 100_000n]) {
    it(`takes a coverage of ${coverageBps / 100n} %`, async () => {
      const connection = await network.create({ network: "local", chainType: "l1" });
      close(connection);
      const { contracts } = await deploy({ connection, parameters: { ...localParameters, coverageBps } });
      const escrow = await connection.ethers.getContractAt("FeeEscrow", contracts.escrow);
      expect(await escrow.coverageBps()).to.equal(coverageBps);
    });
  }

  it("takes a token and a treasury that are given", async () => {
    const connection = await network.create({ network: "local", chainType: "l1" });
    close(connection);
    const token = await connection.ethers.deployContract("TestToken");
    const address = (await token.getAddress()).toLowerCase();
    const deployment = await deploy({
      connection,
      parameters: localParameters,
      token: address,
      treasury: actors.will.address,
    });
    expect(deployment.contracts.token).to.equal(address);
    const escrow = await connection.ethers.getContractAt("FeeEscrow", deployment.contracts.escrow);
    expect(await escrow.treasury()).to.equal(actors.will.address);
  });

  it("writes to ERC-8004's registries where there are some, all of the same agents", async () => {
    expect(stage.deployment.erc8004).to.be.undefined;
    const { deployment, identity, reputation, validation } = await openAgents(stage);
    const { erc8004: found, contracts: at } = deployment;
    if (found?.validator === undefined) throw new Error("a validator expected");
    const is = async (address: Promise<string>, expected: string): Promise<void> => {
      expect(addressed({ address: await address })).to.equal(expected);
    };
    const links = AgentLinks__factory.connect(found.links, chain);
    await is(identity.getAddress(), found.identity);
    await is(links.identity(), found.identity);
    await is(links.bonds(), at.bonds);
    const publisher = ReputationPublisher__factory.connect(found.publisher, chain);
    await is(reputation.getAddress(), found.reputation);
    await is(publisher.reputation(), found.reputation);
    await is(publisher.links(), found.links);
    await is(publisher.bonds(), at.bonds);
    await is(publisher.credit(), at.credit);
    const verdicts = ReceiptVerdicts__factory.connect(found.verdicts, chain);
    for (const name of [
      "bonds",
      "ledger",
      "escrow",
      "disclosureCourt",
      "equivocationCourt",
      "validityCourt",
    ] as const) {
      await is(verdicts[name](), at[name]);
    }
    const validator = ReceiptValidator__factory.connect(found.validator, chain);
    await is(validation.getAddress(), found.validation ?? "");
    await is(validator.registry(), found.validation ?? "");
    await is(validator.links(), found.links);
    await is(validator.verdicts(), found.verdicts);
  });

  it("knows ERC-8004's registries as their authors list them", () => {
    const listed = [...knownRegistries].map(([chainId, registries]) => [
      chainId,
      Object.entries(registries).map(([name, address]) => [name, getAddress(address as string)]),
    ]);
    const main = [
      ["identity", "0x8004A169FB4a3325136EB29fA0ceB6D2e539a432"],
      ["reputation", "0x8004BAa17C55a88189AE136b182e5fdA19dE9b63"],
    ];
    const trial = [
      ["identity", "0x8004A818BFB912233c491871b3d84c89A494BD9e"],
      ["reputation", "0x8004B663056A597Dffe9eCcC1965A193B7388713"],
    ];
    const validation = ["validation", "0x8004Cb1BF31DAf7788923b405b754f57acEB4272"];
    expect(listed).to.deep.equal([
      [1n, main],
      [8_453n, main],
      [11_155_111n, [...trial, validation]],
      [84_532n, trial],
    ]);
  });

  it("names a journal that is of another chain", async () => {
    const connection = await network.create({ network: "local", chainType: "l1" });
    close(connection);
    // Ignition remembers, but the chain has forgotten: its modules come back without a contract behind them.
    const stale = {
      ...connection,
      ignition: {
        ...connection.ignition,
        deploy: async () => ({ token: { getAddress: async () => actors.will.address } }),
      },
    } as unknown as typeof connection;
    const error = await rejectionOf(DeploymentError, deploy({ connection: stale, parameters: localParameters }));
    expect(error.message).to.include("journal").and.include("deploy anew");
  });
});
