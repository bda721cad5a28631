import { secp256k1 } from "@noble/curves/secp256k1.js";
import { fromHex } from "./bytes.ts";

/** How many points secp256k1's group has: secrets, r and s are below it. 32 bytes. */
export const ORDER = fromHex("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

/** A signature's two words, r and s in 64 bytes, and which of the two points with that r it means: 0 or 1. */
export interface CurveSignature {
  readonly words: Uint8Array;
  readonly recovery: number;
}

/**
 * What `signatures.ts` needs of secp256k1. It checks what it hands over, so that all curves refuse alike: digests and
 * secrets are 32 bytes, secrets, r and s are within the group's order and not 0, s is low.
 */
export interface Curve {
  /** Deterministic (RFC 6979) and with low s, so that all curves give the same bytes. */
  sign(digest: Uint8Array, secret: Uint8Array): CurveSignature;
  /** The key that signed, uncompressed: 65 bytes. @throws Error where there is none */
  recover(digest: Uint8Array, signature: CurveSignature): Uint8Array;
  /** A secret's key, uncompressed: 65 bytes. */
  publicKey(secret: Uint8Array): Uint8Array;
}

/** In JavaScript: it runs everywhere. */
export const nobleCurve: Curve = {
  sign(digest, secret) {
    const signature = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
    return { words: signature.subarray(1), recovery: signature[0] ?? 0 };
  },
  recover(digest, { words, recovery }) {
    const { r, s } = secp256k1.Signature.fromBytes(words, "compact");
    return new secp256k1.Signature(r, s, recovery).recoverPublicKey(digest).toBytes(false);
  },
  publicKey: (secret) => secp256k1.getPublicKey(secret, false),
};

let curve = nobleCurve;

/** Has every signature from here on made and read with `chosen`. Which one it is changes nothing but the speed. */
export function useCurve(chosen: Curve): void {
  curve = chosen;
}

/** The curve in use: @noble/curves' until a program chooses another. */
export function currentCurve(): Curve {
  return curve;
}
