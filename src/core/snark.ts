/**
 * What the snark mode commits to and proves: private weights as a Poseidon2 hash, and a proof whose public inputs are
 * that commitment, the input and the logits.
 */
import { fromHex, type Hex, toHex } from "./bytes.ts";
import { encodeInt24 } from "./model/int24.ts";
import { LOGIT_BYTES, MAX_BIAS, type Model, ModelError } from "./model/model.ts";
import type { ModelOpening } from "./model/opening.ts";
import { poseidon2 } from "./poseidon2.ts";

/** As many bytes as always fit a field element. */
const CHUNK_BYTES = 31;
const FIELD_BYTES = 32;
const HASH_BYTES = 32;
const SPEC_BYTES = HASH_BYTES + 4;
/** What makes an int8 and an int24 unsigned. */
const WEIGHT_OFFSET = 128;
const BIAS_OFFSET = MAX_BIAS + 1;

/** What the id of a snark model binds beside its weights. */
export interface SnarkSpec {
  /** The hash of the deployed code of the verifier that judges its proofs. */
  readonly verifierHash: Hex;
  /** The length of the input in bytes: 1 to 65,535. */
  readonly inputBytes: number;
  /** The number of logits: 1 to 65,535. */
  readonly logits: number;
}

/** What a proof is about. */
export interface Statement {
  readonly commitment: Hex;
  readonly input: Uint8Array;
  /** Logits as they are hashed and signed: int32 big-endian. */
  readonly output: Uint8Array;
}

/** One neuron's parameters as a circuit takes them: bias + 2^23 in three bytes, big-endian, then each weight + 2^7. */
export type ParameterRow = readonly number[];

/** The rows of each layer, in the form in which they are committed to and given to a circuit. */
export function parameterRows(model: Model): ParameterRow[][] {
  return model.layers.map(({ biases, weights }, layer) => {
    const inputs = model.widths[layer] ?? 0;
    return Array.from(biases, (bias, index) => [
      // Shifted by 2^23 modulo 2^24, the bits of a two's complement are those of the unsigned number.
      ...encodeInt24(Int32Array.of(bias < 0 ? bias + BIAS_OFFSET : bias - BIAS_OFFSET)),
      ...Array.from(weights.subarray(index * inputs, (index + 1) * inputs), (weight) => weight + WEIGHT_OFFSET),
    ]);
  });
}

/**
 * The commitment to private weights: Poseidon2 of the shifts, a byte each, and all rows, layer by layer; 31 bytes to a
 * field element, big-endian, the last one of what remains. It hides what cannot be guessed whole: there is no salt in it.
 */
export function snarkCommitment(model: Model): Hex {
  const bytes = Uint8Array.from([...model.shifts, ...parameterRows(model).flat(2)]);
  const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) =>
    BigInt(toHex(bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))),
  );
  return fieldOf(poseidon2(chunks));
}

/** A private model, whose name it is published under, and the verifier that judges its proofs, by its code's hash. */
export interface PrivateModel {
  readonly publisher: Hex;
  readonly model: Model;
  readonly verifierHash: Hex;
}

/** What a private model's id is made of: nothing of it shows the weights. */
export function snarkOpening({ publisher, model, verifierHash }: PrivateModel): ModelOpening {
  const spec = encodeSnarkSpec({ verifierHash, inputBytes: model.inputWidth, logits: model.outputWidth });
  return { publisher, commitment: snarkCommitment(model), spec: toHex(spec) };
}

/**
 * Writes a spec: the verifier's code hash, then lengths of input and output as uint16, big-endian.
 * @throws ModelError where a number does not fit
 * @throws HexError where the hash is not 32 bytes
 */
export function encodeSnarkSpec({ verifierHash, inputBytes, logits }: SnarkSpec): Uint8Array {
  const bytes = new Uint8Array(SPEC_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(fromHex(verifierHash, HASH_BYTES));
  [inputBytes, logits].forEach((length, index) => {
    if (!Number.isInteger(length) || length < 1 || length > 0xffff) {
      throw new ModelError(`a snark model has 1 to 65535 inputs and logits, not ${String(length)}`);
    }
    view.setUint16(HASH_BYTES + 2 * index, length);
  });
  return bytes;
}

/**
 * Reads a spec back. There is one encoding only: what this accepts, `encodeSnarkSpec` gives again.
 * @throws ModelError where the bytes are no spec
 */
export function decodeSnarkSpec(bytes: Uint8Array): SnarkSpec {
  if (bytes.length !== SPEC_BYTES) {
    throw new ModelError(`a snark model's spec has ${String(SPEC_BYTES)} bytes, not ${String(bytes.length)}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const spec = {
    verifierHash: toHex(bytes.subarray(0, HASH_BYTES)),
    inputBytes: view.getUint16(HASH_BYTES),
    logits: view.getUint16(HASH_BYTES + 2),
  };
  encodeSnarkSpec(spec);
  return spec;
}

/**
 * The public inputs of a proof, each a field element of 32 bytes: the commitment, every input byte, every logit as the
 * uint32 of its two's complement. The order and the encoding of `contracts/verifiers/SnarkChecker.sol`.
 * @throws ModelError where the output is not whole logits
 */
export function publicInputs({ commitment, input, output }: Statement): Hex[] {
  if (output.length === 0 || output.length % LOGIT_BYTES !== 0) {
    throw new ModelError(`logits are ${String(LOGIT_BYTES)} bytes each, not ${String(output.length)} bytes in all`);
  }
  const view = new DataView(output.buffer, output.byteOffset, output.length);
  const logits = Array.from({ length: output.length / LOGIT_BYTES }, (_, index) => view.getUint32(index * LOGIT_BYTES));
  return [commitment, ...[...input, ...logits].map((value) => fieldOf(BigInt(value)))];
}

function fieldOf(value: bigint): Hex {
  return `0x${value.toString(16).padStart(2 * FIELD_BYTES, "0")}`;
}
