/**
 * The permutation of Keccak (FIPS 202, section 3.2 and 3.3), and with it the hashing of a Merkle tree's nodes, as a
 * WebAssembly module, which has the 64-bit words that Keccak is made for: several times as fast as JavaScript. The tables are computed and the code is written out here, so
 * that no binary has to be believed; it is below the 4 kB that every browser compiles synchronously.
 */

/** Bytes of the state: 25 lanes, little-endian, at the start of the module's memory. */
export const STATE_BYTES = 200;
const LANES = 25;
const LANE_BYTES = 8;
const ROUNDS = 24;

/** Bytes of a node of a Merkle tree. */
export const NODE_BYTES = 32;
/** Where in memory pairs of nodes lie before they are hashed, and their hashes afterwards. */
export const PAIRS_START = 512;
/** How many pairs have room there. */
export const MAX_PAIRS = 1_016;
/** Bytes of the memory: a page of WebAssembly's. */
export const MEMORY_BYTES = PAIRS_START + MAX_PAIRS * 2 * NODE_BYTES;

/** Bytes, in groups as deep as they come. */
type Code = number | readonly Code[];

/** Opcodes and types by their names in WebAssembly's specification. */
const op = {
  ...{ loop: 0x03, end: 0x0b, branchIf: 0x0d, call: 0x10, get: 0x20, set: 0x21, tee: 0x22 },
  ...{ load: 0x29, loadByte: 0x2d, store: 0x37 },
};
const i32 = {
  ...{ type: 0x7f, const: 0x41, equal: 0x46, lessThan: 0x49, above: 0x4b },
  ...{ add: 0x6a, subtract: 0x6b, and: 0x71, shiftLeft: 0x74 },
};
const i64 = { type: 0x7e, const: 0x42, and: 0x83, xor: 0x85, rotateLeft: 0x89 };
const MINUS_ONE = 0x7f;
const NO_RESULT = 0x40;
/** The alignment of lanes in memory, as a power of two. */
const ALIGNED = 3;

/** Locals: the lanes, the lanes where they moved, the columns' parities, what columns add, and the round's offset. */
const [lane, moved, parity, added, round] = [0, 25, 50, 55, 60];

/** The functions' numbers. */
const [PERMUTE, HASH_PAIRS] = [0, 1];
/** Locals of `hashPairs`: its parameter, the pair and where it lies, a byte's place, and which node is the smaller. */
const [count, pair, from, index, smaller] = [0, 1, 2, 3, 4];
/** log2 of a node's bytes, and how many lanes it fills. */
const NODE_SHIFT = 5;
const NODE_LANES = NODE_BYTES / LANE_BYTES;
/** How many lanes a block of input fills. */
const RATE_LANES = 17;

/**
 * The module's bytes. It exports `memory`; `permute`, without parameters, which permutes the state; and `hashPairs`,
 * which replaces so many pairs of nodes from `PAIRS_START` on by Keccak-256 of each, the smaller node first.
 */
export function assembleKeccak(): Uint8Array<ArrayBuffer> {
  const constants = roundConstants().flatMap((constant) => bytesOf(constant));
  const lanes = vector([round, i64.type], [1, i32.type]);
  const counters = vector([smaller, i32.type]);
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [0x60, 0, 0], [0x60, 1, i32.type, 0]),
      section(3, [PERMUTE], [HASH_PAIRS]),
      section(5, [0, 1]),
      section(7, [named("memory"), 2, 0], [named("permute"), 0, PERMUTE], [named("hashPairs"), 0, HASH_PAIRS]),
      section(10, sized([lanes, permutation(), op.end]), sized([counters, hashingOfPairs(), op.end])),
      section(11, [0, i32.const, number(STATE_BYTES), op.end, sized(constants)]),
    ]),
  );
}

function permutation(): Code {
  const roundOfAll = [theta(), rhoAndPi(), chi(), iota()];
  const next = [op.get, round, i32.const, number(LANE_BYTES), i32.add, op.tee, round];
  const isLeft = [i32.const, number(ROUNDS * LANE_BYTES), i32.lessThan];
  return [
    each(LANES, (index) => [i32.const, 0, op.load, ALIGNED, number(index * LANE_BYTES), op.set, lane + index]),
    [op.loop, NO_RESULT, roundOfAll, next, isLeft, op.branchIf, 0, op.end],
    each(LANES, (index) => [i32.const, 0, op.get, lane + index, op.store, ALIGNED, number(index * LANE_BYTES)]),
  ];
}

/** The parity of each column, and from its neighbours' what is to be added to it. */
function theta(): Code {
  return [
    each(5, (x) => [
      [op.get, lane + x],
      each(4, (above) => [op.get, lane + x + 5 * (above + 1), i64.xor]),
      [op.set, parity + x],
    ]),
    each(5, (x) => [
      [op.get, parity + ((x + 4) % 5)],
      [op.get, parity + ((x + 1) % 5), i64.const, 1, i64.rotateLeft],
      [i64.xor, op.set, added + x],
    ]),
  ];
}

/** Adds it, rotates the lanes and moves them. */
function rhoAndPi(): Code {
  const bits = rotations();
  return each(LANES, (from) => {
    const [x, y] = [from % 5, Math.floor(from / 5)];
    const to = y + 5 * ((2 * x + 3 * y) % 5);
    return [
      [op.get, lane + from, op.get, added + x, i64.xor],
      [i64.const, bits[from] ?? 0, i64.rotateLeft, op.set, moved + to],
    ];
  });
}

/** lane = moved ^ (~next & second), within each row. */
function chi(): Code {
  return each(LANES, (to) => {
    const row = moved + to - (to % 5);
    return [
      [op.get, moved + to],
      [op.get, row + ((to + 1) % 5), i64.const, MINUS_ONE, i64.xor],
      [op.get, row + ((to + 2) % 5), i64.and],
      [i64.xor, op.set, lane + to],
    ];
  });
}

/** Adds the round's constant, which lies behind the state, to the first lane. */
function iota(): Code {
  return [
    [op.get, lane],
    [op.get, round, op.load, ALIGNED, number(STATE_BYTES)],
    [i64.xor, op.set, lane],
  ];
}

/** Pair after pair: one block of input each, and the hash goes where pairs that were hashed before it lay. */
function hashingOfPairs(): Code {
  const smallerStart = [op.get, from, op.get, smaller, i32.add];
  const largerStart = [op.get, from, i32.const, NODE_BYTES, op.get, smaller, i32.subtract, i32.add];
  const hashStart = [op.get, pair, i32.const, NODE_SHIFT, i32.shiftLeft];
  const padding = (place: number): Code => {
    if (place === 2 * NODE_LANES) return [i64.const, 1];
    return place === RATE_LANES - 1 ? [i64.const, 1, i64.const, 63, i64.rotateLeft] : [i64.const, 0];
  };
  return [
    [op.loop, NO_RESULT],
    [op.get, pair, i32.const, NODE_SHIFT + 1, i32.shiftLeft, op.set, from],
    findSmaller(),
    each(NODE_LANES, (place) => setLane(place, [smallerStart, op.load, ALIGNED, inPairs(place * LANE_BYTES)])),
    each(NODE_LANES, (place) =>
      setLane(NODE_LANES + place, [largerStart, op.load, ALIGNED, inPairs(place * LANE_BYTES)]),
    ),
    each(LANES - 2 * NODE_LANES, (place) => setLane(2 * NODE_LANES + place, padding(2 * NODE_LANES + place))),
    [op.call, PERMUTE],
    each(NODE_LANES, (place) => [
      [hashStart, i32.const, 0, op.load, ALIGNED, number(place * LANE_BYTES)],
      [op.store, ALIGNED, inPairs(place * LANE_BYTES)],
    ]),
    [op.get, pair, i32.const, 1, i32.add, op.tee, pair, op.get, count, i32.lessThan, op.branchIf, 0],
    op.end,
  ];
}

/** Compares a pair's nodes byte by byte as long as they are equal. */
function findSmaller(): Code {
  const byte = (start: number): Code => [op.get, from, op.get, index, i32.add, op.loadByte, 0, inPairs(start)];
  const bytes = [byte(0), byte(NODE_BYTES)];
  return [
    [i32.const, 0, op.set, index, op.loop, NO_RESULT],
    [bytes, i32.above, i32.const, NODE_SHIFT, i32.shiftLeft, op.set, smaller],
    [bytes, i32.equal],
    [op.get, index, i32.const, 1, i32.add, op.tee, index, i32.const, NODE_BYTES, i32.lessThan],
    [i32.and, op.branchIf, 0, op.end],
  ];
}

function setLane(place: number, value: Code): Code {
  return [i32.const, 0, value, op.store, ALIGNED, number(place * LANE_BYTES)];
}

function inPairs(offset: number): Code {
  return number(PAIRS_START + offset);
}

/** What each round adds, from the standard's shift register. */
function roundConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n;
    for (let power = 0; power < 7; power++) {
      if ((register & 1) !== 0) constant |= 1n << (2n ** BigInt(power) - 1n);
      register = ((register << 1) ^ ((register >> 7) * 0x171)) & 0xff;
    }
    return constant;
  });
}

/** By how many bits each lane is rotated; the lane at (x, y) has number x + 5 y. */
function rotations(): number[] {
  const bits = new Array<number>(LANES).fill(0);
  let [x, y] = [1, 0];
  for (let step = 0; step < LANES - 1; step++) {
    bits[x + 5 * y] = (((step + 1) * (step + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return bits;
}

function each(count: number, code: (index: number) => Code): Code {
  return Array.from({ length: count }, (_, index) => code(index));
}

function section(id: number, ...items: readonly Code[]): Code {
  return [id, sized(vector(...items))];
}

function vector(...items: readonly Code[]): Code {
  return [number(items.length), items];
}

function named(name: string): Code {
  return sized([...new TextEncoder().encode(name)]);
}

function sized(code: Code): Code {
  return [number(flat(code).length), code];
}

/** A whole number in LEB128. Signed ones are written alike where bit 6 of the last byte is free, as in all here. */
function number(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >> 7)];
}

function bytesOf(word: bigint): number[] {
  return Array.from({ length: LANE_BYTES }, (_, index) => Number((word >> BigInt(8 * index)) & 0xffn));
}

function flat(code: Code): number[] {
  return typeof code === "number" ? [code] : code.flatMap(flat);
}
