/** Evidence that is wrong in one way, and the reason for which core and contracts alike refuse it. */
import { defaults, keyOf, type Level, type Platform } from "./tdx.ts";

const other = keyOf("somebody else");
const BEFORE = "2027-01-01T00:00:00Z";
const AFTER = "2027-03-01T00:00:00Z";

const [newest, older] = defaults.levels;
if (newest === undefined || older === undefined) throw new Error("two levels expected");
const level = (change: Partial<Level>): Partial<Platform> => ({ levels: [{ ...newest, ...change }, older] });
const module = (change: Partial<Platform["module"]>): Partial<Platform> => ({
  tdxSvns: [6, 0, ...defaults.tdxSvns.slice(2)],
  module: { ...defaults.module, ...change },
});
const svns = (index: number, svn: number): readonly number[] => defaults.sgxSvns.with(index, svn);

/** What is wrong, how it is made, and what is said of it. */
export const faults: readonly (readonly [string, Partial<Platform>, string])[] = [
  ["a quote of version 5", { head: "0500020081000000" }, "QuoteUnsupported"],
  ["a quote by another kind of key", { head: "0400030081000000" }, "QuoteUnsupported"],
  ["a quote of SGX", { head: "0400020000000000" }, "QuoteUnsupported"],
  ["another vendor's quoting enclave", { vendor: "00".repeat(16) }, "VendorUnknown"],
  ["a quote signed by another key", { quoteKey: other }, "QuoteSignatureInvalid"],
  ["a quote signed by a key of one's own", { quoteKey: other, attestationKey: other }, "AttestationKeyUnbound"],
  ["a quoting enclave that vouches for another key", { boundKey: other }, "AttestationKeyUnbound"],
  ["a report that another key signed", { reportKey: other }, "QeSignatureInvalid"],
  ["a debuggable TD", { tdAttributes: "0100001000000000" }, "TdDebuggable"],
  ["a TD open to its host otherwise", { tdAttributes: "8000001000000000" }, "TdDebuggable"],
  ["a certificate of another subject", { pckName: "Intel SGX PCK Certificat_" }, "PckUnfit"],
  ["a PCK certificate that is not yet valid", { pckFrom: AFTER }, "PckOutOfTime"],
  ["a PCK certificate that has expired", { pckUntil: BEFORE }, "PckOutOfTime"],
  ["a PCK certificate of another authority's key", { pckIssuerKey: other }, "AuthorityUnknown"],
  ["a PCK certificate of another issuer", { pckIssuerName: "Intel SGX PCK Processor CA" }, "AuthorityUnknown"],
  ["a provisioning enclave that is not known", { pceId: "0001" }, "PceUnknown"],
  ["a component above 255", { sgxSvns: svns(3, 256) }, "SvnOutOfRange"],
  ["a PCESVN above 65535", { pceSvn: 65_536 }, "SvnOutOfRange"],
  ["a revoked platform", { revoked: [...defaults.revoked, defaults.pckSerial] }, "Revoked"],
  ["a revoked authority", { rootRevoked: [defaults.authoritySerial] }, "Revoked"],
  ["a revoked signer of texts", { rootRevoked: [defaults.signerSerial] }, "Revoked"],
  ["an authority of another name", { authorityName: "Intel SGX PCK Platform CB" }, "CertificateUnfit"],
  ["an authority of another root", { authorityIssuerKey: other }, "SignatureInvalid"],
  ["an authority that is not yet valid", { authorityFrom: AFTER }, "OutOfTime"],
  ["an authority that has expired", { authorityUntil: BEFORE }, "OutOfTime"],
  ["a root of another name", { rootName: "Intel SGX Root CB" }, "CertificateUnfit"],
  ["a root's list that another key signed", { rootCrlKey: other }, "SignatureInvalid"],
  ["a root's list that has expired", { rootCrlUntil: BEFORE }, "OutOfTime"],
  ["a root's list of the future", { rootCrlFrom: AFTER }, "OutOfTime"],
  ["an authority's list that another key signed", { crlKey: other }, "AuthorityUnknown"],
  ["an authority's list that has expired", { crlUntil: BEFORE }, "OutOfTime"],
  ["an authority's list of the future", { crlFrom: AFTER }, "OutOfTime"],
  ["a signer of another name", { signerName: "Intel SGX TCB Signer" }, "CertificateUnfit"],
  ["a signer that is an authority", { signerIsAuthority: true }, "CertificateUnfit"],
  ["a signer of another root", { signerIssuerKey: other }, "SignatureInvalid"],
  ["a signer that has expired", { signerUntil: BEFORE }, "OutOfTime"],
  ["TCB info that another key signed", { tcbKey: other }, "SignatureInvalid"],
  ["TCB info that has expired", { tcbUntil: BEFORE }, "OutOfTime"],
  ["TCB info of the future", { tcbFrom: AFTER }, "OutOfTime"],
  ["TCB info that is not written as Intel writes it", { fmspc: "b0c06f000000" }, "JsonUnexpected"],
  ["a status that there is not", level({ status: "Fine" }), "TcbStatusUnknown"],
  ["a component too few", level({ sgx: newest.sgx.slice(1) }), "JsonUnexpected"],
  ["a component above a byte", level({ tdx: newest.tdx.with(4, 256) }), "JsonUnexpected"],
  ["the identity that another key signed", { qeKey: other }, "SignatureInvalid"],
  ["an identity that has expired", { qeUntil: BEFORE }, "OutOfTime"],
  ["an identity of the future", { qeFrom: AFTER }, "OutOfTime"],
  [
    "an identity of two versions in the wrong order",
    { qeLevels: defaults.qeLevels.toReversed() },
    "TcbLevelsUnordered",
  ],
  ["another quoting enclave's signer", { reportMrSigner: "00".repeat(32) }, "QeIdentityMismatch"],
  ["another quoting enclave's product", { reportProductId: 1 }, "QeIdentityMismatch"],
  ["a debuggable quoting enclave", { reportAttributes: `1700000000000000E7${"0".repeat(14)}` }, "QeIdentityMismatch"],
  ["another MISCSELECT", { reportMiscSelect: "01000000" }, "QeIdentityMismatch"],
  ["an old quoting enclave", { reportSvn: 3 }, "QeTooOld"],
  ["a quoting enclave below every level", { reportSvn: 1 }, "QeTooOld"],
  ["no trusted quoting enclave at all", { qeLevels: [{ svn: 4, status: "Revoked" }] }, "QeTooOld"],
  ["a platform below every level", { sgxSvns: svns(7, 4) }, "TcbLevelUnknown"],
  ["a platform whose TDX is below every level", level({ tdx: newest.tdx.with(2, 4) }), "TcbStatusRefused"],
  ["a platform with an old PCE", { pceSvn: 10 }, "TcbStatusRefused"],
  ["a PCE below every level", { pceSvn: 4 }, "TcbLevelUnknown"],
  ["a level that wants configuring", level({ status: "ConfigurationNeeded" }), "TcbStatusRefused"],
  ["a revoked level", level({ status: "Revoked" }), "TcbStatusRefused"],
  ["a module that is not listed", { tdxSvns: defaults.tdxSvns.with(1, 2) }, "TdxModuleUnknown"],
  ["an old module", { tdxSvns: defaults.tdxSvns.with(0, 3) }, "TdxModuleTooOld"],
  ["another signer's module", { mrSignerSeam: `01${"00".repeat(47)}` }, "TdxModuleMismatch"],
  ["a module with other attributes", { seamAttributes: `${"00".repeat(7)}01` }, "TdxModuleMismatch"],
  ["a module without a number, of another signer", module({ mrSigner: "11".repeat(48) }), "TdxModuleMismatch"],
  [
    "a module without a number, below its level",
    { tdxSvns: [4, 0, 3, ...Array<number>(13).fill(0)], levels: [newest] },
    "TcbLevelUnknown",
  ],
];

/** What is odd and right all the same. */
export const oddities: readonly (readonly [string, Partial<Platform>])[] = [
  ["security versions from 128 on", { sgxSvns: [128, 255, ...defaults.sgxSvns.slice(2)], pceSvn: 65_535 }],
  ["a module without a number", module({})],
  ["a level that wants hardened software", level({ status: "SWHardeningNeeded" })],
  ["attributes that the mask leaves out", { reportAttributes: `1500000000000000${"FF".repeat(8)}` }],
  [
    "module attributes that the mask leaves out",
    module({ attributes: "F".repeat(16), attributesMask: "0".repeat(16) }),
  ],
  ["no entry in a list", { revoked: [] }],
  ["nothing to authenticate", { authData: "" }],
  ["much to authenticate", { authData: "ab".repeat(300) }],
  ["nine levels before the right one", { levels: [...Array<Level>(9).fill({ ...newest, pceSvn: 12 }), newest] }],
  ["a Processor CA", { authorityName: "Intel SGX PCK Processor CA", pckIssuerName: "Intel SGX PCK Processor CA" }],
];
