/** Values as people read them. */
import type { Hex } from "../src/core/bytes.ts";

/** An amount in the token's own unit. @param places digits after the point; all where left out */
export function decimal(amount: bigint, decimals: number, places = decimals): string {
  const sign = amount < 0n ? "-" : "";
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, " ");
  const part = digits.slice(digits.length - decimals, digits.length - decimals + places).replace(/0+$/, "");
  return `${sign}${whole}${part === "" ? "" : `.${part}`}`;
}

/** What a token is called, and how many digits its amounts have after the point. */
export interface Token {
  readonly symbol: string;
  readonly decimals: number;
}

/** An amount of a token, exact. @param amount in its smallest unit */
export function money(amount: bigint, { symbol, decimals }: Token): string {
  return `${decimal(amount, decimals)} ${symbol}`;
}

/** Enough of a hash or an address to tell it from others on a page. */
export function short(hex: string): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

/** An address or a hash in a link, as the index writes it: wallets write some letters large. */
export function lower(text: string): Hex {
  return text.toLowerCase() as Hex;
}

/** The last second that a date can be of; what is signed may claim a later one. */
const LAST_DATE = 8_640_000_000_000n;

/** A time in UTC, to the minute. @param seconds since 1970 */
export function moment(seconds: bigint): string {
  if (seconds > LAST_DATE || seconds < 0n) return `second ${seconds}`;
  return `${dateOf(seconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A day in UTC. @param seconds since 1970 */
export function day(seconds: bigint): string {
  return dateOf(seconds).toISOString().slice(0, 10);
}

/** A part of a whole as a percentage with one digit; a dash where there is no whole. */
export function share(part: bigint, whole: bigint): string {
  return whole === 0n ? "–" : `${(Number((part * 1_000n) / whole) / 10).toFixed(1)} %`;
}

/** The time as what a date element takes. @param seconds since 1970 */
export function dateOf(seconds: bigint): Date {
  return new Date(Number(seconds) * 1_000);
}

/** A web address that may be followed, of a text by somebody else; undefined where it is none. */
export function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

/** The names of modes by their number. */
export const modeNames = ["signed", "enclave", "snark", "optimistic"] as const;

/** The modes that a set of bits names. */
export function modesIn(bits: number): readonly string[] {
  return modeNames.filter((_, mode) => (bits & (1 << mode)) !== 0);
}
