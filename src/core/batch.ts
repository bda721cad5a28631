import { concat, fromHex, type Hex, keccakHex } from "./bytes.ts";
import { MerkleTree } from "./merkle.ts";
import { type Receipt, receiptHash } from "./typedData.ts";

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
  const leaves = receipts.map((receipt) => fromHex(receiptHash(receipt)));
  const tree = MerkleTree.of(leaves);
  return {
    root: tree.root,
    dataHash: keccakHex(concat(...leaves)),
    proof: (index) => tree.proof(index),
  };
}
