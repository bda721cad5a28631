import type { SeededRandom } from "./random.ts";

/** What one layer of a network in training is made of. */
export interface DenseShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Whether negative sums become 0, as in every hidden layer. */
  readonly rectified: boolean;
}

/** How far one step of descent goes. */
export interface Step {
  /** The learning rate for the mean gradient of the batch. */
  readonly rate: number;
  /** The part of the last step that is taken again: 0 to below 1. */
  readonly momentum: number;
  /** How many samples the gradient has been summed over. */
  readonly samples: number;
}

/**
 * One fully connected layer in training, in doubles, with its own buffers for one sample at a time.
 *
 * Weights lie input by input (inputs x outputs), unlike a model's: inputs that are 0, most of them, are then skipped
 * whole. Only + - * / and comparisons touch doubles, which IEEE 754 rounds alike everywhere. The `?? 0` never apply,
 * since indices follow from the lengths; they satisfy the compiler at no cost.
 */
export class Dense {
  /** inputs x outputs. */
  readonly weights: Float64Array;
  readonly biases: Float64Array;
  /** What the last sample gave, one number for every neuron. */
  readonly output: Float64Array;
  /** The loss's gradient by each of these outputs: whoever reads the outputs writes it before `backward`. */
  readonly outputGradient: Float64Array;
  readonly #rectified: boolean;
  readonly #weightDescent: Descent;
  readonly #biasDescent: Descent;

  /**
   * A hidden layer begins with weights spread evenly in +-sqrt(6 / inputs), which keeps the size of activations. The
   * last layer begins with 0: its first, wild errors would otherwise silence hidden neurons for ever.
   */
  constructor({ inputs, outputs, rectified }: DenseShape, random: SeededRandom) {
    const spread = rectified ? squareRoot(6 / inputs) : 0;
    this.weights = Float64Array.from({ length: inputs * outputs }, () => (2 * random.fraction() - 1) * spread);
    this.biases = new Float64Array(outputs);
    this.output = new Float64Array(outputs);
    this.outputGradient = new Float64Array(outputs);
    this.#rectified = rectified;
    this.#weightDescent = new Descent(this.weights);
    this.#biasDescent = new Descent(this.biases);
  }

  /** Computes `output` for one sample and gives it back. */
  forward(input: Float64Array): Float64Array {
    const { weights, biases, output } = this;
    const width = output.length;
    output.set(biases);
    for (let from = 0; from < input.length; from++) {
      const value = input[from] ?? 0;
      if (value === 0) continue;
      const row = from * width;
      for (let to = 0; to < width; to++) output[to] = (output[to] ?? 0) + value * (weights[row + to] ?? 0);
    }
    if (this.#rectified) for (let to = 0; to < width; to++) if ((output[to] ?? 0) < 0) output[to] = 0;
    return output;
  }

  /**
   * Adds the last sample's part to the batch's gradient.
   * @param input what `forward` was given
   * @param inputGradient where the gradient by the inputs is written, if anybody wants it
   */
  backward(input: Float64Array, inputGradient?: Float64Array): void {
    if (this.#rectified) this.#stopGradientOfSilent();
    if (inputGradient !== undefined) this.#writeInputGradient(inputGradient);
    const { outputGradient } = this;
    const { gradient } = this.#weightDescent;
    const width = outputGradient.length;
    for (let from = 0; from < input.length; from++) {
      const value = input[from] ?? 0;
      if (value === 0) continue;
      const row = from * width;
      for (let to = 0; to < width; to++) {
        gradient[row + to] = (gradient[row + to] ?? 0) + value * (outputGradient[to] ?? 0);
      }
    }
    addTo(this.#biasDescent.gradient, outputGradient);
  }

  /** Moves weights and biases down the batch's gradient and begins a new batch. */
  descend(step: Step): void {
    this.#weightDescent.descend(step);
    this.#biasDescent.descend(step);
  }

  /** A rectified neuron that gave 0 learns nothing from this sample. */
  #stopGradientOfSilent(): void {
    const { output, outputGradient } = this;
    for (let to = 0; to < output.length; to++) if ((output[to] ?? 0) <= 0) outputGradient[to] = 0;
  }

  #writeInputGradient(inputGradient: Float64Array): void {
    const { weights, outputGradient } = this;
    const width = outputGradient.length;
    for (let from = 0; from < inputGradient.length; from++) {
      const row = from * width;
      let sum = 0;
      for (let to = 0; to < width; to++) sum += (weights[row + to] ?? 0) * (outputGradient[to] ?? 0);
      inputGradient[from] = sum;
    }
  }
}

/** Gradient descent with momentum of one array of parameters. */
class Descent {
  /** The gradient summed over the batch so far. */
  readonly gradient: Float64Array;
  readonly #parameters: Float64Array;
  readonly #velocity: Float64Array;

  constructor(parameters: Float64Array) {
    this.gradient = new Float64Array(parameters.length);
    this.#parameters = parameters;
    this.#velocity = new Float64Array(parameters.length);
  }

  descend({ rate, momentum, samples }: Step): void {
    const { gradient } = this;
    const parameters = this.#parameters;
    const velocity = this.#velocity;
    const scale = rate / samples;
    for (let index = 0; index < parameters.length; index++) {
      const moved = momentum * (velocity[index] ?? 0) - scale * (gradient[index] ?? 0);
      velocity[index] = moved;
      parameters[index] = (parameters[index] ?? 0) + moved;
    }
    gradient.fill(0);
  }
}

function addTo(target: Float64Array, source: Float64Array): void {
  for (let index = 0; index < target.length; index++) target[index] = (target[index] ?? 0) + (source[index] ?? 0);
}

/** Newton's method, since `Math.sqrt` may by its specification differ between machines. */
function squareRoot(value: number): number {
  let root = 1;
  for (let round = 0; round < 40; round++) root = (root + value / root) / 2;
  return root;
}
