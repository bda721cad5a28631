import { expect } from "chai";
import { ModelFileError, parse, serialise } from "../../../src/core/model/file.ts";
import { decodeInt24, encodeInt24 } from "../../../src/core/model/int24.ts";
import { ModelError } from "../../../src/core/model/model.ts";
import { makeModel, tinyModel } from "./models.ts";

const training = { seed: 7, dataset: { name: "none", parts: [1, null, true] } };

describe("serialise and parse", () => {
  const text = serialise({ model: tinyModel(), training });

  it("give back model and notes, for extreme parameters, too", () => {
    const models = [
      tinyModel(),
      makeModel({ widths: [3, 1, 2], shifts: [31], seed: 1, filling: "least" }),
      makeModel({ widths: [1, 300], shifts: [], seed: 1, filling: "greatest" }),
    ];
    for (const model of models) expect(parse(serialise({ model, training }))).to.deep.equal({ model, training });
  });

  it("write the same text for the same model", () => {
    expect(serialise(parse(text))).to.equal(text);
    expect(text).to.include('"weights": "0x01fe7f80"').and.to.include('"biases": "0x00000affffff"');
    expect(text.endsWith("}\n")).to.be.true;
  });

  const damages = [
    { what: "a text that is not JSON", from: "{", to: "", message: "not JSON" },
    { what: "another format", from: "surety-model-1", to: "surety-model-2", message: "format" },
    { what: "an unknown member", from: '"format"', to: '"extra": 1, "format"', message: "extra" },
    { what: "a missing member", from: /"shifts": \[[^\]]*\],/, to: "", message: "shifts" },
    { what: "a width that is no number", from: /"widths": \[\s*2/, to: '"widths": ["2"', message: "widths" },
    { what: "weights that are not hexadecimal", from: "0x01fe7f80", to: "0x01fe7f8g", message: "not hexadecimal" },
    { what: "weights without 0x", from: "0x01fe7f80", to: "01fe7f80", message: "0x hexadecimal expected" },
    { what: "a weight too few", from: "0x01fe7f80", to: "0x01fe7f", message: "4 weights expected, 3 found" },
    { what: "a part of a bias", from: "0x00000affffff", to: "0x00000affff", message: "biases are 3 bytes each" },
    { what: "a bias too many", from: "0x00000affffff", to: "0x00000affffff000000", message: "2 biases expected, 3" },
    { what: "a shift of 32", from: /"shifts": \[\s*1/, to: '"shifts": [32', message: "a shift is 0 to 31, not 32" },
    { what: "a changed weight", from: "0x01fe7f80", to: "0x01fe7f81", message: "weights root" },
    { what: "another root", from: /"weightsRoot": "0x../, to: '"weightsRoot": "0x', message: "weights root" },
  ];
  for (const { what, from, to, message } of damages) {
    it(`refuse ${what}`, () => {
      const damaged = text.replace(from, to);
      expect(damaged).not.to.equal(text);
      expect(() => parse(damaged)).to.throw(ModelFileError, message);
    });
  }
});

describe("integers of 24 bits", () => {
  it("are big-endian two's complement", () => {
    const values = Int32Array.of(0, 1, -1, 65_536, -65_537, 8_388_607, -8_388_608);
    expect(Buffer.from(encodeInt24(values)).toString("hex")).to.equal("000000000001ffffff010000feffff7fffff800000");
    expect(decodeInt24(encodeInt24(values))).to.deep.equal(values);
  });

  it("are whole", () => {
    expect(() => decodeInt24(new Uint8Array(4))).to.throw(ModelError, "not 4 bytes");
  });
});
