/** Keys of enclaves on the stage: attested by the tests' own chain of certificates, whose root the stage trusts. */
import { bringCollateral } from "../../src/chain/collateral.ts";
import { connect } from "../../src/chain/contracts.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import { attestationDigest, readTdxCollateral, shortenQuote, verifyTdxEvidence } from "../../src/core/enclave/tdx.ts";
import { type Attestation, evidenceOf } from "../../src/demo/tdx/evidence.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { registrationDigest } from "../../src/core/typedData.ts";
import { actors, addressed, catchUp, clock, type Stage } from "./stage.ts";
import { datesAround, keys as certified, makeCollateral } from "./tdx.ts";

export { type Attestation, evidenceOf } from "../../src/demo/tdx/evidence.ts";

/** An enclave's key that was registered, with the evidence by which it was. */
export interface AttestedKey {
  readonly secret: Hex;
  readonly measurement: Hex;
  readonly attestation: Attestation;
}

/** Has olive register a key by a quote of an enclave that holds it. */
export async function attestKey(stage: Stage, secret: Hex): Promise<AttestedKey> {
  const { deployment } = stage;
  const { quote, ...attested } = await quoteKey(stage, secret);
  const { keys } = connect(deployment, actors.olive);
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.keys };
  const named = { key: addressOf(secret), operator: addressed(actors.olive) };
  await keys.registerAttested(named.key, sign(registrationDigest(named, domain), secret), shortenQuote(quote));
  await catchUp();
  return attested;
}

/** Makes an enclave's quote for a key of olive's, as its platform hands it out, on a chain that knows its collateral. */
export async function quoteKey(
  { deployment }: Stage,
  secret: Hex,
): Promise<AttestedKey & { readonly quote: Uint8Array }> {
  const { collateral } = connect(deployment, actors.olive);
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.keys };
  const named = { key: addressOf(secret), operator: addressed(actors.olive) };
  const dates = datesAround(clock.now);
  await bringCollateral(collateral, makeCollateral(dates));
  const { quote, attestation } = evidenceOf({
    ...dates,
    reportData: `${attestationDigest(named, domain).slice(2)}${"00".repeat(32)}`,
  });
  const root = { x: toHex(certified.root.x), y: toHex(certified.root.y) };
  const evidence = { quote: shortenQuote(quote), collateral: readTdxCollateral(attestation.collateral), root };
  const { measurement } = verifyTdxEvidence(evidence, clock.now);
  return { secret, measurement, attestation, quote };
}
