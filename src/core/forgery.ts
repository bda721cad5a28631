/**
 * What a score costs somebody who serves nobody but itself: fees that it pays itself count like any others, but they pay
 * the protocol's part, they need cover while they can be challenged, and they decay. See `docs/credit.md`.
 */
import { type CreditFacts, worth } from "./credit.ts";
import { capOf, exposedAt, exposedTo, historyAt, noExposure } from "./exposure.ts";
import { BPS, least } from "./numbers.ts";
import { BUCKET_LENGTH, leavesAt } from "./slidingSum.ts";

/** What holds where a score is to be forged. */
export interface ForgeryTerms {
  readonly prior: bigint;
  readonly severity: bigint;
  /** What the forger was slashed for and is still remembered. */
  readonly faulted: bigint;
  /** In hundredths of a percent. */
  readonly protocolFeeBps: bigint;
  readonly coverageBps: bigint;
  /** In seconds. */
  readonly settledHalfLife: bigint;
  readonly unbondingDelay: bigint;
}

/** What a score costs. Amounts in the token's smallest unit, times in seconds. */
export interface Forgery {
  /** The least S that gives the score. */
  readonly settled: bigint;
  /** What has to be paid to oneself to have it, since what was paid first decays meanwhile. */
  readonly paid: bigint;
  /** The protocol's part of that: it is gone. */
  readonly protocolFee: bigint;
  /** From the first payment until the score is there. */
  readonly wait: bigint;
  /**
   * From the first payment until the bond is back that covers them: it is asked back after the last one. Until then it
   * answers for whatever the forger signs.
   */
  readonly locked: bigint;
  /** What the protocol takes of a year of payments that make up for decay. */
  readonly yearlyFee: bigint;
}

/** How long upkeep is counted for. */
const YEAR = 365n * 86_400n;

/** What is not there after so many half-lives is never there: less than a unit in 2^64 is still to come. */
const ENDLESS = 64n;

/** The least S for a score. @throws RangeError where there is no such score */
export function settledFor(score: bigint, { prior, severity, faulted }: Omit<CreditFacts, "settled">): bigint {
  if (score < 0n || score > 999n) throw new RangeError(`a score is 0 to 999, not ${score}`);
  const rest = 1_000n - score;
  return (score * (prior + severity * faulted) + rest - 1n) / rest;
}

/**
 * What a score costs with a cover that pays itself as much as it may as soon as it may.
 * @param cover how much is bonded; less takes longer
 * @returns undefined where the cover is too small: what is settled decays as fast as more can be
 * @example
 * ```ts
 * import { forgeryCost } from "surety/core";
 *
 * const day = 86_400n;
 * const terms = {
 *   prior: 1_000_000_000n,
 *   severity: 10n,
 *   faulted: 0n,
 *   protocolFeeBps: 100n,
 *   coverageBps: 10_000n,
 *   settledHalfLife: 90n * day,
 *   unbondingDelay: 21n * day,
 * };
 * const forgery = forgeryCost(500n, terms, 1_000_000_000n);
 * console.log(forgery?.settled, forgery?.protocolFee, forgery && forgery.wait / day); // 1000000000n 10000000n 16n
 * ```
 */
export function forgeryCost(score: bigint, terms: ForgeryTerms, cover: bigint): Forgery | undefined {
  const { coverageBps, protocolFeeBps, settledHalfLife: halfLife, unbondingDelay } = terms;
  const settled = settledFor(score, terms);
  const feeOf = (amount: bigint): bigint => (amount * protocolFeeBps) / BPS;
  let exposure = noExposure(halfLife);
  let paid = 0n;
  for (let time = 0n; time < ENDLESS * halfLife; time += BUCKET_LENGTH) {
    // What is paid now counts then, and what was paid before will have decayed until then.
    const wait = time + leavesAt({ bucket: 0n, amount: 0n });
    const missing = settled - historyAt(exposure, wait);
    const amount = least(capOf(cover, coverageBps) - exposedAt(exposure, time), missing);
    exposure = exposedTo(exposure, time, amount);
    paid += amount;
    if (amount === missing) {
      const yearlyFee = feeOf(upkeepOf(settled, wait, halfLife));
      return { settled, paid, protocolFee: feeOf(paid), wait, locked: time + unbondingDelay, yearlyFee };
    }
  }
  return undefined;
}

/** What decays of a sum in a year in which it is made up again, bucket by bucket. */
function upkeepOf(sum: bigint, since: bigint, halfLife: bigint): bigint {
  let decayed = 0n;
  for (let time = since; time < since + YEAR; time += BUCKET_LENGTH) {
    decayed += sum - worth({ value: sum, since: time }, time + BUCKET_LENGTH, halfLife);
  }
  return decayed;
}
