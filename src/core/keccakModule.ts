/**
 * The permutation of Keccak (FIPS 202, section 3.2 and 3.3) as a WebAssembly module, which has the 64-bit words that
 * Keccak is made for: several times as fast as JavaScript. The tables are computed and the code is written out here, so
 * that no binary has to be believed; it is below the 4 kB that every browser compiles synchronously.
 */

/** Bytes of the state: 25 lanes, little-endian, at the start of the module's memory. */
export const STATE_BYTES = 200;
const LANES = 25;
const LANE_BYTES = 8;
const ROUNDS = 24;

/** Bytes, in groups as deep as they come. */
type Code = number | readonly Code[];

/** Opcodes and types by their names in WebAssembly's specification. */
const op = { loop: 0x03, end: 0x0b, branchIf: 0x0d, get: 0x20, set: 0x21, tee: 0x22, load: 0x29, store: 0x37 };
const i32 = { type: 0x7f, const: 0x41, lessThan: 0x49, add: 0x6a };
const i64 = { type: 0x7e, const: 0x42, and: 0x83, xor: 0x85, rotateLeft: 0x89 };
const MINUS_ONE = 0x7f;
const NO_RESULT = 0x40;
/** The alignment of lanes in memory, as a power of two. */
const ALIGNED = 3;

/** Locals: the lanes, the lanes where they moved, the columns' parities, what columns add, and the round's offset. */
const [lane, moved, parity, added, round] = [0, 25, 50, 55, 60];

/** The module's bytes. It exports `memory`, and `permute` without parameters. */
export function assemblePermutation(): Uint8Array<ArrayBuffer> {
  const constants = roundConstants().flatMap((constant) => bytesOf(constant));
  const locals = vector([round, i64.type], [1, i32.type]);
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [0x60, 0, 0]),
      section(3, [0]),
      section(5, [0, 1]),
      section(7, [named("memory"), 2, 0], [named("permute"), 0, 0]),
      section(10, sized([locals, permutation(), op.end])),
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
