import { type Layer, MAX_BIAS, MAX_SHIFT, MIN_BIAS, Model } from "./model.ts";
import { activate, weightedSums } from "./run.ts";
import { type RealLayer, type RealNetwork, TrainingError } from "./train.ts";

/** The greatest weight of int8; -128 is left out, so that both signs are rounded alike. */
const GREATEST_WEIGHT = 127;
/** The part of a hidden layer's positive sums that may exceed 255 and be cut off: one in a thousand. */
const CUT_OFF_PART = 1000;

/** A trained network and the inputs that show how large its sums become: training samples, never held-out ones. */
export interface Quantisation {
  readonly network: RealNetwork;
  readonly calibration: readonly Uint8Array[];
}

/**
 * Turns a trained network into the integer model that computes nearly the same, up to a positive factor.
 *
 * A layer whose input is `scale` times the real one gets weights rounded to `weightScale` times the real ones, with
 * the greatest just 127, and biases rounded to `scale * weightScale` times; its sums are that many times the real
 * ones, too. The shift brings a hidden layer's sums to 0..255, and so its output has scale
 * `scale * weightScale / 2^shift`. Half a unit in the biases of hidden layers lets the shift round to nearest.
 * @throws TrainingError where there is nothing to calibrate with
 * @throws ModelError where the network has a shape that models cannot have
 */
export function quantise({ network, calibration }: Quantisation): Model {
  if (calibration.length === 0) throw new TrainingError("no inputs to calibrate with");
  const layers: Layer[] = [];
  const shifts: number[] = [];
  let vectors = calibration;
  let scale = 255;
  for (const [index, real] of network.layers.entries()) {
    const { layer, sumScale } = quantiseLayer(real, scale);
    if (index < network.layers.length - 1) {
      const shift = chooseShift(vectors.map((vector) => weightedSums(layer, vector)));
      const rounding = roundingBiases(layer, shift);
      vectors = vectors.map((vector) => activate(weightedSums(rounding, vector), shift));
      scale = sumScale / powerOfTwo(shift);
      shifts.push(shift);
      layers.push(rounding);
    } else {
      layers.push(layer);
    }
  }
  return Model.of({ widths: network.widths, shifts, layers });
}

function quantiseLayer({ weights, biases }: RealLayer, scale: number): { layer: Layer; sumScale: number } {
  const greatest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  // A layer of zeros has no size to go by; any factor serves.
  const weightScale = greatest > 0 ? GREATEST_WEIGHT / greatest : 1;
  const sumScale = scale * weightScale;
  const layer = {
    weights: Int8Array.from(weights, (weight) => Math.round(weight * weightScale)),
    biases: Int32Array.from(biases, (bias) => toBias(Math.round(bias * sumScale))),
  };
  return { layer, sumScale };
}

/** The least shift that leaves nearly all positive sums within 255. */
function chooseShift(sums: readonly Int32Array[]): number {
  const positive = Int32Array.from(sums.flatMap((vector) => Array.from(vector.filter((sum) => sum > 0)))).sort();
  const high = positive.at(-1 - Math.floor(positive.length / CUT_OFF_PART)) ?? 0;
  let shift = 0;
  while (shift < MAX_SHIFT && high >> shift > 255) shift++;
  return shift;
}

function roundingBiases({ weights, biases }: Layer, shift: number): Layer {
  const half = shift > 0 ? powerOfTwo(shift - 1) : 0;
  return { weights, biases: biases.map((bias) => toBias(bias + half)) };
}

/** 2 to a power of 0 to 31, by integers: the result of `**` may by its specification differ between machines. */
function powerOfTwo(power: number): number {
  return (1 << power) >>> 0;
}

function toBias(value: number): number {
  return Math.min(MAX_BIAS, Math.max(MIN_BIAS, value));
}
