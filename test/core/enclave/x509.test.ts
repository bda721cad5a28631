import { expect } from "chai";
import { toHex } from "../../../src/core/bytes.ts";
import { DerError } from "../../../src/core/enclave/der.ts";
import { ecdsaP384, hasKeyOf, isSignedBy, parseCertificate, X509Error } from "../../../src/core/enclave/x509.ts";
import {
  basicConstraints,
  type CertificateSpec,
  der,
  ecdsaP256,
  flipped,
  integer,
  keysOf,
  keyUsage,
  makeCertificate,
  nameOf,
  octets,
  sequence,
  time,
  usage,
} from "../../support/certificates.ts";

const FROM = 1_770_000_000n;
const UNTIL = 2_600_000_000n;

for (const [name, scheme, other] of [
  ["P-256", ecdsaP256, ecdsaP384],
  ["P-384", ecdsaP384, ecdsaP256],
] as const) {
  const authority = keysOf("an authority", scheme);
  const keys = keysOf("a holder", scheme);
  const spec: CertificateSpec = {
    subject: "holder",
    keys,
    issuer: "authority",
    issuerKeys: authority,
    from: FROM,
    until: UNTIL,
    serial: 2n ** 127n,
    scheme,
    extensions: [
      basicConstraints(true, 3),
      keyUsage(usage.digitalSignature | usage.keyCertSign | usage.crlSign),
      { oid: "1.2.840.113741.1.13.1", value: octets(Uint8Array.of(1)) },
    ],
  };
  const make = (odd: Partial<CertificateSpec> = {}) => makeCertificate({ ...spec, ...odd });

  describe(`X.509 certificates of ${name}`, () => {
    it("say whose they are, by whom, for how long and what for", () => {
      const certificate = parseCertificate(make());
      expect(certificate.serial).to.equal(2n ** 127n);
      expect([certificate.notBefore, certificate.notAfter]).to.deep.equal([FROM, UNTIL]);
      expect([toHex(certificate.issuer), toHex(certificate.subject)]).to.deep.equal([
        toHex(nameOf("authority")),
        toHex(nameOf("holder")),
      ]);
      expect(toHex(certificate.key)).to.equal(toHex(keys.point));
      expect([certificate.isAuthority, certificate.pathLength]).to.deep.equal([true, 3]);
      expect([...(certificate.usage ?? [])]).to.deep.equal(["digitalSignature", "keyCertSign", "cRLSign"]);
      expect(toHex(certificate.extensions.get("1.2.840.113741.1.13.1") ?? new Uint8Array())).to.equal("0x040101");
      expect(certificate.unknownCritical).to.deep.equal([]);
    });

    it("may say less", () => {
      const { isAuthority, pathLength, usage: uses } = parseCertificate(make({ extensions: [basicConstraints(true)] }));
      expect([isAuthority, pathLength, uses]).to.deep.equal([true, undefined, undefined]);
      expect(parseCertificate(make({ extensions: [keyUsage(0)] })).isAuthority).to.equal(false);
    });

    it("name what one must understand", () => {
      const extensions = [{ oid: "1.2.3", value: sequence(), isCritical: true }, basicConstraints(false)];
      expect(parseCertificate(make({ extensions })).unknownCritical).to.deep.equal(["1.2.3"]);
    });

    it("are signed with their issuer's key, and no other", () => {
      const der = make();
      const certificate = parseCertificate(der);
      expect(isSignedBy(certificate, authority.point, scheme)).to.equal(true);
      expect(isSignedBy(certificate, keys.point, scheme)).to.equal(false);
      expect(isSignedBy(certificate, authority.point, other)).to.equal(false);
      expect(isSignedBy(certificate, flipped(authority.point, 0), scheme)).to.equal(false);
      expect(isSignedBy(certificate, flipped(authority.point, 3), scheme)).to.equal(false);
      expect(isSignedBy(certificate, scheme.curve.getPublicKey(authority.secret, true), scheme)).to.equal(false);
      expect(isSignedBy({ ...certificate, tbs: flipped(certificate.tbs, 9) }, authority.point, scheme)).to.equal(false);
      const { signature } = certificate;
      expect(isSignedBy({ ...certificate, signature: signature.slice(1) }, authority.point, scheme)).to.equal(false);
      expect(isSignedBy({ ...certificate, signature: sequence() }, authority.point, scheme)).to.equal(false);
    });

    it("have a key of a curve, written in full, or none of it", () => {
      const holds = (odd: Partial<CertificateSpec>) => hasKeyOf(parseCertificate(make(odd)), scheme);
      expect(holds({})).to.equal(true);
      expect(holds({ keyAlgorithm: other.keyAlgorithm })).to.equal(false);
      expect(holds({ keys: { ...keys, point: flipped(keys.point, 0) } })).to.equal(false);
      expect(holds({ keys: { ...keys, point: flipped(keys.point, 9) } })).to.equal(false);
      expect(holds({ keys: { ...keys, point: keys.point.slice(0, -1) } })).to.equal(false);
      expect(holds({ keys: { ...keys, point: scheme.curve.getPublicKey(keys.secret, true) } })).to.equal(false);
    });

    const twice = [keyUsage(4), keyUsage(4)];
    const text = (value: string) => new TextEncoder().encode(value);
    const validity = (from: Uint8Array) => sequence(from, time(UNTIL));
    const refused: readonly [string, Partial<CertificateSpec>, string][] = [
      ["of version 1", { version: 0n }, "version 3"],
      ["of version 4", { version: 3n }, "version 3"],
      ["that name two algorithms", { innerAlgorithm: other.signatureAlgorithm }, "two signature algorithms"],
      ["with an extension twice", { extensions: twice }, "twice"],
      [
        "with a path of negative length",
        {
          extensions: [
            { ...basicConstraints(true), value: sequence(der(1, Uint8Array.of(255)), der(2, Uint8Array.of(255))) },
          ],
        },
        "negative",
      ],
      [
        "with constraints that are none",
        { extensions: [{ ...basicConstraints(true), value: integer(1n) }] },
        "RFC 5280",
      ],
      ["with times in local time", { validity: validity(der(0x17, text("2601010000+0100"))) }, "a time"],
      ["with times without seconds", { validity: validity(der(0x17, text("2601010000Z"))) }, "a time"],
      ["with parts of seconds", { validity: validity(der(0x18, text("20260101000000.5Z"))) }, "a time"],
      ["with times that there are not", { validity: validity(der(0x17, text("260230000000Z"))) }, "no time"],
      ["with the second sixty", { validity: validity(der(0x17, text("260101000060Z"))) }, "no time"],
      ["with a time too few", { validity: sequence(time(FROM)) }, ""],
    ];
    for (const [what, odd, message] of refused) {
      it(`are not read ${what}`, () => expect(() => parseCertificate(make(odd))).to.throw(X509Error, message));
    }

    it("are not read in another encoding, with anything behind them, or where they are something else", () => {
      const whole = make();
      expect(() => parseCertificate(Uint8Array.from([...whole, 0]))).to.throw(DerError);
      expect(() => parseCertificate(Uint8Array.from([0x30, 0x80, ...whole.slice(4), 0, 0]))).to.throw(DerError);
      expect(() => parseCertificate(sequence(sequence(), integer(1n)))).to.throw(X509Error);
      expect(() => parseCertificate(sequence())).to.throw(X509Error, "not a certificate");
    });
  });
}
