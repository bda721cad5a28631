import { expect } from "chai";
import { fromHex, type Hex, toHex } from "../../../src/core/bytes.ts";
import { DerError, derInteger, readDer } from "../../../src/core/enclave/der.ts";
import { integer } from "../../support/certificates.ts";

const read = (hex: Hex) => readDer(fromHex(hex));

describe("DER", () => {
  it("is a tag, a length and what is in it, and values in values", () => {
    const { tag, bytes, children } = read("0x30080201050101ff0500");
    expect([tag, toHex(bytes)]).to.deep.equal([0x30, "0x30080201050101ff0500"]);
    expect(children.map(({ tag: kind, content }) => [kind, toHex(content)])).to.deep.equal([
      [2, "0x05"],
      [1, "0xff"],
      [5, "0x"],
    ]);
    expect(read(`0x0481ff${"00".repeat(255)}`).content).to.have.length(255);
    expect(read(`0x04820100${"00".repeat(256)}`).content).to.have.length(256);
    expect(read("0x30003000".slice(0, 6) as Hex).children).to.deep.equal([]);
  });

  const refused: readonly [string, Hex, string][] = [
    ["nothing", "0x", "one value"],
    ["two values", "0x05000500", "2 found"],
    ["a tag alone", "0x05", "without a length"],
    ["a value cut off", "0x040200", "ends after"],
    ["a value in a value cut off", "0x3003040200", "ends after"],
    ["an indefinite length", "0x30800000", "indefinite"],
    ["a length cut off", "0x0482", "without a length"],
    ["a length of four bytes", "0x048400000001ff", "more than three"],
    ["a short length written long", `0x04817f${"00".repeat(127)}`, "more bytes than it takes"],
    ["a length with a zero before it", `0x048200ff${"00".repeat(255)}`, "more bytes than it takes"],
    ["a tag of several bytes", "0x1f810100", "several bytes"],
    ["a truth value of one", "0x010101", "neither 0 nor 255"],
    ["a truth value of two bytes", "0x0102ffff", "neither 0 nor 255"],
    ["a null with something in it", "0x050100", "null"],
    ["a number without bytes", "0x0200", "without bytes"],
    ["a number with an idle zero", "0x0202007f", "more bytes than it takes"],
    ["a negative number with idle ones", "0x0202ff80", "more bytes than it takes"],
    ["bits without their count", "0x0300", "unused bits"],
    ["eight unused bits", "0x03020800", "unused bits"],
    ["unused bits of nothing", "0x030101", "unused bits"],
    ["unused bits that are not zero", "0x03020181", "unused bits"],
    [
      "too many values in values",
      `0x${Array.from({ length: 40 }, (_, i) => `30${(2 * (39 - i)).toString(16).padStart(2, "0")}`).join("")}`,
      "deep",
    ],
  ];
  for (const [name, hex, message] of refused) {
    it(`is not ${name}`, () => expect(() => read(hex)).to.throw(DerError, message));
  }

  it("has whole numbers in two's complement", () => {
    const numbers = (["0x020100", "0x02017f", "0x02020080", "0x0201ff", "0x020180", "0x0202ff7f"] as const).map(read);
    expect(numbers.map(derInteger)).to.deep.equal([0n, 127n, 128n, -1n, -128n, -129n]);
    for (const number of [0n, 1n, 255n, 256n, 2n ** 2047n])
      expect(derInteger(readDer(integer(number)))).to.equal(number);
    expect(() => derInteger(read("0x0500"))).to.throw(DerError, "a whole number expected");
  });
});
