import { type Offer } from "../core/records.ts";
import { OfferExpiredError, OfferSignatureError, verifyOffer } from "../core/offers.ts";
import type { Contracts } from "./contracts.ts";
import { NodeError } from "./http.ts";
import { query } from "./transactions.ts";

/**
 * Requires an offer to be its operator's own word, for now: signed by a key that was the operator's when it says it was.
 * @param now in seconds
 * @throws NodeError where it is not: whoever answered cannot be held to it
 * @throws ChainError where the chain cannot be read
 */
export async function requireSignedOffer({ keys }: Pick<Contracts, "keys">, offer: Offer, now: bigint): Promise<void> {
  const { operator, issuedAt } = offer;
  const refused = (message: string, cause?: unknown) =>
    new NodeError({ reason: "OfferInvalid", message, remedy: "ask again, or another operator" }, { cause });
  try {
    const signer = verifyOffer(offer, now);
    const isOperators = await query(() => keys.isValidAt(signer, operator, issuedAt));
    if (!isOperators) throw refused(`the offer is signed by ${signer}, which was no key of ${operator}'s then`);
  } catch (cause) {
    if (cause instanceof OfferSignatureError || cause instanceof OfferExpiredError) {
      throw refused(cause.message, cause);
    }
    throw cause;
  }
}
