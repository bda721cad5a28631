/** A scale for a grid of measured values that need not lie evenly: each has a cell of the same size. */
import { scaleLinear } from "d3-scale";

/** Where a grid's values lie, and whatever lies between them or a little beyond. */
export interface GridScale {
  readonly values: readonly number[];
  /** The size of a cell. */
  readonly size: number;
  /** The middle of a value's cell; for another value, its place between them: by ratios where all are above zero. */
  readonly at: (value: number) => number;
}

/** How many cells beyond the grid a curve is followed that goes on to nothing or without end: its slope is still right. */
const BEYOND = 10;

/**
 * A scale along one side of a grid.
 * @param values in any order, some of them more than once
 * @param range where the first cell begins and the last one ends
 */
export function gridScale(values: readonly number[], [start, end]: readonly [number, number]): GridScale {
  const sorted = [...new Set(values)].sort((one, other) => one - other);
  const size = (end - start) / Math.max(1, sorted.length);
  const middles = sorted.map((_, index) => start + size * (index + 0.5));
  const measure = (sorted[0] ?? 0) > 0 ? (value: number): number => Math.log(Math.max(value, 0)) : Number;
  const measures = sorted.map(measure);
  const scale = scaleLinear(measures, middles);
  const [first = 0, second = first] = measures;
  const [nextToLast = 0, last = nextToLast] = measures.slice(-2);
  const [least, most] = [first - BEYOND * (second - first), last + BEYOND * (last - nextToLast)];
  const at = (value: number): number => {
    if (sorted.length < 2) return value === sorted[0] ? (start + end) / 2 : NaN;
    return scale(Math.min(Math.max(measure(value), least), most));
  };
  return { values: sorted, size: Math.abs(size), at };
}
