/**
 * What Intel says of its platforms, kept as `contracts/enclave/IntelCollateral.sol` keeps it: the same is taken and
 * refused, for the same reason. For looking at evidence before it is brought to a chain, or where there is none.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromHex, type Hex, keccakHex, toHex } from "../bytes.ts";
import { Refusal } from "../refusal.ts";
import {
  type IntelCertificate,
  isP256SignedBy,
  type P256Key,
  type PlatformClaims,
  readIntelCertificate,
  readIntelRevocations,
} from "./intelCertificates.ts";
import {
  type IntelQeIdentity,
  type IntelTcbInfo,
  isTrustedStatus,
  masked,
  moduleIdentityHash,
  qeIdentityHash,
  readIntelQeIdentity,
  readIntelTcbInfo,
  TCB_STATUSES,
} from "./intelTexts.ts";

/**
 * The public key of Intel's SGX Root CA, from its certificate at
 * https://certificates.trustedservices.intel.com/IntelSGXRootCA.der, whose key identifier is 22650cd6...2706ac.
 */
export const INTEL_ROOT: P256Key = {
  x: "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5",
  y: "0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394",
};

/** What Intel's service hands out for a platform: certificates and lists in DER, texts to the character, r and s. */
export interface TdxCollateral {
  readonly authority: Uint8Array;
  readonly rootCrl: Uint8Array;
  readonly crl: Uint8Array;
  readonly signer: Uint8Array;
  readonly tcbInfo: string;
  readonly tcbInfoSignature: Uint8Array;
  readonly qeIdentity: string;
  readonly qeIdentitySignature: Uint8Array;
}

/** Names as they stand in every certificate that Intel has issued, by the hash of their DER. */
const NAMES = {
  root: nameHash("Intel SGX Root CA"),
  platform: nameHash("Intel SGX PCK Platform CA"),
  processor: nameHash("Intel SGX PCK Processor CA"),
  signer: nameHash("Intel SGX TCB Signing"),
  pck: nameHash("Intel SGX PCK Certificate"),
};
const ROOT_ID: Hex = `0x${"00".repeat(32)}`;
const SIGNS_DATA = 0x80;
const SIGNS_CERTIFICATES = 0x06;

interface Authority {
  readonly key: P256Key;
  readonly serial: bigint;
  readonly from: bigint;
  readonly until: bigint;
}
interface List {
  readonly number: bigint;
  readonly from: bigint;
  readonly until: bigint;
}
interface Kept<T> {
  readonly value: T;
  readonly signer: bigint;
  readonly until: bigint;
}

/** The id under which a certificate's issuer is kept. */
export const authorityIdOf = (name: Hex, keyId: Hex): Hex =>
  keccakHex(concat(fromHex(name), fromHex(keyId), new Uint8Array(12)));

/** Whether a certificate is a platform's own, for signatures. @throws Refusal `PckUnfit` */
export function requirePck({ subject, isAuthority, keyUsage, sgx }: IntelCertificate): void {
  const isFit = subject === NAMES.pck && !isAuthority && (keyUsage & SIGNS_DATA) !== 0 && sgx !== undefined;
  if (!isFit) throw new Refusal("PckUnfit", subject, BigInt(isAuthority), BigInt(keyUsage));
}

export class IntelCollateral {
  readonly #root: P256Key;
  readonly #authorities = new Map<Hex, Authority>();
  readonly #lists = new Map<Hex, List>();
  readonly #revoked = new Set<string>();
  readonly #platforms = new Map<Hex, Kept<IntelTcbInfo>>();
  #qe: Kept<IntelQeIdentity> | undefined;

  /** @param root the pinned root's public key */
  constructor(root: P256Key) {
    this.#root = root;
  }

  /** Brings everything in the order in which it rests on each other. @param time in seconds @throws Refusal */
  bring(collateral: TdxCollateral, time: bigint): void {
    this.bringAuthority(collateral.authority, time);
    this.bringRevocations(collateral.rootCrl, time);
    this.bringRevocations(collateral.crl, time);
    this.bringTcbInfo(collateral, time);
    this.bringQeIdentity(collateral, time);
  }

  /** Keeps an authority's certificate. @throws Refusal */
  bringAuthority(der: Uint8Array, time: bigint): void {
    const it = readIntelCertificate(der);
    const isNamed = it.subject === NAMES.platform || it.subject === NAMES.processor;
    const isFit = isNamed && it.isAuthority && (it.keyUsage & SIGNS_CERTIFICATES) === SIGNS_CERTIFICATES;
    this.#requireRootsOwn(it, isFit, time);
    const id = authorityIdOf(it.subject, it.subjectKeyId);
    requireNewer(this.#authorities.get(id)?.from ?? 0n, it.from);
    this.#authorities.set(id, it);
  }

  /** Keeps a list of revoked certificates. @throws Refusal */
  bringRevocations(der: Uint8Array, time: bigint): void {
    const list = readIntelRevocations(der);
    const id = list.issuer === NAMES.root ? ROOT_ID : authorityIdOf(list.issuer, list.authorityKeyId);
    const key = id === ROOT_ID ? this.#root : this.#authorities.get(id)?.key;
    if (key === undefined) throw new Refusal("AuthorityUnknown", id);
    if (!isP256SignedBy(list, key)) throw new Refusal("SignatureInvalid", toHex(list.signedHash));
    requireInTime(list, time);
    const kept = this.#lists.get(id);
    if (list.number < (kept?.number ?? 0n)) throw new Refusal("NotNewer", kept?.number ?? 0n, list.number);
    requireNewer(kept?.from ?? 0n, list.from);
    for (const serial of list.serials) this.#revoked.add(`${id} ${serial}`);
    this.#lists.set(id, list);
  }

  /** Keeps TCB info. @throws Refusal */
  bringTcbInfo({ tcbInfo, tcbInfoSignature, signer }: TdxCollateral, time: bigint): void {
    const text = new TextEncoder().encode(tcbInfo);
    const certificate = this.#requireSigned({ text, signature: tcbInfoSignature, signer }, time);
    const value = readIntelTcbInfo(text);
    requireNewerText(this.#platforms.get(value.fmspc)?.value, value, time);
    this.#platforms.set(value.fmspc, kept(value, certificate));
  }

  /** Keeps the quoting enclave's identity. @throws Refusal */
  bringQeIdentity({ qeIdentity, qeIdentitySignature, signer }: TdxCollateral, time: bigint): void {
    const text = new TextEncoder().encode(qeIdentity);
    const certificate = this.#requireSigned({ text, signature: qeIdentitySignature, signer }, time);
    const value = readIntelQeIdentity(text);
    requireNewerText(this.#qe?.value, value, time);
    this.#qe = kept(value, certificate);
  }

  /** The key that a PCK certificate must be signed with, where both its authority and it stand. @throws Refusal */
  authorityOf(authorityId: Hex, serial: bigint, time: bigint): P256Key {
    const authority = this.#authorities.get(authorityId);
    if (authority === undefined) throw new Refusal("AuthorityUnknown", authorityId);
    requireUnexpired(authority.until, time);
    this.#requireListed(ROOT_ID, time);
    this.#requireUnrevoked(ROOT_ID, authority.serial);
    this.#requireListed(authorityId, time);
    this.#requireUnrevoked(authorityId, serial);
    return authority.key;
  }

  /**
   * Passes where quoting enclave and platform are trusted, by Intel's algorithm.
   * @param report the quoting enclave's, 384 bytes @param teeTcb the first 120 bytes of the TD report
   * @throws Refusal
   */
  requireTrusted(
    { report, claims, teeTcb }: { report: Uint8Array; claims: PlatformClaims; teeTcb: Uint8Array },
    time: bigint,
  ): void {
    this.#requireQe(report, time);
    const platform = this.#platforms.get(claims.fmspc);
    if (platform === undefined) throw new Refusal("TcbInfoUnknown", claims.fmspc);
    requireUnexpired(platform.until, time);
    this.#requireUnrevoked(ROOT_ID, platform.signer);
    requireLevel(platform.value, claims, teeTcb);
    requireModule(platform.value, teeTcb);
  }

  #requireQe(report: Uint8Array, time: bigint): void {
    const qe = this.#qe;
    if (qe === undefined) throw new Refusal("QeIdentityUnknown");
    requireUnexpired(qe.until, time);
    this.#requireUnrevoked(ROOT_ID, qe.signer);
    const [miscSelect, attributes, mrSigner] = [report.slice(16, 20), report.slice(48, 64), report.slice(128, 160)];
    const product = littleEndian(report, 256);
    const found = qeIdentityHash({
      miscSelect: masked(miscSelect, qe.value.miscSelectMask),
      attributes: masked(attributes, qe.value.attributesMask),
      mrSigner,
      product,
    });
    if (found !== qe.value.identity) {
      throw new Refusal("QeIdentityMismatch", toHex(mrSigner), BigInt(product), toHex(miscSelect), toHex(attributes));
    }
    const svn = littleEndian(report, 258);
    if (svn < qe.value.leastSvn) throw new Refusal("QeTooOld", BigInt(svn), BigInt(qe.value.leastSvn));
  }

  #requireSigned(
    { text, signature, signer }: { text: Uint8Array; signature: Uint8Array; signer: Uint8Array },
    time: bigint,
  ): IntelCertificate {
    const it = readIntelCertificate(signer);
    const isFit = it.subject === NAMES.signer && !it.isAuthority && (it.keyUsage & SIGNS_DATA) !== 0;
    this.#requireRootsOwn(it, isFit, time);
    const signedHash = sha256(text);
    const isSigned = signature.length === 64 && isP256SignedBy({ signedHash, signature }, it.key);
    if (!isSigned) throw new Refusal("SignatureInvalid", toHex(signedHash));
    return it;
  }

  #requireRootsOwn(it: IntelCertificate, isFit: boolean, time: bigint): void {
    if (!isFit || it.issuer !== NAMES.root) {
      throw new Refusal("CertificateUnfit", it.issuer, it.subject, BigInt(it.isAuthority), BigInt(it.keyUsage));
    }
    if (!isP256SignedBy(it, this.#root)) throw new Refusal("SignatureInvalid", toHex(it.signedHash));
    requireInTime(it, time);
    this.#requireUnrevoked(ROOT_ID, it.serial);
  }

  #requireListed(authorityId: Hex, time: bigint): void {
    const list = this.#lists.get(authorityId);
    if (list === undefined) throw new Refusal("RevocationsUnknown", authorityId);
    requireUnexpired(list.until, time);
  }

  #requireUnrevoked(authorityId: Hex, serial: bigint): void {
    if (this.#revoked.has(`${authorityId} ${serial}`)) throw new Refusal("Revoked", authorityId, serial);
  }
}

function requireLevel({ levels }: IntelTcbInfo, { svns, pceSvn }: PlatformClaims, teeTcb: Uint8Array): void {
  const found = concat(svns, teeTcb.slice(0, 16));
  // A module with a number is judged by its own versions, not by the platform's.
  const compared = found[17] === 0 ? found : found.map((svn, index) => (index === 16 || index === 17 ? 0xff : svn));
  const level = levels.find(
    (it) => it.svns.every((least, index) => (compared[index] ?? 0) >= least) && pceSvn >= it.pceSvn,
  );
  if (level === undefined) throw new Refusal("TcbLevelUnknown", toHex(found), BigInt(pceSvn));
  if (isTrustedStatus(level.status)) return;
  throw new Refusal("TcbStatusRefused", BigInt(TCB_STATUSES.indexOf(level.status)));
}

function requireModule({ modules }: IntelTcbInfo, teeTcb: Uint8Array): void {
  const [svn = 0, version = 0] = teeTcb;
  const module = modules.find((it) => it.version === version);
  if (module === undefined) throw new Refusal("TdxModuleUnknown", BigInt(version));
  const attributes = masked(teeTcb.slice(112, 120), module.attributesMask);
  if (moduleIdentityHash(teeTcb.slice(64, 112), attributes) !== module.identity) {
    throw new Refusal("TdxModuleMismatch", BigInt(version));
  }
  if (svn < module.leastSvn) throw new Refusal("TdxModuleTooOld", BigInt(svn), BigInt(module.leastSvn));
}

interface Dated {
  readonly from: bigint;
  readonly until: bigint;
}

function requireInTime({ from, until }: Dated, time: bigint): void {
  if (time < from || time > until) throw new Refusal("OutOfTime", from, until);
}

function requireUnexpired(until: bigint, time: bigint): void {
  if (time > until) throw new Refusal("Expired", until);
}

function requireNewer(before: bigint, brought: bigint): void {
  if (brought <= before) throw new Refusal("NotNewer", before, brought);
}

interface Text extends Dated {
  readonly evaluation: number;
}

function requireNewerText(before: Text | undefined, brought: Text, time: bigint): void {
  requireInTime(brought, time);
  const evaluation = before?.evaluation ?? 0;
  if (brought.evaluation < evaluation) throw new Refusal("NotNewer", BigInt(evaluation), BigInt(brought.evaluation));
  requireNewer(before?.from ?? 0n, brought.from);
}

/** What is signed is good for as long as its signer. */
function kept<T extends Dated>(value: T, { serial, until }: IntelCertificate): Kept<T> {
  return { value, signer: serial, until: until < value.until ? until : value.until };
}

/** A number of two bytes, the lower first. */
export function littleEndian(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) + 256 * (bytes[offset + 1] ?? 0);
}

function nameHash(commonName: string): Hex {
  const part = (kind: number, tag: number, text: string): Uint8Array => {
    const value = new TextEncoder().encode(text);
    const pair = concat(Uint8Array.of(0x06, 3, 0x55, 4, kind, tag, value.length), value);
    return concat(Uint8Array.of(0x31, pair.length + 2, 0x30, pair.length), pair);
  };
  const parts = concat(
    part(3, 0x0c, commonName),
    part(10, 0x0c, "Intel Corporation"),
    part(7, 0x0c, "Santa Clara"),
    part(8, 0x0c, "CA"),
    part(6, 0x13, "US"),
  );
  return keccakHex(concat(Uint8Array.of(0x30, parts.length), parts));
}
