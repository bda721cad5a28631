/** Upright bars, one for each of a few classes, with a whisker from the least to the most where there were several runs. */
import { scaleBand } from "d3-scale";
import { spreadText, type Spread } from "./series.ts";
import { frame, place, SIZE, ticksOf, valueScale } from "./frame.ts";
import { markup, type Markup } from "./markup.ts";
import { numberText } from "../numbers.ts";

export interface Bars {
  readonly bars: readonly { readonly name: string; readonly value: Spread }[];
  /** What the bars are of, and what their height is. */
  readonly xLabel: string;
  readonly yLabel: string;
}

/** How many bars carry their name. */
const NAMES = 12;

/** The drawing. @param words see `figureOf` */
export function bars({ bars: all, xLabel, yLabel }: Bars, words: Markup): Markup {
  const x = scaleBand([...all.keys()], [SIZE.left, SIZE.width - SIZE.right]).padding(0.2);
  const y = valueScale(all.map(({ value }) => value.high));
  const step = Math.max(1, Math.ceil(all.length / NAMES));
  const middle = (index: number): number => place((x(index) ?? 0) + x.bandwidth() / 2);
  return frame({
    words,
    x: {
      label: xLabel,
      ticks: all.map(({ name }, index) => ({ at: middle(index), name })).filter((_, index) => index % step === 0),
    },
    y: { label: yLabel, ticks: ticksOf(y, 5) },
    body: all.map(({ name, value }, index) => {
      const [top, foot] = [place(y(value.mean)), place(y(0))];
      const whisker =
        value.low === value.high
          ? undefined
          : markup`<line class="whisker" x1="${middle(index)}" x2="${middle(index)}" y1="${place(y(value.low))}" y2="${place(y(value.high))}"/>`;
      return markup`<g><title>${name}: ${spreadText(value, numberText)}</title><rect class="bar" x="${place(x(index) ?? 0)}" width="${place(x.bandwidth())}" y="${top}" height="${place(foot - top)}"/>${whisker}</g>
`;
    }),
  });
}
