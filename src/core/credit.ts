/** The mathematics of credit, as `contracts/credit` computes it. */

/** A decaying value: exact at `since`, in seconds. */
export interface Decaying {
  readonly value: bigint;
  readonly since: bigint;
}

/**
 * What a decaying value is worth at `time`, in seconds, rounded down: half of it a half-life later, and in between a
 * line that depends on the time alone. See `contracts/credit/DecayingSum.sol`.
 * @throws RangeError where `time` is before `since`
 */
export function worth({ value, since }: Decaying, time: bigint, halfLife: bigint): bigint {
  if (time < since) throw new RangeError(`${time} is before ${since}`);
  const halvings = time / halfLife - since / halfLife;
  if (halvings > 128n) return 0n;
  return (value * (2n * halfLife - (time % halfLife))) / ((2n * halfLife - (since % halfLife)) << halvings);
}

/** The facts and parameters that a score is made of. Amounts in the token's smallest unit. */
export interface CreditFacts {
  /** S: settled, and past its time to be challenged. */
  readonly settled: bigint;
  /** F: what slashes asked for. */
  readonly faulted: bigint;
  /** P: how much settled value an operator is worth nothing without. */
  readonly prior: bigint;
  /** K: how many units of good service one unit of fault outweighs. */
  readonly severity: bigint;
}

/**
 * S * 1000 / (S + P + K * F), 0 to 999, and whether S has reached P: below it the score says nothing yet.
 * @example
 * ```ts
 * import { credit } from "surety/core";
 *
 * const { score, proven } = credit({ settled: 3_000_000n, faulted: 0n, prior: 1_000_000n, severity: 10n });
 * console.log(score, proven); // 750n true
 * ```
 */
export function credit({ settled, faulted, prior, severity }: CreditFacts): { score: bigint; proven: boolean } {
  return { score: (settled * 1_000n) / (settled + prior + severity * faulted), proven: settled >= prior };
}
