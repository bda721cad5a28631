/**
 * Writes tdx.json: a TDX platform of the project's own (test/support/tdx.ts), for the Solidity tests: its collateral, a
 * quote whose report data is zero, and the attestation key's secret, by which they sign it again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Hex, keccakHex, toHex } from "../../src/core/bytes.ts";
import { authorityIdOf, defaults, keys, makeCollateral, makePck, makeShortQuote, TIME } from "../support/tdx.ts";

const USAGE = `Computes the TDX test vectors and writes test/vectors/tdx.json.

usage: tsx test/vectors/tdx.ts [--check]
  --check   change nothing; exit 1 where the file differs`;

const text = (value: string): Hex => toHex(new TextEncoder().encode(value));

/** The file's text. */
export function makeTdxVectors(): string {
  const { tcbInfo, qeIdentity, ...collateral } = makeCollateral();
  const newer = makeCollateral({
    rootRevoked: [defaults.authoritySerial],
    rootCrlFrom: "2027-01-20T00:00:00Z",
    revoked: [...defaults.revoked, defaults.pckSerial],
    crlFrom: "2027-01-20T00:00:00Z",
  });
  const signerRevoked = makeCollateral({
    rootRevoked: [defaults.signerSerial],
    rootCrlFrom: "2027-01-20T00:00:00Z",
  });
  const quote = makeShortQuote();
  const bytes = Object.fromEntries(Object.entries(collateral).map(([name, value]) => [name, toHex(value)]));
  const vectors = {
    rootX: toHex(keys.root.x),
    rootY: toHex(keys.root.y),
    time: Number(TIME),
    authorityId: authorityIdOf(),
    pckSerial: toHex(Uint8Array.from(Buffer.from(defaults.pckSerial.toString(16), "hex"))),
    ...bytes,
    tcbInfo: text(tcbInfo),
    qeIdentity: text(qeIdentity),
    rootCrlRevokingAuthority: toHex(newer.rootCrl),
    rootCrlRevokingSigner: toHex(signerRevoked.rootCrl),
    crlRevokingPck: toHex(newer.crl),
    pck: toHex(makePck()),
    quote: toHex(quote),
    attestationSecret: toHex(keys.attestation.secret),
    measurement: keccakHex(quote.slice(48 + 120, 48 + 520)),
  };
  return `${JSON.stringify(vectors, null, 2)}\n`;
}

function main(options: readonly string[]): number {
  if (options.some((option) => option !== "--check")) {
    console.error(USAGE);
    return 2;
  }
  const file = new URL("tdx.json", import.meta.url);
  const made = makeTdxVectors();
  if (options.length === 0) {
    writeFileSync(file, made);
    return 0;
  }
  if (readFileSync(file, "utf8") === made) return 0;
  console.error("test/vectors/tdx.json differs: write it with `npx tsx test/vectors/tdx.ts`.");
  return 1;
}

if (resolve(process.argv[1] ?? "") === import.meta.filename) process.exitCode = main(process.argv.slice(2));
