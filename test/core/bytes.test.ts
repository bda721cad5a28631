import { expect } from "chai";
import { getBytes, hexlify } from "ethers";
import fc from "fast-check";
import { fromHex, HexError, toHex, writeHex } from "../../src/core/bytes.ts";

const runs = { seed: 0x5e7e, numRuns: 200 };
const byteStrings = fc.uint8Array({ maxLength: 100 });

describe("hexadecimal", () => {
  it("is read and written as ethers does", () => {
    fc.assert(
      fc.property(byteStrings, (bytes) => {
        expect(toHex(bytes)).to.equal(hexlify(bytes));
        expect(fromHex(hexlify(bytes))).to.deep.equal(bytes);
        expect(fromHex(hexlify(bytes), bytes.length)).to.deep.equal(bytes);
      }),
      runs,
    );
  });

  it("is read in either case", () => {
    expect(fromHex("0xABCDEFabcdef0123456789")).to.deep.equal(getBytes("0xabcdefabcdef0123456789"));
  });

  it("takes no character but digits, whatever its code", () => {
    for (let code = 0; code < 0x300; code++) {
      const character = String.fromCharCode(code);
      const isDigit = /^[0-9a-fA-F]$/.test(character);
      for (const text of [`0x${character}0`, `0x0${character}`]) {
        if (isDigit) expect(toHex(fromHex(text))).to.equal(text.toLowerCase());
        else expect(() => fromHex(text), text).to.throw(HexError, "not hexadecimal");
      }
    }
  });

  it("begins with 0x and has two digits a byte", () => {
    for (const text of ["", "0", "0x0", "0x000", "0X00", "00", "x000", " 0x00", "0x00 ", "0x00\n"]) {
      expect(() => fromHex(text), text).to.throw(HexError, "not hexadecimal");
      expect(() => fromHex(text, 1), text).to.throw(HexError, "not hexadecimal");
    }
  });

  it("has the length that is asked for", () => {
    expect(fromHex("0x", 0)).to.have.length(0);
    expect(() => fromHex("0x", 1)).to.throw(HexError, "1 bytes expected, 0 found");
    expect(() => fromHex("0x0000", 1)).to.throw(HexError, "1 bytes expected, 2 found");
  });

  it("is written in place, and nothing beside it", () => {
    const bytes = new Uint8Array(4);
    writeHex("0xaabb", bytes.subarray(1, 3));
    expect(toHex(bytes)).to.equal("0x00aabb00");
    expect(() => writeHex("0xaabbcc", bytes.subarray(1, 3))).to.throw(HexError, "2 bytes expected, 3 found");
  });
});
