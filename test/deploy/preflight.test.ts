import { expect } from "chai";
import { ContractFactory, JsonRpcProvider, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { deploy, type Roles } from "../../deploy/deploy.ts";
import { preflight, PreflightError } from "../../deploy/preflight.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { rehearse } from "../../deploy/rehearsal.ts";
import { testnets } from "../../src/chain/networks.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { openRollup } from "../../scripts/rehearsal/rollup.ts";
import { compileContract } from "../support/solc.ts";
import { actors, close, closeOpened, open, rejectionOf } from "../support/stage.ts";

const deployer = actors.deployer.address;

describe("what is looked at before a deployment", () => {
  afterEach(closeOpened);

  /** A chain behind HTTP, as a deployment meets it. */
  async function openChain(chainId = 31_337) {
    const connection = close(await network.create({ network: "local", chainType: "l1", override: { chainId } }));
    const { url } = await open(rpcHandler(connection.provider));
    const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
    close({ close: () => provider.destroy() });
    return { connection, provider };
  }

  /** What is said of roles on a chain. */
  async function refusal(roles: Roles, chainId?: number): Promise<string> {
    const { provider } = await openChain(chainId);
    return (await rejectionOf(PreflightError, preflight(provider, { ...roles, deployer }))).message;
  }

  it("takes chains for trying as they are", async () => {
    const { provider } = await openChain();
    expect(await preflight(provider, { deployer })).to.equal(6);
    expect(testnets).to.include(84_532n).and.to.include(11_155_111n).and.not.to.include(8_453n);
  });

  it("wants a token and a governance named where money may be real", async () => {
    const { connection, provider } = await openChain(8_453);
    const token = await (await connection.ethers.deployContract("TestToken")).getAddress();
    expect(await refusal({ governance: deployer }, 8_453)).to.match(
      /chain 8453 .* test token is worth nothing.*--token/,
    );
    const untold = await rejectionOf(PreflightError, preflight(provider, { deployer, token }));
    expect(untold.message).to.match(/the key that deploys would govern.*--governance/);
    expect(await preflight(provider, { deployer, token, governance: deployer })).to.equal(6);
  });

  for (const role of ["governance", "guardian", "treasury", "token"] as const) {
    it(`refuses nobody as ${role}`, async () => {
      expect(await refusal({ [role]: ZeroAddress })).to.equal(
        `the ${role} is the zero address: name another with --${role}`,
      );
    });
  }

  it("refuses what is no token", async () => {
    expect(await refusal({ token: actors.will.address })).to.include("there is no token at");
    const { connection, provider } = await openChain();
    const token = await (await connection.ethers.deployContract("ModelRegistry")).getAddress();
    const error = await rejectionOf(PreflightError, preflight(provider, { deployer, token }));
    expect(error.message).to.include("is no ERC-20 token with decimals");
  });

  it("sees a token that takes a part of what is sent, where the account has some", async () => {
    const { connection, provider } = await openChain();
    const signer = await connection.ethers.getSigner(deployer);
    const { abi, bytecode } = compileContract("test/support/TaxedCoin.sol");
    const contract = await new ContractFactory<never[]>(abi, bytecode, signer).deploy();
    const token = await contract.getAddress();
    expect(await preflight(provider, { deployer, token })).to.equal(18);
    const mint = contract.interface.encodeFunctionData("mint", [deployer, 1_000n]);
    await signer.sendTransaction({ to: token, data: mint });
    const error = await rejectionOf(PreflightError, preflight(provider, { deployer, token }));
    expect(error.message).to.match(/^of 1000 units of the token .* that are sent 990 arrive/);
  });

  it("finds nothing in a token that sends what it is told", async () => {
    const { connection, provider } = await openChain();
    const token = await connection.ethers.deployContract("TestToken");
    await token.faucet(1_000n);
    expect(await preflight(provider, { deployer, token: await token.getAddress() })).to.equal(6);
    expect(await token.balanceOf(deployer)).to.equal(1_000n);
  });

  it("refuses a chain on which no enclave could be judged", async () => {
    const connection = close(
      await network.create({ network: "local", chainType: "l1", override: { hardfork: "prague" } }),
    );
    const { url } = await open(rpcHandler(connection.provider));
    const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
    close({ close: () => provider.destroy() });
    const error = await rejectionOf(PreflightError, preflight(provider, { deployer }));
    expect(error.message).to.include("verifies no P-256 signatures");
  });

  it("finds all that is needed on a rollup of the OP stack, and Surety goes there at the rehearsed cost", async () => {
    const connection = close(await openRollup());
    const { url } = await open(rpcHandler(connection.provider));
    const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
    close({ close: () => provider.destroy() });
    expect(await preflight(provider, { deployer })).to.equal(6);

    const { gas, sizes } = await rehearse(localParameters, {});
    const deployment = await deploy({ connection, parameters: localParameters });
    const numbers = sizes.map((_, index) => deployment.block + index);
    expect(await provider.getBlockNumber()).to.equal(numbers.at(-1));
    const blocks = await Promise.all(numbers.map(async (number) => provider.getBlock(number)));
    expect(blocks.reduce((sum, block) => sum + (block?.gasUsed ?? 0n), 0n)).to.equal(gas);
    const escrow = await connection.ethers.getContractAt("FeeEscrow", deployment.contracts.escrow);
    expect((await escrow.bonds()).toLowerCase()).to.equal(deployment.contracts.bonds);
  });
});
