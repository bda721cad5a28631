import type { FeeData } from "ethers";
import { greatest, least } from "../core/numbers.ts";
import { ChainError } from "./errors.ts";

/** What a transaction pays for a unit of gas, in wei: at most, and of that to whoever builds the block. */
export type Fees =
  | { readonly type: 2; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly type: 0; readonly gasPrice: bigint };

/** A tip above this is only believed as far as gas itself costs as much, in wei. */
const DEAREST_TIP = 3_000_000_000n;

/** The fees with which a transaction is likely to be in one of the next blocks. @throws ChainError where nobody knows */
export function feesFrom({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: FeeData): Fees {
  if (maxFeePerGas !== null && maxPriorityFeePerGas !== null) {
    // ethers allows for twice the base fee, and the tip.
    const baseFee = (maxFeePerGas - maxPriorityFeePerGas) / 2n;
    const tip = least(maxPriorityFeePerGas, greatest(baseFee, DEAREST_TIP));
    return { type: 2, maxFeePerGas: 2n * baseFee + tip, maxPriorityFeePerGas: tip };
  }
  if (gasPrice === null) throw new ChainError("NoGasPrice", "the chain does not say what gas costs");
  return { type: 0, gasPrice };
}

/**
 * The same, kept below a ceiling, in wei.
 * @throws ChainError where gas costs more than that now
 */
export function capFees(fees: Fees, ceiling: bigint): Fees {
  const price = fees.type === 0 ? fees.gasPrice : (fees.maxFeePerGas + fees.maxPriorityFeePerGas) / 2n;
  if (price > ceiling) {
    const message = `a unit of gas costs ${price} wei now, above the ceiling of ${ceiling}: wait, or raise the ceiling`;
    throw new ChainError("GasTooDear", message);
  }
  return fees.type === 0 ? fees : { ...fees, maxFeePerGas: least(fees.maxFeePerGas, ceiling) };
}

/**
 * Fees that are enough to take the place of a transaction that waits with `fees`: an eighth more, or what is asked now
 * where that is more still.
 * @returns undefined where that is above the ceiling
 */
export function raiseFees(fees: Fees, now: Fees, ceiling: bigint): Fees | undefined {
  if (fees.type === 0) {
    const gasPrice = greatest(raised(fees.gasPrice), now.type === 0 ? now.gasPrice : 0n);
    return gasPrice > ceiling ? undefined : { type: 0, gasPrice };
  }
  const asked = now.type === 2 ? now : { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n };
  const dearer = raised(fees.maxFeePerGas);
  if (dearer > ceiling) return undefined;
  const maxFeePerGas = least(greatest(dearer, asked.maxFeePerGas), ceiling);
  const tip = greatest(raised(fees.maxPriorityFeePerGas), asked.maxPriorityFeePerGas);
  return { type: 2, maxFeePerGas, maxPriorityFeePerGas: least(tip, maxFeePerGas) };
}

/** The most that a unit of gas can cost with these fees, in wei. */
export function greatestFee(fees: Fees): bigint {
  return fees.type === 2 ? fees.maxFeePerGas : fees.gasPrice;
}

/** An eighth more, rounded up: nodes want a tenth, some an eighth. */
function raised(fee: bigint): bigint {
  return fee + fee / 8n + 1n;
}
