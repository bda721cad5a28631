import fc from "fast-check";
import { MAX_BIAS, MIN_BIAS, Model, type ModelParts } from "../../../src/core/model/model.ts";
import { SeededRandom } from "../../../src/core/model/random.ts";

/** What fills a model: any values, or only the least or the greatest ones. */
export type Filling = "any" | "least" | "greatest";

interface Shape {
  readonly widths: readonly number[];
  readonly shifts: readonly number[];
  readonly seed: number;
  readonly filling: Filling;
}

/** A model of the given shape, the same for the same seed. */
export function makeModel({ widths, shifts, seed, filling }: Shape): Model {
  const random = new SeededRandom(seed);
  const fill = (least: number, greatest: number) => (): number => {
    if (filling === "least") return least;
    if (filling === "greatest") return greatest;
    return least + random.below(greatest - least + 1);
  };
  const layers = widths.slice(1).map((outputs, layer) => ({
    weights: Int8Array.from({ length: outputs * (widths[layer] ?? 0) }, fill(-128, 127)),
    // Small biases in every other model of any values, so that biases do not decide alone.
    biases: Int32Array.from(
      { length: outputs },
      filling === "any" && seed % 2 === 0 ? fill(-999, 999) : fill(MIN_BIAS, MAX_BIAS),
    ),
  }));
  return Model.of({ widths, shifts, layers });
}

/** Random models of 0 to 4 hidden layers with an input that fits. */
export const modelsWithInput = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 2, maxLength: 6 }),
    shiftPool: fc.array(fc.oneof(fc.constantFrom(0, 31), fc.integer({ min: 0, max: 16 })), {
      minLength: 4,
      maxLength: 4,
    }),
    seed: fc.integer(),
    filling: fc.constantFrom<Filling>("any", "any", "any", "least", "greatest"),
  })
  .map(({ widths, shiftPool, seed, filling }) =>
    makeModel({ widths, shifts: shiftPool.slice(0, widths.length - 2), seed, filling }),
  )
  .chain((model) => {
    const value = fc.oneof(fc.constantFrom(0, 255), fc.nat(255));
    const inputs = fc.array(value, { minLength: model.inputWidth, maxLength: model.inputWidth });
    return inputs.map((input) => ({ model, input: Uint8Array.from(input) }));
  });

/** What every property test here runs with. */
export const fixedRuns = { seed: 0x5e7e, numRuns: 300 };

/** A model of 2-2-1 that a reader can compute by hand. */
export const tinyParts: ModelParts = {
  widths: [2, 2, 1],
  shifts: [1],
  layers: [
    { weights: Int8Array.of(1, -2, 127, -128), biases: Int32Array.of(10, -1) },
    { weights: Int8Array.of(3, -1), biases: Int32Array.of(-300) },
  ],
};

/** The tiny model with some of its parts replaced. */
export function tinyModel(changes: Partial<ModelParts> = {}): Model {
  return Model.of({ ...tinyParts, ...changes });
}
