/**
 * The chain in this process that a simulation runs on. What is sent waits for the next block, whose time the simulation
 * says, and stands there in the order in which it was sent: so a seed gives the same chain every time. Accounts need no
 * keys: the chain is told whose turn it is.
 */
import { network } from "hardhat";
import { deploy } from "../../deploy/deploy.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { Parameters } from "../chain/parameters.ts";
import type { Hex } from "../core/bytes.ts";

/** When every simulation begins, in seconds: a Thursday's midnight, as weeks are counted from one. */
export const START = 1_767_225_600n;

/** The chain's first block is a month before that, whenever it is made: deploying moves it by seconds of the real clock. */
const GENESIS = new Date(Number(START - 30n * 86_400n) * 1_000);

/** Whoever mines gets what transactions pay. */
const COINBASE: Hex = `0x${"c0".repeat(20)}`;

/** Enough for everything but a batch of hundreds of claims, which says itself what it takes. */
const GAS_LIMIT = 1_000_000n;

/** A block holds all that a simulation sends at once, whatever a real one would. */
const BLOCK_GAS_LIMIT = 2n ** 50n;

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

/** What came of a transaction. */
export interface Outcome {
  readonly logs: readonly Log[];
  readonly gas: bigint;
  /** What it took of its sender for gas, in wei. */
  readonly fee: bigint;
}

/** Told of a transaction's outcome, once it is in a block. */
export type OnMined = (outcome: Outcome) => void;

/** A transaction of the simulation's own that the contracts refused: agents do only what they may. */
export class RevertedError extends Error {
  override readonly name = "RevertedError";
}

/** What the simulation reads of a transaction's receipt. */
interface Receipt {
  readonly status: string;
  readonly logs: readonly Log[];
  readonly gasUsed: string;
}

type Connection = Awaited<ReturnType<typeof connectEdr>>;

/** A chain with Surety deployed on it. */
export class SimChain {
  readonly deployment: Deployment;
  readonly coinbase = COINBASE;
  /** The last block's time, in seconds. */
  now = 0n;
  transactions = 0;
  readonly #connection: Connection;
  readonly #gasPrice: bigint;
  readonly #nonces = new Map<Hex, bigint>();
  #waiting: { readonly hash: string; readonly from: Hex; readonly onMined: OnMined }[] = [];

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
      // From here on the time is the simulation's alone, and so is what a block holds.
      await chain.#request("evm_setAutomine", [false]);
      await chain.#mine(START);
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

  /** Moves the chain's time, where that is still ahead. @param time in seconds */
  async moveTo(time: bigint): Promise<void> {
    await this.flush();
    if (time > this.now) await this.#mine(time);
  }

  /**
   * Sends a transaction for the next block.
   * @returns that block's time, in seconds
   */
  async send({ from, to, data, value = 0n, gas = GAS_LIMIT }: Call, onMined: OnMined): Promise<bigint> {
    const nonce = this.#nonces.get(from) ?? 0n;
    this.#nonces.set(from, nonce + 1n);
    const hash = (await this.#request("eth_sendTransaction", [
      {
        from,
        to,
        data,
        nonce: quantity(nonce),
        value: quantity(value),
        gas: quantity(gas),
        gasPrice: quantity(this.#gasPrice),
      },
    ])) as string;
    this.#waiting.push({ hash, from, onMined });
    return this.now + 1n;
  }

  /** Makes a block of what waits, if anything does. @throws RevertedError where the contracts refused some of it */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    await this.#mine(this.now + 1n);
    for (const { hash, from, onMined } of waiting) {
      const receipt = (await this.#request("eth_getTransactionReceipt", [hash])) as Receipt | null;
      if (receipt?.status !== "0x1") throw new RevertedError(`a transaction of ${from} reverted on second ${this.now}`);
      const gas = BigInt(receipt.gasUsed);
      onMined({ logs: receipt.logs, gas, fee: gas * this.#gasPrice });
    }
    this.transactions += waiting.length;
  }

  /** What a view gives, as of the last block. */
  async call(to: Hex, data: string): Promise<string> {
    return (await this.#request("eth_call", [{ to, data }, "latest"])) as string;
  }

  /** In wei. */
  async coinOf(address: Hex): Promise<bigint> {
    return BigInt((await this.#request("eth_getBalance", [address, "latest"])) as string);
  }

  async #mine(time: bigint): Promise<void> {
    await this.#request("evm_setNextBlockTimestamp", [Number(time)]);
    await this.#request("evm_mine");
    this.now = time;
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
      blockGasLimit: BLOCK_GAS_LIMIT,
      coinbase: COINBASE,
      // What a transaction pays is its own price, all of it to the coinbase: so no coin is ever burnt.
      initialBaseFeePerGas: 0,
      initialDate: GENESIS,
      mining: { mempool: { order: "fifo" } },
    },
  });
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
