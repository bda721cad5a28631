/** What people type, read: as options' parsers, or once it is known what it is counted in. */
import { InvalidArgumentError } from "commander";
import { getAddress, parseUnits } from "ethers";
import type { Registries } from "../chain/registries.ts";
import type { Hex } from "../core/bytes.ts";
import { MAX_UINT96 } from "../core/numbers.ts";
import { UsageError } from "./errors.ts";

/** What amounts are counted in: the token's name for people, and how many of its digits stand behind the point. */
export interface Unit {
  readonly symbol: string;
  readonly decimals: number;
}

/** An address in whatever case; where it has both, its checksum must be right. @throws InvalidArgumentError */
export function parseAddress(text: string): Hex {
  try {
    if (!text.startsWith("0x")) throw new RangeError("no 0x");
    return getAddress(text).toLowerCase() as Hex;
  } catch {
    throw new InvalidArgumentError("It is no address, or its checksum is wrong.");
  }
}

/** ERC-8004's registries: of agents, of feedback and, where there is one, of validations. @throws InvalidArgumentError */
export function parseRegistries(text: string): Registries {
  const [identity, reputation, validation, ...others] = text.split(",").map((part) => parseAddress(part.trim()));
  if (identity === undefined || reputation === undefined || others.length > 0) {
    throw new InvalidArgumentError("Two or three addresses are expected: identity,reputation[,validation].");
  }
  return { identity, reputation, ...(validation !== undefined && { validation }) };
}

/** The name of a journal, as Ignition takes it: a folder's. @throws InvalidArgumentError */
export function parseJournal(text: string): string {
  if (/^[a-zA-Z][a-zA-Z0-9_-]*$/.test(text)) return text;
  throw new InvalidArgumentError("A letter, then letters, digits, - and _ are expected.");
}

/** 32 bytes in hexadecimal. @throws InvalidArgumentError */
export function parseHash(text: string): Hex {
  const bytes = parseBytes(text, 32);
  if (bytes === undefined) throw new InvalidArgumentError("32 bytes in hexadecimal are expected.");
  return bytes;
}

/** So many bytes that somebody wrote in hexadecimal, with colons or without; undefined where they are none. */
export function parseBytes(text: string, length: number): Hex | undefined {
  const digits = text.replace(/^0x|:/g, "").toLowerCase();
  return /^[0-9a-f]*$/.test(digits) && digits.length === 2 * length ? `0x${digits}` : undefined;
}

/** A whole number. @throws InvalidArgumentError */
export function parseWhole(text: string): bigint {
  if (!/^\d{1,30}$/.test(text)) throw new InvalidArgumentError("A whole number is expected.");
  return BigInt(text);
}

/** A whole number that a computer counts to. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  const count = parseWhole(text);
  if (count > BigInt(Number.MAX_SAFE_INTEGER)) throw new InvalidArgumentError("A smaller number is expected.");
  return Number(count);
}

/** A share from 0 to 1. @throws InvalidArgumentError */
export function parseShare(text: string): number {
  const share = Number(text);
  if (!/^[\d.]+$/.test(text) || !(share >= 0 && share <= 1)) {
    throw new InvalidArgumentError("A share from 0 to 1 is expected.");
  }
  return share;
}

/** An amount as it is typed: `toUnits` reads it. @throws InvalidArgumentError */
export function parseAmount(text: string): string {
  if (!/^\d+(\.\d+)?$/.test(text) || !/[1-9]/.test(text)) {
    throw new InvalidArgumentError("An amount above zero is expected, in the token's units, as 12.5.");
  }
  return text;
}

/** An amount in the token's smallest unit. @throws UsageError where the token has no such fraction, or not so much */
export function toUnits(text: string, { symbol, decimals }: Unit): bigint {
  const [, fraction = ""] = text.split(".");
  if (fraction.length > decimals) {
    throw new UsageError(`${text} is no amount of ${symbol}: it has ${decimals} digits behind the point`);
  }
  const amount = parseUnits(text, decimals);
  if (amount > MAX_UINT96) throw new UsageError(`${text} ${symbol} is more than a contract takes at once`);
  return amount;
}

/** Hundredths of a percent from a percentage as 2.5. @throws InvalidArgumentError */
export function parsePercent(text: string): bigint {
  const bps = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? parseUnits(text, 2) : undefined;
  if (bps === undefined || bps > 10_000n) throw new InvalidArgumentError("A percentage is expected, as 2.5.");
  return bps;
}

/** A web address without a slash at its end. @throws InvalidArgumentError */
export function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError("An http or https address is expected.");
  }
  return text.replace(/\/+$/, "");
}

/** Seconds of a time that somebody wrote; undefined where it is none. */
export function parseTime(text: string): bigint | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : BigInt(Math.floor(time / 1000));
}

/** Seconds of a time in ISO 8601. @throws InvalidArgumentError */
export function parseDate(text: string): bigint {
  const time = parseTime(text);
  if (time === undefined || time < 0n) throw new InvalidArgumentError("A time is expected, as 2026-01-03T21:00:00Z.");
  return time;
}
