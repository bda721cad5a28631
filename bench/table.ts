/** The table of measured costs beside budgets and peers, and what is wrong with it. */
import { z } from "zod";

const gas = z.int().positive();
/**
 * `basis` says where a budget comes from that no peer's figure stands behind; `unlike` has peers that do less, and what
 * they leave out.
 */
export const anchorsSchema = z.strictObject({
  method: z.string(),
  systems: z.record(z.string(), z.strictObject({ version: z.string(), source: z.url() })),
  operations: z.record(
    z.string(),
    z.strictObject({
      budget: gas,
      basis: z.string().optional(),
      peers: z.record(z.string(), gas),
      unlike: z.record(z.string(), z.strictObject({ gas, difference: z.string() })).optional(),
    }),
  ),
});
export type Anchors = z.infer<typeof anchorsSchema>;

export interface Row {
  readonly operation: string;
  readonly gas: number;
  readonly budget: number;
  readonly bestPeer: string | null;
  readonly bestPeerGas: number | null;
}

/** @throws Error where the anchors do not know the operation, or not where a peer's figure comes from */
export function makeRow({ operations, systems }: Anchors, operation: string, used: bigint): Row {
  const anchor = operations[operation];
  if (anchor === undefined) throw new Error(`bench/anchors.json has no budget for "${operation}"`);
  const [best] = Object.entries(anchor.peers).sort(([, one], [, other]) => one - other);
  if (best !== undefined && systems[best[0]] === undefined)
    throw new Error(`bench/anchors.json has no source for ${best[0]}`);
  return {
    operation,
    gas: Number(used),
    budget: anchor.budget,
    bestPeer: best?.[0] ?? null,
    bestPeerGas: best?.[1] ?? null,
  };
}

/** What is wrong with the figures, a line each. */
export function findProblems(rows: readonly Row[], committed: Readonly<Record<string, number>>): string[] {
  const over = rows.filter(({ gas, budget }) => gas > budget);
  const changed = rows.filter(({ operation, gas }) => committed[operation] !== gas);
  const measured = new Set(rows.map(({ operation }) => operation));
  const missing = Object.keys(committed).filter((operation) => !measured.has(operation));
  const growing = ["slash", "withdraw"].filter(
    (name) =>
      new Set(rows.filter(({ operation }) => operation.startsWith(`${name}, 1`)).map(({ gas }) => gas)).size > 1,
  );
  return [
    ...over.map(({ operation, gas, budget }) => `BudgetExceeded: ${operation} costs ${gas}, its budget is ${budget}.`),
    ...growing.map((name) => `CostGrows: ${name} must cost the same whatever the number of delegators and tickets.`),
    ...changed.map(
      ({ operation, gas }) =>
        `FigureChanged: ${operation} costs ${gas}, bench/gas.json says ${committed[operation] ?? "nothing"}. ` +
        "Where that is meant: npm run bench:gas -- --write, and commit it.",
    ),
    ...missing.map((operation) => `FigureMissing: ${operation} is in bench/gas.json and was not measured.`),
  ];
}

/** Peers that do less for less, a line each. */
export function formatUnlike({ operations }: Anchors): string {
  return Object.entries(operations)
    .flatMap(([operation, { unlike = {} }]) => Object.entries(unlike).map((peer) => ({ operation, peer })))
    .map(
      ({ operation, peer: [name, { gas, difference }] }) =>
        `${operation}: ${name} takes ${gas.toLocaleString("en-US")}, but ${difference}.`,
    )
    .join("\n");
}

/** A part in percent, with a digit behind the point where it is less than one. */
export function partOf(gas: number, peer: number): string {
  const percent = (100 * gas) / peer;
  return `${percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

export function formatTable(rows: readonly Row[]): string {
  const number = (value: number | null): string => (value === null ? "" : value.toLocaleString("en-US"));
  const cells = rows.map(({ operation, gas, budget, bestPeer, bestPeerGas }) => [
    operation,
    number(gas),
    number(budget),
    number(bestPeerGas),
    bestPeer ?? "",
    bestPeerGas === null ? "" : partOf(gas, bestPeerGas),
  ]);
  return alignColumns([["operation", "gas", "budget", "best peer", "", "of it"], ...cells], [0, 4]);
}

/** @param texts the columns that are no numbers */
export function alignColumns(table: readonly (readonly string[])[], texts: readonly number[]): string {
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) =>
          texts.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
