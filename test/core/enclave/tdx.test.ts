import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { expect } from "chai";
import { concat, toHex } from "../../../src/core/bytes.ts";
import { INTEL_ROOT, IntelCollateral, type TdxCollateral } from "../../../src/core/enclave/intelCollateral.ts";
import {
  attestationDigest,
  readPem,
  readTdxCollateral,
  requireAttests,
  shortenQuote,
  TdxFormatError,
  verifyTdxEvidence,
  verifyTdxQuote,
} from "../../../src/core/enclave/tdx.ts";
import { Refusal } from "../../../src/core/refusal.ts";
import {
  defaults,
  keys,
  makeCollateral,
  makePck,
  makeQuote,
  makeShortQuote,
  pem,
  type Platform,
  rootCertificate,
  TIME,
} from "../../support/tdx.ts";
import { faults, oddities } from "../../support/tdxFaults.ts";
import { makeTdxVectors } from "../../vectors/tdx.ts";

const root = { x: toHex(keys.root.x), y: toHex(keys.root.y) };
const vectors = resolve(import.meta.dirname, "../../../../shared/vectors/tee");
const DAY = 86_400n;

/** Why something is refused; "nothing" where it is not. */
function reasonOf(work: () => unknown): string {
  try {
    work();
    return "nothing";
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.reason;
    throw thrown;
  }
}

function verify(changes: Partial<Platform> = {}, time = TIME) {
  return verifyTdxEvidence({ quote: makeShortQuote(changes), collateral: makeCollateral(changes), root }, time);
}

/** The bytes with one bit changed. */
const flipped = (bytes: Uint8Array, offset: number, bit = 0): Uint8Array =>
  bytes.map((byte, index) => (index === offset ? byte ^ (1 << bit) : byte));

/** Where the parts of a short quote end, and why it is refused where a bit of them is changed. */
const REGIONS: readonly (readonly [string, number, readonly string[]])[] = [
  ["version, kinds", 8, ["QuoteUnsupported"]],
  ["what the header reserves", 12, ["QuoteSignatureInvalid"]],
  ["vendor", 28, ["VendorUnknown"]],
  ["user data, TD report", 632, ["QuoteSignatureInvalid"]],
  ["signature", 696, ["QuoteSignatureInvalid"]],
  ["attestation key", 760, ["QuoteSignatureInvalid"]],
  ["quoting enclave's report", 1080, ["QeSignatureInvalid"]],
  ["what that report binds", 1144, ["AttestationKeyUnbound"]],
  ["its signature", 1208, ["QeSignatureInvalid"]],
  ["length of authentication data", 1210, ["AttestationKeyUnbound", "QuoteTooShort"]],
  ["authentication data", 1242, ["AttestationKeyUnbound"]],
];

const LEAF_REASONS = [
  "DerUnexpected",
  "SerialTooLong",
  "ExtensionUnexpected",
  "DateInvalid",
  "PckUnfit",
  "PckOutOfTime",
  "AuthorityUnknown",
  "PckSignatureInvalid",
  "Revoked",
  "QeSignatureInvalid",
];

/** @param step how many bytes lie between two that are changed: more where others test the same */
function refusesFlips(
  quote: Uint8Array,
  { collateral, time, step }: { collateral: IntelCollateral; time: bigint; step: number },
): void {
  let start = 0;
  for (const [part, end, reasons] of [...REGIONS, ["certificate", quote.length, LEAF_REASONS] as const]) {
    for (let offset = start; offset < end; offset += step) {
      const reason = reasonOf(() => verifyTdxQuote(flipped(quote, offset, offset % 8), collateral, time));
      expect(reasons, `${part}, byte ${offset}: ${reason}`).to.include(reason);
    }
    start = end;
  }
}

function kept(collateral: TdxCollateral, { x, y } = root, time = TIME): IntelCollateral {
  const known = new IntelCollateral({ x, y });
  known.bring(collateral, time);
  return known;
}

describe("TDX evidence", () => {
  it("is believed where all of it is right", () => {
    const { measurement, reportData } = verify();
    expect(measurement).to.equal((JSON.parse(makeTdxVectors()) as { measurement: string }).measurement);
    expect(reportData).to.equal(`0x${"00".repeat(64)}`);
  });

  for (const [what, changes] of oddities) {
    it(`is believed with ${what}`, () => {
      expect(reasonOf(() => verify(changes))).to.equal("nothing");
    });
  }

  for (const [what, changes, reason] of faults) {
    it(`is refused for ${what}: ${reason}`, () => {
      expect(reasonOf(() => verify(changes))).to.equal(reason);
    });
  }

  it("is in force from the first second to the last", () => {
    const [from, until] = [TIME - 14n * DAY, TIME + 16n * DAY];
    expect(reasonOf(() => verify({ qeFrom: defaults.tcbFrom }, from))).to.equal("nothing");
    expect(reasonOf(() => verify({ qeFrom: defaults.tcbFrom }, from - 1n))).to.equal("OutOfTime");
    expect(reasonOf(() => verify({}, until))).to.equal("nothing");
    expect(reasonOf(() => verify({}, until + 1n))).to.equal("OutOfTime");
  });

  it("is refused where any byte of the quote is changed, each part for its own reason", () => {
    refusesFlips(makeShortQuote(), { collateral: kept(makeCollateral()), time: TIME, step: 1 });
  }).timeout(300_000);

  it("is refused where bytes of the collateral are changed", () => {
    const collateral = makeCollateral();
    // What is refused leaves everything as it was.
    const known = new IntelCollateral(root);
    const bring = {
      authority: (bytes: Uint8Array) => known.bringAuthority(bytes, TIME),
      rootCrl: (bytes: Uint8Array) => known.bringRevocations(bytes, TIME),
      crl: (bytes: Uint8Array) => known.bringRevocations(bytes, TIME),
      signer: (bytes: Uint8Array) => known.bringTcbInfo({ ...collateral, signer: bytes }, TIME),
      tcbInfoSignature: (bytes: Uint8Array) => known.bringTcbInfo({ ...collateral, tcbInfoSignature: bytes }, TIME),
      qeIdentitySignature: (bytes: Uint8Array) =>
        known.bringQeIdentity({ ...collateral, qeIdentitySignature: bytes }, TIME),
    };
    for (const part of ["authority", "rootCrl", "crl", "signer", "tcbInfoSignature", "qeIdentitySignature"] as const) {
      for (let offset = 0; offset < collateral[part].length; offset += 2) {
        const reason = reasonOf(() => bring[part](flipped(collateral[part], offset, offset % 8)));
        expect(reason, `${part}, byte ${offset}`).not.to.equal("nothing");
      }
      // Its list needs it.
      if (part === "authority") bring[part](collateral[part]);
    }
  }).timeout(300_000);

  it("is refused where characters of a signed text are changed", () => {
    const collateral = makeCollateral();
    const known = new IntelCollateral(root);
    const bring = {
      tcbInfo: (tcbInfo: string) => known.bringTcbInfo({ ...collateral, tcbInfo }, TIME),
      qeIdentity: (qeIdentity: string) => known.bringQeIdentity({ ...collateral, qeIdentity }, TIME),
    };
    for (const part of ["tcbInfo", "qeIdentity"] as const) {
      const bytes = new TextEncoder().encode(collateral[part]);
      for (let offset = 0; offset < bytes.length; offset += 7) {
        const text = new TextDecoder().decode(flipped(bytes, offset, offset % 7));
        expect(
          reasonOf(() => bring[part](text)),
          `${part}, character ${offset}`,
        ).to.equal("SignatureInvalid");
      }
    }
  }).timeout(300_000);

  it("takes nothing that is not newer", () => {
    const collateral = makeCollateral();
    const known = kept(collateral);
    expect(reasonOf(() => known.bringAuthority(collateral.authority, TIME))).to.equal("NotNewer");
    expect(reasonOf(() => known.bringRevocations(collateral.rootCrl, TIME))).to.equal("NotNewer");
    expect(reasonOf(() => known.bringRevocations(collateral.crl, TIME))).to.equal("NotNewer");
    expect(reasonOf(() => known.bringTcbInfo(collateral, TIME))).to.equal("NotNewer");
    expect(reasonOf(() => known.bringQeIdentity(collateral, TIME))).to.equal("NotNewer");
  });

  it("takes no text of an evaluation that was left behind, and no list of a number that was", () => {
    const known = kept(makeCollateral({ crlNumber: 2n }));
    const later = { tcbFrom: "2027-01-20T00:00:00Z", qeFrom: "2027-01-20T00:00:00Z", crlFrom: "2027-01-20T00:00:00Z" };
    const older = makeCollateral({ ...later, evaluation: 16, qeEvaluation: 16, crlNumber: 1n });
    expect(reasonOf(() => known.bringTcbInfo(older, TIME))).to.equal("NotNewer");
    expect(reasonOf(() => known.bringQeIdentity(older, TIME))).to.equal("NotNewer");
    expect(reasonOf(() => known.bringRevocations(older.crl, TIME))).to.equal("NotNewer");
    const newer = makeCollateral({ ...later, evaluation: 18, qeEvaluation: 18, crlNumber: 3n });
    known.bringTcbInfo(newer, TIME);
    known.bringQeIdentity(newer, TIME);
    known.bringRevocations(newer.crl, TIME);
  });

  it("threat 41: names key, operator, registry and chain", () => {
    const named = { key: `0x${"11".repeat(20)}`, operator: `0x${"22".repeat(20)}` } as const;
    const keyRegistry = { chainId: 31_337n, contract: `0x${"33".repeat(20)}` } as const;
    const digest = attestationDigest(named, keyRegistry);
    const claims = verify({ reportData: `${digest.slice(2)}${"00".repeat(32)}` });
    requireAttests(claims, named, keyRegistry);
    const wrong = [
      () => requireAttests(claims, { ...named, key: named.operator }, keyRegistry),
      () => requireAttests(claims, { ...named, operator: named.key }, keyRegistry),
      () => requireAttests(claims, named, { ...keyRegistry, contract: named.key }),
      () => requireAttests(claims, named, { ...keyRegistry, chainId: 1n }),
      () => requireAttests({ ...claims, reportData: `${claims.reportData.slice(0, -1)}1` as "0x" }, named, keyRegistry),
    ];
    for (const check of wrong) expect(reasonOf(check)).to.equal("ReportDataMismatch");
  });
});

describe("a quote as a platform hands it out", () => {
  it("is taken apart", () => {
    expect(toHex(shortenQuote(makeQuote()))).to.equal(toHex(makeShortQuote()));
    expect(readPem(`${pem(makePck())}${pem(rootCertificate())}`).map(toHex)).to.deep.equal(
      [makePck(), rootCertificate()].map(toHex),
    );
  });

  it("says what is wrong with it", () => {
    const quote = makeQuote();
    const wrong: readonly (readonly [Uint8Array, string])[] = [
      [quote.slice(0, 1_000), "1000 bytes"],
      [flipped(quote, 764), "certification data of kind 7"],
      [flipped(quote, 1_252), "a PCK certificate of kind 4"],
      [quote.slice(0, -1), "it ends within its certificates"],
      [concat(quote.slice(0, 1_258), new Uint8Array(quote.length - 1_258)), "there is no certificate in it"],
      [quote.map((byte, index) => (index === 1_300 ? 0x2a : byte)), "a certificate is not base64"],
    ];
    for (const [bytes, says] of wrong) expect(() => shortenQuote(bytes)).to.throw(TdxFormatError, says);
  });
});

describe("the shared vectors of TDX", () => {
  it("are what the platform of the tests makes", () => {
    const file = resolve(import.meta.dirname, "../../vectors/tdx.json");
    expect(readFileSync(file, "utf8")).to.equal(makeTdxVectors());
  });
});

/** What dcap-qvl, which shares nothing with this project, says. */
interface Oracle {
  readonly QuoteVerifier: {
    readonly newWithRootCa: (der: Uint8Array) => {
      readonly verify: (quote: Uint8Array, collateral: unknown, seconds: number) => { readonly status: string };
    };
  };
}
const oracle = createRequire(import.meta.url)("@phala/dcap-qvl/src/verify.js") as Oracle;

describe("dcap-qvl", () => {
  const hex = (bytes: Uint8Array): string => toHex(bytes).slice(2);
  const chainOf = (...certificates: readonly Uint8Array[]): string => certificates.map(pem).join("");

  /** Whether it believes the evidence, and finds the platform up to date. */
  function believes(changes: Partial<Platform>): boolean {
    const it = makeCollateral(changes);
    const collateral = {
      pck_crl_issuer_chain: chainOf(it.authority, rootCertificate()),
      root_ca_crl: hex(it.rootCrl),
      pck_crl: hex(it.crl),
      tcb_info_issuer_chain: chainOf(it.signer, rootCertificate()),
      tcb_info: it.tcbInfo,
      tcb_info_signature: hex(it.tcbInfoSignature),
      qe_identity_issuer_chain: chainOf(it.signer, rootCertificate()),
      qe_identity: it.qeIdentity,
      qe_identity_signature: hex(it.qeIdentitySignature),
    };
    expect(readTdxCollateral(collateral)).to.deep.equal(it);
    try {
      const verifier = oracle.QuoteVerifier.newWithRootCa(Buffer.from(rootCertificate()));
      const { status } = verifier.verify(Buffer.from(makeQuote(changes)), collateral, Number(TIME));
      return status === "UpToDate";
    } catch {
      return false;
    }
  }

  it("believes the tests' own platform too", () => {
    expect(believes({})).to.be.true;
  });

  /** What it does not look at: names, signatures and dates of lists, the form of texts, TDX modules. */
  const unseen = new Set([
    "another vendor's quoting enclave",
    "a certificate of another subject",
    "a PCK certificate of another issuer",
    "a provisioning enclave that is not known",
    "an authority of another name",
    "a root of another name",
    "a root's list that another key signed",
    "a root's list that has expired",
    "a root's list of the future",
    "an authority's list that another key signed",
    "an authority's list that has expired",
    "an authority's list of the future",
    "a signer of another name",
    "TCB info that is not written as Intel writes it",
    "a module that is not listed",
    "another signer's module",
    "a module with other attributes",
    "a module without a number, of another signer",
  ]);

  it("refuses whatever is refused here, but for what it does not look at", () => {
    for (const [what, changes] of faults) expect(believes(changes), what).to.equal(unseen.has(what));
  });
});

describe("a real quote", function () {
  if (!existsSync(vectors)) {
    it("is believed at its time", function () {
      console.log("      left out: no real quote under ../shared/vectors/tee");
      this.skip();
    });
    return;
  }
  const raw = readFileSync(resolve(vectors, "tdx-quote.bin"));
  const json = JSON.parse(readFileSync(resolve(vectors, "tdx-collateral.json"), "utf8")) as unknown;
  const collateral = readTdxCollateral(json);
  const time = BigInt(Date.UTC(2025, 5, 20) / 1000);
  const quote = shortenQuote(raw);

  it("is believed at its time, up to Intel's own root, and names no operator of ours", () => {
    const claims = verifyTdxEvidence({ quote, collateral, root: INTEL_ROOT }, time);
    expect(claims.measurement).to.equal("0x8d0bb95ec373fdf1a2543f3605b8181d95b6445245f418b1fbeb7ff2d8d5a07a");
    const named = { key: `0x${"11".repeat(20)}`, operator: `0x${"22".repeat(20)}` } as const;
    const keyRegistry = { chainId: 31_337n, contract: `0x${"33".repeat(20)}` } as const;
    expect(reasonOf(() => requireAttests(claims, named, keyRegistry))).to.equal("ReportDataMismatch");
  });

  it("is what dcap-qvl believes", () => {
    const [, rootDer = new Uint8Array()] = readPem((json as { tcb_info_issuer_chain: string }).tcb_info_issuer_chain);
    const { status } = oracle.QuoteVerifier.newWithRootCa(Buffer.from(rootDer)).verify(raw, json, Number(time));
    expect(status).to.equal("UpToDate");
  });

  it("is refused by any other root, and once its collateral has expired", () => {
    expect(reasonOf(() => verifyTdxEvidence({ quote, collateral, root }, time))).to.equal("SignatureInvalid");
    const late = BigInt(Date.UTC(2025, 6, 20) / 1000);
    expect(reasonOf(() => verifyTdxEvidence({ quote, collateral, root: INTEL_ROOT }, late))).to.equal("OutOfTime");
    expect(reasonOf(() => verifyTdxQuote(quote, kept(collateral, INTEL_ROOT, time), late))).to.equal("Expired");
  });

  it("is refused where bytes are changed, each part for its own reason", () => {
    refusesFlips(quote, { collateral: kept(collateral, INTEL_ROOT, time), time, step: 5 });
  }).timeout(300_000);
});
