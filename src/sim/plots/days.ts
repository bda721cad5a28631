/** What lines and areas over days have in common: their axes, what happens on the days, and the numbers under a pointer. */
import type { Shock } from "../scenario.ts";
import {
  dayScale,
  dayTicks,
  drawMarks,
  frame,
  marksOf,
  place,
  type Scale,
  SIZE,
  ticksOf,
  topOf,
  valueScale,
} from "./frame.ts";
import { markup, type Markup } from "./markup.ts";
import { type Series, spreadText } from "./series.ts";

/** What is drawn over days. */
export interface OverDays {
  readonly series: readonly Series[];
  /** What the values are, with their unit. */
  readonly label: string;
  /** A number of it, in words. */
  readonly format: (value: number) => string;
  readonly shocks: readonly Shock[];
}

/** Where days and values lie. */
export interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

/** The drawing of one kind. */
interface Drawing {
  readonly data: OverDays;
  /** All that has to have room between the axes. */
  readonly values: readonly number[];
  /** Draws it between the axes. */
  readonly draw: (scales: Scales) => readonly Markup[];
  readonly words: Markup;
}

/** The drawing with its axes. @param words see `figureOf` */
export function overDays({ data, values, draw, words }: Drawing): Markup {
  const days = daysOf(data.series);
  const x = dayScale(days);
  const marks = marksOf(x, data.shocks);
  const y = valueScale(values, topOf(marks));
  return frame({
    words,
    x: { label: "day", ticks: dayTicks(x) },
    y: { label: data.label, ticks: ticksOf(y, 5) },
    body: [...draw({ x, y }), ...drawMarks(marks), ...pointers(data, days, { x, y })],
  });
}

/** How many places along the days tell their numbers to a pointer, at most. */
const POINTERS = 100;

function pointers({ series, format }: OverDays, days: readonly number[], { x, y }: Scales): Markup[] {
  const step = Math.ceil(days.length / POINTERS);
  const values = valuesByDay(series);
  const [first = 0, second = first + 1] = [days[0], days[step]];
  const [width, top] = [place(x(second) - x(first)), place(Math.min(...y.range()))];
  return days
    .filter((_, index) => index % step === 0)
    .map((day) => {
      const told = values.map(({ name, on }) => `\n${name}: ${spreadText(on.get(day), format)}`);
      return markup`<rect class="day" x="${place(x(day) - width / 2)}" y="${top}" width="${width}" height="${place(SIZE.height - SIZE.bottom - top)}"><title>day ${day}${told}</title></rect>`;
    });
}

/** Each series' values by their day. */
export function valuesByDay(series: readonly Series[]) {
  return series.map(({ name, samples }) => ({ name, on: new Map(samples.map(({ day, value }) => [day, value])) }));
}

/** The days of all series, in their order. */
export function daysOf(series: readonly Series[]): number[] {
  const days = new Set(series.flatMap(({ samples }) => samples.map(({ day }) => day)));
  return [...days].sort((one, other) => one - other);
}
