/** What many runs say of a number. */

/** A mean, and its 95 % confidence interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** 95 % of a normal distribution lie within so many standard deviations. */
const CONFIDENCE = 1.96;

/** The mean of values; that of none is NaN. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of independent values, and how well they tell it. */
export function intervalOf(values: readonly number[]): Interval {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const margin = CONFIDENCE * Math.sqrt(variance / values.length);
  return { mean, low: mean - margin, high: mean + margin };
}
