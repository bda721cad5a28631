import { isCallException, type TransactionReceipt, type TransactionResponse } from "ethers";
import { ChainError, explain } from "./errors.ts";

/**
 * Sends a transaction and waits until it is in a block.
 * @param send starts it, as a contract's method does
 * @throws ChainError with the contract's reason where it is refused or reverts
 */
export async function transact(send: () => Promise<TransactionResponse>): Promise<TransactionReceipt> {
  return query(async () => {
    const sent = await send();
    const receipt = await sent.wait().catch(async (thrown: unknown) => {
      throw await reasonOf(thrown, sent);
    });
    if (receipt === null) throw new ChainError("Unconfirmed", "the transaction was sent but is in no block yet");
    return receipt;
  });
}

/** Why a transaction reverted that was fine when it was sent: its block does not say, so it is tried once more on top. */
async function reasonOf(thrown: unknown, { provider, from, to, data, value }: TransactionResponse): Promise<unknown> {
  if (!isCallException(thrown) || !thrown.receipt) return thrown;
  const { blockNumber: blockTag } = thrown.receipt;
  return provider.call({ from, to, data, value, blockTag }).then(
    () => thrown,
    (reason: unknown) => reason,
  );
}

/** Reads from the chain. @throws ChainError where it cannot be read */
export async function query<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw explain(thrown);
  }
}
