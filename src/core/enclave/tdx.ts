/**
 * Quotes of Intel TDX, verified as `contracts/enclave/TdxQuotes.sol` verifies them: the same verdict, for the same
 * reason, at a given time.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { z } from "zod";
import { concat, equalBytes, fromHex, type Hex, keccakHex, toHex } from "../bytes.ts";
import { SuretyError } from "../errors.ts";
import type { Domain } from "../eip712.ts";
import { Refusal } from "../refusal.ts";
import { isP256SignedBy, type P256Key, readIntelCertificate, readPlatformClaims } from "./intelCertificates.ts";
import { authorityIdOf, IntelCollateral, littleEndian, requirePck, type TdxCollateral } from "./intelCollateral.ts";

/** What a quote says. */
export interface TdxClaims {
  /** keccak256 of TD attributes, XFAM, MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG and the four RTMRs. */
  readonly measurement: Hex;
  /** What the code bound into the quote: 64 bytes. */
  readonly reportData: Hex;
}

/** Bytes that are no quote as platforms hand them out, or no collateral. */
export class TdxFormatError extends SuretyError {
  override readonly name = "TdxFormatError";
}

const hexText = z.string().regex(/^([0-9a-fA-F]{2})*$/, "hexadecimal digits expected");

/** Collateral as Intel's service and the tools that ask it write it down. */
const collateralSchema = z.object({
  pck_crl_issuer_chain: z.string(),
  root_ca_crl: hexText,
  pck_crl: hexText,
  tcb_info_issuer_chain: z.string(),
  tcb_info: z.string(),
  tcb_info_signature: hexText,
  qe_identity_issuer_chain: z.string(),
  qe_identity: z.string(),
  qe_identity_signature: hexText,
});

/**
 * Reads collateral as tools write it down: chains in PEM, lists and signatures in hexadecimal digits.
 * @throws TdxFormatError where a part is missing, or the two texts have different signers
 */
export function readTdxCollateral(value: unknown): TdxCollateral {
  const parsed = collateralSchema.safeParse(value);
  if (!parsed.success) throw new TdxFormatError(`not TDX collateral: ${parsed.error.issues[0]?.message ?? ""}`);
  const it = parsed.data;
  const first = (chain: string): Uint8Array => {
    const [certificate] = readPem(chain);
    if (certificate === undefined) throw new TdxFormatError("not TDX collateral: a chain has no certificate");
    return certificate;
  };
  const signer = first(it.tcb_info_issuer_chain);
  if (!equalBytes(signer, first(it.qe_identity_issuer_chain))) {
    throw new TdxFormatError("not TDX collateral: TCB info and QE identity have different signers");
  }
  return {
    authority: first(it.pck_crl_issuer_chain),
    rootCrl: fromHex(`0x${it.root_ca_crl}`),
    crl: fromHex(`0x${it.pck_crl}`),
    signer,
    tcbInfo: it.tcb_info,
    tcbInfoSignature: fromHex(`0x${it.tcb_info_signature}`),
    qeIdentity: it.qe_identity,
    qeIdentitySignature: fromHex(`0x${it.qe_identity_signature}`),
  };
}

/** Where the parts of a short quote start. */
const PART = {
  tdReport: 48,
  measured: 168,
  reportData: 568,
  signature: 632,
  key: 696,
  qeReport: 760,
  qeReportData: 1080,
  qeSignature: 1144,
  authLength: 1208,
  auth: 1210,
};
const HEAD: Hex = "0x0400020081000000";
const VENDOR: Hex = "0x939a7233f79c4ca9940a0db3957f0607";

/** Where the parts start of a quote as a platform hands it out. */
const FULL = { authenticated: 636, qeReport: 770, qeAuthLength: 1218 };
const CERTIFICATION = { qeReport: 6, pckChain: 5 };

/**
 * Takes a quote apart as a platform hands it out, for the contract: without length words and without the certificates
 * that it knows.
 * @throws TdxFormatError where a part is missing, or its certificates are not a chain in PEM
 */
export function shortenQuote(quote: Uint8Array): Uint8Array {
  const refuse = (what: string): never => {
    throw new TdxFormatError(`not a TDX quote of version 4: ${what}`);
  };
  if (quote.length < FULL.qeAuthLength + 2) refuse(`${quote.length} bytes`);
  const kind = littleEndian(quote, FULL.authenticated + 128);
  if (kind !== CERTIFICATION.qeReport) refuse(`certification data of kind ${kind}, 6 expected`);
  const authEnd = FULL.qeAuthLength + 2 + littleEndian(quote, FULL.qeAuthLength);
  const inner = littleEndian(quote, authEnd);
  if (inner !== CERTIFICATION.pckChain) refuse(`a PCK certificate of kind ${inner}, a chain in PEM (5) expected`);
  const size = littleEndian(quote, authEnd + 2) + 65_536 * littleEndian(quote, authEnd + 4);
  const chain = quote.slice(authEnd + 6, authEnd + 6 + size);
  if (chain.length !== size) refuse("it ends within its certificates");
  const [pck] = readPem(new TextDecoder().decode(chain));
  if (pck === undefined) return refuse("there is no certificate in it");
  return concat(
    quote.slice(0, PART.signature),
    quote.slice(FULL.authenticated, FULL.authenticated + 128),
    quote.slice(FULL.qeReport, authEnd),
    pck,
  );
}

/**
 * Verifies a short quote, at a time, by collateral that is kept.
 * @param time in seconds
 * @throws Refusal with the contract's reason
 */
export function verifyTdxQuote(quote: Uint8Array, collateral: IntelCollateral, time: bigint): TdxClaims {
  if (quote.length <= PART.auth) throw new Refusal("QuoteTooShort", BigInt(quote.length));
  const at = (from: number, to: number): Uint8Array => quote.slice(from, to);
  const head = toHex(at(0, 8));
  if (head !== HEAD) throw new Refusal("QuoteUnsupported", head);
  const vendor = toHex(at(12, 28));
  if (vendor !== VENDOR) throw new Refusal("VendorUnknown", vendor);
  const key: P256Key = { x: toHex(at(PART.key, PART.key + 32)), y: toHex(at(PART.key + 32, PART.qeReport)) };
  const quoted = { signedHash: sha256(at(0, PART.signature)), signature: at(PART.signature, PART.key) };
  if (!isP256SignedBy(quoted, key)) throw new Refusal("QuoteSignatureInvalid");
  requirePlatform(quote, quote.slice(requireBound(quote)), { collateral, time });

  const flags = quote[PART.measured] ?? 0;
  if (flags !== 0) throw new Refusal("TdDebuggable", BigInt(flags));
  return {
    measurement: keccakHex(at(PART.measured, PART.reportData)),
    reportData: toHex(at(PART.reportData, PART.signature)),
  };
}

/** Verifies a short quote with its collateral, up to a pinned root, at a time in seconds. @throws Refusal */
export function verifyTdxEvidence(
  { quote, collateral, root }: { quote: Uint8Array; collateral: TdxCollateral; root: P256Key },
  time: bigint,
): TdxClaims {
  const known = new IntelCollateral(root);
  known.bring(collateral, time);
  return verifyTdxQuote(quote, known, time);
}

/** What an enclave has its quote say to have `key` registered for `operator`: `KeyRegistry.attestationDigest`. */
export function attestationDigest({ key, operator }: { key: Hex; operator: Hex }, keys: Domain): Hex {
  const words = [key, operator, keys.contract, `0x${keys.chainId.toString(16)}`];
  return keccakHex(concat(...words.map((value) => fromHex(`0x${value.slice(2).padStart(64, "0")}`))));
}

/**
 * Checks that a verified quote was made to register `key` for `operator` and nobody else.
 * @throws Refusal `ReportDataMismatch`
 */
export function requireAttests(claims: TdxClaims, named: { key: Hex; operator: Hex }, keys: Domain): void {
  const expected = attestationDigest(named, keys);
  const found: Hex = `0x${claims.reportData.slice(2, 66)}`;
  const rest: Hex = `0x${claims.reportData.slice(66)}`;
  if (found !== expected || BigInt(rest) !== 0n) throw new Refusal("ReportDataMismatch", expected, found, rest);
}

/** The certificates in a PEM text, in DER. @throws TdxFormatError where one is not base64 */
export function readPem(text: string): readonly Uint8Array[] {
  const blocks = text.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, body = ""]) => decodeBase64(body.replace(/\s/g, "")));
}

/** Where the PCK certificate starts. */
function requireBound(quote: Uint8Array): number {
  const pck = PART.auth + littleEndian(quote, PART.authLength);
  if (quote.length <= pck) throw new Refusal("QuoteTooShort", BigInt(quote.length));
  const expected = sha256(concat(quote.slice(PART.key, PART.qeReport), quote.slice(PART.auth, pck)));
  const found = quote.slice(PART.qeReportData, PART.qeSignature);
  if (!equalBytes(found, concat(expected, new Uint8Array(32)))) {
    throw new Refusal("AttestationKeyUnbound", toHex(expected), toHex(found.slice(0, 32)));
  }
  return pck;
}

function requirePlatform(
  quote: Uint8Array,
  der: Uint8Array,
  { collateral, time }: { collateral: IntelCollateral; time: bigint },
): void {
  const pck = readIntelCertificate(der);
  requirePck(pck);
  if (time < pck.from || time > pck.until) throw new Refusal("PckOutOfTime", pck.from, pck.until);
  const authority = collateral.authorityOf(authorityIdOf(pck.issuer, pck.authorityKeyId), pck.serial, time);
  if (!isP256SignedBy(pck, authority)) throw new Refusal("PckSignatureInvalid");
  const report = quote.slice(PART.qeReport, PART.qeSignature);
  const signature = quote.slice(PART.qeSignature, PART.authLength);
  if (!isP256SignedBy({ signedHash: sha256(report), signature }, pck.key)) throw new Refusal("QeSignatureInvalid");
  const teeTcb = quote.slice(PART.tdReport, PART.measured);
  collateral.requireTrusted({ report, claims: readPlatformClaims(pck), teeTcb }, time);
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decodeBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new TdxFormatError("not a TDX quote of version 4: a certificate is not base64");
  }
  const digits = text.replace(/=/g, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let [bits, count, written] = [0, 0, 0];
  for (const digit of digits) {
    bits = ((bits << 6) | BASE64.indexOf(digit)) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[written++] = (bits >> count) & 0xff;
  }
  return bytes;
}
