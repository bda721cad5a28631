/** Figures of how operators fare, by group. */
import { dollarText, numberText, shareText } from "../numbers.ts";
import type { SimulationResult } from "../result.ts";
import type { Markup } from "./markup.ts";
import { figureOverDays, groupSeries, networkSeries } from "./timeFigure.ts";
import { type Series, spreadText } from "./series.ts";

/** Profit, bonds, credit, demand, and what of their cover is exposed. */
export function operatorFigures(results: readonly SimulationResult[]): Markup[] {
  const shocks = results[0]?.scenario.shocks ?? [];
  const profit = groupSeries(results, (row) => row.profit);
  return [
    figureOverDays({
      id: "profit",
      title: "Profit by strategy",
      said: `What an operator has gained since the first day, in dollars, on average in its group. ${atTheEnd(profit, dollarText)}`,
      series: profit,
      label: "dollars an operator",
      format: dollarText,
      shocks,
    }),
    figureOverDays({
      id: "demand",
      title: "Demand by strategy",
      said: "Each group's part of the day's answers.",
      series: groupSeries(results, (row) => row.demandShare * 100),
      label: "% of answers",
      format: (value) => shareText(value / 100),
      isStacked: true,
      shocks,
    }),
    figureOverDays({
      id: "own-bond",
      title: "Own bond",
      said: "What an operator has bonded itself, on average in its group. Slashes take from it first.",
      series: groupSeries(results, (row) => row.own),
      label: "tokens an operator",
      format: numberText,
      shocks,
    }),
    figureOverDays({
      id: "delegated-bond",
      title: "Delegated bond",
      said: "What delegators have bonded behind an operator, on average in its group.",
      series: groupSeries(results, (row) => row.delegated),
      label: "tokens an operator",
      format: numberText,
      shocks,
    }),
    figureOverDays({
      id: "credit",
      title: "Credit",
      said: "The score, in thousandths, of those in the group that are proven; there is no line while none is.",
      series: groupSeries(results, ({ credit, proven }) => (proven > 0 ? credit : undefined)),
      label: "thousandths",
      format: numberText,
      shocks,
    }),
    figureOverDays({
      id: "active",
      title: "Operators that can be paid",
      said: "How many of each group still have the bond that it takes.",
      series: groupSeries(results, (row) => row.active),
      label: "operators",
      format: numberText,
      shocks,
    }),
    figureOverDays({
      id: "cover",
      title: "Exposure against cover",
      said: "What all bonds cover, and what of it stands for fees that can still be challenged.",
      series: networkSeries(results, { cover: (row) => row.cover, exposure: (row) => row.exposure }),
      label: "tokens",
      format: numberText,
      shocks,
    }),
    figureOverDays({
      id: "exposed",
      title: "Exposed part of the cover",
      said: "Exposure as a part of the cover, by group; there is no line where there is no cover.",
      series: groupSeries(results, ({ cover, exposure }) => (cover > 0 ? (exposure / cover) * 100 : undefined)),
      label: "% of the cover",
      format: (value) => shareText(value / 100),
      shocks,
    }),
  ];
}

/** Where series have ended, in words. */
function atTheEnd(series: readonly Series[], format: (value: number) => string): string {
  return `At the end: ${series.map(({ name, samples }) => `${name} ${spreadText(samples.at(-1)?.value, format)}`).join(", ")}.`;
}
