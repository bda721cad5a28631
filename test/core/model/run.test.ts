import { expect } from "chai";
import fc from "fast-check";
import { concat, fromHex, toHex } from "../../../src/core/bytes.ts";
import { type Model, ModelError } from "../../../src/core/model/model.ts";
import {
  argmax,
  decodeLogits,
  encodeLogits,
  evaluateLayer,
  InputError,
  LogitsError,
  run,
} from "../../../src/core/model/run.ts";
import { type Filling, fixedRuns, makeModel, modelsWithInput, tinyModel } from "./models.ts";

/** The definition once more, as plainly as possible and without any bound: every vector but the input, as integers. */
function reference(model: Model, input: Uint8Array): bigint[][] {
  const vectors: bigint[][] = [];
  let previous = Array.from(input, BigInt);
  model.layers.forEach((layer, index) => {
    const weights = Array.from(layer.weights, BigInt);
    const sums = Array.from(layer.biases, (bias, neuron) => {
      const row = weights.slice(neuron * previous.length, (neuron + 1) * previous.length);
      return previous.reduce((sum, value, place) => sum + value * (row[place] ?? 0n), BigInt(bias));
    });
    const shift = model.shifts[index];
    previous = shift === undefined ? sums : sums.map((sum) => clamp((sum > 0n ? sum : 0n) >> BigInt(shift)));
    vectors.push(previous);
  });
  return vectors;
}

function clamp(value: bigint): bigint {
  return value > 255n ? 255n : value;
}

describe("run", () => {
  it("gives what one computes by hand", () => {
    // Hidden: (10 + 1*100 - 2*3) >> 1 = 52; (-1 + 127*100 - 128*3) >> 1 = 6157, cut to 255.
    // Output: -300 + 3*52 - 255 = -399.
    const trace = run(tinyModel(), Uint8Array.of(100, 3));
    expect(trace.input).to.deep.equal(Uint8Array.of(100, 3));
    expect(trace.hidden).to.deep.equal([Uint8Array.of(52, 255)]);
    expect(toHex(trace.output)).to.equal("0xfffffe71");
    expect(decodeLogits(trace.output)).to.deep.equal(Int32Array.of(-399));
  });

  it("makes 0 of a negative sum, and rounds down", () => {
    // Sums: 10 - 2*255 = -500 and -1 - 128*255 = -32641; then 10 + 1 = 11, halved to 5.
    expect(run(tinyModel(), Uint8Array.of(0, 255)).hidden).to.deep.equal([Uint8Array.of(0, 0)]);
    expect(run(tinyModel(), Uint8Array.of(1, 0)).hidden[0]?.[0]).to.equal(5);
  });

  it("is exact at the edges of the activation", () => {
    const hiddenOf = (bias: number, shift: number): number | undefined => {
      const layers = [
        { weights: Int8Array.of(0), biases: Int32Array.of(bias) },
        { weights: Int8Array.of(1), biases: Int32Array.of(0) },
      ];
      return run(tinyModel({ widths: [1, 1, 1], shifts: [shift], layers }), Uint8Array.of(0)).hidden[0]?.[0];
    };
    expect([-1, 0, 1, 254, 255, 256].map((bias) => hiddenOf(bias, 0))).to.deep.equal([0, 0, 1, 254, 255, 255]);
    expect([1023, 1024, 65_535, 65_536].map((bias) => hiddenOf(bias, 8))).to.deep.equal([3, 4, 255, 255]);
    expect(hiddenOf(8_388_607, 22)).to.equal(1);
    expect(hiddenOf(8_388_607, 23)).to.equal(0);
    expect(hiddenOf(8_388_607, 31)).to.equal(0);
    expect(hiddenOf(-8_388_608, 31)).to.equal(0);
  });

  it("agrees with a reference of unbounded integers", () => {
    fc.assert(
      fc.property(modelsWithInput, ({ model, input }) => {
        const { hidden, output } = run(model, input);
        const vectors = [...hidden, decodeLogits(output)].map((vector) => Array.from(vector, BigInt));
        expect(vectors).to.deep.equal(reference(model, input));
      }),
      fixedRuns,
    );
  });

  const extremes: readonly { filling: Filling; sum: number }[] = [
    { filling: "least", sum: 4096 * 255 * -128 - 2 ** 23 },
    { filling: "greatest", sum: 4096 * 255 * 127 + 2 ** 23 - 1 },
  ];
  for (const { filling, sum } of extremes) {
    it(`does not overflow in 4096 inputs with the ${filling} parameters`, () => {
      const input = new Uint8Array(4096).fill(255);
      const model = makeModel({ widths: [4096, 2], shifts: [], seed: 1, filling });
      expect(decodeLogits(run(model, input).output)).to.deep.equal(Int32Array.of(sum, sum));
    });
  }

  it("takes inputs of exactly the model's length", () => {
    for (const length of [0, 1, 3]) {
      expect(() => run(tinyModel(), new Uint8Array(length))).to.throw(
        InputError,
        `2 bytes of input expected, ${length} found`,
      );
    }
  });

  it("has no layer beyond the last", () => {
    expect(() => evaluateLayer(tinyModel(), { layer: 2, input: new Uint8Array(1) })).to.throw(ModelError, "no layer 2");
  });
});

describe("logits", () => {
  it("are int32, big-endian", () => {
    const logits = Int32Array.of(0, 1, -1, 2_147_483_647, -2_147_483_648);
    expect(toHex(encodeLogits(logits))).to.equal("0x0000000000000001ffffffff7fffffff80000000");
    expect(decodeLogits(encodeLogits(logits))).to.deep.equal(logits);
  });

  it("are read from a part of a larger buffer", () => {
    const bytes = concat(Uint8Array.of(7), fromHex("0x00000102")).subarray(1);
    expect(decodeLogits(bytes)).to.deep.equal(Int32Array.of(258));
  });

  it("are whole, and at least one", () => {
    for (const length of [0, 1, 3, 5, 7]) {
      expect(() => decodeLogits(new Uint8Array(length))).to.throw(LogitsError, `not ${length} bytes`);
    }
  });
});

describe("argmax", () => {
  it("is the first of the greatest", () => {
    expect(argmax(Int32Array.of(5))).to.equal(0);
    expect(argmax(Int32Array.of(-3, -1, -2))).to.equal(1);
    expect(argmax(Int32Array.of(1, 7, 7, 0))).to.equal(1);
    expect(argmax(Int32Array.of(-2_147_483_648, 0, 2_147_483_647))).to.equal(2);
  });

  it("needs a logit", () => {
    expect(() => argmax(new Int32Array(0))).to.throw(LogitsError, "no logits");
  });
});
