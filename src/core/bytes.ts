import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { keccak256 } from "./keccak.ts";

/** Bytes written as `0x` and two lower-case digits a byte. */
export type Hex = `0x${string}`;

/** A hexadecimal string that is not one, or not of the length that its meaning demands. */
export class HexError extends Error {
  override readonly name = "HexError";
}

/** Joins byte strings in order. */
export const concat = concatBytes;

/** Writes bytes as lower-case `0x` hexadecimal. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * Reads `0x` hexadecimal.
 * @param length the number of bytes that it must have; any number where left out
 * @throws HexError where the text is not hexadecimal or has another length
 */
export function fromHex(hex: string, length?: number): Uint8Array {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(hex)) throw new HexError(`not hexadecimal bytes: ${hex.slice(0, 80)}`);
  const bytes = hexToBytes(hex.slice(2));
  if (length !== undefined && bytes.length !== length) {
    throw new HexError(`${String(length)} bytes expected, ${String(bytes.length)} found: ${hex.slice(0, 80)}`);
  }
  return bytes;
}

/** Keccak-256 as the EVM computes it: 32 bytes. */
export const keccak = keccak256;

/** Keccak-256 as `0x` hexadecimal. */
export function keccakHex(bytes: Uint8Array): Hex {
  return toHex(keccak(bytes));
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
