import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { type Hex, HexError, keccak, toHex } from "../../src/core/bytes.ts";
import { MerkleError, MerkleTree, verifyProof } from "../../src/core/merkle.ts";

/** Distinct leaves, the same every time, in no order. */
function makeLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => keccak(Uint8Array.of(index >> 8, index & 0xff)));
}

const sizes = [...Array.from({ length: 40 }, (_, index) => index + 1), 1000];

describe("MerkleTree", () => {
  for (const sortLeaves of [true, false]) {
    describe(sortLeaves ? "with sorted leaves" : "with leaves in the given order", () => {
      it("has the roots and proofs of OpenZeppelin's SimpleMerkleTree", () => {
        for (const size of sizes) {
          const leaves = makeLeaves(size);
          const theirs = SimpleMerkleTree.of(leaves, { sortLeaves });
          const ours = MerkleTree.of(leaves, { sortLeaves });
          expect(ours.root, `root of ${size}`).to.equal(theirs.root);
          expect(ours.size).to.equal(size);
          for (const index of leaves.keys()) {
            expect(ours.proof(index), `proof ${index} of ${size}`).to.deep.equal(theirs.getProof(index));
          }
        }
      });

      it("verifies every proof, and not for another leaf", () => {
        for (const size of sizes.slice(0, 40)) {
          const leaves = makeLeaves(size);
          const tree = MerkleTree.of(leaves, { sortLeaves });
          leaves.forEach((leaf, index) => {
            const claim = { proof: tree.proof(index), root: tree.root };
            expect(verifyProof({ ...claim, leaf })).to.be.true;
            expect(verifyProof({ ...claim, leaf: keccak(leaf) })).to.be.false;
          });
        }
      });
    });
  }

  it("sorts unless told otherwise", () => {
    const leaves = makeLeaves(7);
    expect(MerkleTree.of(leaves).root).to.equal(MerkleTree.of(leaves.toReversed()).root);
    const given = { sortLeaves: false };
    expect(MerkleTree.of(leaves, given).root).not.to.equal(MerkleTree.of(leaves.toReversed(), given).root);
  });

  it("treats equal leaves as OpenZeppelin does", () => {
    const [first, second] = makeLeaves(2);
    if (first === undefined || second === undefined) throw new Error("two leaves expected");
    const leaves = [second, first, second, first, second];
    const theirs = SimpleMerkleTree.of(leaves);
    const ours = MerkleTree.of(leaves);
    expect(ours.root).to.equal(theirs.root);
    for (const index of leaves.keys()) expect(ours.proof(index)).to.deep.equal(theirs.getProof(index));
  });

  it("is a single leaf itself, with an empty proof", () => {
    const [leaf] = makeLeaves(1);
    if (leaf === undefined) throw new Error("a leaf expected");
    const tree = MerkleTree.of([leaf]);
    expect(tree.root).to.equal(toHex(leaf));
    expect(tree.proof(0)).to.deep.equal([]);
    expect(verifyProof({ leaf, proof: [], root: tree.root })).to.be.true;
  });

  it("refuses to be empty", () => {
    expect(() => MerkleTree.of([])).to.throw(MerkleError, "at least one leaf");
  });

  it("refuses leaves that are not 32 bytes long", () => {
    for (const length of [0, 31, 33, 64]) {
      expect(() => MerkleTree.of([new Uint8Array(32), new Uint8Array(length)])).to.throw(MerkleError, `not ${length}`);
    }
  });

  it("proves no leaf that it does not have", () => {
    const tree = MerkleTree.of(makeLeaves(3));
    for (const index of [-1, 3, 0.5, Number.NaN]) expect(() => tree.proof(index)).to.throw(MerkleError, "no leaf");
  });
});

describe("verifyProof", () => {
  const leaves = makeLeaves(5);
  const tree = MerkleTree.of(leaves);
  const leaf = keccak(Uint8Array.of(0, 0));
  const claim = { leaf, proof: tree.proof(0), root: tree.root };

  it("refuses a proof that is cut, lengthened, reordered or led to another root", () => {
    expect(verifyProof(claim)).to.be.true;
    expect(verifyProof({ ...claim, proof: claim.proof.slice(1) })).to.be.false;
    expect(verifyProof({ ...claim, proof: [...claim.proof, tree.root] })).to.be.false;
    expect(verifyProof({ ...claim, proof: claim.proof.toReversed() })).to.be.false;
    expect(verifyProof({ ...claim, root: toHex(leaf) })).to.be.false;
  });

  it("reads hexadecimal in either case", () => {
    const root: Hex = `0x${tree.root.slice(2).toUpperCase()}`;
    expect(verifyProof({ ...claim, root })).to.be.true;
  });

  it("throws on a leaf, sibling or root that is not 32 bytes", () => {
    expect(() => verifyProof({ ...claim, leaf: new Uint8Array(64) })).to.throw(MerkleError);
    expect(() => verifyProof({ ...claim, proof: ["0x00"] })).to.throw(HexError);
    expect(() => verifyProof({ ...claim, root: "0x" })).to.throw(HexError);
  });
});
