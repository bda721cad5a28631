import { keccakP } from "@noble/hashes/sha3.js";
import { assembleKeccak, MAX_PAIRS, MEMORY_BYTES, NODE_BYTES, PAIRS_START, STATE_BYTES } from "./keccakModule.ts";

/** How many bytes are absorbed between two permutations. */
const RATE = 136;

/** What this file uses of WebAssembly, which is no part of the language's own library. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly permute: () => void;
      readonly hashPairs: (count: number) => void;
    };
  };
};

/** What `keccakModule.ts` describes: memory that begins with Keccak's state, and what computes in it. */
interface Machine {
  readonly memory: Uint8Array;
  readonly permute: () => void;
  readonly hashPairs: (count: number) => void;
}

const { memory, permute, hashPairs } = makeMachine();
const state = memory.subarray(0, STATE_BYTES);

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

/**
 * Keccak-256 of every pair of nodes of 32 bytes, the smaller of the two first: what a level of a Merkle tree is made of
 * the level below it.
 * @param nodes pairs, one after another
 * @param hashes where their hashes go, half as many bytes; the first half of `nodes` itself will do
 */
export function keccakOfPairs(nodes: Uint8Array, hashes: Uint8Array): void {
  const pairs = hashes.length / NODE_BYTES;
  for (let done = 0; done < pairs; done += MAX_PAIRS) {
    const count = Math.min(MAX_PAIRS, pairs - done);
    memory.set(nodes.subarray(2 * done * NODE_BYTES, 2 * (done + count) * NODE_BYTES), PAIRS_START);
    hashPairs(count);
    hashes.set(memory.subarray(PAIRS_START, PAIRS_START + count * NODE_BYTES), done * NODE_BYTES);
  }
}

function absorb(bytes: Uint8Array, start: number, count: number): void {
  for (let index = 0; index < count; index++) add(index, bytes[start + index] ?? 0);
}

function add(index: number, byte: number): void {
  state[index] = (state[index] ?? 0) ^ byte;
}

function makeMachine(): Machine {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembleKeccak()));
    return { ...exports, memory: new Uint8Array(exports.memory.buffer) };
  } catch {
    // There is no WebAssembly here, or a page's policy forbids it: @noble/hashes does the same more slowly.
    return makeSlowMachine();
  }
}

function makeSlowMachine(): Machine {
  const words = new Uint32Array(MEMORY_BYTES / 4);
  const memory = new Uint8Array(words.buffer);
  const stateWords = words.subarray(0, STATE_BYTES / 4);
  const hashPair = (start: number): Uint8Array => {
    const pair = memory.slice(start, start + 2 * NODE_BYTES);
    const [first, second] = [pair.slice(0, NODE_BYTES), pair.slice(NODE_BYTES)];
    const place = first.findIndex((byte, index) => byte !== second[index]);
    if ((first[place] ?? 0) > (second[place] ?? 0)) pair.set([...second, ...first]);
    return keccak256(pair);
  };
  return {
    memory,
    permute: () => keccakP(stateWords),
    hashPairs: (count) => {
      for (let pair = 0; pair < count; pair++)
        memory.set(hashPair(PAIRS_START + 2 * pair * NODE_BYTES), PAIRS_START + pair * NODE_BYTES);
    },
  };
}
