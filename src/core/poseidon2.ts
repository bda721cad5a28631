/** Poseidon2 (Grassi, Khovratovich, Schofnegger 2023) over BN254 with a state of four, as Noir and bb compute it. */
import { Field } from "@noble/curves/abstract/modular.js";
import { grainGenConstants } from "@noble/curves/abstract/poseidon.js";

/** The order of BN254's scalar field: field elements are below it. */
export const FIELD_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

const WIDTH = 4;
const RATE = 3;
const FULL_ROUNDS = 8;
const PARTIAL_ROUNDS = 56;

/** The diagonal of the partial rounds' matrix, less one: chosen by the authors for this field and width. */
const INNER_DIAGONAL: State = [
  0x10dc6e9c006ea38b04b1e03b4bd9490c0d03f98929ca1d7fb56821fd19d3b6e7n,
  0x0c28145b6a44df3e0149b3d0a30b3bb599df9756d4dd9b84a86b38cfb45a740bn,
  0x00544b8338791518b2c7645a50392798b21f75bb60e3596170067d00141cac15n,
  0x222c01175718386f2e2e82eb122789e352e105a3b8fa852613bc534433ee428bn,
];

/** Four field elements. */
export type State = readonly [bigint, bigint, bigint, bigint];

/**
 * The hash of field elements, as Noir's `Poseidon2::hash` of so many: a sponge that takes three at a time and starts
 * with their number in its fourth element.
 * @throws RangeError where one is no field element
 */
export function poseidon2(inputs: readonly bigint[]): bigint {
  const stranger = inputs.find((input) => input < 0n || input >= FIELD_ORDER);
  if (stranger !== undefined) throw new RangeError(`${String(stranger)} is no element of BN254's scalar field`);
  let state: State = [0n, 0n, 0n, BigInt(inputs.length) << 64n];
  for (let from = 0; from < inputs.length; from += RATE) {
    const [a, b, c, d] = state;
    const [x = 0n, y = 0n, z = 0n] = inputs.slice(from, from + RATE);
    state = permute([mod(a + x), mod(b + y), mod(c + z), d]);
  }
  return state[0];
}

/** The permutation itself: four full rounds, 56 partial ones, four full rounds. */
export function permute(input: State): State {
  const constants = roundConstants();
  let state = outer(input);
  constants.forEach((round, index) => {
    const isFull = index < FULL_ROUNDS / 2 || index >= FULL_ROUNDS / 2 + PARTIAL_ROUNDS;
    const [a, b, c, d] = add(state, round);
    state = isFull ? outer([power5(a), power5(b), power5(c), power5(d)]) : inner([power5(a), b, c, d]);
  });
  return state;
}

function mod(value: bigint): bigint {
  return value % FIELD_ORDER;
}

function power5(value: bigint): bigint {
  const square = mod(value * value);
  return mod(square * square * value);
}

function add([a, b, c, d]: State, [e, f, g, h]: State): State {
  return [a + e, b + f, c + g, d + h];
}

/** Times the matrix of full rounds: 5 7 1 3, 4 6 1 1, 1 3 5 7, 1 1 4 6. */
function outer([a, b, c, d]: State): State {
  return [
    mod(5n * a + 7n * b + c + 3n * d),
    mod(4n * a + 6n * b + c + d),
    mod(a + 3n * b + 5n * c + 7n * d),
    mod(a + b + 4n * c + 6n * d),
  ];
}

/** Times the matrix of partial rounds: ones, with another diagonal. */
function inner([a, b, c, d]: State): State {
  const sum = a + b + c + d;
  const [p, q, r, s] = INNER_DIAGONAL;
  return [mod(p * a + sum), mod(q * b + sum), mod(r * c + sum), mod(s * d + sum)];
}

let known: readonly State[] | undefined;

/**
 * What each round adds, from the Grain generator of Poseidon's paper, one after another: four numbers for a full round,
 * one for a partial round.
 */
function roundConstants(): readonly State[] {
  if (known !== undefined) return known;
  const { roundConstants: stream } = grainGenConstants({
    Fp: Field(FIELD_ORDER),
    t: WIDTH,
    roundsFull: FULL_ROUNDS,
    roundsPartial: PARTIAL_ROUNDS,
  });
  const numbers = stream.flat().values();
  const take = (): bigint => numbers.next().value ?? 0n;
  known = Array.from({ length: FULL_ROUNDS + PARTIAL_ROUNDS }, (_, index): State => {
    const isFull = index < FULL_ROUNDS / 2 || index >= FULL_ROUNDS / 2 + PARTIAL_ROUNDS;
    return isFull ? [take(), take(), take(), take()] : [take(), 0n, 0n, 0n];
  });
  return known;
}
