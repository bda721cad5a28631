import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import { NO_PROOF, ProofError, proofHashOf } from "../../src/core/proofs.ts";
import { Mode } from "../../src/core/typedData.ts";

const none = new Uint8Array();
const vectors = [Uint8Array.of(1, 2), Uint8Array.of(3)];
const proof = Uint8Array.of(7, 8, 9);

describe("what a receipt binds of a proof", () => {
  it("is the hash of the activations' hashes in the optimistic mode", () => {
    const expected = keccak256(concat(vectors.map((vector) => keccak256(vector))));
    expect(proofHashOf(Mode.optimistic, { hidden: vectors, proof: none })).to.equal(expected);
    expect(proofHashOf(Mode.optimistic, { hidden: [], proof: none })).to.equal(keccak256("0x"));
  });

  it("is the hash of the proof in the snark mode, and where an enclave signs each answer", () => {
    for (const mode of [Mode.snark, Mode.enclave]) {
      expect(proofHashOf(mode, { hidden: [], proof })).to.equal(keccak256(proof));
    }
    expect(proofHashOf(Mode.snark, { hidden: [], proof: none })).to.equal(keccak256("0x"));
  });

  it("is nothing in the signed mode, and where an enclave's key signs the receipt itself", () => {
    for (const mode of [Mode.signed, Mode.enclave]) {
      expect(proofHashOf(mode, { hidden: [], proof: none })).to.equal(NO_PROOF);
    }
  });

  it("is refused where the mode has no such part, so that a record carries nothing unbound", () => {
    for (const mode of [Mode.signed, Mode.enclave, Mode.snark]) {
      expect(() => proofHashOf(mode, { hidden: vectors, proof: none })).to.throw(ProofError, "activations");
    }
    for (const mode of [Mode.signed, Mode.optimistic]) {
      expect(() => proofHashOf(mode, { hidden: [], proof })).to.throw(ProofError, "proof");
    }
    expect(() => proofHashOf(4, { hidden: [], proof: none })).to.throw(ProofError, "no mode 4");
  });
});
