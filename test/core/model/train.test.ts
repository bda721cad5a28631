import { expect } from "chai";
import { quantise } from "../../../src/core/model/quantise.ts";
import { SeededRandom } from "../../../src/core/model/random.ts";
import { argmax, decodeLogits, run } from "../../../src/core/model/run.ts";
import {
  type Hyperparameters,
  type RealNetwork,
  type Sample,
  train,
  TrainingError,
} from "../../../src/core/model/train.ts";

/** Exclusive or of two bright or dark pixels, with some noise: no network without a hidden layer learns it. */
function xorSamples(count: number): Sample[] {
  const random = new SeededRandom(5);
  return Array.from({ length: count }, () => {
    const [first, second] = [random.below(2), random.below(2)];
    const brightness = (bit: number): number => 255 * bit + (1 - 2 * bit) * random.below(40);
    return { pixels: Uint8Array.of(brightness(first), brightness(second)), label: first ^ second };
  });
}

const settings: Hyperparameters = {
  widths: [2, 8, 6, 2],
  seed: 3,
  epochs: 60,
  batch: 7,
  rate: 0.02,
  momentum: 0.9,
};

/** The bits of every double, since -0 equals 0 and NaN nothing. */
function bitsOf({ layers }: RealNetwork): BigUint64Array[] {
  return layers.flatMap(({ weights, biases }) =>
    [weights, biases].map((part) => new BigUint64Array(part.slice().buffer)),
  );
}

describe("SeededRandom", () => {
  it("gives the numbers of Mulberry32", () => {
    // From the algorithm's reference implementation with seed 1, as integers of 32 bits.
    const random = new SeededRandom(1);
    const numbers = Array.from({ length: 3 }, () => random.fraction() * 0x1_0000_0000);
    expect(numbers).to.deep.equal([2_693_262_067, 11_749_833, 2_265_367_787]);
  });

  it("stays below its bound and reaches all of it", () => {
    const random = new SeededRandom(-1);
    const seen = new Set(Array.from({ length: 500 }, () => random.below(7)));
    expect([...seen].sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    expect(random.below(1)).to.equal(0);
  });

  it("shuffles without losing anything or touching the original", () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const shuffled = new SeededRandom(1).shuffled(items);
    expect(items[0]).to.equal(0);
    expect(shuffled).not.to.deep.equal(items);
    expect(shuffled.toSorted((a, b) => a - b)).to.deep.equal(items);
    expect(new SeededRandom(1).shuffled(items)).to.deep.equal(shuffled);
    expect(new SeededRandom(2).shuffled(items)).not.to.deep.equal(shuffled);
    expect(new SeededRandom(1).shuffled([])).to.deep.equal([]);
  });
});

describe("train", () => {
  const samples = xorSamples(400);

  it("gives the same bits for the same seed and others for another", () => {
    const short = { ...settings, epochs: 2 };
    expect(bitsOf(train(samples, short))).to.deep.equal(bitsOf(train(samples, short)));
    expect(bitsOf(train(samples, short))).not.to.deep.equal(bitsOf(train(samples, { ...short, seed: 4 })));
  });

  it("descends the gradient of the squared hinge loss", () => {
    // One sample, one step: the last layer begins at 0, so the scores are 0 and the gradients by them -2 and 2.
    const options = { widths: [2, 2], seed: 1, epochs: 1, batch: 1, rate: 0.125, momentum: 0.5 };
    const { layers } = train([{ pixels: Uint8Array.of(255, 51), label: 0 }], options);
    const step = 0.125 * 2;
    const weights = Float64Array.of(step, step * 0.2, -step, -step * 0.2);
    expect(layers).to.deep.equal([{ weights, biases: Float64Array.of(step, -step) }]);
  });

  it("takes a part of the last step again, and lowers the rate evenly", () => {
    // Scores 0 and 0.5, gradients -2 and -1, rates 0.125 and 0.0625: steps 0.25 and 0.5 * 0.25 + 0.0625.
    const options = { widths: [1, 1], seed: 1, epochs: 2, batch: 1, rate: 0.125, momentum: 0.5 };
    const { layers } = train([{ pixels: Uint8Array.of(255), label: 0 }], options);
    expect(layers).to.deep.equal([{ weights: Float64Array.of(0.4375), biases: Float64Array.of(0.4375) }]);
  });

  it("learns what needs hidden layers, and the integer model keeps it", () => {
    const network = train(samples, settings);
    const model = quantise({ network, calibration: samples.map(({ pixels }) => pixels) });
    const fresh = xorSamples(600).slice(400);
    for (const { pixels, label } of fresh) expect(argmax(decodeLogits(run(model, pixels).output))).to.equal(label);
  });

  it("refuses to train on nothing or on samples that do not fit", () => {
    const sample = { pixels: Uint8Array.of(1, 2), label: 1 };
    expect(() => train([], settings)).to.throw(TrainingError, "no samples");
    const misfits = [
      { ...sample, pixels: Uint8Array.of(1) },
      { ...sample, label: 2 },
      { ...sample, label: -1 },
    ];
    for (const misfit of misfits) expect(() => train([sample, misfit], settings)).to.throw(TrainingError, "sample 1");
  });
});

describe("quantise", () => {
  /** A network of one neuron a layer with these weights and biases. */
  function chain(...parameters: readonly { weight: number; bias: number }[]): RealNetwork {
    return {
      widths: [1, ...parameters.map(() => 1)],
      layers: parameters.map(({ weight, bias }) => ({
        weights: Float64Array.of(weight),
        biases: Float64Array.of(bias),
      })),
    };
  }

  it("scales the greatest weight to 127 and biases with the sums", () => {
    const model = quantise({ network: chain({ weight: -0.5, bias: 0.25 }), calibration: [Uint8Array.of(255)] });
    // Sums are 254 * 255 times the real ones.
    expect(model.layers).to.deep.equal([{ weights: Int8Array.of(-127), biases: Int32Array.of(16_193) }]);
  });

  it("brings hidden sums to 0..255 and rounds them to nearest", () => {
    const network = chain({ weight: 1, bias: 0 }, { weight: 1, bias: 0 });
    const model = quantise({ network, calibration: [Uint8Array.of(0), Uint8Array.of(255)] });
    // The greatest sum is 127 * 255 = 32,385: a shift of 7 gives 253.
    expect(model.shifts).to.deep.equal([7]);
    expect(model.layers[0]?.biases).to.deep.equal(Int32Array.of(64));
    expect([0, 1, 2, 255].map((pixel) => run(model, Uint8Array.of(pixel)).hidden[0]?.[0])).to.deep.equal([
      0, 1, 2, 253,
    ]);
  });

  it("keeps biases within 24 bits", () => {
    const network = chain({ weight: 0.001, bias: 1000 });
    expect(quantise({ network, calibration: [Uint8Array.of(1)] }).layers[0]?.biases[0]).to.equal(8_388_607);
    const negative = chain({ weight: 0.001, bias: -1000 });
    expect(quantise({ network: negative, calibration: [Uint8Array.of(1)] }).layers[0]?.biases[0]).to.equal(-8_388_608);
  });

  it("takes layers of zeros", () => {
    const network = chain({ weight: 0, bias: 0 }, { weight: 0, bias: 1 });
    const model = quantise({ network, calibration: [Uint8Array.of(255)] });
    expect(model.shifts).to.deep.equal([0]);
    expect(run(model, Uint8Array.of(255)).hidden).to.deep.equal([Uint8Array.of(0)]);
    expect(decodeLogits(run(model, Uint8Array.of(255)).output)[0]).to.equal(255);
  });

  it("needs something to calibrate with", () => {
    expect(() => quantise({ network: chain({ weight: 1, bias: 0 }), calibration: [] })).to.throw(TrainingError);
  });
});
