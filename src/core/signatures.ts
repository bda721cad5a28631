import { compareBytes, concat, fromHex, type Hex, keccak, toHex } from "./bytes.ts";
import { currentCurve, type CurveSignature, ORDER } from "./curve.ts";
import { SuretyError } from "./errors.ts";

/** Half of the group's order: the greatest low s. */
const HALF_ORDER = fromHex("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
const ZERO = new Uint8Array(32);

/** A signature that is malformed, not canonical (high s), or of no key at all. */
export class SignatureError extends SuretyError {
  override readonly name = "SignatureError";
}

/** What is no secret key. Its message does not show it. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/**
 * Signs a digest of 32 bytes. Deterministic (RFC 6979): the same bytes always get the same signature, so that a node
 * that signs again after a crash cannot contradict itself.
 * @param secret the key, 32 bytes
 * @returns r, s, v as 65 bytes with low s, as the EVM's libraries take it
 * @throws SecretError where the secret is no key
 * @example
 * ```ts
 * import { addressOf, keccakHex, recover, sign } from "surety/core";
 *
 * const secret = `0x${"11".repeat(32)}` as const;
 * const digest = keccakHex(new TextEncoder().encode("a receipt"));
 * console.log(recover(digest, sign(digest, secret)) === addressOf(secret)); // true
 * ```
 */
export function sign(digest: Hex, secret: Hex): Hex {
  const { words, recovery } = currentCurve().sign(fromHex(digest, 32), readSecret(secret));
  return toHex(concat(words, Uint8Array.of(27 + recovery)));
}

/**
 * The address of the key that signed `digest`.
 * @param signature r, s, v as 65 bytes
 * @throws SignatureError where there is none
 */
export function recover(digest: Hex, signature: Hex): Hex {
  const bytes = fromHex(digest, 32);
  const parsed = parseSignature(signature);
  try {
    return publicKeyAddress(currentCurve().recover(bytes, parsed));
  } catch (cause) {
    throw new SignatureError("the signature is of no key", { cause });
  }
}

/** The two words of a compact signature (EIP-2098), as FeeEscrow takes them. @throws SignatureError where malformed */
export function compact(signature: Hex): { r: Hex; vs: Hex } {
  const { words, recovery } = parseSignature(signature);
  // s is low, so its highest bit is free for v.
  words[32] = (words[32] ?? 0) | (recovery === 1 ? 0x80 : 0);
  return { r: toHex(words.subarray(0, 32)), vs: toHex(words.subarray(32)) };
}

/**
 * The address of a secret key of 32 bytes.
 * @throws SecretError where it is no key
 * @example
 * ```ts
 * import { addressOf } from "surety/core";
 *
 * console.log(addressOf(`0x${"11".repeat(32)}`)); // 0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a
 * ```
 */
export function addressOf(secret: Hex): Hex {
  return publicKeyAddress(currentCurve().publicKey(readSecret(secret)));
}

function readSecret(secret: Hex): Uint8Array {
  let bytes: Uint8Array = ZERO;
  try {
    bytes = fromHex(secret, 32);
  } catch {
    // What cannot be read is as wrong as 0, and its own error would show it.
  }
  if (!isScalar(bytes)) throw new SecretError("a secret key is 32 bytes, from 1 up to the order of secp256k1");
  return bytes;
}

/** Reads r, s and v. @throws SignatureError where they are not 65 bytes in their only form */
function parseSignature(signature: Hex): CurveSignature {
  let bytes: Uint8Array;
  try {
    bytes = fromHex(signature, 65);
  } catch {
    throw new SignatureError("a signature has 65 bytes: r, s and v");
  }
  const v = bytes[64] ?? 0;
  if (v !== 27 && v !== 28) throw new SignatureError(`v is 27 or 28, not ${v}`);
  const words = bytes.subarray(0, 64);
  const s = words.subarray(32);
  if (!isScalar(words.subarray(0, 32)) || !isScalar(s)) throw new SignatureError("the signature is of no key");
  if (compareBytes(s, HALF_ORDER) > 0) throw new SignatureError("s is high: one signature must not have two forms");
  return { words, recovery: v - 27 };
}

/** Whether a word is from 1 to the group's order less 1. */
function isScalar(word: Uint8Array): boolean {
  return compareBytes(word, ZERO) > 0 && compareBytes(word, ORDER) < 0;
}

function publicKeyAddress(uncompressed: Uint8Array): Hex {
  return toHex(keccak(uncompressed.subarray(1)).subarray(12));
}
