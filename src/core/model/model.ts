import { SuretyError } from "../errors.ts";

/** The widest vector that a model may have. */
export const MAX_WIDTH = 4096;
/** The most vectors that a model may have: input, hidden ones and output. */
export const MAX_VECTORS = 16;
/** How many bytes all vectors together may have: an operator may have to show them on chain. */
export const MAX_VECTOR_BYTES = 32_768;
/** Bytes of one logit: int32, big-endian. */
export const LOGIT_BYTES = 4;
/** The furthest right shift of a hidden layer. */
export const MAX_SHIFT = 31;
/** The least bias: of 24 bits in two's complement. */
export const MIN_BIAS = -(2 ** 23);
/** The greatest bias: of 24 bits in two's complement. */
export const MAX_BIAS = 2 ** 23 - 1;

/** What is wrong with a model, its shape or its encoding. */
export class ModelError extends SuretyError {
  override readonly name = "ModelError";
}

/** The shape of a model: everything about it but its parameters. */
export interface Architecture {
  /** The length of every vector: input, each hidden one, output. Between 2 and 16 of them, each 1 to 4096, 32 KiB in all. */
  readonly widths: readonly number[];
  /** The right shift of every hidden layer, 0 to 31. The output layer has none. */
  readonly shifts: readonly number[];
}

/** The parameters of one layer. */
export interface Layer {
  /** One row of weights for every neuron, row after row: outputs x inputs. */
  readonly weights: Int8Array;
  /** One bias for every neuron, each of 24 bits. */
  readonly biases: Int32Array;
}

/** The parts of a model. */
export interface ModelParts extends Architecture {
  /** First the layer that reads the input, last the one that gives the logits. */
  readonly layers: readonly Layer[];
}

/**
 * A feed-forward network of integers, checked when it is made. Layer l reads vector l and gives vector l + 1.
 *
 * A sum is at most 4096 * 255 * 128 + 2^23 = 142,082,048 in size, below 2^31: types and widths alone exclude overflow.
 */
export class Model implements ModelParts {
  readonly widths: readonly number[];
  readonly shifts: readonly number[];
  readonly layers: readonly Layer[];

  private constructor({ widths, shifts, layers }: ModelParts) {
    this.widths = widths;
    this.shifts = shifts;
    this.layers = layers;
  }

  /**
   * Checks the parts and copies them, so that what has been checked stays so.
   * @throws ModelError that says which part is wrong
   */
  static of({ widths, shifts, layers }: ModelParts): Model {
    checkArchitecture({ widths, shifts });
    if (layers.length !== widths.length - 1) {
      throw new ModelError(`${String(widths.length - 1)} layers expected, ${String(layers.length)} found`);
    }
    layers.forEach((layer, index) => {
      checkLayer(layer, { index, inputs: widths[index] ?? 0, outputs: widths[index + 1] ?? 0 });
    });
    return new Model({
      widths: [...widths],
      shifts: [...shifts],
      layers: layers.map(({ weights, biases }) => ({ weights: weights.slice(), biases: biases.slice() })),
    });
  }

  /** The length of the input in bytes. */
  get inputWidth(): number {
    return this.widths.at(0) ?? 0;
  }

  /** The number of logits. */
  get outputWidth(): number {
    return this.widths.at(-1) ?? 0;
  }
}

/**
 * Checks a shape by itself.
 * @throws ModelError that says which width or shift is wrong
 */
export function checkArchitecture({ widths, shifts }: Architecture): void {
  if (widths.length < 2 || widths.length > MAX_VECTORS) {
    throw new ModelError(`a model has 2 to ${String(MAX_VECTORS)} vectors, not ${String(widths.length)}`);
  }
  widths.forEach((width, index) => {
    if (!isWithin(width, { least: 1, greatest: MAX_WIDTH })) {
      throw new ModelError(`vector ${String(index)}: a width is 1 to ${String(MAX_WIDTH)}, not ${String(width)}`);
    }
  });
  const size = widths.reduce((sum, width) => sum + width, (LOGIT_BYTES - 1) * (widths.at(-1) ?? 0));
  if (size > MAX_VECTOR_BYTES) {
    throw new ModelError(`all vectors have ${String(MAX_VECTOR_BYTES)} bytes at most, not ${String(size)}`);
  }
  if (shifts.length !== widths.length - 2) {
    throw new ModelError(`${String(widths.length - 2)} shifts expected, ${String(shifts.length)} found`);
  }
  shifts.forEach((shift, index) => {
    if (!isWithin(shift, { least: 0, greatest: MAX_SHIFT })) {
      throw new ModelError(`hidden layer ${String(index)}: a shift is 0 to ${String(MAX_SHIFT)}, not ${String(shift)}`);
    }
  });
}

interface LayerShape {
  readonly index: number;
  readonly inputs: number;
  readonly outputs: number;
}

function checkLayer({ weights, biases }: Layer, { index, inputs, outputs }: LayerShape): void {
  const where = `layer ${String(index)}`;
  if (weights.length !== inputs * outputs) {
    throw new ModelError(`${where}: ${String(inputs * outputs)} weights expected, ${String(weights.length)} found`);
  }
  if (biases.length !== outputs) {
    throw new ModelError(`${where}: ${String(outputs)} biases expected, ${String(biases.length)} found`);
  }
  const excess = biases.find((bias) => !isWithin(bias, { least: MIN_BIAS, greatest: MAX_BIAS }));
  if (excess !== undefined) throw new ModelError(`${where}: a bias has 24 bits, ${String(excess)} does not fit`);
}

function isWithin(value: number, { least, greatest }: { least: number; greatest: number }): boolean {
  return Number.isInteger(value) && value >= least && value <= greatest;
}
