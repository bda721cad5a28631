/** secp256k1 in C for Node, since a program that signs and recovers all day spends most of its time in that. */
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import type * as secp256k1 from "secp256k1";
import { compareBytes, fromHex, toHex } from "../core/bytes.ts";
import { type Curve, ORDER, useCurve } from "../core/curve.ts";

/**
 * Has all signatures from here on made and read by Bitcoin Core's libsecp256k1, which gives the very bytes that
 * JavaScript gives, many times as fast. Where there is no build of it for this platform, JavaScript goes on.
 * @returns why there is none, where there is none
 */
export function useNativeCurve(): Error | undefined {
  try {
    useCurve(loadNativeCurve());
    return undefined;
  } catch (cause) {
    return new Error("no native secp256k1 for this platform: signatures are made in JavaScript", { cause });
  }
}

/** libsecp256k1 by the package `secp256k1`. @throws Error where it has no build for this platform */
export function loadNativeCurve(): Curve {
  // Not by the package's own entry: without a build it would hand out another implementation and not say so.
  const binding = createRequire(import.meta.url)("secp256k1/bindings.js") as typeof secp256k1;
  // Blinds what is done with secrets to those who measure its time or power. The signatures stay the same.
  binding.contextRandomize(randomBytes(32));
  return {
    sign(digest, secret) {
      const { signature, recid } = binding.ecdsaSign(reduce(digest), secret);
      return { words: signature, recovery: recid };
    },
    recover: (digest, { words, recovery }) => binding.ecdsaRecover(words, recovery, digest, false),
    publicKey: (secret) => binding.publicKeyCreate(secret, false),
  };
}

/** The digest as a number below the order, as RFC 6979 has it: the library would take its nonce from it unreduced. */
function reduce(digest: Uint8Array): Uint8Array {
  if (compareBytes(digest, ORDER) < 0) return digest;
  const rest = BigInt(toHex(digest)) - BigInt(toHex(ORDER));
  return fromHex(`0x${rest.toString(16).padStart(64, "0")}`);
}
