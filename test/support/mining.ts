/** The chain of the stage, and what makes its blocks. */
import { provider } from "./stage.ts";

/** Asks the chain's node for something. */
export async function rpcCall(method: string, ...params: readonly unknown[]): Promise<unknown> {
  return provider.request({ method, params });
}

/** Mines blocks with what waits. */
export async function mine(count = 1): Promise<void> {
  await rpcCall("hardhat_mine", `0x${count.toString(16)}`);
}
