import { concat, type Hex, keccak, keccakHex, toHex } from "../bytes.ts";
import { MerkleTree } from "../merkle.ts";
import { encodeInt24 } from "./int24.ts";
import { type Model, ModelError } from "./model.ts";
import { type ModelOpening, openedId } from "./opening.ts";
import type { Trace } from "./run.ts";
import { encodeSpec } from "./spec.ts";

/** A model, and whose name it was published under: together they make its id. */
export interface PublishedModel {
  readonly publisher: Hex;
  readonly model: Model;
}

/** Where a neuron is: its layer, 0 for the first one with weights, and its index there. */
export interface Neuron {
  readonly layer: number;
  readonly index: number;
}

/** One neuron's parameters and the siblings that lead from their leaf to the model's weights root. */
export interface RowProof {
  readonly row: Hex;
  readonly proof: Hex[];
}

/**
 * One neuron's parameters as bytes: layer (uint8), index (uint16), bias (int24), all big-endian, then the weights
 * (int8 each).
 * @throws ModelError where the model has no such neuron
 */
export function encodeRow(model: Model, { layer, index }: Neuron): Uint8Array {
  const parameters = model.layers[layer];
  const inputs = model.widths[layer];
  const bias = parameters?.biases[index];
  if (parameters === undefined || inputs === undefined || bias === undefined) {
    throw new ModelError(`no neuron ${String(index)} in layer ${String(layer)}`);
  }
  const weights = parameters.weights.subarray(index * inputs, (index + 1) * inputs);
  const place = Uint8Array.of(layer, index >> 8, index & 0xff);
  return concat(place, encodeInt24(Int32Array.of(bias)), Uint8Array.from(weights));
}

/** The leaf of a row. Hashed twice, so that no row can be read as an inner node. */
export function rowLeaf(row: Uint8Array): Uint8Array {
  return keccak(keccak(row));
}

/** Every row of the model joined in order, layer by layer: what a whole re-run on chain reads. */
export function allRows(model: Model): Uint8Array {
  return concat(...rows(model));
}

/** The commitment to all parameters: root of the Merkle tree of the rows' leaves in order, unsorted. */
export function weightsRoot(model: Model): Hex {
  return weightsTree(model).root;
}

/**
 * A neuron's row with its Merkle proof.
 * @throws ModelError where the model has no such neuron
 */
export function rowProof(model: Model, { layer, index }: Neuron): RowProof {
  const row = encodeRow(model, { layer, index });
  const rowsBefore = model.widths.slice(1, layer + 1).reduce((sum, width) => sum + width, 0);
  return { row: toHex(row), proof: weightsTree(model).proof(rowsBefore + index) };
}

/**
 * The model's id: keccak256(abi.encode(publisher, weightsRoot, keccak256(spec))).
 * @param publisher an address of 20 bytes
 * @throws HexError where the publisher is not an address
 */
export function modelId(publisher: Hex, model: Model): Hex {
  return openedId(openingOf({ publisher, model }));
}

/** What a model's id is made of. */
export function openingOf({ publisher, model }: PublishedModel): ModelOpening {
  return { publisher, commitment: weightsRoot(model), spec: toHex(encodeSpec(model)) };
}

/** Keccak256 of every hidden vector, in order. */
export function hiddenHashes({ hidden }: Pick<Trace, "hidden">): Hex[] {
  return hidden.map(keccakHex);
}

/** What a receipt binds of the activations: keccak256 of all hidden hashes joined; of nothing where none is hidden. */
export function proofHash({ hidden }: Pick<Trace, "hidden">): Hex {
  return keccakHex(concat(...hidden.map(keccak)));
}

/** What a receipt binds of the logits: keccak256 of the output bytes. */
export function outputHash({ output }: Pick<Trace, "output">): Hex {
  return keccakHex(output);
}

function rows(model: Model): Uint8Array[] {
  return model.layers.flatMap(({ biases }, layer) =>
    Array.from(biases, (_, index) => encodeRow(model, { layer, index })),
  );
}

/** Trees by model: many proofs of one model hash its weights once. A model's parameters do not change. */
const trees = new WeakMap<Model, MerkleTree>();

function weightsTree(model: Model): MerkleTree {
  const known = trees.get(model);
  if (known !== undefined) return known;
  const tree = MerkleTree.of(rows(model).map(rowLeaf), { sortLeaves: false });
  trees.set(model, tree);
  return tree;
}
