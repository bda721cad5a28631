/**
 * The chain in this process that a simulation runs on: every transaction in a block of its own, at a time that the
 * simulation says, so that a seed gives the same chain every time. Accounts need no keys: the chain is told whose turn it is.
 */
import { network } from "hardhat";
import { deploy } from "../../deploy/deploy.ts";
import type { Parameters } from "../../deploy/parameters.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { Hex } from "../core/bytes.ts";

/** When every simulation begins, in seconds: a Thursday's midnight, as weeks are counted from one. */
export const START = 1_767_225_600n;

/** The chain's first block is a month before that, whenever it is made: deploying moves it by seconds of the real clock. */
const GENESIS = new Date(Number(START - 30n * 86_400n) * 1_000);

/** Whoever mines gets what transactions pay. */
const COINBASE: Hex = `0x${"c0".repeat(20)}`;

/** Enough for everything but a batch of hundreds of claims, which says itself what it takes. */
const GAS_LIMIT = 2_000_000n;

/** A log of a transaction. */
export interface Log {
  readonly address: Hex;
  readonly topics: string[];
  readonly data: string;
}

/** A transaction to send. */
export interface Call {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: string;
  /** In wei. */
  readonly value?: bigint;
  /** Its limit. */
  readonly gas?: bigint;
}

/** A transaction that succeeded. */
export interface Sent {
  readonly logs: readonly Log[];
  readonly gas: bigint;
  /** What it took of its sender for gas, in wei. */
  readonly fee: bigint;
  /** Its block's, in seconds. */
  readonly time: bigint;
}

type Connection = Awaited<ReturnType<typeof connectEdr>>;

/** A chain with Surety deployed on it. */
export class SimChain {
  readonly deployment: Deployment;
  readonly coinbase = COINBASE;
  /** The last block's time, in seconds. */
  now = START;
  transactions = 0;
  readonly #connection: Connection;
  readonly #gasPrice: bigint;

  private constructor(connection: Connection, deployment: Deployment, gasPrice: bigint) {
    this.#connection = connection;
    this.deployment = deployment;
    this.#gasPrice = gasPrice;
  }

  /** Starts a chain and deploys. @param gasPrice what every transaction pays for a unit of gas, in wei */
  static async open(parameters: Parameters, gasPrice: bigint): Promise<SimChain> {
    const connection = await connectEdr();
    try {
      const deployment = await deploy({ connection, parameters });
      const chain = new SimChain(connection, deployment, gasPrice);
      // From here on the time is the simulation's alone.
      await chain.#request("evm_setNextBlockTimestamp", [Number(START)]);
      await chain.#request("evm_mine");
      return chain;
    } catch (cause) {
      await connection.close();
      throw cause;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Lets an address send without its key, and gives it coin. @param coin in wei */
  async admit(address: Hex, coin: bigint): Promise<void> {
    await this.#request("hardhat_impersonateAccount", [address]);
    await this.#request("hardhat_setBalance", [address, quantity(coin)]);
  }

  /** Moves the time of the next block, where it is still ahead. @param time in seconds */
  moveTo(time: bigint): void {
    if (time > this.now + 1n) this.now = time - 1n;
  }

  /** Sends a transaction in a block of its own, a second after the one before. @throws Error where it reverts */
  async send({ from, to, data, value = 0n, gas = GAS_LIMIT }: Call): Promise<Sent> {
    const time = this.now + 1n;
    await this.#request("evm_setNextBlockTimestamp", [Number(time)]);
    const price = quantity(this.#gasPrice);
    const hash = await this.#request("eth_sendTransaction", [
      { from, to, data, value: quantity(value), gas: quantity(gas), gasPrice: price },
    ]);
    this.now = time;
    this.transactions += 1;
    const receipt = (await this.#request("eth_getTransactionReceipt", [hash])) as { logs: Log[]; gasUsed: string };
    const used = BigInt(receipt.gasUsed);
    return { logs: receipt.logs, gas: used, fee: used * this.#gasPrice, time };
  }

  /** What a view gives, as of the last block. */
  async call(to: Hex, data: string): Promise<string> {
    return (await this.#request("eth_call", [{ to, data }, "latest"])) as string;
  }

  /** In wei. */
  async coinOf(address: Hex): Promise<bigint> {
    return BigInt((await this.#request("eth_getBalance", [address, "latest"])) as string);
  }

  async #request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    return this.#connection.provider.request({ method, params: [...params] });
  }
}

async function connectEdr() {
  return network.create({
    network: "local",
    chainType: "l1",
    override: {
      accounts: { count: 1 },
      allowBlocksWithSameTimestamp: true,
      coinbase: COINBASE,
      // What a transaction pays is its own price, all of it to the coinbase: so no coin is ever burnt.
      initialBaseFeePerGas: 0,
      initialDate: GENESIS,
    },
  });
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
