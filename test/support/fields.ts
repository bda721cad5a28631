/** Fields of typed data, changed bit by bit. */
import type { Hex } from "../../src/core/bytes.ts";

export type Value = Hex | bigint | number;

/** How many bits a field of that type holds. */
export function bitsOf(type: string): number {
  if (type === "address") return 160;
  return type === "bytes32" ? 256 : Number(type.slice("uint".length));
}

/** The value with one bit changed. */
export function flip(value: unknown, { bit, type }: { bit: number; type: string }): Value {
  const mask = 1n << BigInt(bit);
  if (typeof value === "bigint") return value ^ mask;
  if (typeof value === "number") return Number(BigInt(value) ^ mask);
  const number = BigInt(value as Hex) ^ mask;
  return `0x${number.toString(16).padStart(bitsOf(type) / 4, "0")}`;
}

/** The value with each of its bits changed in turn. */
export function flips(value: unknown, type: string): Value[] {
  return Array.from({ length: bitsOf(type) }, (_, bit) => flip(value, { bit, type }));
}
