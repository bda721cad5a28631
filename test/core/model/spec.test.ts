import { expect } from "chai";
import { concat, fromHex, toHex } from "../../../src/core/bytes.ts";
import { ModelError } from "../../../src/core/model/model.ts";
import { decodeSpec, encodeSpec } from "../../../src/core/model/spec.ts";

describe("encodeSpec and decodeSpec", () => {
  const examples = [
    { widths: [1, 1], shifts: [], hex: "0x000100000100" },
    { widths: [784, 64, 10], shifts: [11], hex: "0x03100000400b000a00" },
    { widths: [4096, 4096, 1, 4096], shifts: [31, 0], hex: "0x10000010001f000100100000" },
  ];

  for (const { widths, shifts, hex } of examples) {
    it(`encodes ${widths.join("-")} as records of 3 bytes, and back`, () => {
      expect(toHex(encodeSpec({ widths, shifts }))).to.equal(hex);
      expect(decodeSpec(fromHex(hex))).to.deep.equal({ widths, shifts });
    });
  }

  it("reads a part of a larger buffer", () => {
    const bytes = concat(Uint8Array.of(9, 9), fromHex("0x000100000200")).subarray(2);
    expect(decodeSpec(bytes)).to.deep.equal({ widths: [1, 2], shifts: [] });
  });

  it("refuses to encode what is not a model's shape", () => {
    expect(() => encodeSpec({ widths: [1, 1], shifts: [3] })).to.throw(ModelError, "0 shifts expected");
    expect(() => encodeSpec({ widths: [65_537, 1], shifts: [] })).to.throw(ModelError, "vector 0");
  });

  const wrong = [
    { hex: "0x", why: "nothing", message: "begins with an input" },
    { hex: "0x0001", why: "less than a record", message: "whole records of 3 bytes, not 2 bytes" },
    { hex: "0x00010000010000", why: "a byte too many", message: "whole records of 3 bytes, not 7 bytes" },
    { hex: "0x000100", why: "an input alone", message: "2 to 16 vectors, not 1" },
    { hex: `0x${"000100".repeat(17)}`, why: "17 vectors", message: "2 to 16 vectors, not 17" },
    { hex: "0x000101000100", why: "a shift of the input", message: "both of shift 0" },
    { hex: "0x000100000101", why: "a shift of the output", message: "both of shift 0" },
    { hex: "0x000100000000", why: "a width of 0", message: "vector 1: a width is 1 to 4096, not 0" },
    { hex: "0x100100000100", why: "a width of 4097", message: "vector 0: a width is 1 to 4096, not 4097" },
    { hex: "0x000100000120000100", why: "a shift of 32", message: "hidden layer 0: a shift is 0 to 31, not 32" },
  ];
  for (const { hex, why, message } of wrong) {
    it(`refuses ${why}`, () => {
      expect(() => decodeSpec(fromHex(hex))).to.throw(ModelError, message);
    });
  }
});
