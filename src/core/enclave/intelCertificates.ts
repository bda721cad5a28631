/**
 * Certificates and lists of revoked ones in the one shape that Intel issues for SGX and TDX, read as
 * `contracts/enclave/{Der,X509,Crl,PckExtension}.sol` read them: the same bytes are taken, and the same refused, for the
 * same reason. A reader that takes more than they do would call evidence good that no chain takes.
 */
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, type Hex, keccakHex, toHex } from "../bytes.ts";
import { Refusal } from "../refusal.ts";
import { ofGeneralizedTime, ofUtcTime } from "./intelDates.ts";

/** A point on P-256, 32 bytes each. */
export interface P256Key {
  readonly x: Hex;
  readonly y: Hex;
}

/** r and s, 64 bytes, over the SHA-256 hash of something. */
export interface P256Signed {
  readonly signedHash: Uint8Array;
  readonly signature: Uint8Array;
}

/** Whether the key signed. s may be the higher of the two. */
export function isP256SignedBy({ signedHash, signature }: P256Signed, { x, y }: P256Key): boolean {
  const point = concat(Uint8Array.of(4), bytesOf(x), bytesOf(y));
  try {
    return p256.verify(signature, signedHash, point, { prehash: false, lowS: false });
  } catch {
    // A point that is not on the curve, or a number out of range.
    return false;
  }
}

/** What a certificate says. Names are the hash of their DER, times are in seconds. */
export interface IntelCertificate extends P256Signed {
  readonly serial: bigint;
  readonly issuer: Hex;
  readonly subject: Hex;
  readonly from: bigint;
  readonly until: bigint;
  readonly key: P256Key;
  readonly authorityKeyId: Hex;
  readonly subjectKeyId: Hex;
  readonly isAuthority: boolean;
  readonly keyUsage: number;
  /** The value of Intel's extension of PCK certificates. */
  readonly sgx: Uint8Array | undefined;
  /** Where that value starts in the certificate. */
  readonly sgxStart: number;
}

/** What a list of revoked certificates says. */
export interface IntelRevocations extends P256Signed {
  readonly issuer: Hex;
  readonly authorityKeyId: Hex;
  readonly from: bigint;
  readonly until: bigint;
  readonly number: bigint;
  readonly serials: readonly bigint[];
}

/** What Intel says of a platform in its PCK certificate: family, sixteen security versions, and PCESVN. */
export interface PlatformClaims {
  readonly fmspc: Hex;
  readonly svns: Uint8Array;
  readonly pceSvn: number;
}

const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utc: 0x17, generalized: 0x18, sequence: 0x30 };
const MAX_LENGTH_BYTES = 3;
const KEY_ID_BYTES = 20;
const NO_KEY_ID: Hex = `0x${"00".repeat(KEY_ID_BYTES)}`;
const ALGORITHM = hexBytes("300a06082a8648ce3d040302");
const KEY_HEAD = hexBytes("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
const TRUE = hexBytes("0101ff");
const SGX_OID = "2a864886f84d010d01";

/** Where an element's content starts, and where it ends. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** DER between two offsets; nothing is read past `limit`. */
class Reader {
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  byte(offset: number): number {
    return this.data[offset] ?? 0;
  }

  content(offset: number, limit: number, tag: number): Span {
    let length = this.byte(offset + 1);
    let start = offset + 2;
    let isShort = length < 0x80;
    if (!isShort) {
      const count = length & 0x7f;
      length = 0;
      for (let index = 0; index < Math.min(count, MAX_LENGTH_BYTES); index++) {
        length = length * 256 + this.byte(start + index);
      }
      isShort = count >= 1 && count <= MAX_LENGTH_BYTES && length >= Math.max(0x80, 256 ** (count - 1));
      start += count;
    }
    const end = start + length;
    if (this.byte(offset) !== tag || !isShort || end > limit) throw unexpected(offset);
    return { start, end };
  }

  /** Where the content starts of an element that must be the last. */
  last(offset: number, limit: number, tag: number): number {
    const { start, end } = this.content(offset, limit, tag);
    if (end !== limit) throw unexpected(offset);
    return start;
  }

  sized(offset: number, limit: number, { tag, length }: { tag: number; length: number }): Span {
    const span = this.content(offset, limit, tag);
    if (span.end - span.start !== length) throw unexpected(offset);
    return span;
  }

  exact(offset: number, limit: number, expected: Uint8Array): number {
    const end = offset + expected.length;
    if (end > limit || !equalBytes(this.data.slice(offset, end), expected)) throw unexpected(offset);
    return end;
  }

  integer(offset: number, limit: number): { readonly value: bigint; readonly end: number } {
    const { start, end } = this.content(offset, limit, TAG.integer);
    if (end === start || this.byte(start) >= 0x80) throw unexpected(offset);
    const hasSign = this.byte(start) === 0 && end - start > 1;
    if (hasSign && this.byte(start + 1) < 0x80) throw unexpected(offset);
    const digits = this.data.slice(hasSign ? start + 1 : start, end);
    if (digits.length > 32) throw unexpected(offset);
    return { value: BigInt(toHex(digits)), end };
  }

  serial(offset: number, limit: number): { readonly value: bigint; readonly end: number } {
    const found = this.integer(offset, limit);
    if (found.value >= 1n << 160n) throw new Refusal("SerialTooLong", BigInt(offset));
    return found;
  }

  name(offset: number, limit: number): { readonly hash: Hex; readonly end: number } {
    const { end } = this.content(offset, limit, TAG.sequence);
    return { hash: keccakHex(this.data.slice(offset, end)), end };
  }

  time(offset: number, limit: number): { readonly value: bigint; readonly end: number } {
    const isLong = offset < limit && this.byte(offset) === TAG.generalized;
    const form = isLong ? { tag: TAG.generalized, length: 15 } : { tag: TAG.utc, length: 13 };
    const { start, end } = this.sized(offset, limit, form);
    const text = this.data.slice(start, end);
    return { value: isLong ? ofGeneralizedTime(text) : ofUtcTime(text), end };
  }

  /** Algorithm and signature, the last before `end`. */
  signature(offset: number, end: number): Uint8Array {
    const bits = this.last(this.exact(offset, end, ALGORITHM), end, TAG.bits);
    const numbers = this.last(this.exact(bits, end, Uint8Array.of(0)), end, TAG.sequence);
    const r = this.integer(numbers, end);
    const s = this.integer(r.end, end);
    if (s.end !== end) throw unexpected(s.end);
    return concat(word(r.value), word(s.value));
  }

  extension(offset: number, limit: number): Span & { readonly kind: string } {
    const { start: inner, end } = this.content(offset, limit, TAG.sequence);
    const oid = this.content(inner, end, TAG.oid);
    if (oid.end - oid.start > 9 || oid.end >= end) throw extensionUnexpected(offset);
    const isMarked = this.byte(oid.end) === 0x01;
    const value = isMarked ? this.exact(oid.end, end, TRUE) : oid.end;
    return { kind: toHex(this.data.slice(oid.start, oid.end)).slice(2), start: this.last(value, end, TAG.octets), end };
  }

  keyId(offset: number, end: number, tag: number): Hex {
    const start = this.last(offset, end, tag);
    if (end - start !== KEY_ID_BYTES) throw unexpected(start);
    return toHex(this.data.slice(start, end));
  }

  authorityKeyId(offset: number, end: number): Hex {
    return this.keyId(this.last(offset, end, TAG.sequence), end, 0x80);
  }

  /** The signed part of what all the data is: its hash, the signature, and where its content lies. */
  signed(): P256Signed & Span {
    const { data } = this;
    const outer = this.last(0, data.length, TAG.sequence);
    const { start, end } = this.content(outer, data.length, TAG.sequence);
    // Read where the contract reads it: after the body, whose refusals come first.
    const readSignature = () => this.signature(end, data.length);
    return {
      start,
      end,
      signedHash: sha256(data.slice(outer, end)),
      get signature() {
        return readSignature();
      },
    };
  }
}

/** Reads a certificate in DER. @throws Refusal `DerUnexpected`, `ExtensionUnexpected`, `SerialTooLong`, `DateInvalid` */
export function readIntelCertificate(der: Uint8Array): IntelCertificate {
  const reader = new Reader(der);
  const body = reader.signed();
  const limit = body.end;
  const serial = reader.serial(reader.exact(body.start, limit, hexBytes("a003020102")), limit);
  const issuer = reader.name(reader.exact(serial.end, limit, ALGORITHM), limit);
  const validity = reader.content(issuer.end, limit, TAG.sequence);
  const from = reader.time(validity.start, validity.end);
  const until = reader.time(from.end, validity.end);
  if (until.end !== validity.end) throw unexpected(until.end);
  const subject = reader.name(validity.end, limit);
  const point = reader.exact(subject.end, limit, KEY_HEAD);
  const extensions = readExtensions(reader, point + 64, limit);
  return {
    signedHash: body.signedHash,
    signature: body.signature,
    serial: serial.value,
    issuer: issuer.hash,
    subject: subject.hash,
    from: from.value,
    until: until.value,
    key: { x: toHex(der.slice(point, point + 32)), y: toHex(der.slice(point + 32, point + 64)) },
    ...extensions,
  };
}

function readExtensions(reader: Reader, offset: number, limit: number) {
  let next = reader.last(reader.last(offset, limit, 0xa3), limit, TAG.sequence);
  const found = {
    authorityKeyId: NO_KEY_ID,
    subjectKeyId: NO_KEY_ID,
    isAuthority: false,
    keyUsage: 0,
    sgx: undefined as Uint8Array | undefined,
    sgxStart: 0,
  };
  const seen = new Set<string>();
  while (next < limit) {
    const { kind, start, end } = reader.extension(next, limit);
    if (kind === "551d23") found.authorityKeyId = reader.authorityKeyId(start, end);
    else if (kind === "551d0e") found.subjectKeyId = reader.keyId(start, end, TAG.octets);
    else if (kind === "551d0f") found.keyUsage = readKeyUsage(reader, start, end);
    else if (kind === "551d13") found.isAuthority = readBasicConstraints(reader, start, end);
    else if (kind === SGX_OID) Object.assign(found, { sgx: reader.data.slice(0, end), sgxStart: start });
    else if (kind !== "551d1f") throw extensionUnexpected(next);
    if (seen.has(kind)) throw extensionUnexpected(next);
    seen.add(kind);
    next = end;
  }
  return found;
}

function readKeyUsage(reader: Reader, offset: number, end: number): number {
  const start = reader.last(offset, end, TAG.bits);
  if (end - start !== 2) throw unexpected(start);
  return reader.byte(start + 1);
}

function readBasicConstraints(reader: Reader, offset: number, end: number): boolean {
  const start = reader.last(offset, end, TAG.sequence);
  if (start === end) return false;
  const length = reader.integer(reader.exact(start, end, TRUE), end);
  if (length.end !== end) throw unexpected(length.end);
  return true;
}

/** Reads a list of revoked certificates in DER. @throws Refusal as `readIntelCertificate` */
export function readIntelRevocations(der: Uint8Array): IntelRevocations {
  const reader = new Reader(der);
  const body = reader.signed();
  const limit = body.end;
  const issuer = reader.name(
    reader.exact(reader.exact(body.start, limit, hexBytes("020101")), limit, ALGORITHM),
    limit,
  );
  const from = reader.time(issuer.end, limit);
  const until = reader.time(from.end, limit);
  let next = until.end;
  let entries: Span = { start: 0, end: 0 };
  if (next < limit && reader.byte(next) === TAG.sequence) {
    entries = reader.content(next, limit, TAG.sequence);
    next = entries.end;
  }
  const extensions = readListExtensions(reader, next, limit);
  return {
    signedHash: body.signedHash,
    signature: body.signature,
    issuer: issuer.hash,
    from: from.value,
    until: until.value,
    ...extensions,
    get serials() {
      return readEntries(reader, entries);
    },
  };
}

function readListExtensions(reader: Reader, offset: number, limit: number) {
  const start = reader.last(reader.last(offset, limit, 0xa0), limit, TAG.sequence);
  const first = reader.extension(start, limit);
  if (first.kind !== "551d14") throw extensionUnexpected(start);
  const number = reader.serial(first.start, first.end);
  if (number.end !== first.end) throw unexpected(number.end);
  const second = reader.extension(first.end, limit);
  if (second.kind !== "551d23" || second.end !== limit) throw extensionUnexpected(first.end);
  return { number: number.value, authorityKeyId: reader.authorityKeyId(second.start, second.end) };
}

function readEntries(reader: Reader, { start, end }: Span): readonly bigint[] {
  const serials: bigint[] = [];
  for (let next = start; next < end;) {
    const entry = reader.content(next, end, TAG.sequence);
    const serial = reader.serial(entry.start, entry.end);
    const time = reader.time(serial.end, entry.end);
    if (time.end < entry.end) reader.last(time.end, entry.end, TAG.sequence);
    serials.push(serial.value);
    next = entry.end;
  }
  return serials;
}

/** Reads what Intel says of a platform. @throws Refusal `DerUnexpected`, `SvnOutOfRange`, `PceUnknown` */
export function readPlatformClaims({ sgx = new Uint8Array(), sgxStart }: IntelCertificate): PlatformClaims {
  const reader = new Reader(sgx);
  const end = sgx.length;
  const part = (offset: number, number: number): Span => {
    const outer = reader.content(offset, end, TAG.sequence);
    const head = concat(hexBytes(`060a${SGX_OID}`), Uint8Array.of(number));
    return { start: reader.exact(outer.start, outer.end, head), end: outer.end };
  };
  const ppid = part(reader.last(sgxStart, end, TAG.sequence), 1);
  const tcb = part(ppid.end, 2);
  const { svns, pceSvn } = readTcb(reader, reader.last(tcb.start, tcb.end, TAG.sequence), tcb.end);
  const pce = part(tcb.end, 3);
  const pceId = sgx.slice(...bounds(reader.sized(pce.start, pce.end, { tag: TAG.octets, length: 2 })));
  if (pceId.some((byte) => byte !== 0)) throw new Refusal("PceUnknown", toHex(pceId));
  const family = part(pce.end, 4);
  const fmspc = reader.sized(family.start, family.end, { tag: TAG.octets, length: 6 });
  return { fmspc: toHex(sgx.slice(...bounds(fmspc))), svns, pceSvn };
}

function readTcb(reader: Reader, offset: number, end: number) {
  let next = offset;
  const read = (number: number, greatest: bigint): number => {
    const outer = reader.content(next, end, TAG.sequence);
    const head = concat(hexBytes(`060b${SGX_OID}02`), Uint8Array.of(number));
    const svn = reader.integer(reader.exact(outer.start, outer.end, head), outer.end);
    if (svn.end !== outer.end) throw unexpected(svn.end);
    next = outer.end;
    if (svn.value > greatest) throw new Refusal("SvnOutOfRange", BigInt(next), svn.value);
    return Number(svn.value);
  };
  const svns = Uint8Array.from({ length: 16 }, (_, index) => read(index + 1, 0xffn));
  return { svns, pceSvn: read(17, 0xffffn) };
}

const bounds = ({ start, end }: Span): [number, number] => [start, end];

function bytesOf(hex: Hex): Uint8Array {
  return hexBytes(hex.slice(2));
}

function hexBytes(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

function word(value: bigint): Uint8Array {
  return hexBytes(value.toString(16).padStart(64, "0"));
}

const unexpected = (offset: number): Refusal => new Refusal("DerUnexpected", BigInt(offset));
const extensionUnexpected = (offset: number): Refusal => new Refusal("ExtensionUnexpected", BigInt(offset));
