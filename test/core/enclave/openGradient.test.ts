import { readFileSync } from "node:fs";
import { expect } from "chai";
import { HexError, type Hex, keccakHex, fromHex } from "../../../src/core/bytes.ts";
import {
  decodeOpenGradientProof,
  encodeOpenGradientProof,
  isOpenGradientSigned,
  openGradientDigest,
  OpenGradientError,
  rsaKeyHash,
} from "../../../src/core/enclave/openGradient.ts";
import { modulus } from "../../support/rsa.ts";

interface GatewayReceipt {
  readonly inputHash: Hex;
  readonly outputHash: Hex;
  readonly timestamp: string;
  readonly digest: Hex;
  readonly signature: Hex;
}

const text = readFileSync(new URL("../../vectors/rsa.json", import.meta.url), "utf8");
const { receipts } = JSON.parse(text) as { readonly receipts: readonly GatewayReceipt[] };
const ZERO: Hex = `0x${"00".repeat(32)}`;

function answerOf({ inputHash, outputHash, timestamp, signature }: GatewayReceipt) {
  const proof = encodeOpenGradientProof({ modulus, signature });
  const receipt = { outputHash, proofHash: keccakHex(fromHex(proof)), issuedAt: BigInt(timestamp) };
  return { order: { inputHash }, receipt, proof };
}

describe("OpenGradient's receipts", () => {
  it("are about request, response and time", () => {
    for (const { inputHash, outputHash, timestamp, digest } of receipts) {
      expect(openGradientDigest({ inputHash, outputHash, timestamp: BigInt(timestamp) })).to.equal(digest);
    }
    expect(receipts).to.have.length(3);
  });

  it("hold for the order and the receipt that they are about, and for no other", () => {
    for (const shown of receipts) {
      const answer = answerOf(shown);
      const { order, receipt } = answer;
      expect(isOpenGradientSigned(answer)).to.equal(true);
      expect(isOpenGradientSigned({ ...answer, order: { inputHash: keccakHex(fromHex(order.inputHash)) } })).to.equal(
        false,
      );
      const others = [
        { ...receipt, outputHash: keccakHex(fromHex(receipt.outputHash)) },
        { ...receipt, issuedAt: receipt.issuedAt + 1n },
      ];
      for (const other of others) expect(isOpenGradientSigned({ ...answer, receipt: other })).to.equal(false);
    }
  });

  it("do not hold where the receipt names no proof, or one of another length", () => {
    for (const shown of receipts) {
      const answer = answerOf(shown);
      const { receipt } = answer;
      expect(isOpenGradientSigned({ ...answer, receipt: { ...receipt, proofHash: ZERO } })).to.equal(false);
      for (const proof of ["0x", answer.proof.slice(0, -2), `${answer.proof}00`] as Hex[]) {
        const named = { ...receipt, proofHash: keccakHex(fromHex(proof)) };
        expect(isOpenGradientSigned({ ...answer, receipt: named, proof })).to.equal(false);
      }
    }
  });

  it("cannot be judged by another proof than the receipt's", () => {
    for (const shown of receipts) {
      const answer = answerOf(shown);
      const proof: Hex = `0x00${answer.proof.slice(4)}`;
      expect(() => isOpenGradientSigned({ ...answer, proof })).to.throw(OpenGradientError, "names the proof");
    }
  });

  it("carry modulus and signature, which come apart again", () => {
    for (const { signature } of receipts) {
      const proof = encodeOpenGradientProof({ modulus, signature });
      expect(proof).to.equal(modulus + signature.slice(2));
      expect(decodeOpenGradientProof(proof)).to.deep.equal({ modulus, signature });
      expect(() => decodeOpenGradientProof(`${proof}00`)).to.throw(OpenGradientError, "513 found");
      expect(() => encodeOpenGradientProof({ modulus: `${modulus}00`, signature })).to.throw(HexError);
    }
    expect(rsaKeyHash(modulus)).to.equal(keccakHex(fromHex(modulus)));
  });
});
