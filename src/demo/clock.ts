import type { JsonRpcProvider } from "ethers";
import { query } from "../chain/transactions.ts";

/** The local chain's time, which the main job moves in great steps; between them it runs with the machine's. */
export class ChainClock {
  readonly #provider: JsonRpcProvider;
  #ahead = 0n;

  constructor(provider: JsonRpcProvider) {
    this.#provider = provider;
  }

  /** The time, in seconds. Never before the block that the clock last saw. */
  readonly now = (): bigint => machineSeconds() + this.#ahead;

  /** Moves the chain on, and the clock with it. @throws ChainError */
  async advance(seconds: number): Promise<void> {
    await query(async () => {
      await this.#provider.send("evm_increaseTime", [seconds]);
      await this.#provider.send("evm_mine", []);
      const block = await this.#provider.getBlock("latest");
      this.#ahead = BigInt(block?.timestamp ?? 0) - machineSeconds();
    });
  }
}

function machineSeconds(): bigint {
  return BigInt(Math.floor(Date.now() / 1000));
}
