/** What many runs say of a number. */

/** A mean, and its 95 % confidence interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** 95 % of a normal distribution lie within so many standard deviations. */
const NORMAL = 1.96;

/** The same of Student's t, for 1, 2, 3 ... degrees of freedom: what few values say is less certain. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The mean of values; that of none is NaN. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of independent values, and how well they tell it: one alone tells nothing of that. */
export function intervalOf(values: readonly number[]): Interval {
  const mean = meanOf(values);
  const freedom = values.length - 1;
  if (freedom < 1) return { mean, low: -Infinity, high: Infinity };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  const margin = (STUDENT[freedom - 1] ?? NORMAL) * Math.sqrt(variance / values.length);
  return { mean, low: mean - margin, high: mean + margin };
}
