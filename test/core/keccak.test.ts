import { expect } from "chai";
import { concat, hexlify, keccak256 as ethersKeccak } from "ethers";
import fc from "fast-check";
import { keccak256, keccakOfPairs } from "../../src/core/keccak.ts";
import { assembleKeccak, MAX_PAIRS } from "../../src/core/keccakModule.ts";

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
    expect(assembleKeccak()).to.have.length.below(MAX_SYNCHRONOUS_MODULE);
  });
});

describe("keccakOfPairs", () => {
  /** Pairs of which each begins with as many equal bytes as its number says, up to all 32. */
  function makePairs(count: number): Uint8Array {
    const nodes = Uint8Array.from({ length: 64 * count }, (_, index) => (index * 167 + (index >> 6) * 31) >> 1);
    for (let pair = 0; pair < count; pair++) nodes.copyWithin(64 * pair + 32, 64 * pair, 64 * pair + (pair % 33));
    return nodes;
  }

  /** The slow way: the smaller one by its hexadecimal digits. */
  function expectedOf(nodes: Uint8Array): string {
    const hashes = Array.from({ length: nodes.length / 64 }, (_, pair) => {
      const sides = [nodes.slice(64 * pair, 64 * pair + 32), nodes.slice(64 * pair + 32, 64 * pair + 64)];
      return ethersKeccak(concat(sides.map((side) => hexlify(side)).sort()));
    });
    return concat(hashes);
  }

  it("is ethers' of the smaller node and the larger, of any number of pairs", () => {
    for (const count of [0, 1, 2, 33, 100, MAX_PAIRS - 1, MAX_PAIRS, MAX_PAIRS + 1, 2 * MAX_PAIRS + 1]) {
      const nodes = makePairs(count);
      const hashes = new Uint8Array(32 * count);
      keccakOfPairs(nodes, hashes);
      expect(hexlify(hashes), `${count} pairs`).to.equal(expectedOf(nodes));
      expect(hexlify(nodes)).to.equal(hexlify(makePairs(count)));
    }
  });

  it("can write over the first half of the nodes", () => {
    const nodes = makePairs(2 * MAX_PAIRS + 1);
    const expected = expectedOf(nodes);
    const hashes = nodes.subarray(0, nodes.length / 2);
    keccakOfPairs(nodes, hashes);
    expect(hexlify(hashes)).to.equal(expected);
  });

  it("leaves hashes of single messages right", () => {
    keccakOfPairs(makePairs(2), new Uint8Array(64));
    expect(hexlify(keccak256(Uint8Array.of(1)))).to.equal(ethersKeccak(Uint8Array.of(1)));
  });
});
