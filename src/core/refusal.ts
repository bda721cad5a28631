/** How the models of contracts are called, and how they refuse. */
import type { Hex } from "./bytes.ts";

/** Nobody. */
export const ZERO_ADDRESS: Hex = `0x${"00".repeat(20)}`;

/** Who acts, and when. */
export interface Call {
  readonly sender: Hex;
  readonly time: bigint;
}

/** The contract would revert: with this error, with these values. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: string;
  readonly values: readonly (Hex | bigint)[];

  constructor(reason: string, ...values: readonly (Hex | bigint)[]) {
    super(`${reason}(${values.join(", ")})`);
    this.reason = reason;
    this.values = values;
  }
}
