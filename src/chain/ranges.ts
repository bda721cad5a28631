/** Looking through a chain's blocks in steps that the nodes of public chains answer. */

/** A stretch of blocks, both ends with it. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

/** How many blocks are looked through in one call: public endpoints take no more. */
export const BLOCKS_A_CALL = 10_000;

/** The stretches that make up a range, the earliest first. */
export function* rangesOf({ from, to }: BlockRange): Generator<BlockRange> {
  for (let start = from; start <= to; start += BLOCKS_A_CALL) {
    yield { from: start, to: Math.min(to, start + BLOCKS_A_CALL - 1) };
  }
}
