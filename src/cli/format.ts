import { formatUnits, getAddress } from "ethers";
import { durationText } from "../core/durations.ts";
import { write } from "../core/records.ts";
import type { Link } from "../core/verify.ts";
import type { Io } from "./io.ts";
import type { Unit } from "./parse.ts";

const marks = { holds: "✓", fails: "✗", unchecked: "·" } as const;

/** A record's links, a line each. */
export function formatLinks(links: readonly Link[]): string[] {
  return links.map(({ name, status, detail }) => `${marks[status]} ${name.padEnd(12)} ${detail}`);
}

/** Prints what a command found: a line of JSON, or lines for people. */
export function print(
  io: Io,
  { json = false }: { readonly json?: boolean },
  data: object,
  lines: readonly string[],
): void {
  io.out(json ? `${write(data)}\n` : lines.map((line) => `${line}\n`).join(""));
}

/** Names and values below each other. */
export function formatRows(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** An amount in the token's units, all of its digits. @param amount in the smallest unit */
export function formatAmount(amount: bigint, { symbol, decimals }: Unit): string {
  return `${formatUnits(amount, decimals).replace(/\.0$/, "")} ${symbol}`;
}

/** An address as people write it, with its checksum. */
export function formatAddress(address: string): string {
  return getAddress(address);
}

/** Hundredths of a percent. */
export function formatPercent(bps: bigint): string {
  return `${formatUnits(bps, 2).replace(/\.0$/, "")} %`;
}

/** A time in seconds, as a date too. */
export function formatTime(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z")} (${seconds})`;
}

/** A time that may lie beyond all dates: what has no end. */
export function formatEnd(seconds: bigint): string {
  return seconds >= 2n ** 48n - 1n ? "without end" : `until ${formatTime(seconds)}`;
}

/** A length of time in days or hours, and in seconds. */
export function formatDuration(seconds: bigint): string {
  const text = durationText(seconds);
  const exact = `${seconds} s`;
  return text === exact ? text : `${text} (${exact})`;
}

/** What somebody wrote on the chain or to a node, fit for a terminal: nothing in it moves the cursor. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "\u{FFFD}");
}

/** A time in seconds, as a day. */
export function formatDay(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 10);
}

/** Columns as wide as their widest cell; the first `left` of them begin left, the others, which are numbers, end right. */
export function formatTable(rows: readonly (readonly string[])[], left = 1): string[] {
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i < left ? cell.padEnd(widthOf(i)) : cell.padStart(widthOf(i))));
    return cells.join("  ").trimEnd();
  });
}
