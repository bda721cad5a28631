/** X.509 certificates (RFC 5280) with ECDSA keys, as AWS issues them for Nitro enclaves. */
import { type ECDSA } from "@noble/curves/abstract/weierstrass.js";
import { p384 } from "@noble/curves/nist.js";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  Certificate as CertificateSchema,
  type Extension,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  KeyUsage,
  KeyUsageFlags,
  Version,
} from "@peculiar/asn1-x509";
import { equalBytes, fromHex } from "../bytes.ts";
import { derInteger, derTag, type DerValue, readDer } from "./der.ts";

/** Bytes that are no certificate, or one that is not as RFC 5280 has it. */
export class X509Error extends Error {
  override readonly name = "X509Error";
}

/** What somebody signed. */
export interface Signed {
  /** The bytes that the signature is over. */
  readonly tbs: Uint8Array;
  /** The signature's AlgorithmIdentifier, in DER. */
  readonly algorithm: Uint8Array;
  /** ECDSA's r and s, in DER. */
  readonly signature: Uint8Array;
}

/** A certificate. Times are in seconds, names are in DER. */
export interface Certificate extends Signed {
  readonly der: Uint8Array;
  readonly serial: bigint;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** The first and the last second in which it is valid. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** The key's AlgorithmIdentifier in DER, and the key: a point. */
  readonly keyAlgorithm: Uint8Array;
  readonly key: Uint8Array;
  /** Whether the key may sign certificates, and how many more authorities may follow; any number where undefined. */
  readonly isAuthority: boolean;
  readonly pathLength: number | undefined;
  /** What the key is for; undefined where the certificate does not say. */
  readonly usage: ReadonlySet<keyof typeof KeyUsageFlags> | undefined;
  /** The values of its extensions, by object identifier. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  /** Extensions that one must understand to believe it, other than the two above. */
  readonly unknownCritical: readonly string[];
}

/** A curve with its hash, and how certificates name them. */
export interface Scheme {
  readonly curve: ECDSA;
  /** AlgorithmIdentifiers in DER, of a key and of a signature. */
  readonly keyAlgorithm: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  /** Bytes of an uncompressed point. */
  readonly pointBytes: number;
}

export const ecdsaP384: Scheme = {
  curve: p384,
  keyAlgorithm: fromHex("0x301006072a8648ce3d020106052b81040022"),
  signatureAlgorithm: fromHex("0x300a06082a8648ce3d040303"),
  pointBytes: 97,
};

/**
 * Reads a certificate of version 3.
 * @throws X509Error, DerError where the bytes are not one, in its only form
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const { fields, ...signed } = readSigned(der);
  const [version, serial, algorithm, issuer, validity, subject, publicKey] = fields;
  if (version?.tag !== 0xa0 || serial === undefined) throw new X509Error("a certificate of version 3 expected");
  if (issuer === undefined || subject === undefined || publicKey === undefined) throw new X509Error("fields missing");
  if (!equalBytes(algorithm?.bytes ?? der, signed.algorithm)) throw new X509Error("two signature algorithms named");
  const { tbsCertificate } = understand(der, CertificateSchema);
  if (tbsCertificate.version !== Version.v3) throw new X509Error("a certificate of version 3 expected");
  const extensions = readExtensions(tbsCertificate.extensions);
  const constraints = extensions.values.get(id_ce_basicConstraints);
  const usage = extensions.values.get(id_ce_keyUsage);
  const known: readonly string[] = [id_ce_basicConstraints, id_ce_keyUsage];
  return {
    ...signed,
    der,
    serial: derInteger(serial),
    issuer: issuer.bytes,
    subject: subject.bytes,
    notBefore: readTime(validity?.children[0]),
    notAfter: readTime(validity?.children[1]),
    keyAlgorithm: publicKey.children[0]?.bytes ?? new Uint8Array(),
    key: readBits(publicKey.children[1]),
    ...readConstraints(constraints),
    usage: usage === undefined ? undefined : readUsage(usage),
    extensions: extensions.values,
    unknownCritical: extensions.critical.filter((oid) => !known.includes(oid)),
  };
}

/** Whether `key`, a point, signed it with the scheme, and it says so. ECDSA's s may be high, as everywhere in X.509. */
export function isSignedBy(
  signed: Signed,
  key: Uint8Array,
  { curve, signatureAlgorithm, pointBytes }: Scheme,
): boolean {
  if (!equalBytes(signed.algorithm, signatureAlgorithm) || key.length !== pointBytes) return false;
  return curve.verify(signed.signature, signed.tbs, key, { format: "der", lowS: false });
}

/** Whether the certificate's key is one of the scheme's, a point of its curve written in full. */
export function hasKeyOf({ keyAlgorithm, key }: Certificate, scheme: Scheme): boolean {
  if (!equalBytes(keyAlgorithm, scheme.keyAlgorithm) || key.length !== scheme.pointBytes) return false;
  return scheme.curve.utils.isValidPublicKey(key, false);
}

/** A SEQUENCE of what is signed, of the algorithm and of the signature; and the fields of what is signed. */
function readSigned(der: Uint8Array): Signed & { readonly fields: readonly DerValue[] } {
  const { tag, children } = readDer(der);
  const [tbs, algorithm, signature, ...others] = children;
  const hasForm = tag === derTag.sequence && tbs?.tag === derTag.sequence && algorithm !== undefined;
  if (!hasForm || others.length > 0) throw new X509Error("not a certificate");
  return { tbs: tbs.bytes, algorithm: algorithm.bytes, signature: readBits(signature), fields: tbs.children };
}

function readBits(value: DerValue | undefined): Uint8Array {
  if (value?.tag !== derTag.bitString || value.content[0] !== 0)
    throw new X509Error("a string of whole bytes expected");
  return value.content.subarray(1);
}

/** Seconds. RFC 5280 has every time in UTC and to the second: years until 2049 in two digits, later ones in four. */
function readTime(value: DerValue | undefined): bigint {
  const text = String.fromCharCode(...(value?.content ?? []));
  const isShort = value?.tag === derTag.utcTime && /^\d{12}Z$/.test(text);
  const isLong = value?.tag === derTag.generalizedTime && /^\d{14}Z$/.test(text);
  if (!isShort && !isLong) throw new X509Error("a time expected, in UTC and to the second");
  const digits = isLong ? text : `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}`;
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  const time = new Date(iso);
  // What JavaScript rolls over, such as the 30th of February, is no time.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw new X509Error(`there is no time ${iso}`);
  return BigInt(time.getTime() / 1000);
}

/** Parses with the library, whose errors are of many kinds. */
function understand<T>(der: Uint8Array, schema: new () => T): T {
  try {
    return AsnConvert.parse(der, schema);
  } catch (cause) {
    throw new X509Error("not as RFC 5280 has it", { cause });
  }
}

function readExtensions(found: Iterable<Extension> | undefined): {
  readonly values: ReadonlyMap<string, Uint8Array>;
  readonly critical: readonly string[];
} {
  const extensions = Array.from(found ?? []);
  const values = new Map(extensions.map(({ extnID, extnValue }) => [extnID, new Uint8Array(extnValue.buffer)]));
  if (values.size !== extensions.length) throw new X509Error("an extension stands there twice");
  return { values, critical: extensions.filter(({ critical }) => critical).map(({ extnID }) => extnID) };
}

function readConstraints(value: Uint8Array | undefined): Pick<Certificate, "isAuthority" | "pathLength"> {
  if (value === undefined) return { isAuthority: false, pathLength: undefined };
  readDer(value);
  const { cA, pathLenConstraint } = understand(value, BasicConstraints);
  if ((pathLenConstraint ?? 0) < 0) throw new X509Error("a path of negative length");
  return { isAuthority: cA, pathLength: pathLenConstraint };
}

function readUsage(value: Uint8Array): ReadonlySet<keyof typeof KeyUsageFlags> {
  readDer(value);
  const flags = understand(value, KeyUsage).toNumber();
  const names = Object.keys(KeyUsageFlags).filter((name): name is keyof typeof KeyUsageFlags => /^[a-z]/i.test(name));
  return new Set(names.filter((name) => (flags & KeyUsageFlags[name]) !== 0));
}
