/**
 * What an operator has settled, as `contracts/settlement/OperatorBooks.sol` keeps it: first as exposure that its bond must
 * cover, then as history that its credit is made of. Times are those of the protocol's clocks, in seconds.
 */
import { type Decaying, worth } from "./credit.ts";
import { BPS, least, MAX_UINT96 } from "./numbers.ts";
import { add, advance, leavesAt, type SlidingSum, totalOf } from "./slidingSum.ts";

export interface Exposure {
  readonly exposed: SlidingSum;
  /** What has left it, decayed from when each part did. */
  readonly history: Decaying;
  /** In which history loses half of its weight, in seconds: `FeeEscrow.settledHalfLife`. */
  readonly halfLife: bigint;
}

/** Of an operator that has settled nothing. @param halfLife that of its history, in seconds */
export function noExposure(halfLife: bigint): Exposure {
  return { exposed: [], history: { value: 0n, since: 0n }, halfLife };
}

/** How much may be exposed on a cover, by the escrow's coverage, in hundredths of a percent. */
export function capOf(cover: bigint, coverageBps: bigint): bigint {
  return (cover * BPS) / coverageBps;
}

/** Brings an exposure to `time`; to be brought there on the way makes no difference. */
export function exposureAt({ exposed, history, halfLife }: Exposure, time: bigint): Exposure {
  const { sum, left } = advance(exposed, time);
  return {
    exposed: sum,
    history: left.reduce((before: Decaying, part) => {
      const since = leavesAt(part);
      const value = worth(before, since, halfLife) + part.amount;
      return { value: least(value, MAX_UINT96), since };
    }, history),
    halfLife,
  };
}

/** An exposure to which something is added that is settled at `time`. */
export function exposedTo(exposure: Exposure, time: bigint, amount: bigint): Exposure {
  const { exposed, ...others } = exposureAt(exposure, time);
  return { exposed: add(exposed, time, amount), ...others };
}

/** What the bond still answers for at `time`. */
export function exposedAt(exposure: Exposure, time: bigint): bigint {
  return totalOf(exposureAt(exposure, time).exposed);
}

/** What is past its time to be challenged, decayed up to `time`. */
export function historyAt(exposure: Exposure, time: bigint): bigint {
  return worth(exposureAt(exposure, time).history, time, exposure.halfLife);
}
