/** Lines over days: one for each series, with a band from the least to the most where there were several runs. */
import { area, line, symbol, symbolsFill } from "d3-shape";
import { daysOf, type OverDays, overDays, type Scales, valuesByDay } from "./days.ts";
import { place } from "./frame.ts";
import { markup, type Markup } from "./markup.ts";
import { type Sample, type Series, type Spread, spreadText } from "./series.ts";
import type { Table } from "./figure.ts";

/** How many markers a line carries, so that it can be told from others without its colour. */
const MARKERS = 7;
/** How many of a figure's days its table has at most. */
const ROWS = 40;
const COLOURS = 8;
const DASHES = 5;

/** The drawing. @param words see `figureOf` */
export function lines(data: OverDays, words: Markup): Markup {
  const known = data.series.flatMap(({ samples }) => samples.filter(isKnown));
  return overDays({
    data,
    words,
    values: known.flatMap(({ value }) => [value.low, value.high]),
    draw: (scales) => [
      zeroOf(scales),
      ...data.series.map((one) => bandOf(one, scales)),
      ...data.series.map((one) => lineOf(one, scales)),
    ],
  });
}

function zeroOf({ x, y }: Scales): Markup {
  const [left, right] = x.range();
  return markup`<line class="zero" x1="${left}" x2="${right}" y1="${place(y(0))}" y2="${place(y(0))}"/>`;
}

function bandOf({ samples, style }: Series, { x, y }: Scales): Markup {
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

function lineOf({ name, samples, style }: Series, { x, y }: Scales): Markup {
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
export function daysTable({ series, format }: OverDays): Table {
  const days = daysOf(series);
  const step = Math.ceil(days.length / ROWS);
  const shown = days.filter((_, index) => index % step === 0 || index === days.length - 1);
  const values = valuesByDay(series);
  return {
    head: ["Day", ...values.map(({ name }) => name)],
    rows: shown.map((day) => [String(day), ...values.map(({ on }) => spreadText(on.get(day), format))]),
    ...(step > 1 && { note: `Every ${step} days; all days are in the CSV files.` }),
  };
}
