/** What rollups of the OP stack ask for beside gas: the fee for writing a transaction to the chain that they rest on. */
import { Interface, isError, type Provider } from "ethers";

/** Where such a rollup says what that costs: the same address on all of them, and nothing there on other chains. */
const ORACLE = "0x420000000000000000000000000000000000000F";
const oracle = new Interface(["function getL1FeeUpperBound(uint256 unsignedSize) view returns (uint256)"]);

/**
 * What it costs at most that transactions are written there, in wei; 0 on chains that ask for nothing of the kind.
 * @param sizes of the transactions as they are serialised without a signature, in bytes
 */
export async function dataFeeOf(provider: Provider, sizes: readonly number[]): Promise<bigint> {
  if ((await provider.getCode(ORACLE)) === "0x") return 0n;
  try {
    const fees = sizes.map(async (size) => {
      const data = oracle.encodeFunctionData("getL1FeeUpperBound", [size]);
      const [fee] = oracle.decodeFunctionResult("getL1FeeUpperBound", await provider.call({ to: ORACLE, data }));
      return fee as bigint;
    });
    return (await Promise.all(fees)).reduce((sum, fee) => sum + fee, 0n);
  } catch (cause) {
    // Something else lies at that address, or a rollup from before it gave bounds.
    if (isError(cause, "CALL_EXCEPTION") || isError(cause, "BAD_DATA")) return 0n;
    throw cause;
  }
}
