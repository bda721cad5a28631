/**
 * Offers that a node signs, so that whoever was shown a price can show it: models, modes and tariffs, for a time, in
 * ReceiptLedger's domain. A model's opening is bound by its id.
 */
import { concat, type Hex, keccak } from "./bytes.ts";
import { type Domain, domainSeparator, StructHasher, typedDigest } from "./eip712.ts";
import type { Offer } from "./records.ts";
import { recover, sign, SignatureError } from "./signatures.ts";

/** An offer before it is signed. */
export type UnsignedOffer = Omit<Offer, "signature">;

/** An offer that is not signed as it must be. */
export class OfferSignatureError extends Error {
  override readonly name = "OfferSignatureError";
}

/** An offer that is not good at the time: it has run out, or begins later. */
export class OfferExpiredError extends Error {
  override readonly name = "OfferExpiredError";
}

const MODEL_TYPE = "OfferedModel(bytes32 modelId,uint8 mode,uint128 base,uint64 inputRate,uint64 outputRate)";
const OFFER_TYPE = `Offer(address operator,address escrow,OfferedModel[] models,uint64 issuedAt,uint64 validUntil)${MODEL_TYPE}`;

const models = new StructHasher(MODEL_TYPE);
const offers = new StructHasher(OFFER_TYPE);

/** The digest that a node's key signs. @throws FieldError, HexError where a field does not fit its type */
export function offerDigest(offer: UnsignedOffer): Hex {
  const { operator, escrow, issuedAt, validUntil } = offer;
  // As EIP-712 encodes an array: the hash of its members' hashes.
  const hashes = offer.models.map((model) =>
    models
      .begin()
      .bytes32(model.modelId)
      .uint(model.mode, 8)
      .uint(model.base, 128)
      .uint(model.inputRate, 64)
      .uint(model.outputRate, 64)
      .hash(),
  );
  const listed = keccak(concat(...hashes));
  offers.begin().address(operator).address(escrow).hashed(listed).uint(issuedAt, 64).uint(validUntil, 64);
  return typedDigest(offers.hash(), separatorOf({ chainId: offer.chainId, contract: offer.ledger }));
}

/** Signs an offer. @param secret the node's key, 32 bytes */
export function signOffer(offer: UnsignedOffer, secret: Hex): Offer {
  return { ...offer, signature: sign(offerDigest(offer), secret) };
}

/**
 * Reads who signed an offer that is good now. Whether that key is the operator's only the chain knows
 * (`src/chain/offers.ts`).
 * @param now in seconds
 * @returns the key's address
 * @throws OfferSignatureError where it is signed by no key
 * @throws OfferExpiredError where it is not good now
 */
export function verifyOffer(offer: Offer, now: bigint): Hex {
  const { issuedAt, validUntil, signature } = offer;
  if (now > validUntil) throw new OfferExpiredError(`the offer was good until ${validUntil}, it is ${now}: ask again`);
  if (issuedAt > validUntil) throw new OfferExpiredError(`the offer begins at ${issuedAt}, after its end`);
  try {
    return recover(offerDigest(offer), signature);
  } catch (cause) {
    if (cause instanceof SignatureError) throw new OfferSignatureError("the offer is signed by no key", { cause });
    throw cause;
  }
}

function separatorOf({ chainId, contract }: Domain): Uint8Array {
  return domainSeparator({ name: "Surety", version: "1", chainId, contract });
}
