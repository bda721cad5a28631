import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, fromHex, toHex } from "../bytes.ts";

/** Bytes of a modulus, and of a signature. */
export const RSA_BYTES = 256;
const EXPONENT_SQUARINGS = 16;
const HASH_BYTES = 32;
const SALT_BYTES = 32;
/** Bytes of the block before H: zeros, a one, the salt. */
const BLOCK_BYTES = RSA_BYTES - HASH_BYTES - 1;
const TRAILER = 0xbc;

/**
 * Whether a signature is an RSA key's over a message whose SHA-256 hash is `messageHash`, as contracts/enclave/RsaPss.sol
 * judges it: RSASSA-PSS (RFC 8017, sections 8.1.2 and 9.1.2) of 2048 bits with exponent 65537, SHA-256, MGF1 with SHA-256
 * and a salt of 32 bytes. False for what is no modulus, or no signature, of 256 bytes.
 */
export function verifyRsaPss({
  modulus,
  messageHash,
  signature,
}: {
  readonly modulus: Uint8Array;
  readonly messageHash: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  if (!isRsaModulus(modulus) || signature.length !== RSA_BYTES) return false;
  const [n, base] = [numberOf(modulus), numberOf(signature)];
  if (base >= n) return false;
  let square = base;
  for (let i = 0; i < EXPONENT_SQUARINGS; i++) square = (square * square) % n;
  return isEncoding(bytesOf((square * base) % n), messageHash);
}

/** Whether bytes can be the modulus of a key of 2048 bits: as many, odd, the first bit set. */
export function isRsaModulus(bytes: Uint8Array): boolean {
  return bytes.length === RSA_BYTES && (bytes[0] ?? 0) >= 0x80 && ((bytes.at(-1) ?? 0) & 1) === 1;
}

/** EMSA-PSS-VERIFY of a message of 2047 bits. */
function isEncoding(encoded: Uint8Array, messageHash: Uint8Array): boolean {
  if ((encoded[0] ?? 0) >= 0x80 || encoded.at(-1) !== TRAILER) return false;
  const h = encoded.subarray(BLOCK_BYTES, -1);
  const mask = maskOf(h);
  const block = encoded.subarray(0, BLOCK_BYTES).map((byte, index) => byte ^ (mask[index] ?? 0));
  // The first bit of the block is what the mask makes of a bit that is not masked.
  block[0] = (block[0] ?? 0) & 0x7f;
  const salt = block.subarray(-SALT_BYTES);
  const padding = block.subarray(0, -SALT_BYTES - 1);
  if (padding.some((byte) => byte !== 0) || block[padding.length] !== 1) return false;
  return equalBytes(sha256(concat(new Uint8Array(8), messageHash, salt)), h);
}

/** MGF1 with SHA-256, at least as long as the block. */
function maskOf(seed: Uint8Array): Uint8Array {
  const count = Math.ceil(BLOCK_BYTES / HASH_BYTES);
  return concat(...Array.from({ length: count }, (_, index) => sha256(concat(seed, Uint8Array.of(0, 0, 0, index)))));
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(toHex(bytes));
}

function bytesOf(number: bigint): Uint8Array {
  return fromHex(`0x${number.toString(16).padStart(2 * RSA_BYTES, "0")}`);
}
