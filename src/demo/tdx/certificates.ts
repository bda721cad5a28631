/**
 * Keys, certificates and lists of revoked certificates as Intel makes them for its platforms, made by the project itself
 * where there is no platform: for tests and for the main job.
 */
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromHex, keccak, toHex } from "../../core/bytes.ts";

/** A key on P-256. */
export interface Key {
  readonly secret: Uint8Array;
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

/** The same key for the same name. */
export function keyOf(name: string): Key {
  const secret = keccak(new TextEncoder().encode(`surety tdx ${name}`));
  const point = p256.getPublicKey(secret, false);
  return { secret, x: point.slice(1, 33), y: point.slice(33) };
}

/** r and s, of which s may be the higher one, as Intel's are. */
export const signP256 = (key: Key, message: Uint8Array): Uint8Array =>
  p256.sign(message, key.secret, { lowS: false, prehash: true });

/** A text's bytes. */
export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Bytes of hexadecimal digits, without 0x. */
export const hexBytes = (digits: string): Uint8Array => fromHex(`0x${digits}`);

/** A value of DER, of one tag. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(...parts);
  const size = content.length;
  if (size < 0x80) return concat(Uint8Array.of(tag, size), content);
  const length = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return concat(Uint8Array.of(tag, ...length), content);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
export const octets = (...parts: readonly Uint8Array[]): Uint8Array => der(0x04, ...parts);
export const oid = (digits: string): Uint8Array => der(0x06, hexBytes(digits));

export function integer(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return der(0x02, hexBytes(parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even));
}

/** @param date as `2026-01-01T00:00:00Z` */
function utcTime(date: string): Uint8Array {
  return der(0x17, ascii(date.slice(2).replace(/[-T:]/g, "")));
}

/** A name as Intel writes its own. */
export function nameOf(commonName: string): Uint8Array {
  const part = (kind: string, tag: number, text: string): Uint8Array =>
    der(0x31, sequence(oid(kind), der(tag, ascii(text))));
  return sequence(
    part("550403", 0x0c, commonName),
    part("55040a", 0x0c, "Intel Corporation"),
    part("550407", 0x0c, "Santa Clara"),
    part("550408", 0x0c, "CA"),
    part("550406", 0x13, "US"),
  );
}

const ALGORITHM = sequence(oid("2a8648ce3d040302"));

function signatureOf(key: Key, body: Uint8Array): Uint8Array {
  const signature = signP256(key, body);
  const number = (from: number): Uint8Array => integer(BigInt(toHex(signature.slice(from, from + 32))));
  return der(0x03, Uint8Array.of(0), sequence(number(0), number(32)));
}

const signed = (key: Key, body: Uint8Array): Uint8Array => sequence(body, ALGORITHM, signatureOf(key, body));

/** What a key is called: any 20 bytes that are its own. */
export const keyIdOf = ({ x, y }: Key): Uint8Array => sha256(concat(x, y)).slice(0, 20);

/** An extension of a certificate or a list. */
export const extension = (kind: string, value: Uint8Array, isCritical = false): Uint8Array =>
  sequence(oid(kind), ...(isCritical ? [hexBytes("0101ff")] : []), octets(value));

const authorityKeyId = (key: Key): Uint8Array => extension("551d23", sequence(der(0x80, keyIdOf(key))));

/** What a certificate says. Dates as `2026-01-01T00:00:00Z`. */
interface CertificateParts {
  readonly subject: string;
  readonly key: Key;
  readonly issuer: string;
  readonly issuerKey: Key;
  readonly serial: bigint;
  readonly from: string;
  readonly until: string;
  readonly isAuthority?: boolean;
  readonly more?: readonly Uint8Array[];
}

/** A certificate in DER. */
export function certificate(parts: CertificateParts): Uint8Array {
  const { key, issuerKey, isAuthority = false } = parts;
  const point = concat(Uint8Array.of(0, 4), key.x, key.y);
  const url = ascii("https://api.surety.example/sgx/certification/v4/pckcrl?ca=platform&encoding=der&of=nobody");
  const basic = isAuthority ? concat(hexBytes("0101ff"), integer(0n)) : new Uint8Array();
  const extensions = [
    authorityKeyId(issuerKey),
    extension("551d1f", sequence(sequence(der(0xa0, der(0xa0, der(0x86, url)))))),
    extension("551d0e", octets(keyIdOf(key))),
    extension("551d0f", der(0x03, hexBytes(isAuthority ? "0106" : "06c0")), true),
    extension("551d13", sequence(basic), true),
    ...(parts.more ?? []),
  ];
  const body = sequence(
    der(0xa0, integer(2n)),
    integer(parts.serial),
    ALGORITHM,
    nameOf(parts.issuer),
    sequence(utcTime(parts.from), utcTime(parts.until)),
    nameOf(parts.subject),
    sequence(sequence(oid("2a8648ce3d0201"), oid("2a8648ce3d030107")), der(0x03, point)),
    der(0xa3, sequence(...extensions)),
  );
  return signed(issuerKey, body);
}

/** What a list of revoked certificates says. */
interface CrlParts {
  readonly issuer: string;
  readonly key: Key;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly serials?: readonly bigint[];
  readonly number?: bigint;
}

/** A list of revoked certificates in DER. */
export function crl({ issuer, key, thisUpdate, nextUpdate, serials = [], number = 1n }: CrlParts): Uint8Array {
  const reason = sequence(extension("551d15", der(0x0a, Uint8Array.of(1))));
  const entries = serials.map((serial) => sequence(integer(serial), utcTime(thisUpdate), reason));
  const body = sequence(
    integer(1n),
    ALGORITHM,
    nameOf(issuer),
    utcTime(thisUpdate),
    utcTime(nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    der(0xa0, sequence(extension("551d14", integer(number)), authorityKeyId(key))),
  );
  return signed(key, body);
}
