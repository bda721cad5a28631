/** Lines over days: one for each series, with a band from the least to the most where there were several runs. */
import { area, line, symbol, symbolsFill } from "d3-shape";
import type { Shock } from "../scenario.ts";
import { dayScale, dayTicks, frame, place, type Scale, shockMarks, ticksOf, valueScale } from "./frame.ts";
import { markup, type Markup } from "./markup.ts";
import { type Sample, type Series, type Spread, spreadText } from "./series.ts";
import type { Table } from "./figure.ts";

/** What is drawn over days. */
export interface OverDays {
  readonly series: readonly Series[];
  /** What the values are, with their unit. */
  readonly label: string;
  readonly shocks: readonly Shock[];
}

/** How many markers a line carries, so that it can be told from others without its colour. */
const MARKERS = 7;
/** How many of a figure's days its table has at most. */
const ROWS = 40;
const COLOURS = 8;
const DASHES = 5;

/** The drawing. @param words see `figureOf` */
export function lines({ series, label, shocks }: OverDays, words: Markup): Markup {
  const samples = series.flatMap((one) => one.samples);
  const x = dayScale(daysOf(series));
  const y = valueScale(samples.flatMap(({ value }) => (value === undefined ? [] : [value.low, value.high])));
  const zero = place(y(0));
  return frame({
    words,
    x: { label: "day", ticks: dayTicks(x) },
    y: { label, ticks: ticksOf(y, 5) },
    body: [
      markup`<line class="zero" x1="${x.range()[0]}" x2="${x.range()[1]}" y1="${zero}" y2="${zero}"/>`,
      ...series.map((one) => bandOf(one, x, y)),
      ...shockMarks(x, shocks),
      ...series.map((one) => lineOf(one, x, y)),
    ],
  });
}

function bandOf({ samples, style }: Series, x: Scale, y: Scale): Markup {
  const known = samples.filter(isKnown);
  if (known.every(({ value: { low, high } }) => low === high)) return markup``;
  const path = area<Known>()
    .x(({ day }) => x(day))
    .y0(({ value }) => y(value.low))
    .y1(({ value }) => y(value.high))
    .digits(1)(known);
  return markup`<path class="band ${styleOf(style)}" d="${path ?? ""}"/>
`;
}

function lineOf({ name, samples, style }: Series, x: Scale, y: Scale): Markup {
  const path = line<Sample>()
    .defined(isKnown)
    .x(({ day }) => x(day))
    .y(({ value }) => y(value?.mean ?? 0))
    .digits(1)(samples);
  const known = samples.filter(isKnown);
  const step = Math.max(1, Math.floor(known.length / MARKERS));
  // Each line's markers begin elsewhere, so that those of lines that lie together do not hide each other.
  const marked = known.filter((_, index) => (index + style) % step === 0);
  return markup`<g class="${styleOf(style)}"><title>${name}</title><path class="line" d="${path ?? ""}"/>${marked.map(
    ({ day, value }) => markerAt(style, place(x(day)), place(y(value.mean))),
  )}</g>
`;
}

interface Known extends Sample {
  readonly value: Spread;
}

function isKnown(sample: Sample): sample is Known {
  return sample.value !== undefined;
}

/** The classes of a palette's entry: a colour and a dash that no other of the first forty has together. */
export function styleOf(style: number): string {
  return `c${style % COLOURS} d${style % DASHES}`;
}

function markerAt(style: number, x: number, y: number): Markup {
  const shape = symbolsFill[style % symbolsFill.length];
  const path = shape === undefined ? "" : symbol(shape, 46).digits(1)();
  return markup`<path class="marker" transform="translate(${x} ${y})" d="${path ?? ""}"/>`;
}

/** What the series are called, with a piece of each line. Of a single one there is nothing to tell apart. */
export function keyOf(series: readonly Series[]): Markup | undefined {
  if (series.length < 2) return undefined;
  return markup`<ul class="key">${series.map(
    ({ name, style }) =>
      markup`<li><svg viewBox="0 0 44 16" aria-hidden="true"><g class="${styleOf(style)}"><path class="line" d="M2 8H42"/>${markerAt(style, 22, 8)}</g></svg>${name}</li>`,
  )}</ul>
`;
}

/** The numbers of the series: a row a day, or a row for every few days. */
export function daysTable(series: readonly Series[], format: (value: number) => string): Table {
  const days = daysOf(series);
  const step = Math.ceil(days.length / ROWS);
  const shown = days.filter((_, index) => index % step === 0 || index === days.length - 1);
  const values = series.map(({ samples }) => new Map(samples.map(({ day, value }) => [day, value])));
  return {
    head: ["Day", ...series.map(({ name }) => name)],
    rows: shown.map((day) => [String(day), ...values.map((known) => spreadText(known.get(day), format))]),
    ...(step > 1 && { note: `Every ${step} days; all days are in the CSV files` }),
  };
}

function daysOf(series: readonly Series[]): number[] {
  const days = new Set(series.flatMap(({ samples }) => samples.map(({ day }) => day)));
  return [...days].sort((one, other) => one - other);
}
