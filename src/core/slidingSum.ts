/**
 * What was added within the cap window, and up to a bucket of time more, as `contracts/settlement/SlidingSum.sol` keeps
 * it; but the parts are kept by bucket, all of them. Times are those of the protocol's clocks, in seconds.
 */
import { CAP_WINDOW } from "./terms.ts";

/** How many buckets the cap window has, and how long each is, in seconds. */
export const BUCKETS = 7n;
export const BUCKET_LENGTH = CAP_WINDOW / BUCKETS;

/** What was added in one bucket: numbers count from time 0. */
export interface Part {
  readonly bucket: bigint;
  readonly amount: bigint;
}

/** At most a part for each bucket, the oldest first. */
export type SlidingSum = readonly Part[];

/** When a part leaves the sum: with the bucket after the seven that follow its own. */
export function leavesAt({ bucket }: Part): bigint {
  return (bucket + BUCKETS + 1n) * BUCKET_LENGTH;
}

/** A sum without what has left it at `time`, and that. */
export function advance(sum: SlidingSum, time: bigint): { readonly sum: SlidingSum; readonly left: SlidingSum } {
  return { sum: sum.filter((part) => time < leavesAt(part)), left: sum.filter((part) => time >= leavesAt(part)) };
}

/** A sum to which something is added at `time`, which is not before anything else was. */
export function add(sum: SlidingSum, time: bigint, amount: bigint): SlidingSum {
  // A part of nothing would leave as others do, and what is remembered be rounded once more.
  if (amount === 0n) return sum;
  const bucket = time / BUCKET_LENGTH;
  const last = sum.at(-1);
  if (last?.bucket !== bucket) return [...sum, { bucket, amount }];
  return [...sum.slice(0, -1), { bucket, amount: last.amount + amount }];
}

export function totalOf(sum: SlidingSum): bigint {
  return sum.reduce((total, { amount }) => total + amount, 0n);
}
