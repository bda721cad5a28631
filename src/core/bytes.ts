import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import { SuretyError } from "./errors.ts";
import { keccak256 } from "./keccak.ts";

/** Bytes written as `0x` and two lower-case digits a byte. */
export type Hex = `0x${string}`;

/** A hexadecimal string that is not one, or not of the length that its meaning demands. */
export class HexError extends SuretyError {
  override readonly name = "HexError";
}

/** Joins byte strings in order. */
export const concat = concatBytes;

/**
 * Writes bytes as lower-case `0x` hexadecimal.
 * @example
 * ```ts
 * import { toHex } from "surety/core";
 *
 * console.log(toHex(Uint8Array.of(7, 255))); // 0x07ff
 * ```
 */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** Stands for what is no digit: it has bits that no digit has, so that one shows among many. */
const NO_DIGIT = 0xff;

/** What the character of each code is worth as a hexadecimal digit. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(code).toLowerCase());
  return digit === -1 ? NO_DIGIT : digit;
});

/**
 * Reads `0x` hexadecimal.
 * @param length the number of bytes that it must have; any number where left out
 * @throws HexError where the text is not hexadecimal or has another length
 * @example
 * ```ts
 * import { fromHex } from "surety/core";
 *
 * console.log(fromHex("0x07ff", 2).join(" ")); // 7 255
 * ```
 */
export function fromHex(hex: string, length?: number): Uint8Array {
  const bytes = new Uint8Array(length ?? Math.max(0, Math.floor(hex.length / 2) - 1));
  writeHex(hex, bytes);
  return bytes;
}

/**
 * Reads `0x` hexadecimal into bytes that are there already: as many as it must have.
 * @throws HexError where the text is not hexadecimal or has another length
 */
export function writeHex(hex: string, target: Uint8Array): void {
  const hasForm = hex.length === 2 + 2 * target.length && hex.startsWith("0x");
  if (!hasForm || !writeDigits(hex, target)) throw hexError(hex, target.length);
}

/** Whether all characters from the third on were digits; where not, `target` holds nothing of use. */
function writeDigits(hex: string, target: Uint8Array): boolean {
  let seen = 0;
  for (let index = 0, place = 2; index < target.length; index++, place += 2) {
    const high = DIGITS[hex.charCodeAt(place)] ?? NO_DIGIT;
    const low = DIGITS[hex.charCodeAt(place + 1)] ?? NO_DIGIT;
    seen |= high | low;
    target[index] = (high << 4) | low;
  }
  return seen < 16;
}

/** What is wrong with a text that is not hexadecimal of so many bytes. */
function hexError(hex: string, length: number): HexError {
  const shown = hex.slice(0, 80);
  if (!/^0x([0-9a-fA-F]{2})*$/.test(hex)) return new HexError(`not hexadecimal bytes: ${shown}`);
  return new HexError(`${String(length)} bytes expected, ${String(hex.length / 2 - 1)} found: ${shown}`);
}

/** Keccak-256 as the EVM computes it: 32 bytes. */
export const keccak = keccak256;

/**
 * Keccak-256 as `0x` hexadecimal.
 * @example
 * ```ts
 * import { keccakHex } from "surety/core";
 *
 * console.log(keccakHex(new TextEncoder().encode("Surety"))); // 0xebfd366252b7b5660ce532eca75d2de18fa8ddbc870e4d641f48e0408ba6f444
 * ```
 */
export function keccakHex(bytes: Uint8Array): Hex {
  return toHex(keccak(bytes));
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Negative, 0 or positive as `a` is below, equal to or above `b`, both of one length, as big-endian numbers. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
