/** Series of one run, or of several runs of one scenario: their mean, and the least and the most of them. */
import type { SimulationResult } from "../result.ts";

/** What several runs gave. Of a single one all three are the same. */
export interface Spread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A value on a day; undefined where no run has one. */
export interface Sample {
  readonly day: number;
  readonly value: Spread | undefined;
}

/** A line or an area of a plot. */
export interface Series {
  readonly name: string;
  /** Which of the palette's colours, dashes and markers it has. */
  readonly style: number;
  readonly samples: readonly Sample[];
}

/** Mean, least and most; undefined of nothing. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, low: Math.min(...values), high: Math.max(...values) };
}

/**
 * A series over the days of all runs.
 * @param of a run's rows
 * @param value what is drawn of a row; undefined where it has none
 */
export function samplesOf<Row extends { readonly day: number }>(
  results: readonly SimulationResult[],
  of: (result: SimulationResult) => readonly Row[],
  value: (row: Row) => number | undefined,
): Sample[] {
  return [...Map.groupBy(results.flatMap(of), ({ day }) => day)]
    .sort(([one], [other]) => one - other)
    .map(([day, rows]) => ({ day, value: spreadOf(rows.map(value).filter((one) => one !== undefined)) }));
}

/** Rows with the sum of a value since the first day, for each of them. @param rows in the order of days */
export function summed<Row extends { readonly day: number }>(
  rows: readonly Row[],
  value: (row: Row) => number,
): { readonly day: number; readonly sum: number }[] {
  let sum = 0;
  return rows.map((row) => ({ day: row.day, sum: (sum += value(row)) }));
}

/** A spread in words: the mean, and the range where there is one. */
export function spreadText(spread: Spread | undefined, format: (value: number) => string): string {
  if (spread === undefined) return "–";
  const { mean, low, high } = spread;
  return low === high ? format(mean) : `${format(mean)} (${format(low)} to ${format(high)})`;
}
