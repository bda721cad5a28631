import { expect } from "chai";
import { hexlify, keccak256 as ethersKeccak } from "ethers";
import fc from "fast-check";
import { keccak256 } from "../../src/core/keccak.ts";
import { assemblePermutation } from "../../src/core/keccakModule.ts";

/** What browsers compile without being waited for. */
const MAX_SYNCHRONOUS_MODULE = 4_096;

describe("keccak256", () => {
  it("is ethers' for every length of up to four blocks", () => {
    for (let length = 0; length <= 4 * 136 + 1; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => index * 31 + length);
      expect(hexlify(keccak256(bytes)), `${length} bytes`).to.equal(ethersKeccak(bytes));
    }
  });

  it("is ethers' for any bytes, whatever was hashed before", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        expect(hexlify(keccak256(bytes))).to.equal(ethersKeccak(bytes));
      }),
      { seed: 0x5e7e, numRuns: 300 },
    );
  });

  it("gives bytes that later hashes leave alone", () => {
    const first = keccak256(Uint8Array.of(1));
    keccak256(Uint8Array.of(2));
    expect(hexlify(first)).to.equal(ethersKeccak(Uint8Array.of(1)));
  });

  it("is small enough to be compiled synchronously", () => {
    expect(assemblePermutation()).to.have.length.below(MAX_SYNCHRONOUS_MODULE);
  });
});
