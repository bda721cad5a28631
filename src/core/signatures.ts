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
  let bytes: Uint8Array;
  try {
    bytes = fromHex(signature, 65);
  } catch {
    throw new SignatureError("a signature has 65 bytes: r, s and v");
  }
  const v = bytes[64] ?? 0;
  if (v !== 27 && v !== 28) throw new SignatureError(`v is 27 or 28, not ${v}`);
  try {
    const { r, s } = secp256k1.Signature.fromBytes(bytes.slice(0, 64), "compact");
    const parsed = new secp256k1.Signature(r, s, v - 27);
    if (parsed.hasHighS()) throw new SignatureError("s is high: one signature must not have two forms");
    return publicKeyAddress(parsed.recoverPublicKey(fromHex(digest, 32)).toBytes(false));
  } catch (cause) {
    if (cause instanceof SignatureError) throw cause;
    throw new SignatureError("the signature is of no key", { cause });
  }
}

/** The two words of a compact signature (EIP-2098), as FeeEscrow takes them. @throws SignatureError where malformed */
export function compact(signature: Hex): { r: Hex; vs: Hex } {
  const bytes = fromHex(signature, 65);
  const [r, s, v] = [bytes.slice(0, 32), bytes.slice(32, 64), bytes[64]];
  if (v !== 27 && v !== 28) throw new SignatureError(`v is 27 or 28, not ${String(v)}`);
  s[0] = (s[0] ?? 0) | (v === 28 ? 0x80 : 0);
  return { r: toHex(r), vs: toHex(s) };
}

/** The address of a secret key of 32 bytes. */
export function addressOf(secret: Hex): Hex {
  return publicKeyAddress(secp256k1.getPublicKey(fromHex(secret, 32), false));
}

function publicKeyAddress(uncompressed: Uint8Array): Hex {
  return toHex(keccak(uncompressed.slice(1)).slice(12));
}
