/** Who gets what of a fee, as `contracts/settlement/FeeSplit.sol` computes it. Amounts in the token's smallest unit. */
import { BPS, RATE_ONE } from "./numbers.ts";

export interface FeeRates {
  /** The protocol's part, in parts of `BPS`. */
  readonly protocolFeeBps: bigint;
  /** The delegators' part of the rest, in parts of `RATE_ONE`. */
  readonly delegatorsRate: bigint;
}

/** What the protocol and the delegators get; the rest is the operator's. */
export interface FeeParts {
  readonly protocol: bigint;
  readonly delegators: bigint;
}

/**
 * The parts of a payment that raises its payer's total from `before` to `total`. They are floored on the running total,
 * so that many small payments give what one large one does.
 */
export function splitFee(before: bigint, total: bigint, rates: FeeRates): FeeParts {
  const [less, more] = [partsOf(before, rates), partsOf(total, rates)];
  return { protocol: more.protocol - less.protocol, delegators: more.delegators - less.delegators };
}

function partsOf(total: bigint, { protocolFeeBps, delegatorsRate }: FeeRates): FeeParts {
  const protocol = (total * protocolFeeBps) / BPS;
  return { protocol, delegators: ((total - protocol) * delegatorsRate) / RATE_ONE };
}
