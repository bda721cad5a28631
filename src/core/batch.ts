import { type Hex, keccakHex, writeHex } from "./bytes.ts";
import { MerkleTree } from "./merkle.ts";
import { type Receipt, receiptHash } from "./typedData.ts";

/** Bytes of a receipt's struct hash. */
const LEAF_BYTES = 32;

/** The tree over receipts as an operator commits them. Which sequence numbers it claims for them is in its commitment. */
export interface Batch {
  readonly root: Hex;
  /** keccak256 of the leaves, 32 bytes each, in the order of `receipts`. */
  readonly dataHash: Hex;
  /** The way from the receipt at `index` to the root. */
  proof(index: number): Hex[];
}

/** Receipts that cannot be a batch. */
export class BatchError extends Error {
  override readonly name = "BatchError";
}

/**
 * Makes a batch of receipts in order of sequence. The tree is OpenZeppelin's SimpleMerkleTree over their struct hashes.
 * @throws BatchError where there is none
 * @example
 * ```ts
 * import { fromHex, keccakHex, makeBatch, type Receipt, receiptHash, verifyProof } from "surety/core";
 *
 * const first: Receipt = {
 *   requestHash: `0x${"a1".repeat(32)}`,
 *   operator: `0x${"01".repeat(20)}`,
 *   signer: `0x${"02".repeat(20)}`,
 *   client: `0x${"03".repeat(20)}`,
 *   sequence: 0n,
 *   outputHash: keccakHex(Uint8Array.of(7)),
 *   proofHash: `0x${"00".repeat(32)}`,
 *   price: 20_000n,
 *   charged: 20_000n,
 *   inputUnits: 64,
 *   outputUnits: 10,
 *   issuedAt: 1_800_000_000n,
 * };
 * const second = { ...first, sequence: 1n, charged: 40_000n };
 * const batch = makeBatch([first, second]);
 * console.log(batch.root); // 0xabc94f9b2b9ab5bbef8edae2b741d00a1011d958b2dbeeca0c469344d0f8afec
 * console.log(verifyProof({ leaf: fromHex(receiptHash(second)), proof: batch.proof(1), root: batch.root })); // true
 * ```
 */
export function makeBatch(receipts: readonly Receipt[]): Batch {
  if (receipts.length === 0) throw new BatchError("a batch has at least one receipt");
  const leaves = new Uint8Array(receipts.length * LEAF_BYTES);
  receipts.forEach((receipt, index) => {
    writeHex(receiptHash(receipt), leaves.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES));
  });
  const tree = MerkleTree.ofJoined(leaves);
  return {
    root: tree.root,
    dataHash: keccakHex(leaves),
    proof: (index) => tree.proof(index),
  };
}
