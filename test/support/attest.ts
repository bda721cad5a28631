/** Keys of enclaves on the stage: attested by the tests' own chain of certificates, whose root the stage trusts. */
import { connect } from "../../src/chain/contracts.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import { attestationDigest, readTdxCollateral, shortenQuote, verifyTdxEvidence } from "../../src/core/enclave/tdx.ts";
import type { Bundle } from "../../src/core/records.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { registrationDigest } from "../../src/core/typedData.ts";
import { actors, addressed, catchUp, clock, type Stage } from "./stage.ts";
import {
  datesAround,
  keys as certified,
  makeCollateral,
  makeQuote,
  pem,
  type Platform,
  rootCertificate,
} from "./tdx.ts";

export type Attestation = NonNullable<Bundle["attestation"]>;

/** An enclave's key that was registered, with the evidence by which it was. */
export interface AttestedKey {
  readonly secret: Hex;
  readonly measurement: Hex;
  readonly attestation: Attestation;
}

const text = (json: string): Uint8Array => new TextEncoder().encode(json);

/** Has olive register a key by a quote of an enclave that holds it. */
export async function attestKey({ deployment }: Stage, secret: Hex): Promise<AttestedKey> {
  const { keys, collateral } = connect(deployment, actors.olive);
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.keys };
  const named = { key: addressOf(secret), operator: addressed(actors.olive) };
  const dates = datesAround(clock.now);
  const made = makeCollateral(dates);
  await collateral.bringAuthority(made.authority);
  await collateral.bringRevocations(made.rootCrl);
  await collateral.bringRevocations(made.crl);
  await collateral.bringTcbInfo(text(made.tcbInfo), made.tcbInfoSignature, made.signer);
  await collateral.bringQeIdentity(text(made.qeIdentity), made.qeIdentitySignature, made.signer);
  const evidence = evidenceOf({
    ...dates,
    reportData: `${attestationDigest(named, domain).slice(2)}${"00".repeat(32)}`,
  });
  const quote = shortenQuote(evidence.quote);
  await keys.registerAttested(named.key, sign(registrationDigest(named, domain), secret), quote);
  await catchUp();
  const root = { x: toHex(certified.root.x), y: toHex(certified.root.y) };
  const { attestation } = evidence;
  const claims = verifyTdxEvidence({ quote, collateral: readTdxCollateral(attestation.collateral), root }, clock.now);
  return { secret, measurement: claims.measurement, attestation };
}

/** A quote as a platform hands it out, with what its manufacturer signed, as it stands in a bundle. */
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
