import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import fc from "fast-check";
import { type Hex, HexError, keccak, toHex } from "../../src/core/bytes.ts";
import { MerkleError, MerkleTree, verifyProof } from "../../src/core/merkle.ts";

/** Distinct leaves, the same every time, in no order. */
function makeLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => keccak(Uint8Array.of(index >> 8, index & 0xff)));
}

/** Leaves one after another. */
function join(leaves: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(leaves.flatMap((leaf) => [...leaf]));
}

const sizes = [...Array.from({ length: 200 }, (_, index) => index + 1), 1000];

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
          for (let index = 0; index < size; index += size <= 40 ? 1 : 13) {
            expect(ours.proof(index), `proof ${index} of ${size}`).to.deep.equal(theirs.getProof(index));
          }
        }
      });

      it("has them of many leaves that lie one after another", () => {
        for (const size of [2_033, 5_000, 16_385]) {
          const leaves = makeLeaves(size);
          const theirs = SimpleMerkleTree.of(leaves, { sortLeaves });
          const ours = MerkleTree.ofJoined(join(leaves), { sortLeaves });
          expect(ours.root, `root of ${size}`).to.equal(theirs.root);
          for (let index = 0; index < size; index += 61)
            expect(ours.proof(index), `proof ${index} of ${size}`).to.deep.equal(theirs.getProof(index));
        }
      });

      it("has them of any leaves, also such as begin alike or are the same", () => {
        const words = fc.array(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), {
          minLength: 8,
          maxLength: 8,
        });
        const leaf = words.map((given) => new Uint8Array(Uint32Array.from(given).buffer));
        const random = fc.uint8Array({ minLength: 32, maxLength: 32 });
        fc.assert(
          fc.property(fc.array(fc.oneof(leaf, random), { minLength: 1, maxLength: 60 }), (leaves) => {
            const theirs = SimpleMerkleTree.of(leaves, { sortLeaves });
            const ours = MerkleTree.of(leaves, { sortLeaves });
            expect(ours.root).to.equal(theirs.root);
            for (const index of leaves.keys()) expect(ours.proof(index)).to.deep.equal(theirs.getProof(index));
          }),
          { seed: 0x5e7e, numRuns: 100 },
        );
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

  it("refuses joined leaves of which the last one is not whole, and none at all", () => {
    expect(() => MerkleTree.ofJoined(new Uint8Array(0))).to.throw(MerkleError, "at least one leaf");
    for (const length of [1, 31, 33, 65])
      expect(() => MerkleTree.ofJoined(new Uint8Array(length))).to.throw(MerkleError, `not ${length} in all`);
  });

  it("takes joined leaves from any place in memory, and keeps none of it", () => {
    const leaves = makeLeaves(9);
    const { root } = MerkleTree.of(leaves);
    for (const offset of [0, 1, 2, 3, 4]) {
      const memory = Uint8Array.from([...new Uint8Array(offset), ...join(leaves)]);
      const tree = MerkleTree.ofJoined(memory.subarray(offset));
      memory.fill(0);
      expect(tree.root).to.equal(root);
      expect(tree.proof(3)).to.deep.equal(MerkleTree.of(leaves).proof(3));
    }
  });

  // More than 2^21 indices leave less than 32 bits of a sorted number to the leaf.
  it("sorts two million leaves that begin almost alike", () => {
    const size = 2 ** 21 + 3;
    const [rising, falling] = [new Uint8Array(32 * size), new Uint8Array(32 * size)];
    for (let index = 0; index < size; index++) {
      new DataView(rising.buffer).setUint32(32 * index, 0xff000000 + index);
      new DataView(falling.buffer).setUint32(32 * (size - 1 - index), 0xff000000 + index);
    }
    const expected = MerkleTree.ofJoined(rising, { sortLeaves: false });
    const tree = MerkleTree.ofJoined(falling);
    expect(tree.root).to.equal(expected.root);
    for (const index of [0, 1, size - 1]) expect(tree.proof(index)).to.deep.equal(expected.proof(size - 1 - index));
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
