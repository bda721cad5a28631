/** Figures of wrong answers, and of what became of them. */
import { countText, numberText, shareText } from "../numbers.ts";
import type { ConvictedFault, SimulationResult } from "../result.ts";
import { bars } from "./bars.ts";
import { figureOf } from "./figure.ts";
import type { Markup } from "./markup.ts";
import { FIRST_STYLE, figureOverDays } from "./timeFigure.ts";
import { samplesOf, type Spread, spreadOf, spreadText, summed } from "./series.ts";

/** Wrong answers and convictions over time, how late convictions come, and which part of wrong answers meets one. */
export function faultFigures(results: readonly SimulationResult[]): Markup[] {
  const sums = [
    { name: "wrong answers", of: "wrong" },
    { name: "convicted", of: "convicted" },
  ] as const;
  return [
    figureOverDays({
      id: "wrong",
      title: "Wrong answers and convictions",
      said: "Both since the first day, in the whole network.",
      series: sums.map(({ name, of }, index) => ({
        name,
        style: FIRST_STYLE + index,
        samples: samplesOf(
          results,
          ({ network }) => summed(network, (row) => row[of]),
          ({ sum }) => sum,
        ),
      })),
      label: "since the first day",
      format: numberText,
      shocks: results[0]?.scenario.shocks ?? [],
    }),
    delays(results),
    convictions(results),
  ];
}

/** How many classes of delays are told apart. */
const CLASSES = 20;

function delays(results: readonly SimulationResult[]): Markup {
  const all = results.flatMap(({ faults }) => faults.map(delayOf));
  const most = Math.max(0, ...all);
  const width = Math.ceil((most + 1) / CLASSES);
  const classes = Array.from({ length: Math.floor(most / width) + 1 }, (_, index) => {
    const [first, last] = [index * width, (index + 1) * width - 1];
    const inside = (delay: number): boolean => delay >= first && delay <= last;
    const counts = results.map(({ faults }) => faults.filter((fault) => inside(delayOf(fault))).length);
    return { name: first === last ? String(first) : `${first}–${last}`, value: spreadOf(counts) ?? NOTHING };
  });
  return figureOf({
    id: "delay",
    title: "Detection delay",
    said: `Days from a wrong answer to its verdict. ${delayText(all)}`,
    ...(all.length > 0 && {
      draw: (words) => bars({ bars: classes, xLabel: "days until the verdict", yLabel: "convictions" }, words),
    }),
    table: {
      head: ["Days", "Convictions"],
      rows: classes.map(({ name, value }) => [name, spreadText(value, numberText)]),
    },
  });
}

function convictions(results: readonly SimulationResult[]): Markup {
  const faults = results.flatMap((result) => result.faults);
  const days = results.flatMap(({ groups }) => groups);
  const rowOf = (name: string, wrong: number, theirs: readonly ConvictedFault[]): [string, ...string[]] => {
    const sorted = theirs.map(delayOf).sort((one, other) => one - other);
    const numbers = [median(sorted), sorted.at(-1)].map((delay) => (delay === undefined ? "–" : numberText(delay)));
    return [name, numberText(wrong), numberText(theirs.length), partText(theirs.length, wrong), ...numbers];
  };
  const provers = [...Map.groupBy(faults, ({ by }) => by)].map(([by, theirs]) => `${by} ${numberText(theirs.length)}`);
  return figureOf({
    id: "convictions",
    title: "Convicted wrong answers",
    said: `Which part of wrong answers was proven${results.length > 1 ? ", of all runs together" : ""}.${provers.length > 0 ? ` Who proved them: ${provers.join(", ")}.` : ""}`,
    isTable: true,
    table: {
      head: ["Group", "Wrong answers", "Convicted", "Part", "Median delay, days", "Longest, days"],
      rows: [
        ...(results[0]?.scenario.operators ?? []).map(({ name }) =>
          rowOf(
            name,
            wrongOf(days.filter(({ group }) => group === name)),
            faults.filter(({ group }) => group === name),
          ),
        ),
        rowOf("all", wrongOf(days), faults),
      ],
    },
  });
}

const NOTHING: Spread = { mean: 0, low: 0, high: 0 };

function delayOf({ day, convictedOn }: ConvictedFault): number {
  return convictedOn - day;
}

function wrongOf(rows: readonly { readonly wrong: number }[]): number {
  return rows.reduce((sum, { wrong }) => sum + wrong, 0);
}

function partText(part: number, whole: number): string {
  return whole === 0 ? "–" : shareText(part / whole);
}

function delayText(all: readonly number[]): string {
  const sorted = all.toSorted((one, other) => one - other);
  const [middle, longest] = [median(sorted), sorted.at(-1)];
  if (middle === undefined || longest === undefined) return "Nobody was convicted.";
  return `Half of them came within ${countText(middle, "day")}, the last after ${countText(longest, "day")}.`;
}

function median(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
