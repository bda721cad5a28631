/** What every figure is made of: its words, its drawing, its key, and the table of the same numbers. */
import { markup, type Markup } from "./markup.ts";

/** What stands in a table: a number, a share that is told by a shade too, or sentences. */
export type Cell = string | { readonly name: string; readonly share: number } | { readonly words: string };

/** A table: the first cell of a row names it, the others are numbers or words. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly [name: string, ...cells: Cell[]])[];
  /** What the table leaves out, where it does. */
  readonly note?: string;
}

/** A figure. */
export interface Figure {
  /** Of letters and hyphens, and of no other figure on the page. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence or two. */
  readonly said: string;
  readonly key?: Markup | undefined;
  /** Draws it; the drawing is named and described by what it is given. */
  readonly draw?: (words: Markup) => Markup;
  readonly table: Table;
  /** Whether the table is the figure, or lies behind it. */
  readonly isTable?: boolean;
}

const WORDS = markup` class="words"`;

/** How many shades the style sheet has. */
const SHADES = 4;

/** The figure as HTML. */
export function figureOf({ id, title, said, key, draw, table, isTable = false }: Figure): Markup {
  const words = markup`<title id="${id}-title">${title}</title><desc id="${id}-said">${said}</desc>`;
  const numbers = tableOf(`${title}: the numbers`, table);
  return markup`<figure id="${id}"${isTable ? markup` class="wide"` : undefined}>
<figcaption><strong>${title}.</strong> ${said}</figcaption>
${key}${draw?.(words)}
${isTable ? numbers : markup`<details><summary>${title}: the numbers</summary>${numbers}</details>`}
</figure>
`;
}

/** A table that scrolls on its own where it is too wide. @param caption what it is called: for those who do not see it */
export function tableOf(caption: string, { head, rows, note }: Table): Markup {
  const isWords = (column: number): boolean => typeof rows[0]?.[column] === "object" && "words" in rows[0][column];
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell, column) => markup`<th scope="col"${isWords(column) ? WORDS : undefined}>${cell}</th>`)}</tr></thead>
<tbody>${rows.map(rowOf)}</tbody>
</table></div>${note && markup`<p class="note">${note}</p>`}`;
}

function rowOf([name, ...cells]: Table["rows"][number]): Markup {
  return markup`<tr><th scope="row">${name}</th>${cells.map(cellOf)}</tr>
`;
}

function cellOf(cell: Cell): Markup {
  if (typeof cell === "string") return markup`<td>${cell}</td>`;
  if ("words" in cell) return markup`<td${WORDS}>${cell.words}</td>`;
  return markup`<td data-heat="${Math.ceil(cell.share * SHADES)}">${cell.name}</td>`;
}
