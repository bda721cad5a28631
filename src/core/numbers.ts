/** What amounts are counted and compared with. */

/** What fees, commissions and the coverage are in parts of: hundredths of a percent. */
export const BPS = 10_000n;

/** What the delegators' part of the fees is in parts of. */
export const RATE_ONE = 1_000_000_000n;

/** The most that contracts hold of an amount. */
export const MAX_UINT96 = 2n ** 96n - 1n;

export function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

export function greatest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
