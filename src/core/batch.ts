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
