/** The quote by which an enclave's key was registered, looked at again: from a file, by anyone. */
import { fromHex, type Hex } from "./bytes.ts";
import type { Domain } from "./eip712.ts";
import type { P256Key } from "./enclave/intelCertificates.ts";
import { readTdxCollateral, requireAttests, shortenQuote, verifyTdxEvidence } from "./enclave/tdx.ts";
import { type Link, link, requireSame, unchecked } from "./links.ts";
import type { Bundle } from "./records.ts";

/** By what a quote was verified when its key was registered. */
export interface QuoteTerms {
  /** The root that the deployment trusts. */
  readonly root: P256Key;
  /** The registry that the quote names, on its chain. */
  readonly keys: Domain;
  /** In seconds. */
  readonly registeredAt: bigint;
}

/**
 * Checks that a bundle's quote is one by which the receipt's key could be registered for its operator, with the
 * measurement that the chain knows it by: with all that the contracts check, up to the manufacturer's root.
 */
export function verifyQuote(
  { attestation, record: { receipt } }: Pick<Bundle, "attestation" | "record">,
  known: { readonly measurement: Hex; readonly quoted: QuoteTerms } | undefined,
): Link {
  if (attestation === undefined) return unchecked("quote", "the bundle has no quote");
  if (known === undefined) return unchecked("quote", "needs the chain: give an RPC address");
  const { root, keys, registeredAt } = known.quoted;
  return link("quote", "an enclave of this measurement had its key registered for this operator", () => {
    const quote = shortenQuote(fromHex(attestation.quote));
    const collateral = readTdxCollateral(attestation.collateral);
    const claims = verifyTdxEvidence({ quote, collateral, root }, registeredAt);
    requireAttests(claims, { key: receipt.signer, operator: receipt.operator }, keys);
    requireSame(claims.measurement, known.measurement);
  });
}
