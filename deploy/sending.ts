/** How transactions of a deployment are sent from an account whose key is here: signed, written down, then sent. */
import { Wallet } from "ethers";
import hre from "hardhat";
import type { HookContext, NetworkHooks } from "hardhat/types/hooks";
import type { NetworkConnection } from "hardhat/types/network";
import type { JsonRpcRequest, JsonRpcResponse } from "hardhat/types/providers";
import type { Hex } from "../src/core/bytes.ts";
import type { Connection } from "./addresses.ts";
import type { DeploymentJournal } from "./journal.ts";

export interface SendingOptions {
  /** The account's key. */
  readonly secret: Hex;
  readonly chainId: bigint;
  readonly journal: DeploymentJournal;
  /** Called before each transaction: what it throws ends the deployment there, and nothing is lost. */
  readonly beforeEach?: () => void;
}

/** What Ignition asks to be sent: all of it, so that nothing is left to be chosen. */
interface Asked {
  readonly to?: string | null;
  readonly data: string;
  readonly value: string;
  readonly nonce: string;
  readonly gas: string;
  readonly gasPrice?: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
}

/** Does work over a connection, whose transactions are in the journal before they are on their way. */
export async function writingAhead<T>(
  connection: Connection,
  { secret, chainId, journal, beforeEach }: SendingOptions,
  work: () => Promise<T>,
): Promise<T> {
  const wallet = new Wallet(secret);
  const hooks: Partial<NetworkHooks> = {
    async onRequest<T extends string>(
      context: HookContext,
      from: NetworkConnection<T>,
      request: JsonRpcRequest,
      next: (context: HookContext, from: NetworkConnection<T>, request: JsonRpcRequest) => Promise<JsonRpcResponse>,
    ) {
      if (from.id !== connection.id || request.method !== "eth_sendTransaction") return next(context, from, request);
      beforeEach?.();
      const [{ gas, to = null, ...asked }] = request.params as [Asked];
      const raw = await wallet.signTransaction({ ...asked, to, gasLimit: gas, nonce: Number(asked.nonce), chainId });
      journal.sign(raw);
      return next(context, from, { ...request, method: "eth_sendRawTransaction", params: [raw] });
    },
  };
  hre.hooks.registerHandlers("network", hooks);
  try {
    return await work();
  } finally {
    hre.hooks.unregisterHandlers("network", hooks);
  }
}
