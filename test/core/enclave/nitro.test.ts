import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "@noble/hashes/sha2.js";
import { decode } from "cborg";
import { expect } from "chai";
import { concat, fromHex, toHex } from "../../../src/core/bytes.ts";
import { NitroError, type NitroReason, verifyNitroDocument, verifyNitroKey } from "../../../src/core/enclave/nitro.ts";
import { ecdsaP384, parseCertificate } from "../../../src/core/enclave/x509.ts";
import {
  basicConstraints,
  type CertificateSpec,
  der,
  ecdsaP256,
  flipped,
  keysOf,
  keyUsage,
  placeOf,
  sequence,
  usage,
} from "../../support/certificates.ts";
import {
  makeCertificates,
  makeNitro,
  measured,
  NITRO_TIME,
  type NitroOddities,
  nitridingData,
  type Place,
} from "../../support/nitro.ts";
import { modulus, spki } from "../../support/rsa.ts";

const time = NITRO_TIME;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function reasonOf(work: () => unknown): NitroReason | undefined {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof NitroError) return thrown.reason;
    throw thrown;
  }
  return undefined;
}

const judge = (oddities: NitroOddities, at = time): NitroReason | undefined => {
  const { bytes, root } = makeNitro(oddities);
  return reasonOf(() => verifyNitroDocument(bytes, { root, time: at }));
};

/** A certificate that is odd. */
const odd = (place: Place, spec: Partial<CertificateSpec>): NitroOddities => ({ certificates: { [place]: spec } });

const zeros = (index: number) => new Map([...measured, [index, new Uint8Array(48)]]);
const allZeros = new Map([...measured.keys()].map((index) => [index, new Uint8Array(48)]));
const es256 = fromHex("0xa10126");

const refusals: readonly [string, NitroReason, NitroOddities][] = [
  ["another algorithm in its header", "AlgorithmUnknown", { header: es256 }],
  ["more than the algorithm in its header", "AlgorithmUnknown", { header: fromHex("0xa201382205f6") }],
  ["no header", "AlgorithmUnknown", { header: new Uint8Array() }],
  ["a header that is not minimal", "AlgorithmUnknown", { header: fromHex("0xa118013822") }],
  ["something that is not signed", "CoseMalformed", { unprotected: new Map([[4, text("key")]]) }],
  ["a signature cut off", "CoseMalformed", { changeSignature: (it) => it.slice(1) }],
  ["another's signature", "DocumentSignatureInvalid", { secret: keysOf("somebody").secret }],
  ["a signature of zeros", "DocumentSignatureInvalid", { changeSignature: () => new Uint8Array(96) }],
  ["a payload that is no map", "DocumentMalformed", { changePayload: () => fromHex("0x80") }],
  ["a field twice", "DocumentMalformed", { changePayload: (it) => concat(fromHex("0xbf656e6f6e6365f6"), it.slice(1)) }],
  ["another digest", "DocumentMalformed", { fields: { digest: "SHA256" } }],
  ["no module", "DocumentMalformed", { fields: { module_id: "" } }],
  ["no time", "DocumentMalformed", { fields: { timestamp: 0 } }],
  ["half a millisecond", "DocumentMalformed", { fields: { timestamp: 1.5 } }],
  ["no measurements", "DocumentMalformed", { fields: { pcrs: new Map() } }],
  ["a measurement of 32 bytes", "DocumentMalformed", { fields: { pcrs: new Map([[0, new Uint8Array(32)]]) } }],
  ["a measurement of no number", "DocumentMalformed", { fields: { pcrs: new Map([[32, new Uint8Array(48)]]) } }],
  ["no certificate", "DocumentMalformed", { fields: { certificate: undefined } }],
  ["an empty certificate", "DocumentMalformed", { fields: { certificate: new Uint8Array() } }],
  ["no bundle", "DocumentMalformed", { changeBundle: () => [] }],
  ["a bundle without end", "DocumentMalformed", { changeBundle: (it) => [...it, ...it, ...it] }],
  ["a key that is no bytes", "DocumentMalformed", { fields: { public_key: "key" } }],
  ["user data of more than 1,024 bytes", "DocumentMalformed", { fields: { user_data: new Uint8Array(1025) } }],
  ["a certificate that is none", "CertificateMalformed", { fields: { certificate: fromHex("0x3000") } }],
  ["a certificate of version 1", "CertificateMalformed", odd("zone", { version: 0n })],
  [
    "a certificate that names two algorithms",
    "CertificateMalformed",
    odd("zone", { innerAlgorithm: ecdsaP256.signatureAlgorithm }),
  ],
  [
    "a certificate with an extension twice",
    "CertificateMalformed",
    odd("zone", { extensions: [keyUsage(4), keyUsage(4)] }),
  ],
  [
    "a certificate in local time",
    "CertificateMalformed",
    odd("zone", { validity: sequence(der(0x17, text("260101000000+0100")), der(0x17, text("270101000000Z"))) }),
  ],
  [
    "a certificate from the 30th of February",
    "CertificateMalformed",
    odd("zone", { validity: sequence(der(0x17, text("260230000000Z")), der(0x17, text("270101000000Z"))) }),
  ],
  ["a bundle without its root", "RootUnknown", { changeBundle: (it) => it.slice(1) }],
  ["a bundle the wrong way round", "RootUnknown", { changeBundle: (it) => it.reverse() }],
  ["a certificate left out", "IssuerMismatch", { changeBundle: (it) => [...it.slice(0, 2), ...it.slice(3)] }],
  ["a certificate of somebody else's", "IssuerMismatch", odd("zone", { issuer: "somebody" })],
  [
    "a certificate that somebody else signed",
    "CertificateSignatureInvalid",
    odd("zone", { issuerKeys: keysOf("somebody") }),
  ],
  [
    "a leaf that somebody else signed",
    "CertificateSignatureInvalid",
    odd("enclave", { issuerKeys: keysOf("somebody") }),
  ],
  ["a root that somebody else signed", "CertificateSignatureInvalid", odd("root", { issuerKeys: keysOf("somebody") })],
  [
    "a certificate that says SHA-256",
    "CertificateSignatureInvalid",
    odd("zone", { algorithm: ecdsaP256.signatureAlgorithm }),
  ],
  [
    "a key of another curve",
    "KeyUnknown",
    odd("enclave", { keys: keysOf("small", ecdsaP256), keyAlgorithm: ecdsaP256.keyAlgorithm }),
  ],
  [
    "a key that is on no curve",
    "KeyUnknown",
    odd("enclave", { keys: { ...keysOf("odd"), point: flipped(keysOf("odd").point, 40) } }),
  ],
  [
    "a key written short",
    "KeyUnknown",
    odd("enclave", { keys: { ...keysOf("odd"), point: ecdsaP384.curve.getPublicKey(keysOf("odd").secret, true) } }),
  ],
  [
    "an authority that is none",
    "AuthorityMissing",
    odd("zone", { extensions: [basicConstraints(false), keyUsage(usage.keyCertSign)] }),
  ],
  ["an authority that does not say so", "AuthorityMissing", odd("zone", { extensions: [keyUsage(usage.keyCertSign)] })],
  [
    "an authority that may not sign certificates",
    "KeyUsageMissing",
    odd("zone", { extensions: [basicConstraints(true), keyUsage(usage.crlSign)] }),
  ],
  [
    "an authority that does not say what it may",
    "KeyUsageMissing",
    odd("zone", { extensions: [basicConstraints(true)] }),
  ],
  ["a leaf that may not sign", "KeyUsageMissing", odd("enclave", { extensions: [keyUsage(usage.keyCertSign)] })],
  [
    "a leaf that is an authority",
    "LeafIsAuthority",
    odd("enclave", { extensions: [basicConstraints(true), keyUsage(usage.digitalSignature)] }),
  ],
  [
    "more authorities than the root allows",
    "PathTooLong",
    odd("root", { extensions: [basicConstraints(true, 2), keyUsage(usage.keyCertSign)] }),
  ],
  [
    "more authorities than one in between allows",
    "PathTooLong",
    odd("region", { extensions: [basicConstraints(true, 1), keyUsage(usage.keyCertSign)] }),
  ],
  [
    "something critical that nobody knows",
    "ExtensionUnknown",
    odd("instance", {
      extensions: [
        basicConstraints(true),
        keyUsage(usage.keyCertSign),
        { oid: "1.3.6.1.4.1.99999.1", value: sequence(), isCritical: true },
      ],
    }),
  ],
  ["an enclave in debug mode", "DebugMode", { fields: { pcrs: allZeros } }],
  ["an image that was not measured", "DebugMode", { fields: { pcrs: zeros(0) } }],
  ["a kernel that was not measured", "DebugMode", { fields: { pcrs: zeros(1) } }],
  ["an application that was not measured", "DebugMode", { fields: { pcrs: zeros(2) } }],
  ["an image that is not in it", "DebugMode", { fields: { pcrs: new Map([...measured].slice(1)) } }],
];

describe("Nitro documents", () => {
  it("say what the hypervisor measured and the enclave gave", () => {
    const fields = { public_key: spki, user_data: text("user"), nonce: text("once") };
    const { bytes, root } = makeNitro({ fields });
    expect(verifyNitroDocument(bytes, { root, time })).to.deep.equal({
      moduleId: "i-0123456789abcdef0-enc0123456789abcdef",
      timestamp: time * 1000n,
      pcrs: Object.fromEntries([...measured].map(([index, value]) => [index, toHex(value)])),
      publicKey: toHex(spki),
      userData: toHex(text("user")),
      nonce: toHex(text("once")),
      validFrom: time - 6n * 3_600n,
      validUntil: time + 6n * 3_600n,
    });
  });

  it("may leave out what the enclave did not give, and have large measurement numbers and times", () => {
    const fields = {
      public_key: undefined,
      user_data: null,
      timestamp: 2n ** 63n,
      pcrs: new Map([...measured, [31, new Uint8Array(48)]]),
    };
    const { bytes, root } = makeNitro({ fields });
    const { publicKey, userData, timestamp } = verifyNitroDocument(bytes, { root, time });
    expect([publicKey, userData, timestamp]).to.deep.equal([undefined, undefined, 2n ** 63n]);
  });

  for (const [name, reason, oddities] of refusals) {
    it(`are refused with ${name}: ${reason}`, () => expect(judge(oddities)).to.equal(reason));
  }

  it("are refused without a root, or for AWS's root, which the tests' is not", () => {
    const { bytes } = makeNitro();
    expect(reasonOf(() => verifyNitroDocument(bytes, { time }))).to.equal("RootUnknown");
  });

  it("hold from the first to the last second of every certificate", () => {
    const hours = 3_600n;
    expect(judge({}, time - 6n * hours)).to.equal(undefined);
    expect(judge({}, time - 6n * hours - 1n)).to.equal("CertificateNotYetValid");
    expect(judge({}, time + 6n * hours)).to.equal(undefined);
    expect(judge({}, time + 6n * hours + 1n)).to.equal("CertificateExpired");
    // An authority's dates count as well as the leaf's.
    expect(judge(odd("region", { until: time - 1n }))).to.equal("CertificateExpired");
    expect(judge(odd("root", { from: time + 1n }))).to.equal("CertificateNotYetValid");
  });

  it("have one form: nothing before, behind, tagged or of indefinite length", () => {
    const { bytes, root } = makeNitro();
    const indefinite = concat(Uint8Array.of(0x9f), bytes.slice(1), Uint8Array.of(0xff));
    const five = concat(Uint8Array.of(0x85), bytes.slice(1), Uint8Array.of(0xf6));
    const others = [
      bytes.slice(0, -1),
      concat(bytes, Uint8Array.of(0)),
      concat(Uint8Array.of(0xd2), bytes),
      indefinite,
      five,
    ];
    for (const other of [...others, new Uint8Array(), text("hello")]) {
      expect(reasonOf(() => verifyNitroDocument(other, { root, time }))).to.equal("CoseMalformed");
    }
  });

  it("are refused with any region changed, each for a reason of its own", () => {
    const { bytes, root } = makeNitro({ fields: { user_data: text("user data"), nonce: text("a nonce") } });
    expectEveryRegionToCount(bytes, { root, time, certificates: makeCertificates(), data: text("user data") });
  });

  const vector = resolve(import.meta.dirname, "../../../../shared/vectors/tee/nitro-attestation.hex");
  it("are AWS's", function () {
    if (!existsSync(vector)) {
      console.log("      left out: AWS's own document, which is not in ../shared/vectors");
      this.skip();
    }
    const bytes = fromHex(`0x${readFileSync(vector, "utf8").trim().replace(/^0x/, "")}`);
    const at = BigInt(Date.UTC(2026, 0, 3, 21)) / 1000n;
    const document = verifyNitroDocument(bytes, { time: at });
    expect(document.moduleId).to.equal("i-0368fa67e156d6d23-enc019b8596b1a9dad6");
    expect(document.pcrs[0]).to.match(/^0x4b8d4cf2a99e05ce/);
    expect(document.userData).to.equal("0x69553adc61d6e9fcdecbe1ea49bb2b52a60238e0");
    expect([document.publicKey, document.nonce]).to.deep.equal([undefined, undefined]);

    const reason = (when: bigint) => reasonOf(() => verifyNitroDocument(bytes, { time: when }));
    expect([reason(document.validFrom - 1n), reason(document.validFrom)]).to.deep.equal([
      "CertificateNotYetValid",
      undefined,
    ]);
    expect([reason(document.validUntil), reason(document.validUntil + 1n)]).to.deep.equal([
      undefined,
      "CertificateExpired",
    ]);

    const [, , payload] = decode(bytes, { useMaps: true }) as [unknown, unknown, Uint8Array];
    const fields = decode(payload, { useMaps: true }) as Map<string, Uint8Array>;
    const bundle = fields.get("cabundle") as unknown as Uint8Array[];
    const certificates = [...bundle, fields.get("certificate") ?? new Uint8Array()];
    const root = toHex(sha256(certificates[0] ?? new Uint8Array()));
    expectEveryRegionToCount(bytes, { root, time: at, certificates, data: fromHex(document.userData ?? "0x") });
  });
});

/** Changes bits all over a document and in its every part, and says which reason each part must give. */
function expectEveryRegionToCount(
  bytes: Uint8Array,
  given: { root: `0x${string}`; time: bigint; certificates: readonly Uint8Array[]; data: Uint8Array },
): void {
  const { certificates, data, ...trust } = given;
  const judgeAt = (place: number) => reasonOf(() => verifyNitroDocument(flipped(bytes, place), trust));
  for (let place = 0; place < bytes.length; place += 41)
    expect(judgeAt(place), `byte ${place}`).not.to.equal(undefined);

  const root = certificates[0] ?? new Uint8Array();
  expect(judgeAt(0)).to.equal("CoseMalformed");
  expect(judgeAt(placeOf(fromHex("0xa1013822"), bytes) + 3)).to.equal("AlgorithmUnknown");
  expect(judgeAt(placeOf(root, bytes) + root.length - 2)).to.equal("RootUnknown");
  for (const certificate of certificates.slice(1)) {
    const start = placeOf(certificate, bytes);
    const { issuer, key, signature } = parseCertificate(certificate);
    const places = (part: Uint8Array): number => start + placeOf(part, certificate) + part.length - 2;
    expect(judgeAt(start)).to.equal("CertificateMalformed");
    expect(judgeAt(places(issuer))).to.equal("IssuerMismatch");
    expect(judgeAt(places(key))).to.equal("KeyUnknown");
    expect(judgeAt(places(signature))).to.equal("CertificateSignatureInvalid");
  }
  for (const part of ["module_id", "SHA384", "pcrs", "cabundle"]) {
    expect(judgeAt(placeOf(text(part), bytes))).to.equal("DocumentMalformed");
  }
  expect(judgeAt(placeOf(data, bytes))).to.equal("DocumentSignatureInvalid");
  expect(judgeAt(placeOf(text("pcrs"), bytes) + 20)).to.equal("DocumentSignatureInvalid");
  for (const place of [bytes.length - 96, bytes.length - 1])
    expect(judgeAt(place)).to.equal("DocumentSignatureInvalid");
}

describe("keys of Nitro enclaves", () => {
  const bound = (fields: Readonly<Record<string, unknown>>, key?: Uint8Array) => {
    const { bytes, root } = makeNitro({ fields });
    return verifyNitroKey(bytes, key === undefined ? { root, time } : { root, time, spki: key });
  };

  it("stand in the document, or behind the hash that nitriding writes", () => {
    expect(bound({ public_key: spki }).modulus).to.equal(modulus);
    expect(bound({ public_key: spki }, spki).modulus).to.equal(modulus);
    expect(bound({ user_data: nitridingData(spki) }, spki).modulus).to.equal(modulus);
    expect(bound({ public_key: spki }).document.publicKey).to.equal(toHex(spki));
  });

  it("are refused where the document binds another, or none", () => {
    const other = flipped(spki, 100);
    const others: (() => unknown)[] = [
      () => bound({}),
      () => bound({}, spki),
      () => bound({ user_data: nitridingData(spki) }),
      () => bound({ user_data: nitridingData(spki) }, other),
      () => bound({ user_data: flipped(nitridingData(spki), 0) }, spki),
      () => bound({ user_data: flipped(nitridingData(spki), 35) }, spki),
      () => bound({ user_data: concat(nitridingData(spki), Uint8Array.of(0)) }, spki),
      () => bound({ user_data: sha256(spki) }, spki),
      () => bound({ public_key: other }, spki),
      // What stands in the document goes before what is behind a hash.
      () => bound({ public_key: other, user_data: nitridingData(spki) }, spki),
    ];
    for (const work of others) expect(reasonOf(work)).to.equal("KeyNotBound");
  });

  it("are refused where they are no RSA keys of 2048 bits with exponent 65537", () => {
    const n = fromHex(modulus);
    const rsa = (
      modulusBytes: Uint8Array,
      exponent: Uint8Array,
      algorithm = fromHex("0x300d06092a864886f70d0101010500"),
    ) => sequence(algorithm, der(0x03, Uint8Array.of(0), sequence(der(0x02, modulusBytes), der(0x02, exponent))));
    const zero = Uint8Array.of(0);
    const e = fromHex("0x010001");
    expect(toHex(rsa(concat(zero, n), e))).to.equal(toHex(spki));
    const keys = [
      new Uint8Array(),
      text("no key at all"),
      rsa(concat(zero, n), Uint8Array.of(3)),
      rsa(concat(zero, n.slice(0, -1)), e),
      rsa(concat(zero, n, Uint8Array.of(1)), e),
      rsa(flipped(n, 0), e),
      rsa(concat(zero, n.slice(0, -1), Uint8Array.of(2)), e),
      rsa(concat(zero, n), e, fromHex("0x300d06092a864886f70d01010a0500")),
      concat(spki, zero),
    ];
    for (const key of keys) expect(reasonOf(() => bound({ public_key: key }))).to.equal("KeyMalformed");
  });

  it("are refused where the document is", () => {
    const { bytes, root } = makeNitro({ fields: { public_key: spki, pcrs: zeros(0) } });
    expect(reasonOf(() => verifyNitroKey(bytes, { root, time }))).to.equal("DebugMode");
  });
});
