import { keccak } from "../src/core/bytes.ts";

/** So many leaves as receipts' hashes would be, one after another, the same every time. */
export function makeLeaves(count: number): Uint8Array {
  const leaves = new Uint8Array(32 * count);
  const seed = new Uint8Array(4);
  const view = new DataView(seed.buffer);
  for (let index = 0; index < count; index++) {
    view.setUint32(0, index);
    leaves.set(keccak(seed), 32 * index);
  }
  return leaves;
}

/** Of which leaves a proof is taken: a thousand, or all. */
export function provenOf(count: number): number[] {
  const step = Math.ceil(count / 1_000);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}
