/** X.509 certificates with keys that anybody can compute, right ones and wrong ones. */
import { p256 } from "@noble/curves/nist.js";
import { id } from "ethers";
import { concat, fromHex } from "../../src/core/bytes.ts";
import { ecdsaP384, type Scheme } from "../../src/core/enclave/x509.ts";

/** Another curve than AWS's. */
export const ecdsaP256: Scheme = {
  curve: p256,
  keyAlgorithm: fromHex("0x301306072a8648ce3d020106082a8648ce3d030107"),
  signatureAlgorithm: fromHex("0x300a06082a8648ce3d040302"),
  pointBytes: 65,
};

/** One value in DER. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return concat(Uint8Array.of(tag, ...length), content);
}

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => der(0x30, ...contents);
export const octets = (content: Uint8Array): Uint8Array => der(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Uint8Array => der(0x03, Uint8Array.of(unused), content);
export const truth = (value: boolean): Uint8Array => der(0x01, Uint8Array.of(value ? 0xff : 0));

/** A whole number that is not negative. */
export function integer(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const bytes = fromHex(`0x${digits.padStart(digits.length + (digits.length % 2), "0")}`);
  return der(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : concat(Uint8Array.of(0), bytes));
}

/** An object identifier, as `2.5.29.15`. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const bytes = [40 * first + second, ...others].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let rest = arc >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Uint8Array.from(bytes));
}

/** A time in the form that RFC 5280 asks for. */
export function time(seconds: bigint): Uint8Array {
  const digits = new Date(Number(seconds) * 1000).toISOString().replace(/[-:T]|\.000/g, "");
  const isShort = digits < "2050";
  return der(isShort ? 0x17 : 0x18, new TextEncoder().encode(isShort ? digits.slice(2) : digits));
}

/** A distinguished name of one common name. */
export function nameOf(common: string): Uint8Array {
  return sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0c, new TextEncoder().encode(common)))));
}

export interface Keys {
  readonly secret: Uint8Array;
  /** The point in full. */
  readonly point: Uint8Array;
}

/** The key pair that a text decides. */
export function keysOf(name: string, { curve }: Scheme = ecdsaP384): Keys {
  const bytes = curve.lengths.secretKey ?? 32;
  const secret = fromHex(`0x${(id(name) + id(`${name} too`).slice(2)).slice(2, 2 + 2 * bytes)}`);
  return { secret, point: curve.getPublicKey(secret, false) };
}

/** An extension of certificates. */
export interface ExtensionSpec {
  readonly oid: string;
  readonly value: Uint8Array;
  readonly isCritical?: boolean;
}

const encodeExtension = ({ oid: name, value, isCritical = false }: ExtensionSpec): Uint8Array =>
  sequence(oid(name), ...(isCritical ? [truth(true)] : []), octets(value));

export const basicConstraints = (isAuthority: boolean, pathLength?: number): ExtensionSpec => ({
  oid: "2.5.29.19",
  value: sequence(
    ...(isAuthority ? [truth(true)] : []),
    ...(pathLength === undefined ? [] : [integer(BigInt(pathLength))]),
  ),
  isCritical: true,
});

/** What a key is for: the first byte of the bits. */
export const usage = { digitalSignature: 0x80, keyCertSign: 0x04, crlSign: 0x02 } as const;

export function keyUsage(flags: number): ExtensionSpec {
  const unused = flags === 0 ? 0 : 31 - Math.clz32(flags & -flags);
  return { oid: "2.5.29.15", value: bits(Uint8Array.of(flags), unused), isCritical: true };
}

/** What a certificate says; who is its own issuer signs it. */
export interface CertificateSpec {
  readonly subject: string;
  readonly keys: Keys;
  readonly issuer: string;
  readonly issuerKeys: Keys;
  readonly from: bigint;
  readonly until: bigint;
  readonly extensions: readonly ExtensionSpec[];
  readonly serial?: bigint;
  readonly scheme?: Scheme;
  /** What is odd about it. */
  readonly version?: bigint;
  readonly keyAlgorithm?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly innerAlgorithm?: Uint8Array;
  readonly validity?: Uint8Array;
}

export function makeCertificate(spec: CertificateSpec): Uint8Array {
  const { scheme = ecdsaP384, serial = 1n, version = 2n } = spec;
  const { algorithm = scheme.signatureAlgorithm, innerAlgorithm = algorithm } = spec;
  const tbs = sequence(
    der(0xa0, integer(version)),
    integer(serial),
    innerAlgorithm,
    nameOf(spec.issuer),
    spec.validity ?? sequence(time(spec.from), time(spec.until)),
    nameOf(spec.subject),
    sequence(spec.keyAlgorithm ?? scheme.keyAlgorithm, bits(spec.keys.point)),
    der(0xa3, sequence(...spec.extensions.map(encodeExtension))),
  );
  return signed(tbs, { keys: spec.issuerKeys, scheme, algorithm });
}

function signed(
  tbs: Uint8Array,
  { keys, scheme, algorithm }: { keys: Keys; scheme: Scheme; algorithm: Uint8Array },
): Uint8Array {
  const signature = scheme.curve.sign(tbs, keys.secret, { format: "der", lowS: false });
  return sequence(tbs, algorithm, bits(signature));
}

/** The bytes with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const changed = bytes.slice();
  changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8));
  return changed;
}

/** Where some bytes stand in others. */
export function placeOf(part: Uint8Array, whole: Uint8Array): number {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
  const place = text(whole).indexOf(text(part));
  if (place < 0) throw new Error("the part is not in the whole");
  return place;
}
