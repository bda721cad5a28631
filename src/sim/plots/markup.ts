/**
 * HTML and SVG as text. Whatever is put into a template is escaped here, and nowhere else: names and descriptions come from
 * files that anybody may have written.
 */

/** A text that is HTML already: what `markup` has made. */
export class Markup {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** What stands in the program itself, as a style sheet does. @internal */
  static trusted(text: string): Markup {
    return new Markup(text);
  }
}

/** What can stand in a template: nothing for `undefined`, one after the other for a list. */
export type Part = Markup | string | number | undefined | readonly Part[];

/** A template of HTML, for content and for values of attributes in double quotes. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return Markup.trusted(strings.map((string, index) => string + textOf(parts[index])).join(""));
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
