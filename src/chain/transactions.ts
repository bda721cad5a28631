import type { TransactionReceipt, TransactionResponse } from "ethers";
import { ChainError, explain } from "./errors.ts";

/**
 * Sends a transaction and waits until it is in a block.
 * @param send starts it, as a contract's method does
 * @throws ChainError with the contract's reason where it is refused or reverts
 */
export async function transact(send: () => Promise<TransactionResponse>): Promise<TransactionReceipt> {
  return query(async () => {
    const receipt = await (await send()).wait();
    if (receipt === null) throw new ChainError("Unconfirmed", "the transaction was sent but is in no block yet");
    return receipt;
  });
}

/** Reads from the chain. @throws ChainError where it cannot be read */
export async function query<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw explain(thrown);
  }
}
