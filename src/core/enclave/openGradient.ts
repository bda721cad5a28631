import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromHex, type Hex, keccak, keccakHex, toHex } from "../bytes.ts";
import type { Order, Receipt } from "../typedData.ts";
import { RSA_BYTES, verifyRsaPss } from "./rsaPss.ts";

const NO_PROOF: Hex = `0x${"00".repeat(32)}`;

/** A proof that is not one, or not the receipt's. */
export class OpenGradientError extends Error {
  override readonly name = "OpenGradientError";
}

/** What OpenGradient's gateway proves an answer by: its RSA key, 256 bytes of modulus, and its signature, as many. */
export interface OpenGradientProof {
  readonly modulus: Hex;
  readonly signature: Hex;
}

/**
 * The SHA-256 hash of what OpenGradient's gateway signs for an answer, as contracts/enclave/OpenGradientReceipts.sol
 * computes it and says where it is from. `timestamp` in seconds.
 */
export function openGradientDigest({
  inputHash,
  outputHash,
  timestamp,
}: {
  readonly inputHash: Hex;
  readonly outputHash: Hex;
  readonly timestamp: bigint;
}): Hex {
  const time = fromHex(`0x${timestamp.toString(16).padStart(64, "0")}`, 32);
  return toHex(sha256(keccak(concat(fromHex(inputHash, 32), fromHex(outputHash, 32), time))));
}

/** Writes a proof as receipts carry it: modulus, then signature. @throws HexError where one is not 256 bytes */
export function encodeOpenGradientProof({ modulus, signature }: OpenGradientProof): Hex {
  return toHex(concat(fromHex(modulus, RSA_BYTES), fromHex(signature, RSA_BYTES)));
}

/** Reads a proof. @throws OpenGradientError where it is not 512 bytes */
export function decodeOpenGradientProof(proof: Hex): OpenGradientProof {
  const bytes = fromHex(proof);
  if (bytes.length !== 2 * RSA_BYTES) {
    throw new OpenGradientError(`a proof has 512 bytes, modulus and signature: ${bytes.length} found`);
  }
  return { modulus: toHex(bytes.subarray(0, RSA_BYTES)), signature: toHex(bytes.subarray(RSA_BYTES)) };
}

/** The hash under which operators register an RSA key and publishers allow it. */
export function rsaKeyHash(modulus: Hex): Hex {
  return keccakHex(fromHex(modulus, RSA_BYTES));
}

/**
 * Whether OpenGradient's gateway signed the answer that a receipt is about, as EnclaveChecker judges it; whose key it is,
 * and whether the model's publisher allowed it, stands on the chain.
 * @throws OpenGradientError where the receipt names another proof
 */
export function isOpenGradientSigned({
  order,
  receipt,
  proof,
}: {
  readonly order: Pick<Order, "inputHash">;
  readonly receipt: Pick<Receipt, "outputHash" | "proofHash" | "issuedAt">;
  readonly proof: Hex;
}): boolean {
  if (receipt.proofHash === NO_PROOF) return false;
  const bytes = fromHex(proof);
  const found = keccakHex(bytes);
  if (found !== receipt.proofHash.toLowerCase()) {
    throw new OpenGradientError(`the receipt names the proof ${receipt.proofHash}, and this is ${found}`);
  }
  const { inputHash } = order;
  const { outputHash, issuedAt: timestamp } = receipt;
  // A signature that is cut off, or followed by something, is none.
  return verifyRsaPss({
    modulus: bytes.subarray(0, RSA_BYTES),
    messageHash: fromHex(openGradientDigest({ inputHash, outputHash, timestamp })),
    signature: bytes.subarray(RSA_BYTES),
  });
}
