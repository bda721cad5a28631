/** The page of a sweep: a figure for each cheat rate, and what it says. */
import { dollarText, numberText, shareText } from "../numbers.ts";
import { figureOf } from "./figure.ts";
import { drawFrontier, type FrontierCell, type FrontierFigure, type FrontierPoint } from "./frontier.ts";
import { htmlPage } from "./html.ts";
import { markup, type Markup } from "./markup.ts";

/** A sweep, as a page shows it. */
export interface FrontierPage {
  readonly name: string;
  readonly description: string;
  /** How many seeds each cell was measured with. */
  readonly seeds: number;
  /** A figure for each cheat rate. */
  readonly figures: readonly FrontierFigure[];
}

/** The page of a sweep: a whole HTML file, which needs no other and no network. */
export function frontierPage({ name, description, seeds, figures }: FrontierPage): string {
  return htmlPage(`Sweep: ${name}`, [
    markup`<p class="intro">${description}</p>
<p>Each cell is what a cheat has earned more than an honest operator, in dollars, on average over ${seeds} seeds: above zero cheating pays, below zero it loses. A cell with a dashed edge is not certain: its confidence band holds zero. In each figure colours are stronger the more it is.</p>
${key()}
<div class="figures">
${frontierFigures(figures)}</div>
`,
  ]);
}

/** The figures alone, for a page that shows more than them. */
export function frontierFigures(figures: readonly FrontierFigure[]): Markup[] {
  return figures.map((figure, index) => {
    const { cheatRate, cells, measured, closedForm } = figure;
    const id = `frontier-${index + 1}`;
    return figureOf({
      id,
      title: `Cheating on ${shareText(cheatRate)} of the answers`,
      said: `${certainty(cells)} ${agreement(measured, closedForm)}`,
      draw: (words) => drawFrontier(figure, { id, words }),
      table: {
        head: ["Watch rate", "Bond, tokens", "Cheating earns more by", "Least", "Most"],
        rows: cells.map(({ watchRate, bond, advantage, low, high }) => [
          shareText(watchRate),
          numberText(bond),
          ...[advantage, low, high].map(dollarText),
        ]),
      },
    });
  });
}

function certainty(cells: readonly FrontierCell[]): string {
  const lost = cells.filter(({ high }) => high < 0).length;
  const won = cells.filter(({ low }) => low > 0).length;
  return `Of ${cells.length} cells cheating loses for certain in ${lost}, pays for certain in ${won}, and ${cells.length - lost - won} are open.`;
}

/** At how many watch rates the two curves say the same: their bands have a bond in common. */
function agreement(measured: readonly FrontierPoint[], closedForm: readonly FrontierPoint[]): string {
  const pairs = measured.flatMap((point) =>
    closedForm.filter(({ watchRate }) => watchRate === point.watchRate).map((other) => [point, other] as const),
  );
  if (pairs.length === 0) return "The frontier was measured at none of the closed form's watch rates.";
  const range = ({ bond, band }: FrontierPoint): { low: number; high: number } => band ?? { low: bond, high: bond };
  const same = pairs.filter(([one, other]) => {
    const [mine, theirs] = [range(one), range(other)];
    return mine.low <= theirs.high && theirs.low <= mine.high;
  });
  return `The measured frontier and the closed form agree, within their bands, at ${same.length} of ${pairs.length} watch rates.`;
}

function key(): Markup {
  const swatches = [
    ["cheating pays", markup`<rect class="cell pays s3" x="2" y="1" width="40" height="14"/>`],
    ["cheating loses", markup`<rect class="cell loses s3" x="2" y="1" width="40" height="14"/>`],
    ["not certain", markup`<rect class="cell loses s0 open" x="2" y="1" width="40" height="14"/>`],
    [
      "frontier, measured",
      markup`<g class="measured"><path class="edge" d="M2 8H42"/><circle class="dot" cx="22" cy="8" r="4"/></g>`,
    ],
    ["frontier by the closed form", markup`<g class="closed"><path class="edge" d="M2 8H42"/></g>`],
  ] as const;
  return markup`<ul class="key">${swatches.map(
    ([name, swatch]) => markup`<li><svg viewBox="0 0 44 16" aria-hidden="true">${swatch}</svg>${name}</li>`,
  )}</ul>
`;
}
