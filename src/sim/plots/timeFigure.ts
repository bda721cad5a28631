/** A figure of series over days: its drawing, its key and its table. */
import type { SimulationResult } from "../result.ts";
import { areas } from "./areas.ts";
import { figureOf } from "./figure.ts";
import type { OverDays } from "./days.ts";
import { daysTable, keyOf, lines } from "./lines.ts";
import type { Markup } from "./markup.ts";
import { samplesOf, type Series } from "./series.ts";
import type { GroupDay, NetworkDay } from "../result.ts";

interface FigureOverDays extends OverDays {
  readonly id: string;
  readonly title: string;
  readonly said: string;
  /** Whether the series are parts of a whole, that lie on each other. */
  readonly isStacked?: boolean;
}

/** The figure as HTML. */
export function figureOverDays({ id, title, said, isStacked = false, ...data }: FigureOverDays): Markup {
  return figureOf({
    id,
    title,
    said,
    key: keyOf(data.series),
    draw: (words) => (isStacked ? areas : lines)(data, words),
    table: daysTable(data),
  });
}

/** A series for each group of operators, in the scenario's order: a group looks the same in every figure. */
export function groupSeries(
  results: readonly SimulationResult[],
  value: (row: GroupDay) => number | undefined,
): Series[] {
  return (results[0]?.scenario.operators ?? []).map(({ name }, style) => ({
    name,
    style,
    samples: samplesOf(results, ({ groups }) => groups.filter(({ group }) => group === name), value),
  }));
}

/** Where the styles of what is no group begin, so that few groups share one with it. */
export const FIRST_STYLE = 5;

/** A series of the whole network for each name. */
export function networkSeries(
  results: readonly SimulationResult[],
  values: Readonly<Record<string, (row: NetworkDay) => number>>,
): Series[] {
  return Object.entries(values).map(([name, value], index) => ({
    name,
    style: FIRST_STYLE + index,
    samples: samplesOf(results, ({ network }) => network, value),
  }));
}
