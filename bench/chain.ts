/** A chain of its own to measure on: everything deployed as a deployment does it, any account can send, gas is free. */
import type { ContractTransaction } from "ethers";
import { network } from "hardhat";
import { deploy } from "../deploy/deploy.ts";
import { localParameters } from "../deploy/parameters.ts";
import { connect, type Contracts } from "../src/chain/contracts.ts";
import type { Deployment } from "../src/chain/deployment.ts";
import type { Parameters } from "../src/chain/parameters.ts";
import { fromHex, type Hex, keccakHex } from "../src/core/bytes.ts";
import type { Provider } from "../src/demo/rpc.ts";

/** A contract's call as ethers encodes it. */
export type Call = Pick<ContractTransaction, "to" | "data"> & { readonly value?: bigint };

export interface Bench {
  /** The chain itself. */
  readonly provider: Provider;
  readonly deployment: Deployment;
  /** For encoding calls and reading. */
  readonly contracts: Contracts;
  /** Sends a transaction from an account, which may be a contract's; returns what it used, refunds deducted, and when. */
  readonly send: (from: string, call: Call) => Promise<{ readonly gas: bigint; readonly time: bigint }>;
  /** Sends the same calls from each of many accounts, in order, in one block; returns its time. */
  readonly sendAll: (accounts: readonly string[], calls: readonly Call[]) => Promise<bigint>;
  /** The hash of a contract's code. */
  readonly codeHash: (address: string) => Promise<Hex>;
  /** The newest block's time, in seconds. */
  readonly now: () => Promise<bigint>;
  /** Has so many blocks come in which nothing happens. */
  readonly pass: (blocks: number) => Promise<void>;
  /** Moves the clock on, in seconds. */
  readonly wait: (seconds: bigint) => Promise<void>;
}

// Room for any block of `sendAll`; a transaction may use the chain's own limit, 2^24.
const BLOCK_GAS = 60_000_000_000;
const TRANSACTION_GAS = "0x1000000";
const COIN = 10n ** 20n;

// Signatures depend on the time, and their zeroes cost less. The chain is deployed in its first hour, and opened after it.
const START = "2026-01-01T00:00:00Z";
const OPENING = 1_767_229_200n;

/** @param changes of the parameters of a local deployment */
export async function openBench(changes: Partial<Parameters> = {}): Promise<Bench> {
  const connection = await network.create({
    network: "local",
    chainType: "l1",
    override: { initialBaseFeePerGas: 0, blockGasLimit: BLOCK_GAS, initialDate: START },
  });
  const { ethers, provider, networkHelpers } = connection;
  const deployment = await deploy({ connection, parameters: { ...localParameters, ...changes } });
  await networkHelpers.time.increaseTo(OPENING);
  const impersonated = new Set<string>();

  async function submit(from: string, { to, data, value = 0n }: Call): Promise<unknown> {
    if (!impersonated.has(from)) {
      await networkHelpers.impersonateAccount(from);
      await networkHelpers.setBalance(from, COIN);
    }
    impersonated.add(from);
    const transaction = { from, to, data, value: `0x${value.toString(16)}`, gas: TRANSACTION_GAS, gasPrice: "0x0" };
    return provider.request({ method: "eth_sendTransaction", params: [transaction] });
  }

  /** The newest block, all of whose transactions must have succeeded. */
  async function readBlock(): Promise<{ readonly gas: bigint; readonly time: bigint; readonly count: number }> {
    const block = await ethers.provider.getBlock("latest");
    if (block === null) throw new Error("the chain has no block");
    const receipts = await Promise.all(block.transactions.map((hash) => ethers.provider.getTransactionReceipt(hash)));
    const failed = receipts.find((receipt) => receipt?.status !== 1);
    if (failed !== undefined) throw new Error(`the transaction ${failed?.hash} failed`);
    return { gas: block.gasUsed, time: BigInt(block.timestamp), count: receipts.length };
  }

  /** A second after the newest block, however long the machine took: times are in calldata, and zeroes cost less. */
  async function tick(): Promise<void> {
    await networkHelpers.time.setNextBlockTimestamp((await readBlock()).time + 1n);
  }

  return {
    provider,
    deployment,
    contracts: connect(deployment, ethers.provider),
    codeHash: async (address) => keccakHex(fromHex(await ethers.provider.getCode(address))),
    send: async (from, call) => {
      await tick();
      await submit(from, call);
      return readBlock();
    },
    sendAll: async (accounts, calls) => {
      await tick();
      await provider.request({ method: "evm_setAutomine", params: [false] });
      for (const from of accounts) for (const call of calls) await submit(from, call);
      await networkHelpers.mine();
      await provider.request({ method: "evm_setAutomine", params: [true] });
      const { time, count } = await readBlock();
      if (count !== accounts.length * calls.length) throw new Error(`the block has ${count} transactions`);
      return time;
    },
    now: async () => (await readBlock()).time,
    pass: async (blocks) => {
      // One by one: the simulator makes up those of a range when they are asked for, with other hashes each time.
      for (let block = 0; block < blocks; block++) await networkHelpers.mine();
    },
    wait: async (seconds) => networkHelpers.time.increaseTo((await readBlock()).time + seconds),
  };
}
