/**
 * Attestation documents of AWS Nitro enclaves: what the hypervisor measured of an enclave and what the enclave said to
 * it, signed with a key that a chain of certificates leads to from AWS's root. On a chain that costs tens of millions of
 * gas, so it is done here, by whoever must decide what to believe.
 */
import { p384 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decode, type DecodeOptions, encode } from "cborg";
import { concat, equalBytes, fromHex, type Hex, toHex } from "../bytes.ts";
import { DerError } from "./der.ts";
import { isRsaModulus } from "./rsaPss.ts";
import { type Certificate, ecdsaP384, hasKeyOf, isSignedBy, parseCertificate, X509Error } from "./x509.ts";

/**
 * SHA-256 of AWS's root certificate for Nitro enclaves (CN=aws.nitro-enclaves, P-384, valid until 28 October 2049), as
 * AWS publishes it in "Verifying the root of trust" of the Nitro Enclaves user guide:
 * https://docs.aws.amazon.com/enclaves/latest/user/verify-root.html
 */
export const AWS_NITRO_ROOT: Hex = "0x641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";

/** Why a document is not believed. */
export type NitroReason =
  | "CoseMalformed"
  | "AlgorithmUnknown"
  | "DocumentMalformed"
  | "CertificateMalformed"
  | "RootUnknown"
  | "IssuerMismatch"
  | "CertificateSignatureInvalid"
  | "CertificateNotYetValid"
  | "CertificateExpired"
  | "AuthorityMissing"
  | "PathTooLong"
  | "LeafIsAuthority"
  | "KeyUsageMissing"
  | "KeyUnknown"
  | "ExtensionUnknown"
  | "DocumentSignatureInvalid"
  | "DebugMode"
  | "KeyMalformed"
  | "KeyNotBound";

/** A document that is not believed. */
export class NitroError extends Error {
  override readonly name = "NitroError";
  readonly reason: NitroReason;

  constructor(reason: NitroReason, message: string, options?: ErrorOptions) {
    super(`${reason}: ${message}`, options);
    this.reason = reason;
  }
}

/** What a document says. */
export interface NitroDocument {
  /** The instance and the enclave on it. */
  readonly moduleId: string;
  /** When the hypervisor signed it, in milliseconds. */
  readonly timestamp: bigint;
  /** The measurements by number, 48 bytes each; 0 is the image, 1 its kernel, 2 its application. */
  readonly pcrs: Readonly<Record<number, Hex>>;
  /** What the enclave had put into it. */
  readonly publicKey: Hex | undefined;
  readonly userData: Hex | undefined;
  readonly nonce: Hex | undefined;
  /** The first and the last second in which all its certificates are valid. */
  readonly validFrom: bigint;
  readonly validUntil: bigint;
}

/** When to believe what. */
export interface NitroTrust {
  /** The time at which certificates must be valid, in seconds. */
  readonly time: bigint;
  /** SHA-256 of the root's certificate; AWS's where left out. */
  readonly root?: Hex;
}

/** Names of CBOR's and COSE's: a header's key for the algorithm, and ES384. */
const ALGORITHM = 1;
const ES384 = -35;
const SIGNATURE_BYTES = 96;
const PCR_BYTES = 48;
const MAX_PCR = 31;
const MAX_BYTES = 1024;
const MAX_CERTIFICATES = 8;

/**
 * Verifies a document as the bytes that the hypervisor gave out, a COSE_Sign1 (RFC 9052) without a tag.
 * @throws NitroError that names the reason where it is not to be believed
 */
export function verifyNitroDocument(bytes: Uint8Array, { time, root = AWS_NITRO_ROOT }: NitroTrust): NitroDocument {
  const { header, payload, signature } = readCose(bytes);
  const { certificates, ...document } = readDocument(payload);
  const chain = certificates.map(readCertificate);
  const [first] = chain;
  const leaf = chain.at(-1);
  if (first === undefined || leaf === undefined) throw new NitroError("DocumentMalformed", "no certificates");
  if (toHex(sha256(first.der)) !== root) {
    throw new NitroError("RootUnknown", `its first certificate is not the root with the fingerprint ${root}`);
  }
  for (const [place, certificate] of chain.entries()) {
    const issuer = chain[place - 1] ?? first;
    requireSigned(certificate, issuer);
    requireValid(certificate, time);
    requireRole(certificate, chain.length - 2 - place);
  }
  const message = encode(["Signature1", header, new Uint8Array(), payload]);
  if (!p384.verify(signature, message, leaf.key, { lowS: false })) {
    throw new NitroError("DocumentSignatureInvalid", "it is not signed with its certificate's key");
  }
  // An enclave in debug mode is measured as zeros: its console is open to the instance that it runs on.
  const open = [0, 1, 2].find((index) => /^0x0*$/.test(document.pcrs[index] ?? "0x"));
  if (open !== undefined) throw new NitroError("DebugMode", `PCR${open} is zero: the enclave runs in debug mode`);
  const [validFrom, validUntil] = chain.reduce(
    ([from, until], { notBefore, notAfter }) => [
      notBefore > from ? notBefore : from,
      notAfter < until ? notAfter : until,
    ],
    [first.notBefore, first.notAfter],
  );
  return { ...document, validFrom, validUntil };
}

/**
 * Verifies a document, and that it binds an RSA key of 2048 bits with exponent 65537: in `public_key`, or by hash in
 * `user_data` as the nitriding daemon writes it, which is what OpenGradient's gateway runs under. What binds but a hash
 * needs the key itself.
 * @param spki the key's SubjectPublicKeyInfo in DER; may be left out where the document holds it
 * @returns the document, and the key's modulus: a publisher that knows what was measured allows its keccak256
 * @throws NitroError that names the reason
 */
export function verifyNitroKey(
  bytes: Uint8Array,
  { spki, ...trust }: NitroTrust & { readonly spki?: Uint8Array },
): { readonly document: NitroDocument; readonly modulus: Hex } {
  const document = verifyNitroDocument(bytes, trust);
  const held = document.publicKey === undefined ? undefined : fromHex(document.publicKey);
  const key = spki ?? held;
  if (key === undefined) throw new NitroError("KeyNotBound", "it holds no key: give the one that it should bind");
  const isBound = held !== undefined ? equalBytes(held, key) : document.userData === nitridingData(document, key);
  if (!isBound) throw new NitroError("KeyNotBound", "it binds another key, or none");
  return { document, modulus: toHex(readRsaKey(key)) };
}

/** What nitriding has the hypervisor sign: multihashes of its TLS certificate, whatever that is, and of the key. */
function nitridingData({ userData = "0x" }: NitroDocument, key: Uint8Array): Hex {
  const prefix = fromHex("0x1220");
  const certificateHash = fromHex(userData).slice(prefix.length, prefix.length + 32);
  return toHex(concat(prefix, certificateHash, prefix, sha256(key)));
}

/** What stands before and behind the modulus in the SubjectPublicKeyInfo of every such key. */
const BEFORE_MODULUS = fromHex("0x30820122300d06092a864886f70d01010105000382010f003082010a0282010100");
const BEHIND_MODULUS = fromHex("0x0203010001");

/** The modulus in a SubjectPublicKeyInfo. */
function readRsaKey(spki: Uint8Array): Uint8Array {
  const modulus = spki.slice(BEFORE_MODULUS.length, -BEHIND_MODULUS.length);
  if (!isRsaModulus(modulus) || !equalBytes(concat(BEFORE_MODULUS, modulus, BEHIND_MODULUS), spki)) {
    throw new NitroError("KeyMalformed", "not the DER of an RSA key of 2048 bits with exponent 65537");
  }
  return modulus;
}

// ---- certificates

function readCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (!(cause instanceof X509Error || cause instanceof DerError)) throw cause;
    throw new NitroError("CertificateMalformed", cause.message, { cause });
  }
}

function requireSigned(certificate: Certificate, issuer: Certificate): void {
  if (!equalBytes(certificate.issuer, issuer.subject)) {
    throw new NitroError("IssuerMismatch", "a certificate is not by the one before it");
  }
  if (!hasKeyOf(certificate, ecdsaP384)) throw new NitroError("KeyUnknown", "a certificate's key is not P-384");
  if (!isSignedBy(certificate, issuer.key, ecdsaP384)) {
    throw new NitroError(
      "CertificateSignatureInvalid",
      "a certificate is not signed with the key of the one before it",
    );
  }
}

function requireValid({ notBefore, notAfter }: Certificate, time: bigint): void {
  const when = `${iso(time)} is not in ${iso(notBefore)} to ${iso(notAfter)}`;
  if (time < notBefore) throw new NitroError("CertificateNotYetValid", when);
  if (time > notAfter) throw new NitroError("CertificateExpired", `${when}: documents live for hours, get a new one`);
}

/** @param followers how many authorities follow; -1 for the leaf */
function requireRole(
  { isAuthority, pathLength, usage, unknownCritical: [unknown] }: Certificate,
  followers: number,
): void {
  const isLeaf = followers < 0;
  if (unknown !== undefined) throw new NitroError("ExtensionUnknown", `a certificate has a critical ${unknown}`);
  if (isLeaf && isAuthority) throw new NitroError("LeafIsAuthority", "the signer's certificate is an authority's");
  if (!isLeaf && !isAuthority) throw new NitroError("AuthorityMissing", "a certificate is signed by no authority");
  if (followers > (pathLength ?? followers)) throw new NitroError("PathTooLong", "more authorities follow than may");
  const needed = isLeaf ? "digitalSignature" : "keyCertSign";
  if (usage?.has(needed) !== true) throw new NitroError("KeyUsageMissing", `a key is not for ${needed}`);
}

function iso(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}

// ---- CBOR

const strictly: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  rejectDuplicateMapKeys: true,
  useMaps: true,
};

function readCbor(bytes: Uint8Array, { reason, options }: { reason: NitroReason; options: DecodeOptions }): unknown {
  try {
    return decode(bytes, options);
  } catch (cause) {
    throw new NitroError(reason, "not CBOR in its strict form", { cause });
  }
}

function readCose(bytes: Uint8Array): { header: Uint8Array; payload: Uint8Array; signature: Uint8Array } {
  const cose = readCbor(bytes, { reason: "CoseMalformed", options: strictly });
  const [header, unprotected, payload, signature, ...others] = Array.isArray(cose) ? (cose as unknown[]) : [];
  const hasForm = header instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array;
  const isBare = unprotected instanceof Map && unprotected.size === 0 && others.length === 0;
  if (!hasForm || !isBare || signature.length !== SIGNATURE_BYTES) {
    throw new NitroError("CoseMalformed", "not a COSE_Sign1 of header, nothing, payload and signature of 96 bytes");
  }
  const named = readCbor(header, { reason: "AlgorithmUnknown", options: strictly });
  if (!(named instanceof Map) || named.size !== 1 || named.get(ALGORITHM) !== ES384) {
    throw new NitroError("AlgorithmUnknown", "its header does not say ES384, and nothing else");
  }
  return { header, payload, signature };
}

/** AWS writes the document's map with an indefinite length. */
function readDocument(
  payload: Uint8Array,
): Omit<NitroDocument, "validFrom" | "validUntil"> & { readonly certificates: readonly Uint8Array[] } {
  const map = readCbor(payload, { reason: "DocumentMalformed", options: { ...strictly, allowIndefinite: true } });
  const fields = map instanceof Map ? (map as ReadonlyMap<unknown, unknown>) : new Map<unknown, unknown>();
  const moduleId = fields.get("module_id");
  const timestamp = wholeNumber(fields.get("timestamp"));
  if (typeof moduleId !== "string" || moduleId === "") malformed("module_id");
  if (timestamp === undefined || timestamp <= 0n) malformed("timestamp");
  if (fields.get("digest") !== "SHA384") malformed("digest");
  const bundle = fields.get("cabundle");
  if (!Array.isArray(bundle) || bundle.length === 0 || bundle.length > MAX_CERTIFICATES) malformed("cabundle");
  const certificates = [...(bundle as unknown[]), fields.get("certificate")].map((certificate) => {
    const isOne = certificate instanceof Uint8Array && certificate.length > 0 && certificate.length <= MAX_BYTES;
    return isOne ? certificate : malformed("certificate");
  });
  return {
    moduleId,
    timestamp,
    pcrs: readPcrs(fields.get("pcrs")),
    publicKey: readOptional(fields, "public_key"),
    userData: readOptional(fields, "user_data"),
    nonce: readOptional(fields, "nonce"),
    certificates,
  };
}

function wholeNumber(value: unknown): bigint | undefined {
  return typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value as bigint | number) : undefined;
}

function readPcrs(map: unknown): Readonly<Record<number, Hex>> {
  if (!(map instanceof Map) || map.size === 0) return malformed("pcrs");
  const entries = Array.from(map as ReadonlyMap<unknown, unknown>, ([index, value]): [number, Hex] => {
    const isIndex = typeof index === "number" && Number.isInteger(index) && index >= 0 && index <= MAX_PCR;
    const isValue = value instanceof Uint8Array && value.length === PCR_BYTES;
    return isIndex && isValue ? [index, toHex(value)] : malformed("pcrs");
  });
  return Object.fromEntries(entries);
}

/** What an enclave may leave out, which the hypervisor then writes as null. */
function readOptional(fields: ReadonlyMap<unknown, unknown>, name: string): Hex | undefined {
  const value = fields.get(name) ?? undefined;
  if (value === undefined) return undefined;
  return value instanceof Uint8Array && value.length <= MAX_BYTES ? toHex(value) : malformed(name);
}

function malformed(field: string): never {
  throw new NitroError("DocumentMalformed", `${field} is missing, or not as AWS specifies it`);
}
