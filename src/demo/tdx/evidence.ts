/** Quotes with what is said of their platform, as they stand in a record's bundle. */
import { toHex } from "../../core/bytes.ts";
import type { Bundle } from "../../core/records.ts";
import { makeCollateral, makeQuote, pem, type Platform, rootCertificate } from "./platform.ts";

export type Attestation = NonNullable<Bundle["attestation"]>;

/** A quote as a platform hands it out, and the same with what its manufacturer signed, as it stands in a bundle. */
export function evidenceOf(changes: Partial<Platform>): {
  readonly quote: Uint8Array;
  readonly attestation: Attestation;
} {
  const quote = makeQuote(changes);
  const made = makeCollateral(changes);
  const hex = (bytes: Uint8Array): string => toHex(bytes).slice(2);
  const root = pem(rootCertificate());
  const collateral = {
    pck_crl_issuer_chain: pem(made.authority) + root,
    root_ca_crl: hex(made.rootCrl),
    pck_crl: hex(made.crl),
    tcb_info_issuer_chain: pem(made.signer) + root,
    tcb_info: made.tcbInfo,
    tcb_info_signature: hex(made.tcbInfoSignature),
    qe_identity_issuer_chain: pem(made.signer) + root,
    qe_identity: made.qeIdentity,
    qe_identity_signature: hex(made.qeIdentitySignature),
  };
  return { quote, attestation: { quote: toHex(quote), collateral } };
}
