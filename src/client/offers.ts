import { type Deployment, domainsOf } from "../chain/deployment.ts";
import type { OperatorEntry } from "../chain/directory.ts";
import { callNode, type Fetch, NodeError } from "../chain/http.ts";
import { type Offer, offerSchema } from "../core/records.ts";

/**
 * What an operator's node offers.
 * @throws NodeError where it does not answer, or answers for another operator or another deployment
 */
export async function fetchOffer(
  { operator, endpoint }: OperatorEntry,
  { deployment, fetch }: { readonly deployment: Deployment; readonly fetch: Fetch },
): Promise<Offer> {
  const offer = await callNode(fetch, { url: `${endpoint}/v1/offer`, schema: offerSchema });
  const { escrow, ledger } = domainsOf(deployment);
  const isOurs =
    offer.operator === operator &&
    offer.chainId === deployment.chainId &&
    offer.escrow === escrow.contract &&
    offer.ledger === ledger.contract;
  if (!isOurs) {
    const message = `${endpoint} does not speak for ${operator} on this deployment`;
    throw new NodeError({ reason: "OfferMismatch", message, remedy: "ask another operator" });
  }
  return offer;
}
