import { expect } from "chai";
import { checkArchitecture, type Layer, MAX_BIAS, MIN_BIAS, Model, ModelError } from "../../../src/core/model/model.ts";
import { tinyModel, tinyParts } from "./models.ts";

const zeros = (inputs: number, outputs: number): Layer => ({
  weights: new Int8Array(inputs * outputs),
  biases: new Int32Array(outputs),
});

/** A chain of vectors of width 1. */
function chain(vectors: number): Model {
  return Model.of({
    widths: Array.from({ length: vectors }, () => 1),
    shifts: Array.from({ length: vectors - 2 }, () => 0),
    layers: Array.from({ length: vectors - 1 }, () => zeros(1, 1)),
  });
}

describe("Model", () => {
  it("has 2 to 16 vectors", () => {
    expect(chain(2).layers).to.have.length(1);
    expect(chain(16).layers).to.have.length(15);
    expect(() => chain(17)).to.throw(ModelError, "2 to 16 vectors, not 17");
    expect(() => Model.of({ widths: [1], shifts: [], layers: [] })).to.throw(ModelError, "2 to 16 vectors, not 1");
    expect(() => Model.of({ widths: [], shifts: [], layers: [] })).to.throw(ModelError, "2 to 16 vectors, not 0");
  });

  it("has widths from 1 to 4096", () => {
    const withInput = (width: number): Model => Model.of({ widths: [width, 1], shifts: [], layers: [zeros(width, 1)] });
    expect(withInput(1).inputWidth).to.equal(1);
    expect(withInput(4096).inputWidth).to.equal(4096);
    for (const width of [0, 4097, 1.5, Number.NaN]) {
      expect(() => Model.of({ widths: [width, 1], shifts: [], layers: [zeros(1, 1)] })).to.throw(
        ModelError,
        `vector 0: a width is 1 to 4096, not ${width}`,
      );
      expect(() => Model.of({ widths: [1, width], shifts: [], layers: [zeros(1, 1)] })).to.throw(
        ModelError,
        "vector 1",
      );
    }
  });

  it("has vectors of 32 KiB together at most, as ModelRegistry has it", () => {
    const hidden = Array.from({ length: 14 }, () => 1756);
    const shifts = hidden.map(() => 0);
    expect(() => checkArchitecture({ widths: [4096, ...hidden, 1022], shifts })).not.to.throw();
    const excess = { widths: [4096, ...hidden, 1023], shifts };
    expect(() => checkArchitecture(excess)).to.throw(ModelError, "32768 bytes at most, not 32772");
  });

  it("has a shift of 0 to 31 for every hidden layer and for no other", () => {
    expect(tinyModel({ shifts: [0] }).shifts).to.deep.equal([0]);
    expect(tinyModel({ shifts: [31] }).shifts).to.deep.equal([31]);
    for (const shift of [-1, 32, 0.5, Number.NaN]) {
      expect(() => tinyModel({ shifts: [shift] })).to.throw(
        ModelError,
        `hidden layer 0: a shift is 0 to 31, not ${shift}`,
      );
    }
    expect(() => tinyModel({ shifts: [] })).to.throw(ModelError, "1 shifts expected, 0 found");
    expect(() => tinyModel({ shifts: [1, 0] })).to.throw(ModelError, "1 shifts expected, 2 found");
  });

  it("has biases of 24 bits", () => {
    const withBias = (bias: number): Model =>
      Model.of({ widths: [1, 1], shifts: [], layers: [{ weights: Int8Array.of(0), biases: Int32Array.of(bias) }] });
    expect(withBias(MIN_BIAS).layers[0]?.biases[0]).to.equal(-8_388_608);
    expect(withBias(MAX_BIAS).layers[0]?.biases[0]).to.equal(8_388_607);
    expect(() => withBias(MIN_BIAS - 1)).to.throw(ModelError, "layer 0: a bias has 24 bits, -8388609 does not fit");
    expect(() => withBias(MAX_BIAS + 1)).to.throw(ModelError, "layer 0: a bias has 24 bits, 8388608 does not fit");
  });

  it("has as many layers, weights and biases as its widths say", () => {
    const [first, second] = tinyParts.layers;
    if (first === undefined || second === undefined) throw new Error("two layers expected");
    expect(() => tinyModel({ layers: [first] })).to.throw(ModelError, "2 layers expected, 1 found");
    expect(() => tinyModel({ layers: [first, second, second] })).to.throw(ModelError, "2 layers expected, 3 found");
    expect(() => tinyModel({ layers: [{ ...first, weights: new Int8Array(3) }, second] })).to.throw(
      ModelError,
      "layer 0: 4 weights expected, 3 found",
    );
    expect(() => tinyModel({ layers: [first, { ...second, biases: new Int32Array(2) }] })).to.throw(
      ModelError,
      "layer 1: 1 biases expected, 2 found",
    );
  });

  it("keeps its parts when the given ones change afterwards", () => {
    const widths = [1, 1];
    const layer = zeros(1, 1);
    const model = Model.of({ widths, shifts: [], layers: [layer] });
    widths[0] = 9;
    layer.weights[0] = 7;
    layer.biases[0] = 7;
    expect(model.widths).to.deep.equal([1, 1]);
    expect(model.layers).to.deep.equal([zeros(1, 1)]);
  });
});
