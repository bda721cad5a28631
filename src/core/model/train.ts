import { Dense } from "./dense.ts";
import { SeededRandom } from "./random.ts";

/** One labelled input. */
export interface Sample {
  /** One byte for every input of the network. */
  readonly pixels: Uint8Array;
  /** The index of the output that should be greatest. */
  readonly label: number;
}

/** Everything besides the samples that decides what training gives. */
export interface Hyperparameters {
  /** The length of every vector: input, each hidden one, output. */
  readonly widths: readonly number[];
  /** An integer of 32 bits: decides the first weights and the order of samples. */
  readonly seed: number;
  /** How often every sample is seen. */
  readonly epochs: number;
  /** Samples for every step of descent. */
  readonly batch: number;
  /** The first learning rate; it falls evenly, to 0 after the last epoch. */
  readonly rate: number;
  /** The part of the last step that is taken again: 0 to below 1. */
  readonly momentum: number;
}

/** A trained layer in doubles. */
export interface RealLayer {
  /** One row of weights for every neuron, row after row: outputs x inputs. */
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

/** A trained network in doubles. It reads pixels divided by 255; its hidden layers are rectified. */
export interface RealNetwork {
  readonly widths: readonly number[];
  readonly layers: readonly RealLayer[];
}

/** Training that cannot be done: no samples, or samples that do not fit the network. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
}

/**
 * Trains a network by minibatch descent with momentum on the squared hinge loss of every output (target +1 for the
 * label, -1 for the others). The same samples and hyperparameters give the same network bit for bit on every machine.
 * @throws TrainingError where a sample does not fit the widths or there is none
 */
export function train(samples: readonly Sample[], hyperparameters: Hyperparameters): RealNetwork {
  const { widths, seed, epochs, batch, rate } = hyperparameters;
  checkSamples(samples, widths);
  const random = new SeededRandom(seed);
  const network = new TrainedNetwork(widths, random);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.shuffled(samples);
    for (let start = 0; start < order.length; start += batch) {
      network.learn(order.slice(start, start + batch), {
        ...hyperparameters,
        rate: (rate * (epochs - epoch)) / epochs,
      });
    }
  }
  return { widths: [...widths], layers: network.layers.map(toRealLayer) };
}

function checkSamples(samples: readonly Sample[], widths: readonly number[]): void {
  if (samples.length === 0) throw new TrainingError("no samples to train on");
  const inputs = widths.at(0);
  const outputs = widths.at(-1) ?? 0;
  const index = samples.findIndex(({ pixels, label }) => pixels.length !== inputs || label < 0 || label >= outputs);
  if (index >= 0) throw new TrainingError(`sample ${String(index)} does not fit widths ${widths.join("-")}`);
}

class TrainedNetwork {
  readonly layers: readonly Dense[];
  readonly #input: Float64Array;

  constructor(widths: readonly number[], random: SeededRandom) {
    this.#input = new Float64Array(widths[0] ?? 0);
    this.layers = widths.slice(1).map((outputs, layer) => {
      const rectified = layer < widths.length - 2;
      return new Dense({ inputs: widths[layer] ?? 0, outputs, rectified }, random);
    });
  }

  /** One step of descent on one batch. */
  learn(batch: readonly Sample[], { rate, momentum }: Pick<Hyperparameters, "rate" | "momentum">): void {
    for (const sample of batch) this.#learnFrom(sample);
    for (const layer of this.layers) layer.descend({ rate, momentum, samples: batch.length });
  }

  #learnFrom({ pixels, label }: Sample): void {
    pixels.forEach((pixel, index) => {
      this.#input[index] = pixel / 255;
    });
    let vector = this.#input;
    for (const layer of this.layers) vector = layer.forward(vector);
    this.layers.at(-1)?.outputGradient.set(hingeGradient(vector, label));
    for (const [index, layer] of [...this.layers.entries()].reverse()) {
      const below = this.layers[index - 1];
      layer.backward(below?.output ?? this.#input, below?.outputGradient);
    }
  }
}

/** Gradient of the sum over all outputs of max(0, 1 - target * score)^2. */
function hingeGradient(scores: Float64Array, label: number): Float64Array {
  return scores.map((score, index) => {
    const target = index === label ? 1 : -1;
    const lack = 1 - target * score;
    return lack > 0 ? -2 * target * lack : 0;
  });
}

/** Turns the order of training (inputs x outputs) into a model's (outputs x inputs). */
function toRealLayer({ weights, biases }: Dense): RealLayer {
  const inputs = weights.length / biases.length;
  const transposed = new Float64Array(weights.length);
  weights.forEach((weight, index) => {
    transposed[(index % biases.length) * inputs + Math.floor(index / biases.length)] = weight;
  });
  return { weights: transposed, biases: biases.slice() };
}
