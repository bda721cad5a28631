/** Areas on each other over days: parts of a whole, by their means where there were several runs. */
import { area, type SeriesPoint, stack } from "d3-shape";
import { daysOf, type OverDays, overDays, type Scales, valuesByDay } from "./days.ts";
import { place } from "./frame.ts";
import { styleOf } from "./lines.ts";
import { markup, type Markup } from "./markup.ts";
import type { Series } from "./series.ts";

interface Day {
  readonly day: number;
  readonly means: readonly number[];
}

/** How thick an area is in which its name has room, and how wide a letter. */
const ROOM = 18;
const LETTER = 9.5;

/** The drawing; areas carry their names where there is room. @param words see `figureOf` */
export function areas(data: OverDays, words: Markup): Markup {
  const { series } = data;
  const layers = stack<Day, number>()
    .keys([...series.keys()])
    .value(({ means }, key) => means[key] ?? 0)(meansOf(series));
  return overDays({
    data,
    words,
    values: layers.flatMap((layer) => layer.map(([, top]) => top)),
    draw: (scales) => [
      ...series.map((one, index) => areaOf(one, layers[index] ?? [], scales)),
      ...series.map((one, index) => nameOf(one, layers[index] ?? [], scales)),
    ],
  });
}

type Layer = readonly SeriesPoint<Day>[];

function areaOf({ name, style }: Series, layer: Layer, { x, y }: Scales): Markup {
  const path = area<SeriesPoint<Day>>()
    .x(({ data }) => x(data.day))
    .y0(([foot]) => y(foot))
    .y1(([, top]) => y(top))
    .digits(1)(layer);
  return markup`<path class="area ${styleOf(style)}" d="${path ?? ""}"><title>${name}</title></path>
`;
}

/** The name where the area is thickest. */
function nameOf({ name }: Series, layer: Layer, { x, y }: Scales): Markup {
  const thickness = ([foot, top]: SeriesPoint<Day>): number => y(foot) - y(top);
  const half = (name.length * LETTER) / 2;
  const [left = 0, right = 0] = x.range();
  const fits = layer.filter(({ data }) => x(data.day) - half > left && x(data.day) + half < right);
  const [widest, ...rest] = fits;
  if (widest === undefined) return markup``;
  const best = rest.reduce((most, point) => (thickness(point) > thickness(most) ? point : most), widest);
  if (thickness(best) < ROOM) return markup``;
  const middle = (y(best[0]) + y(best[1])) / 2;
  return markup`<text class="name" x="${place(x(best.data.day))}" y="${place(middle + 5)}" text-anchor="middle">${name}</text>`;
}

function meansOf(series: readonly Series[]): Day[] {
  const values = valuesByDay(series);
  return daysOf(series).map((day) => ({ day, means: values.map(({ on }) => on.get(day)?.mean ?? 0) }));
}
