/**
 * A result as files: each series as CSV (RFC 4180) under its fields' own names, and all of it as JSON. Numbers are written
 * with every digit that they have, so that whoever reads them has the same numbers.
 */
import { SuretyError } from "../core/errors.ts";
import type { ConvictedFault, GroupDay, NetworkDay, OperatorEnd, OtherEnd, SimulationResult } from "./result.ts";

/** A number in a result that no file can hold. */
export class ResultError extends SuretyError {
  override readonly name = "ResultError";
}

/** Clients of a cohort that paid in a week: `age` weeks after their first payment. */
export interface RetentionRow {
  readonly week: number;
  readonly clients: number;
  readonly age: number;
  readonly retained: number;
}

type Cell = string | number | boolean;

/** The columns of a file, in their order: every field of its rows, which the compiler checks. */
type Columns<Row> = Readonly<Record<keyof Row, true>>;

const network: Columns<NetworkDay> = {
  day: true,
  clients: true,
  activeClients: true,
  requests: true,
  answers: true,
  refused: true,
  wrong: true,
  convicted: true,
  fees: true,
  subsidised: true,
  protocolFees: true,
  asked: true,
  slashed: true,
  bounties: true,
  compensated: true,
  burnt: true,
  own: true,
  delegated: true,
  cover: true,
  exposure: true,
  tokenPrice: true,
  gas: true,
  gasDollars: true,
};

const groups: Columns<GroupDay> = {
  day: true,
  group: true,
  answers: true,
  wrong: true,
  demandShare: true,
  profit: true,
  own: true,
  delegated: true,
  cover: true,
  exposure: true,
  credit: true,
  proven: true,
  active: true,
};

const operators: Columns<OperatorEnd> = {
  operator: true,
  group: true,
  answers: true,
  wrong: true,
  convicted: true,
  fees: true,
  slashed: true,
  profit: true,
  own: true,
  delegated: true,
  credit: true,
  isProven: true,
};

const others: Columns<OtherEnd> = { kind: true, group: true, count: true, profit: true };

const faults: Columns<ConvictedFault> = {
  operator: true,
  group: true,
  day: true,
  convictedOn: true,
  by: true,
  asked: true,
  slashed: true,
};

const cohorts: Columns<RetentionRow> = { week: true, clients: true, age: true, retained: true };

/**
 * Every series of a result as CSV, by file name. In `cohorts.csv` there is a row for each week of each cohort.
 * @throws ResultError where a number is not finite
 */
export function csvFiles(result: SimulationResult): Readonly<Record<string, string>> {
  const retention = result.cohorts.flatMap(({ week, clients, retained }) =>
    retained.map((count, age): RetentionRow => ({ week, clients, age, retained: count })),
  );
  return {
    "network.csv": table(network, result.network),
    "groups.csv": table(groups, result.groups),
    "operators.csv": table(operators, result.operators),
    "others.csv": table(others, result.others),
    "faults.csv": table(faults, result.faults),
    "cohorts.csv": table(cohorts, retention),
  };
}

/** All of a result as JSON, its scenario with it. @throws ResultError where a number is not finite */
export function resultJson(result: SimulationResult): string {
  return `${JSON.stringify(result, (field, value: unknown) => (typeof value === "number" ? finite(value, field) : value), 2)}\n`;
}

function table<Row>(columns: Columns<Row>, rows: readonly Row[]): string {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const lines = [names, ...rows.map((row) => names.map((name) => text(row[name] as Cell, name)))];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

function text(cell: Cell, field: string): string {
  return String(typeof cell === "number" ? finite(cell, field) : cell);
}

function finite(value: number, field: string): number {
  if (!Number.isFinite(value))
    throw new ResultError(`${field} is ${value} in a result: the simulation divided by nothing`);
  return value;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
