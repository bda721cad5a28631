import type { Contracts } from "../chain/contracts.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import type { OperatorEntry } from "../chain/directory.ts";
import { callNode, type Fetch, NodeError } from "../chain/http.ts";
import { requireSignedOffer } from "../chain/offers.ts";
import { type Offer, offerSchema } from "../core/records.ts";

/** By what an offer is asked for and judged. */
export interface OfferOptions {
  readonly deployment: Deployment;
  readonly contracts: Pick<Contracts, "keys">;
  readonly fetch: Fetch;
  /** The time, in seconds. */
  readonly clock: () => bigint;
}

/**
 * What an operator's node offers.
 * @throws NodeError where it does not answer, or answers for another operator or another deployment, or unsigned
 * @throws ChainError where the chain cannot be read
 */
export async function fetchOffer(
  { operator, endpoint }: OperatorEntry,
  { deployment, contracts, fetch, clock }: OfferOptions,
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
  await requireSignedOffer(contracts, offer, clock());
  return offer;
}
