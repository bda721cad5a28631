/** What x402's own code, which is written for viem, sends and reads with: an ethers signer. */
import type { FacilitatorEvmSigner } from "@x402/evm";
import { Contract, type InterfaceAbi, type Provider, type Signer, type TypedDataField, verifyTypedData } from "ethers";
import type { Hex } from "../core/bytes.ts";

/** How long a transaction may take to be in a block, in milliseconds, before it is said to be pending. */
const PATIENCE = 60_000;

/** A signer as x402's facilitator takes it. @param provider the signer's own */
export function facilitatorSigner(signer: Signer, address: Hex, provider: Provider): FacilitatorEvmSigner {
  const call = (target: Hex, abi: readonly unknown[], runner: Signer | Provider) =>
    new Contract(target, abi as InterfaceAbi, runner);
  return {
    getAddresses: () => [address],
    // Never sends anything: what would change the chain is tried out.
    readContract: async ({ address: target, abi, functionName, args = [] }): Promise<unknown> =>
      call(target, abi, provider)
        .getFunction(functionName)
        .staticCall(...args),
    writeContract: async ({ address: target, abi, functionName, args }) => {
      const { hash } = await call(target, abi, signer)
        .getFunction(functionName)
        .send(...args);
      return hash as Hex;
    },
    verifyTypedData: async ({ address: from, domain, types, message, signature }) => {
      const found = verifyTypedData(domain, types as Record<string, TypedDataField[]>, message, signature);
      return found.toLowerCase() === from.toLowerCase();
    },
    sendTransaction: async (transaction) => (await signer.sendTransaction(transaction)).hash as Hex,
    waitForTransactionReceipt: async ({ hash, timeout = PATIENCE }) => {
      const receipt = await provider.waitForTransaction(hash, 1, timeout);
      return { status: receipt?.status === 1 ? "success" : "reverted" };
    },
    getCode: async ({ address: target }) => (await provider.getCode(target)) as Hex,
  };
}
