/** Where cheating begins to lose: what it earned more than honesty, by watch rate and bond, and the frontier between. */
import { area, line, symbol, symbolCircle } from "d3-shape";
import { dollarText, numberText, shareText, shortText } from "../numbers.ts";
import { frame, place, SIZE } from "./frame.ts";
import { type GridScale, gridScale } from "./gridScale.ts";
import { markup, type Markup } from "./markup.ts";

/** What was measured at one watch rate and bond. */
export interface FrontierCell {
  /** Share of the answers that somebody computes again, 0 to 1. */
  readonly watchRate: number;
  /** An operator's own bond, in tokens. */
  readonly bond: number;
  /** Mean profit of cheating less that of honesty, in dollars an operator, with its confidence band over seeds. */
  readonly advantage: number;
  readonly low: number;
  readonly high: number;
}

/** The bond from which on cheating loses, at a watch rate. */
export interface FrontierPoint {
  readonly watchRate: number;
  /** In tokens. */
  readonly bond: number;
  /** The confidence band, where there is one. */
  readonly band?: { readonly low: number; readonly high: number };
}

/** All about one cheat rate. */
export interface FrontierFigure {
  /** Share of the answers that are wrong, 0 to 1. */
  readonly cheatRate: number;
  /** A cell for each watch rate and bond; some may be missing. */
  readonly cells: readonly FrontierCell[];
  /** The frontier as the cells show it, and as the closed form has it; watch rates at which there is none are left out. */
  readonly measured: readonly FrontierPoint[];
  readonly closedForm: readonly FrontierPoint[];
}

/** How many shades the style sheet has on each side of zero. */
const SHADES = 4;
/** Half of what lies between two cells. */
const GAP = 1.5;

interface Grid {
  readonly x: GridScale;
  readonly y: GridScale;
}

/** The drawing. @param setting the figure's id, and its words: see `figureOf` */
export function drawFrontier(
  { cells, measured, closedForm }: FrontierFigure,
  { id, words }: { readonly id: string; readonly words: Markup },
): Markup {
  const [left, right, top, foot] = [SIZE.left, SIZE.width - SIZE.right, SIZE.top, SIZE.height - SIZE.bottom];
  const x = gridScale(
    cells.map(({ watchRate }) => watchRate),
    [left, right],
  );
  const y = gridScale(
    cells.map(({ bond }) => bond),
    [foot, top],
  );
  const most = Math.max(0, ...cells.map(({ advantage }) => Math.abs(advantage)));
  const clip = `${id}-clip`;
  return frame({
    words,
    x: { label: "watch rate", ticks: x.values.map((value) => ({ at: x.at(value), name: shareText(value) })) },
    y: { label: "bond, tokens", ticks: y.values.map((value) => ({ at: y.at(value), name: shortText(value) })) },
    body: [
      markup`<clipPath id="${clip}"><rect x="${left}" y="${top}" width="${right - left}" height="${foot - top}"/></clipPath>`,
      ...cells.map((cell) => cellOf(cell, most, { x, y })),
      markup`<g clip-path="url(#${clip})">${curveOf("closed", closedForm, { x, y })}${curveOf("measured", measured, { x, y })}</g>`,
      // Above the curves, so that no number is hidden.
      ...cells.map((cell) => numberOf(cell, { x, y })),
    ],
  });
}

function cellOf(cell: FrontierCell, most: number, { x, y }: Grid): Markup {
  const { watchRate, bond, advantage } = cell;
  const shade = most === 0 ? 0 : Math.ceil(Math.sqrt(Math.abs(advantage) / most) * SHADES);
  const kind = `${advantage > 0 ? "pays" : "loses"} s${shade}${isOpen(cell) ? " open" : ""}`;
  const [left, top] = [x.at(watchRate) - x.size / 2, y.at(bond) - y.size / 2];
  return markup`<rect class="cell ${kind}" x="${place(left + GAP)}" y="${place(top + GAP)}" width="${place(x.size - 2 * GAP)}" height="${place(y.size - 2 * GAP)}"/>
`;
}

function numberOf({ watchRate, bond, advantage, low, high }: FrontierCell, { x, y }: Grid): Markup {
  const where = `watch rate ${shareText(watchRate)}, bond ${numberText(bond)}`;
  return markup`<text class="cell" x="${place(x.at(watchRate))}" y="${place(y.at(bond) + 5)}" text-anchor="middle">${shortText(advantage)}<title>${where}: ${dollarText(advantage)} (${dollarText(low)} to ${dollarText(high)})</title></text>
`;
}

function curveOf(kind: "measured" | "closed", points: readonly FrontierPoint[], { x, y }: Grid): Markup {
  const drawn = points
    .toSorted((one, other) => one.watchRate - other.watchRate)
    .map(({ watchRate, bond, band }) => ({
      x: x.at(watchRate),
      y: y.at(bond),
      low: y.at(band?.low ?? bond),
      high: y.at(band?.high ?? bond),
    }))
    .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  type Drawn = (typeof drawn)[number];
  const path = line<Drawn>()
    .x((point) => point.x)
    .y((point) => point.y)
    .digits(1)(drawn);
  const band = area<Drawn>()
    .x((point) => point.x)
    .y0((point) => point.low)
    .y1((point) => point.high)
    .digits(1)(drawn);
  const hasBand = points.some((point) => point.band !== undefined);
  const marker = symbol(symbolCircle, 46).digits(1)() ?? "";
  return markup`<g class="${kind}">${hasBand ? markup`<path class="range" d="${band ?? ""}"/>` : undefined}<path class="halo" d="${path ?? ""}"/><path class="edge" d="${path ?? ""}"/>${
    kind === "measured"
      ? drawn.map(
          (point) =>
            markup`<path class="dot" transform="translate(${place(point.x)} ${place(point.y)})" d="${marker}"/>`,
        )
      : undefined
  }</g>
`;
}

/** Whether the band leaves open which side of zero it is. */
function isOpen({ low, high }: FrontierCell): boolean {
  return low <= 0 && high >= 0;
}
