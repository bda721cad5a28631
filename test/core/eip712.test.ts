import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { toHex } from "../../src/core/bytes.ts";
import { domainSeparator, FieldError, StructHasher } from "../../src/core/eip712.ts";
import { domains, hashStruct, uintOf } from "../vectors/messages.ts";

const runs = { seed: 0x5e7e, numRuns: 200 };

describe("StructHasher", () => {
  for (const bits of [8, 64, 72, 128, 192, 256]) {
    it(`writes a uint${bits} as ethers does, over whatever was there`, () => {
      const type = `uint${bits}`;
      const hasher = new StructHasher(`Sum(${type} amount)`);
      fc.assert(
        fc.property(uintOf(bits), (amount) => {
          const expected = hashStruct({ Sum: [{ type, name: "amount" }] }, { amount });
          expect(toHex(hasher.begin().uint(amount, bits).hash())).to.equal(expected);
        }),
        runs,
      );
      for (const excess of [2n ** BigInt(bits), -1n]) {
        expect(() => hasher.begin().uint(excess, bits)).to.throw(FieldError, `does not fit ${type}`);
      }
    });
  }

  it("begins anew after a value that it refused", () => {
    const hasher = new StructHasher("Pair(uint8 first,uint8 second)");
    const honest = hasher.begin().uint(1, 8).uint(2, 8).hash();
    expect(() => hasher.begin().uint(3, 8).uint(256, 8)).to.throw(FieldError);
    expect(hasher.begin().uint(1, 8).uint(2, 8).hash()).to.deep.equal(honest);
  });

  it("hashes no struct with a field too few, which would be an earlier message's, or too many", () => {
    const hasher = new StructHasher("Pair(uint8 first,address second)");
    expect(() => hasher.begin().uint(1, 8).hash()).to.throw(RangeError, "1 fields of 2");
    expect(() =>
      hasher
        .begin()
        .uint(1, 8)
        .uint(2, 8)
        .address(`0x${"00".repeat(20)}`),
    ).to.throw(RangeError, "2 fields");
    expect(() => hasher.begin().uint(1, 8).uint(2, 8).uint(3, 8)).to.throw(RangeError);
  });
});

describe("domainSeparator", () => {
  it("is ethers' for any name, version, chain and contract", () => {
    fc.assert(
      fc.property(domains, fc.string(), fc.string(), ({ chainId, contract }, name, version) => {
        const expected = TypedDataEncoder.hashDomain({ name, version, chainId, verifyingContract: contract });
        expect(toHex(domainSeparator({ name, version, chainId, contract }))).to.equal(expected);
      }),
      runs,
    );
  });
});
