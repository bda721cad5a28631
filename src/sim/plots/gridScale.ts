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

/**
 * A scale along one side of a grid.
 * @param values in any order, some of them more than once
 * @param range where the first cell begins and the last one ends
 */
export function gridScale(values: readonly number[], [start, end]: readonly [number, number]): GridScale {
  const sorted = [...new Set(values)].sort((one, other) => one - other);
  const size = (end - start) / Math.max(1, sorted.length);
  const middles = sorted.map((_, index) => start + size * (index + 0.5));
  const measure = (sorted[0] ?? 0) > 0 ? Math.log : (value: number): number => value;
  const scale = scaleLinear(sorted.map(measure), middles);
  const [least, most] = [Math.min(start, end), Math.max(start, end)];
  const at = (value: number): number => {
    if (sorted.length < 2) return value === sorted[0] ? (start + end) / 2 : NaN;
    // A curve may go on to nothing or without end: as far as a cell beyond the grid is as good, and can be drawn.
    const place = scale(measure(value));
    return Math.min(Math.max(place, least - Math.abs(size)), most + Math.abs(size));
  };
  return { values: sorted, size: Math.abs(size), at };
}
