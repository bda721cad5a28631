import { concat, fromHex, type Hex, keccakHex } from "./bytes.ts";
import { MerkleTree } from "./merkle.ts";
import { type Receipt, receiptHash } from "./typedData.ts";

/** Receipts as an operator commits them. */
export interface Batch {
  readonly root: Hex;
  readonly firstSequence: bigint;
  readonly count: bigint;
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
  const [first, last] = [receipts[0], receipts.at(-1)];
  if (first === undefined || last === undefined) throw new BatchError("a batch has at least one receipt");
  const leaves = receipts.map((receipt) => fromHex(receiptHash(receipt)));
  const tree = MerkleTree.of(leaves);
  return {
    root: tree.root,
    firstSequence: first.sequence,
    count: last.sequence - first.sequence + 1n,
    dataHash: keccakHex(concat(...leaves)),
    proof: (index) => tree.proof(index),
  };
}
