import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { concat as join, keccak256 } from "ethers";
import fc from "fast-check";
import { BatchError, makeBatch } from "../../src/core/batch.ts";
import { fromHex, type Hex } from "../../src/core/bytes.ts";
import { MerkleError, verifyProof } from "../../src/core/merkle.ts";
import type { Receipt } from "../../src/core/typedData.ts";
import { hashStruct, receipts, receiptTypes } from "../vectors/messages.ts";

/** Receipts of one operator, numbered from 0 on. */
function sequenceOf(count: number): Receipt[] {
  const operator: Hex = `0x${"0a".repeat(20)}`;
  return fc
    .sample(receipts, { seed: 0x5e7e, numRuns: count })
    .map((receipt, index) => ({ ...receipt, operator, sequence: BigInt(index) }));
}

const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 33];

describe("makeBatch", () => {
  for (const size of sizes) {
    it(`commits to ${size} as OpenZeppelin's tree over the struct hashes`, () => {
      const given = sequenceOf(size);
      const batch = makeBatch(given);
      const leaves = given.map((receipt) => hashStruct(receiptTypes, receipt));
      const theirs = SimpleMerkleTree.of(leaves);
      expect(batch.root).to.equal(theirs.root);
      expect(batch.dataHash).to.equal(keccak256(join(leaves)));
      leaves.forEach((leaf, index) => {
        const proof = batch.proof(index);
        expect(proof).to.deep.equal(theirs.getProof(leaf));
        expect(SimpleMerkleTree.verify(batch.root, leaf, proof)).to.be.true;
        expect(verifyProof({ leaf: fromHex(leaf), proof, root: batch.root })).to.be.true;
      });
    });
  }

  it("has a data hash that tells the order, which the root does not", () => {
    const [first, second] = sequenceOf(2);
    if (first === undefined || second === undefined) throw new Error("two receipts expected");
    const swapped = makeBatch([
      { ...first, sequence: 0n },
      { ...second, sequence: 1n },
    ]);
    const leaves = [first, second].map((receipt) => hashStruct(receiptTypes, receipt));
    expect(swapped.dataHash).to.equal(keccak256(join(leaves)));
    expect(swapped.dataHash).not.to.equal(keccak256(join(leaves.toReversed())));
  });

  it("changes root and data with any receipt", () => {
    const given = sequenceOf(3);
    const { root, dataHash } = makeBatch(given);
    given.forEach((receipt, place) => {
      const changed = makeBatch(given.with(place, { ...receipt, price: receipt.price ^ 1n }));
      expect(changed.root).not.to.equal(root);
      expect(changed.dataHash).not.to.equal(dataHash);
    });
  });

  it("needs a receipt", () => {
    expect(() => makeBatch([])).to.throw(BatchError, "at least one");
  });

  it("proves no receipt that it does not have", () => {
    const batch = makeBatch(sequenceOf(2));
    for (const index of [-1, 2]) expect(() => batch.proof(index)).to.throw(MerkleError);
  });
});
