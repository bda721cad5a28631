import { secp256k1 } from "@noble/curves/secp256k1.js";
import { concat, fromHex, type Hex, keccak, toHex } from "./bytes.ts";

/** A signature that is malformed, not canonical (high s), or of no key at all. */
export class SignatureError extends Error {
  override readonly name = "SignatureError";
}

/**
 * Signs a digest of 32 bytes. Deterministic (RFC 6979): the same bytes always get the same signature, so that a node
 * that signs again after a crash cannot contradict itself.
 * @param secret the key, 32 bytes
 * @returns r, s, v as 65 bytes with low s, as the EVM's libraries take it
 */
export function sign(digest: Hex, secret: Hex): Hex {
  const signature = secp256k1.sign(fromHex(digest, 32), fromHex(secret, 32), { prehash: false, format: "recovered" });
  const [recovery = 0] = signature;
  return toHex(concat(signature.slice(1), Uint8Array.of(27 + recovery)));
}

/**
 * The address of the key that signed `digest`.
 * @param signature r, s, v as 65 bytes
 * @throws SignatureError where there is none
 */
export function recover(digest: Hex, signature: Hex): Hex {
  const parsed = parseSignature(signature);
  try {
    return publicKeyAddress(parsed.recoverPublicKey(fromHex(digest, 32)).toBytes(false));
  } catch (cause) {
    throw new SignatureError("the signature is of no key", { cause });
  }
}

/** The two words of a compact signature (EIP-2098), as FeeEscrow takes them. @throws SignatureError where malformed */
export function compact(signature: Hex): { r: Hex; vs: Hex } {
  const parsed = parseSignature(signature);
  const words = parsed.toBytes("compact");
  // s is low, so its highest bit is free for v.
  words[32] = (words[32] ?? 0) | (parsed.recovery === 1 ? 0x80 : 0);
  return { r: toHex(words.slice(0, 32)), vs: toHex(words.slice(32)) };
}

/** The address of a secret key of 32 bytes. */
export function addressOf(secret: Hex): Hex {
  return publicKeyAddress(secp256k1.getPublicKey(fromHex(secret, 32), false));
}

/** Reads r, s and v. @throws SignatureError where they are not 65 bytes in their only form */
function parseSignature(signature: Hex) {
  let bytes: Uint8Array;
  try {
    bytes = fromHex(signature, 65);
  } catch {
    throw new SignatureError("a signature has 65 bytes: r, s and v");
  }
  const v = bytes[64] ?? 0;
  if (v !== 27 && v !== 28) throw new SignatureError(`v is 27 or 28, not ${v}`);
  let words: { readonly r: bigint; readonly s: bigint };
  try {
    words = secp256k1.Signature.fromBytes(bytes.slice(0, 64), "compact");
  } catch (cause) {
    throw new SignatureError("the signature is of no key", { cause });
  }
  const parsed = new secp256k1.Signature(words.r, words.s, v - 27);
  if (parsed.hasHighS()) throw new SignatureError("s is high: one signature must not have two forms");
  return parsed;
}

function publicKeyAddress(uncompressed: Uint8Array): Hex {
  return toHex(keccak(uncompressed.slice(1)).slice(12));
}
