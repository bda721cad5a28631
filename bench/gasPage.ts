/** The tables of docs/gas.md, from the committed figures (gas.json) and the peers' (anchors.json). A test holds the page to them. */
import { type Anchors, formatUnlike, makeRow, partOf } from "./table.ts";

const number = (value: number): string => value.toLocaleString("en-US");

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((title) => (title === "operation" || title === "whose" ? "---" : "--:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

/** Every operation beside its budget and its best peer. */
function operationsTable(anchors: Anchors, figures: Readonly<Record<string, number>>): string {
  const rows = Object.entries(figures).map(([operation, used]) => {
    const { gas, budget, bestPeer, bestPeerGas } = makeRow(anchors, operation, BigInt(used));
    const peer = bestPeerGas === null ? ["", "", ""] : [number(bestPeerGas), partOf(gas, bestPeerGas), bestPeer ?? ""];
    return [operation, number(gas), number(budget), ...peer];
  });
  return tableOf(["operation", "gas", "budget", "best peer", "of it", "whose"], rows);
}

/** Where budgets come from that no peer's figure stands behind. */
function basesList({ operations }: Anchors): string {
  return Object.entries(operations)
    .flatMap(([operation, { basis }]) => (basis === undefined ? [] : `- ${operation}: ${basis}.`))
    .join("\n");
}

/** Whose figures these are, and of which version. */
function sourcesTable({ systems }: Anchors): string {
  const rows = Object.entries(systems).map(([name, { version, source }]) => [name, `\`${version}\``, `<${source}>`]);
  return `| system | version | source |\n| --- | --- | --- |\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`;
}

/** The page with all that is computed written anew between its marks. @throws Error where a mark is missing */
export function fillGasPage(page: string, anchors: Anchors, figures: Readonly<Record<string, number>>): string {
  const parts = {
    operations: operationsTable(anchors, figures),
    unlike: formatUnlike(anchors).replace(/^/gm, "- "),
    bases: basesList(anchors),
    method: anchors.method,
    sources: sourcesTable(anchors),
  };
  return Object.entries(parts).reduce((text, [name, part]) => {
    const marks = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- end -->)`);
    if (!marks.test(text)) throw new Error(`docs/gas.md has no place for its ${name}`);
    return text.replace(marks, (_, before: string, after: string) => `${before}\n\n${part}\n\n${after}`);
  }, page);
}
