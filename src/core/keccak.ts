import { keccakP } from "@noble/hashes/sha3.js";
import { assemblePermutation, STATE_BYTES } from "./keccakModule.ts";

/** How many bytes are absorbed between two permutations. */
const RATE = 136;

/** What this file uses of WebAssembly, which is no part of the language's own library. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly permute: () => void };
  };
};

/** Keccak's state, and what permutes it in place. */
interface Permutation {
  readonly state: Uint8Array;
  readonly permute: () => void;
}

const { state, permute } = makePermutation();

/** Keccak-256 as the EVM computes it: 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  state.fill(0);
  let start = 0;
  for (; start + RATE <= bytes.length; start += RATE) {
    absorb(bytes, start, RATE);
    permute();
  }
  const rest = bytes.length - start;
  absorb(bytes, start, rest);
  add(rest, 0x01);
  add(RATE - 1, 0x80);
  permute();
  return state.slice(0, 32);
}

function absorb(bytes: Uint8Array, start: number, count: number): void {
  for (let index = 0; index < count; index++) add(index, bytes[start + index] ?? 0);
}

function add(index: number, byte: number): void {
  state[index] = (state[index] ?? 0) ^ byte;
}

function makePermutation(): Permutation {
  try {
    const { memory, permute } = new WebAssembly.Instance(new WebAssembly.Module(assemblePermutation())).exports;
    return { state: new Uint8Array(memory.buffer, 0, STATE_BYTES), permute };
  } catch {
    // There is no WebAssembly here, or a page's policy forbids it: @noble/hashes does the same more slowly.
    const lanes = new Uint32Array(STATE_BYTES / 4);
    return { state: new Uint8Array(lanes.buffer), permute: () => keccakP(lanes) };
  }
}
