/** What both processes of a bench know. */
import { type Hex, keccakHex } from "../src/core/bytes.ts";

/** What an answer costs, in the token's smallest unit. */
export const tariff = { base: 100n, inputRate: 0n, outputRate: 0n };

/** 32 bytes that are the same in every run. */
export function secretNamed(name: string): Hex {
  return keccakHex(new TextEncoder().encode(name));
}

/** The key that the node signs receipts with. */
export const nodeSecret = secretNamed("bench node");
