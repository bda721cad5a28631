/** What it costs to register the key of an enclave by a TDX quote: all of it, once what Intel says is on the chain. */
import { Wallet } from "ethers";
import { toHex } from "../src/core/bytes.ts";
import { datesAround, keys, makeCollateral, makeShortQuote } from "../src/demo/tdx/platform.ts";
import type { Measured } from "./bonds.ts";
import { openBench } from "./chain.ts";

const operator = `0x${"5e".repeat(20)}`;
const anyone = `0x${"a1".repeat(20)}`;
const key = new Wallet(`0x${"c3".repeat(32)}`);
// Everything that expires is in force at the bench's own time.
const BENCH_TIME = 1_767_229_200n;

/** A platform as Intel's are, certified by a root of the project's own; its certificate is as long as a real one. */
export async function measureEnclaves(): Promise<Measured> {
  const root = { intelRootX: toHex(keys.root.x), intelRootY: toHex(keys.root.y) };
  const { contracts, send } = await openBench(root);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const dates = datesAround(BENCH_TIME);
  const it = makeCollateral(dates);
  const { collateral, keys: registry } = contracts;
  for (const call of [
    await collateral.bringAuthority.populateTransaction(it.authority),
    await collateral.bringRevocations.populateTransaction(it.rootCrl),
    await collateral.bringRevocations.populateTransaction(it.crl),
    await collateral.bringTcbInfo.populateTransaction(text(it.tcbInfo), it.tcbInfoSignature, it.signer),
    await collateral.bringQeIdentity.populateTransaction(text(it.qeIdentity), it.qeIdentitySignature, it.signer),
  ]) {
    await send(anyone, call);
  }
  const said = await registry.attestationDigest(key.address, operator);
  const quote = makeShortQuote({ ...dates, reportData: `${said.slice(2)}${"00".repeat(32)}` });
  const consent = key.signingKey.sign(await registry.registrationDigest(key.address, operator)).serialized;
  const { gas } = await send(
    operator,
    await registry.registerAttested.populateTransaction(key.address, consent, quote),
  );
  return { "enclave key registered from a TDX quote": gas };
}
