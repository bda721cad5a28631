import { concat, fromHex, type Hex, keccak, keccakHex } from "../bytes.ts";

/**
 * What makes a model's id: who published it, the commitment to what it computes with, what else defines its
 * computation. Enough to judge answers of a model whose weights nobody hands out.
 */
export interface ModelOpening {
  readonly publisher: Hex;
  /** 32 bytes. */
  readonly commitment: Hex;
  readonly spec: Hex;
}

/**
 * The id of the model that an opening is of: keccak256(abi.encode(publisher, commitment, keccak256(spec))).
 * @throws HexError where the publisher is no address, or the commitment not 32 bytes
 */
export function openedId({ publisher, commitment, spec }: ModelOpening): Hex {
  const paddedPublisher = concat(new Uint8Array(12), fromHex(publisher, 20));
  return keccakHex(concat(paddedPublisher, fromHex(commitment, 32), keccak(fromHex(spec))));
}
