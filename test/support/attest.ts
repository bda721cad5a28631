/** Keys of enclaves on the stage: attested by the tests' own chain of certificates, whose root the stage trusts. */
import { connect } from "../../src/chain/contracts.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import { attestationDigest, readTdxCollateral, shortenQuote, verifyTdxEvidence } from "../../src/core/enclave/tdx.ts";
import { type Attestation, evidenceOf } from "../../src/sim/tdxEvidence.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { registrationDigest } from "../../src/core/typedData.ts";
import { actors, addressed, catchUp, clock, type Stage } from "./stage.ts";
import { datesAround, keys as certified, makeCollateral } from "./tdx.ts";

export { type Attestation, evidenceOf } from "../../src/sim/tdxEvidence.ts";

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
