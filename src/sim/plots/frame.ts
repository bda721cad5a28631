/** The axes of a plot, and what happens on its days. */
import { scaleLinear, type ScaleLinear } from "d3-scale";
import type { Shock } from "../scenario.ts";
import { shockText } from "../words.ts";
import { shortText } from "../numbers.ts";
import { markup, type Markup } from "./markup.ts";

/** A plot's size in its own units, and the room for what stands at its axes. */
export const SIZE = { width: 560, height: 340, left: 62, right: 20, top: 28, bottom: 46 } as const;

export type Scale = ScaleLinear<number, number>;

/** A tick, or a mark, at a place along an axis. */
export interface Place {
  readonly at: number;
  readonly name: string;
}

export interface Frame {
  /** Title and description of the drawing: see `figureOf`. */
  readonly words: Markup;
  readonly x: { readonly label: string; readonly ticks: readonly Place[] };
  readonly y: { readonly label: string; readonly ticks: readonly Place[] };
  readonly body: readonly Markup[];
}

/** A drawing with its axes. */
export function frame({ words, x, y, body }: Frame): Markup {
  const { width, height, left, right, bottom } = SIZE;
  return markup`<svg viewBox="0 0 ${width} ${height}" role="img">${words}
<g class="axes">
${y.ticks.map(({ at, name }) => markup`<line x1="${left}" x2="${width - right}" y1="${place(at)}" y2="${place(at)}"/><text x="${left - 6}" y="${place(at + 5)}" text-anchor="end">${name}</text>`)}
${x.ticks.map(({ at, name }) => markup`<text x="${place(at)}" y="${height - bottom + 19}" text-anchor="middle">${name}</text>`)}
<text x="${(left + width - right) / 2}" y="${height - 5}" text-anchor="middle">${x.label}</text>
<text x="4" y="15">${y.label}</text>
</g>
${body}
</svg>`;
}

/** Where the days lie. @param days in their order */
export function dayScale(days: readonly number[]): Scale {
  const [first = 0, last = first] = [days[0], days.at(-1)];
  return scaleLinear([first, Math.max(last, first + 1)], [SIZE.left, SIZE.width - SIZE.right]);
}

/** Where values lie; zero is always there. @param top where the highest may be */
export function valueScale(values: readonly number[], top: number = SIZE.top): Scale {
  // What sums of fractions are over a round number is no reason for a tick more.
  const [low, high] = [Math.min(0, ...values), Number(Math.max(0, ...values).toPrecision(9))];
  return scaleLinear([low, low === high ? 1 : high], [SIZE.height - SIZE.bottom, top]).nice(5);
}

/** A scale's ticks, about so many. */
export function ticksOf(scale: Scale, count: number, name: (value: number) => string = shortText): Place[] {
  return scale.ticks(count).map((value) => ({ at: scale(value), name: name(value) }));
}

/** Days are whole. */
export function dayTicks(scale: Scale): Place[] {
  return ticksOf(scale, 6, String).filter(({ name }) => /^\d+$/.test(name));
}

/** What happens on a day that is shown: where its words stand, and in which row of words. */
export interface Mark {
  readonly at: number;
  readonly label: string;
  readonly row: number;
  readonly isLeft: boolean;
}

/** How wide a letter of a mark is at most, and how high its row. */
const LETTER = 9.5;
const ROW = 19;

/** Places for shocks whose words do not lie on each other: left of their line where there is no room at its right. */
export function marksOf(x: Scale, shocks: readonly Shock[]): Mark[] {
  const [first = 0, last = 0] = x.domain();
  const ends: number[] = [];
  return shocks
    .filter(({ on }) => on >= first && on <= last)
    .toSorted((one, other) => one.on - other.on)
    .map((shock) => {
      const { label } = shockText(shock);
      const [at, room] = [x(shock.on), label.length * LETTER];
      const isLeft = at + room > SIZE.width;
      const start = isLeft ? at - room : at;
      const free = ends.findIndex((end) => end < start);
      const row = free === -1 ? ends.length : free;
      ends[row] = start + room;
      return { at, label, row, isLeft };
    });
}

/** Where the plot itself begins, below its marks' words. */
export function topOf(marks: readonly Mark[]): number {
  return SIZE.top + Math.max(0, ...marks.map(({ row }) => row + 1)) * ROW;
}

/** An upright line for each mark, with its words above the plot. */
export function drawMarks(marks: readonly Mark[]): Markup[] {
  return marks.map(({ at, label, row, isLeft }) => {
    const [top, x] = [SIZE.top + row * ROW, place(at)];
    return markup`<line class="shock" x1="${x}" x2="${x}" y1="${top}" y2="${SIZE.height - SIZE.bottom}"/><text class="shock" x="${x + (isLeft ? -4 : 4)}" y="${top + 11}" text-anchor="${isLeft ? "end" : "start"}">${label}</text>`;
  });
}

/** A coordinate: a tenth of a unit is more than an eye sees. */
export function place(value: number): number {
  return Math.round(value * 10) / 10;
}
