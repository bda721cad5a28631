/**
 * A platform of the project's own, as Intel's are: root, certificate authority, PCK and TCB signing certificates, lists
 * of revoked certificates, TCB info, the quoting enclave's identity, and quotes. Everything follows from fixed keys and
 * dates; every part can be made otherwise, and is signed again then. Nobody but the project vouches for it: a deployment
 * that is to be believed pins Intel's root.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, type Hex, keccak, keccakHex, toHex } from "../../core/bytes.ts";
import type { TdxCollateral } from "../../core/enclave/intelCollateral.ts";
import {
  ascii,
  certificate,
  crl,
  der,
  extension,
  hexBytes,
  integer,
  type Key,
  keyIdOf,
  keyOf,
  nameOf,
  octets,
  oid,
  sequence,
  signP256,
} from "./certificates.ts";

/** The keys of everybody on whom a quote rests. */
export const keys = {
  root: keyOf("root"),
  authority: keyOf("authority"),
  signer: keyOf("TCB signing"),
  pck: keyOf("PCK"),
  attestation: keyOf("attestation"),
};

const ROOT_NAME = "Intel SGX Root CA";
const AUTHORITY_NAME = "Intel SGX PCK Platform CA";
const SIGNER_NAME = "Intel SGX TCB Signing";
const PCK_NAME = "Intel SGX PCK Certificate";

/** A level of TCB info. */
export interface Level {
  readonly sgx: readonly number[];
  readonly pceSvn: number;
  readonly tdx: readonly number[];
  readonly status: string;
}

/** What counts from a security version on. */
export interface Versions {
  readonly svn: number;
  readonly status: string;
}

/** A TDX module that is vouched for. */
export interface Module {
  readonly id: string;
  readonly mrSigner: string;
  readonly attributes: string;
  readonly attributesMask: string;
  readonly levels: readonly Versions[];
}

const ISSUED = "2027-01-14T00:00:00Z";
const NEXT = "2027-02-13T00:00:00Z";
const SGX = [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
const TDX = [6, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const ZEROES = "0".repeat(96);

/** Everything that can be made otherwise, as it is where it is not. Dates are ISO, bytes are hexadecimal digits. */
export const defaults = {
  rootName: ROOT_NAME,
  authorityName: AUTHORITY_NAME,
  authoritySerial: 0x95_5f_5d_cd_bdn,
  authorityFrom: "2025-12-01T00:00:00Z",
  authorityUntil: "2033-05-21T10:50:10Z",
  authorityIssuerKey: keys.root,
  signerName: SIGNER_NAME,
  signerSerial: 0x7e_38_82_d5_fbn,
  signerFrom: "2025-05-06T09:25:00Z",
  signerUntil: "2032-05-06T09:25:00Z",
  signerIssuerKey: keys.root,
  signerIsAuthority: false,
  pckName: PCK_NAME,
  pckSerial: 0x3c_16_ed_54_eacb_b4ce_d072_be72_630c_8578_8cf4_6e36n,
  pckFrom: "2025-02-06T23:25:51Z",
  pckUntil: "2032-02-06T23:25:51Z",
  pckIssuerName: AUTHORITY_NAME,
  pckIssuerKey: keys.authority,
  fmspc: "B0C06F000000",
  pceId: "0000",
  sgxSvns: SGX as readonly number[],
  pceSvn: 11,
  rootCrlFrom: ISSUED,
  rootCrlUntil: "2028-01-14T00:00:00Z",
  rootCrlKey: keys.root,
  rootRevoked: [] as readonly bigint[],
  crlFrom: ISSUED,
  crlUntil: NEXT,
  crlKey: keys.authority,
  crlNumber: 1n,
  revoked: [0x6fc3_4e50_23e7_2892n, 0xefae_6e97_15fc_a13bn] as readonly bigint[],
  tcbFrom: ISSUED,
  tcbUntil: NEXT,
  tcbKey: keys.signer,
  evaluation: 17,
  module: { mrSigner: ZEROES, attributes: "0".repeat(16), attributesMask: "F".repeat(16) },
  modules: [
    {
      id: "TDX_03",
      mrSigner: ZEROES,
      attributes: "0".repeat(16),
      attributesMask: "F".repeat(16),
      levels: [{ svn: 3, status: "UpToDate" }],
    },
    {
      id: "TDX_01",
      mrSigner: ZEROES,
      attributes: "0".repeat(16),
      attributesMask: "F".repeat(16),
      levels: [
        { svn: 4, status: "UpToDate" },
        { svn: 2, status: "OutOfDate" },
      ],
    },
  ] as readonly Module[],
  levels: [
    {
      sgx: [2, 2, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
      pceSvn: 11,
      tdx: [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      status: "UpToDate",
    },
    {
      sgx: [2, 2, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
      pceSvn: 5,
      tdx: [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      status: "OutOfDate",
    },
  ] as readonly Level[],
  qeFrom: "2027-01-14T00:16:24Z",
  qeUntil: "2027-02-13T00:16:24Z",
  qeKey: keys.signer,
  qeEvaluation: 17,
  qeMiscSelect: "00000000",
  qeMiscSelectMask: "FFFFFFFF",
  qeAttributes: `11${"0".repeat(30)}`,
  qeAttributesMask: `FBFFFFFFFFFFFFFF${"0".repeat(16)}`,
  qeMrSigner: "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5",
  qeProductId: 2,
  qeLevels: [
    { svn: 4, status: "UpToDate" },
    { svn: 3, status: "OutOfDate" },
  ] as readonly Versions[],
  // What the quote says.
  head: "0400020081000000",
  vendor: "939A7233F79C4CA9940A0DB3957F0607",
  tdxSvns: TDX as readonly number[],
  mrSignerSeam: ZEROES,
  seamAttributes: "0".repeat(16),
  tdAttributes: "0000001000000000",
  // XFAM and MRTD; MRCONFIGID, MROWNER and MROWNERCONFIG, which nobody set; RTMR 0 to 3.
  measured: `e702060000000000${"5e7e".repeat(24)}${"00".repeat(144)}${"a11c".repeat(96)}`,
  reportData: "00".repeat(64),
  attestationKey: keys.attestation,
  quoteKey: keys.attestation,
  boundKey: keys.attestation,
  authData: "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
  reportMiscSelect: "00000000",
  reportAttributes: `1500000000000000E7${"0".repeat(14)}`,
  reportMrSigner: "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5",
  reportProductId: 2,
  reportSvn: 6,
  reportKey: keys.pck,
};
/** A platform, and what is said of it. */
export type Platform = typeof defaults;

/** A time at which all of it is in force, in seconds: that at which `test/support/World.sol` starts. */
export const TIME = BigInt(Date.UTC(2027, 0, 28) / 1000);

/** What makes everything that expires in force at another time, in seconds: two weeks old, with two to go. */
export function datesAround(time: bigint): Partial<Platform> {
  const iso = (days: number): string =>
    new Date((Number(time) + days * 86_400) * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  const [from, until] = [iso(-14), iso(16)];
  return {
    authorityFrom: iso(-400),
    authorityUntil: iso(3_000),
    signerFrom: iso(-400),
    signerUntil: iso(2_000),
    pckFrom: iso(-300),
    pckUntil: iso(2_000),
    rootCrlFrom: from,
    rootCrlUntil: iso(300),
    crlFrom: from,
    crlUntil: until,
    tcbFrom: from,
    tcbUntil: until,
    qeFrom: from,
    qeUntil: until,
  };
}

/** What is said of a platform, all of it signed. */
export function makeCollateral(changes: Partial<Platform> = {}): TdxCollateral {
  const it = { ...defaults, ...changes };
  const root = { issuer: it.rootName };
  const tcbInfo = tcbInfoText(it);
  const qeIdentity = qeIdentityText(it);
  return {
    authority: certificate({
      ...root,
      issuerKey: it.authorityIssuerKey,
      subject: it.authorityName,
      key: keys.authority,
      serial: it.authoritySerial,
      from: it.authorityFrom,
      until: it.authorityUntil,
      isAuthority: true,
    }),
    rootCrl: crl({
      ...root,
      key: it.rootCrlKey,
      thisUpdate: it.rootCrlFrom,
      nextUpdate: it.rootCrlUntil,
      serials: it.rootRevoked,
    }),
    crl: crl({
      issuer: it.authorityName,
      key: it.crlKey,
      thisUpdate: it.crlFrom,
      nextUpdate: it.crlUntil,
      serials: it.revoked,
      number: it.crlNumber,
    }),
    signer: certificate({
      ...root,
      issuerKey: it.signerIssuerKey,
      subject: it.signerName,
      key: keys.signer,
      serial: it.signerSerial,
      from: it.signerFrom,
      until: it.signerUntil,
      isAuthority: it.signerIsAuthority,
    }),
    tcbInfo,
    tcbInfoSignature: signP256(it.tcbKey, ascii(tcbInfo)),
    qeIdentity,
    qeIdentitySignature: signP256(it.qeKey, ascii(qeIdentity)),
  };
}

const DATED = { tcbDate: "2024-03-13T00:00:00Z" };
const levelsOf = (levels: readonly Versions[]) =>
  levels.map(({ svn, status }) => ({ tcb: { isvsvn: svn }, ...DATED, tcbStatus: status }));

const signedBy = ({ mrSigner, attributes, attributesMask }: Omit<Module, "id" | "levels">) => ({
  mrsigner: mrSigner,
  attributes,
  attributesMask,
});

function tcbInfoText(it: Platform): string {
  const components = (svns: readonly number[]) =>
    svns.map((svn, index) => (index === 0 ? { svn, category: "BIOS", type: "Early Microcode Update" } : { svn }));
  return JSON.stringify({
    id: "TDX",
    version: 3,
    issueDate: it.tcbFrom,
    nextUpdate: it.tcbUntil,
    fmspc: it.fmspc,
    pceId: "0000",
    tcbType: 0,
    tcbEvaluationDataNumber: it.evaluation,
    tdxModule: signedBy(it.module),
    tdxModuleIdentities: it.modules.map(({ id, levels, ...module }) => ({
      id,
      ...signedBy(module),
      tcbLevels: levelsOf(levels),
    })),
    tcbLevels: it.levels.map(({ sgx, pceSvn, tdx, status }) => ({
      tcb: { sgxtcbcomponents: components(sgx), pcesvn: pceSvn, tdxtcbcomponents: components(tdx) },
      ...DATED,
      tcbStatus: status,
      ...(status === "UpToDate" ? {} : { advisoryIDs: ["INTEL-SA-00106", "INTEL-SA-00837"] }),
    })),
  });
}

function qeIdentityText(it: Platform): string {
  return JSON.stringify({
    id: "TD_QE",
    version: 2,
    issueDate: it.qeFrom,
    nextUpdate: it.qeUntil,
    tcbEvaluationDataNumber: it.qeEvaluation,
    miscselect: it.qeMiscSelect,
    miscselectMask: it.qeMiscSelectMask,
    attributes: it.qeAttributes,
    attributesMask: it.qeAttributesMask,
    mrsigner: it.qeMrSigner,
    isvprodid: it.qeProductId,
    tcbLevels: levelsOf(it.qeLevels),
  });
}

/** The platform's certificate. */
export function makePck(changes: Partial<Platform> = {}): Uint8Array {
  const it = { ...defaults, ...changes };
  return certificate({
    subject: it.pckName,
    key: keys.pck,
    issuer: it.pckIssuerName,
    issuerKey: it.pckIssuerKey,
    serial: it.pckSerial,
    from: it.pckFrom,
    until: it.pckUntil,
    more: [sgxExtension(it)],
  });
}

function sgxExtension({ sgxSvns, pceSvn, pceId, fmspc }: Platform): Uint8Array {
  const SGX_OID = "2a864886f84d010d01";
  const part = (number: string, value: Uint8Array): Uint8Array => sequence(oid(`${SGX_OID}${number}`), value);
  const versions = [...sgxSvns, pceSvn].map((svn, index) =>
    part(`02${(index + 1).toString(16).padStart(2, "0")}`, integer(BigInt(svn))),
  );
  const value = sequence(
    part("01", octets(hexBytes("81dcaa2a26b952e85bb6448b097ba4fd"))),
    part("02", sequence(...versions, part("0212", octets(Uint8Array.from(sgxSvns))))),
    part("03", octets(hexBytes(pceId))),
    part("04", octets(hexBytes(fmspc))),
    part("05", der(0x0a, Uint8Array.of(1))),
    part("06", octets(hexBytes("07828474603e7019dc930775ffe8cdd2"))),
    part("07", sequence(...["01", "02", "03"].map((index) => part(`07${index}`, hexBytes("0101ff"))))),
  );
  return extension(SGX_OID, value);
}

function word16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function word32(value: number): Uint8Array {
  return concat(word16(value & 0xffff), word16(value >>> 16));
}

/** A quote as a platform hands it out, with the chain of certificates in PEM. */
export function makeQuote(changes: Partial<Platform> = {}): Uint8Array {
  const it = { ...defaults, ...changes };
  const header = concat(hexBytes(it.head), new Uint8Array(4), hexBytes(it.vendor), new Uint8Array(20));
  const report = concat(
    Uint8Array.from(it.tdxSvns),
    hexBytes("5b".repeat(48)),
    hexBytes(it.mrSignerSeam),
    hexBytes(it.seamAttributes),
    hexBytes(it.tdAttributes),
    hexBytes(it.measured),
    hexBytes(it.reportData),
  );
  const authData = hexBytes(it.authData);
  const keyBytes = ({ x, y }: Key): Uint8Array => concat(x, y);
  const qeReport = concat(
    hexBytes("0303191b04ff00060000000000000000"),
    hexBytes(it.reportMiscSelect),
    new Uint8Array(28),
    hexBytes(it.reportAttributes),
    hexBytes("e5".repeat(32)),
    new Uint8Array(32),
    hexBytes(it.reportMrSigner),
    new Uint8Array(96),
    word16(it.reportProductId),
    word16(it.reportSvn),
    new Uint8Array(60),
    sha256(concat(keyBytes(it.boundKey), authData)),
    new Uint8Array(32),
  );
  const chain = ascii([makePck(changes), makeCollateral(changes).authority, rootCertificate()].map(pem).join(""));
  const certification = concat(
    qeReport,
    signP256(it.reportKey, qeReport),
    word16(authData.length),
    authData,
    word16(5),
    word32(chain.length),
    chain,
  );
  const signedPart = concat(header, report);
  const authenticated = concat(
    signP256(it.quoteKey, signedPart),
    keyBytes(it.attestationKey),
    word16(6),
    word32(certification.length),
    certification,
  );
  return concat(signedPart, word32(authenticated.length), authenticated);
}

/** A quote without what a chain knows, as `contracts/enclave/TdxQuotes.sol` takes it. */
export function makeShortQuote(changes: Partial<Platform> = {}): Uint8Array {
  const quote = makeQuote(changes);
  const authLength = { ...defaults, ...changes }.authData.length / 2;
  const parts = [quote.slice(0, 632), quote.slice(636, 764), quote.slice(770, 1220 + authLength), makePck(changes)];
  return concat(...parts);
}

/** The root's own certificate, which nobody needs who has its key. */
export function rootCertificate(): Uint8Array {
  return certificate({
    subject: ROOT_NAME,
    issuer: ROOT_NAME,
    key: keys.root,
    issuerKey: keys.root,
    serial: 0x22_65_0c_d6n,
    from: "2018-05-21T10:45:10Z",
    until: "2049-12-31T23:59:59Z",
    isAuthority: true,
  });
}

/** A certificate in PEM. */
export function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The id under which the authority is kept. */
export function authorityIdOf(changes: Partial<Platform> = {}): Hex {
  const name = keccak(nameOf({ ...defaults, ...changes }.authorityName));
  return toHex(keccak(concat(name, keyIdOf(keys.authority), new Uint8Array(12))));
}

/** What a quote of this platform is measured as: keccak256 of TD attributes, XFAM, MRTD and what follows it (400 bytes). */
export function measurementOf(changes: Partial<Platform> = {}): Hex {
  const { tdAttributes, measured } = { ...defaults, ...changes };
  return keccakHex(concat(hexBytes(tdAttributes), hexBytes(measured)));
}
