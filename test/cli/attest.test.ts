import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { attestNitro, attestTdx, describeAttestation } from "../../src/cli/attest.ts";
import { FileError } from "../../src/cli/errors.ts";
import { parseTime } from "../../src/cli/parse.ts";
import { keccakHex, toHex } from "../../src/core/bytes.ts";
import { rsaKeyHash } from "../../src/core/enclave/openGradient.ts";
import { flipped } from "../support/certificates.ts";
import type { Ended } from "../support/children.ts";
import { type } from "../support/cli.ts";
import { makeNitro, measured, NITRO_TIME, nitridingData } from "../support/nitro.ts";
import { modulus, spki } from "../support/rsa.ts";
import { keys, makeCollateral, makeQuote, TIME } from "../support/tdx.ts";

const time = new Date(Number(NITRO_TIME) * 1000).toISOString();
const { bytes, root } = makeNitro({ fields: { user_data: nitridingData(spki) } });
const base64 = (it: Uint8Array): string => Buffer.from(it).toString("base64");
const pem = `-----BEGIN PUBLIC KEY-----\n${base64(spki).replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;

let folder = "";
const openFolder = () => (folder = mkdtempSync(join(tmpdir(), "surety-attest-")));
const removeFolder = () => rmSync(folder, { recursive: true });

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("surety attest nitro", () => {
  beforeEach(openFolder);
  afterEach(removeFolder);

  async function attest(...parameters: readonly string[]): Promise<Ended> {
    return type({}, "attest", "nitro", ...parameters);
  }

  it("prints what a document says, for people", async () => {
    const { code, stdout, stderr } = await attest(file("it.bin", bytes), "--time", time, "--root", root);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.include("module             i-0123456789abcdef0-enc0123456789abcdef\n");
    expect(stdout).to.include(`PCR0 image         ${toHex(measured.get(0) ?? new Uint8Array())}\n`);
    expect(stdout).to.include("nonce              none\n");
    expect(stdout).to.match(/✓ Valid: .*\n$/);
    // What was not measured is not shown.
    expect(stdout).not.to.include("PCR3");
  });

  it("prints it on one line, with the key that the document binds by its hash", async () => {
    const colons = root
      .slice(2)
      .toUpperCase()
      .replace(/..(?=.)/g, "$&:");
    const key = file("key.pem", pem);
    const { code, stdout } = await attest(
      ...[file("it.bin", bytes), "--json", "--key", key, "--time", time, "--root", colons],
    );
    expect(code).to.equal(0);
    const { valid, kind, says } = JSON.parse(stdout) as Record<string, Record<string, string>>;
    expect([valid, kind]).to.deep.equal([true, "nitro"]);
    expect(says?.["rsaKey"]).to.equal(rsaKeyHash(modulus));
    expect(says?.["signedAt"]).to.equal(time);
    expect(says?.["userData"]).to.equal(toHex(nitridingData(spki)));
  });

  it("reads files in hexadecimal and in base 64 as well", () => {
    for (const text of [toHex(bytes), `${toHex(bytes).slice(2)}\n`, base64(bytes), `${base64(bytes)}\n`]) {
      const attestation = attestNitro(file("it.txt", text), { time: NITRO_TIME, root });
      expect(attestation).to.have.nested.property("says.module", "i-0123456789abcdef0-enc0123456789abcdef");
    }
  });

  it("says why a document is not believed, and exits with 1", async () => {
    const path = file("it.bin", bytes);
    // Its root is not AWS's.
    const unknown = await attest(path, "--time", time);
    expect(unknown.code).to.equal(1);
    expect(unknown.stdout).to.match(/^✗ INVALID: RootUnknown: .*641a0321.*\.\n$/);

    const early = describeAttestation(attestNitro(path, { time: 1n, root }), { json: true });
    expect(JSON.parse(early)).to.include({ valid: false, kind: "nitro", reason: "CertificateNotYetValid" });
    const key = file("other.der", spki.slice(1));
    const other = attestNitro(path, { time: NITRO_TIME, root, key });
    expect(other).to.include({ valid: false, reason: "KeyNotBound" });
    const none = attestNitro(file("empty", ""), { time: NITRO_TIME });
    expect(none).to.include({ valid: false, reason: "CoseMalformed" });
  });

  it("exits with 2 where it is asked for what there is not, and with 1 where a file is not there", async () => {
    const path = file("it.bin", bytes);
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [[path, "--time", "yesterday"], "--time is a time"],
      [[path, "--root", "1234"], "--root is the SHA-256 hash"],
    ];
    for (const [parameters, message] of wrong) {
      const { code, stdout, stderr } = await attest(...parameters);
      expect([code, stdout]).to.deep.equal([2, ""]);
      expect(stderr).to.include(message);
    }
    const { code, stderr } = await attest(join(folder, "nothing"));
    expect([code, stderr]).to.deep.equal([1, `FileError: ${join(folder, "nothing")} cannot be read: check the path\n`]);
  });

  it("believes AWS's own", function () {
    const vector = resolve(import.meta.dirname, "../../../shared/vectors/tee/nitro-attestation.hex");
    if (!existsSync(vector)) {
      console.log("      left out: AWS's own document, which is not in ../shared/vectors");
      this.skip();
    }
    const at = (when: string) => attestNitro(vector, { time: parseTime(when) ?? 0n });
    expect(at("2026-01-03T21:00:00Z")).to.have.nested.property(
      "says.module",
      "i-0368fa67e156d6d23-enc019b8596b1a9dad6",
    );
    expect(at("2026-01-04T21:00:00Z")).to.include({ valid: false, reason: "CertificateExpired" });
  });
});

describe("surety attest tdx", () => {
  beforeEach(openFolder);
  afterEach(removeFolder);

  const hex = (it: Uint8Array): string => toHex(it).slice(2);
  const pemOf = (der: Uint8Array): string => `-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`;
  const rootKey = toHex(Uint8Array.from([...keys.root.x, ...keys.root.y]));

  /** Collateral as tools write it down. */
  function collateralFile(): string {
    const it = makeCollateral();
    return file(
      "collateral.json",
      JSON.stringify({
        pck_crl_issuer_chain: pemOf(it.authority),
        root_ca_crl: hex(it.rootCrl),
        pck_crl: hex(it.crl),
        tcb_info_issuer_chain: pemOf(it.signer),
        tcb_info: it.tcbInfo,
        tcb_info_signature: hex(it.tcbInfoSignature),
        qe_identity_issuer_chain: pemOf(it.signer),
        qe_identity: it.qeIdentity,
        qe_identity_signature: hex(it.qeIdentitySignature),
      }),
    );
  }

  it("prints what a quote says of the code that made it, and exits with 0", async () => {
    const quote = makeQuote();
    const when = new Date(Number(TIME) * 1000).toISOString();
    const given = [file("quote.bin", quote), "--collateral", collateralFile(), "--time", when, "--root", rootKey];
    const { code, stdout, stderr } = await type({}, "attest", "tdx", ...given);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.include(`  measurement        ${keccakHex(quote.slice(168, 568))}\n`);
    expect(stdout).to.include(`  mrTd               ${toHex(quote.slice(184, 232))}\n`);
    expect(stdout).to.include(`  rtmr3              ${toHex(quote.slice(520, 568))}\n`);
    expect(stdout).to.include(`  reportData         ${toHex(quote.slice(568, 632))}\n`);
  });

  it("says why a quote is not believed", () => {
    const collateral = collateralFile();
    const judge = (quote: Uint8Array, time = TIME) =>
      attestTdx(file("quote.bin", quote), { time, collateral, root: rootKey });
    expect(judge(makeQuote())).to.include({ valid: true, kind: "tdx" });
    expect(attestTdx(file("quote.bin", makeQuote()), { time: TIME, collateral })).to.include({
      valid: false,
      reason: "SignatureInvalid",
    });
    expect(judge(makeQuote(), TIME + 100_000_000n)).to.include({ valid: false, kind: "tdx", reason: "OutOfTime" });
    expect(judge(flipped(makeQuote(), 200))).to.include({ valid: false, reason: "QuoteSignatureInvalid" });
    expect(judge(new Uint8Array())).to.include({ valid: false, reason: "FormatUnknown" });
  });

  it("does not take what is no collateral", () => {
    const [quote, time] = [file("quote.bin", makeQuote()), TIME];
    const withCollateral = (text: string) => () => attestTdx(quote, { time, collateral: file("it.json", text) });
    expect(withCollateral("{")).to.throw(FileError, "is not JSON");
    expect(withCollateral("{}")()).to.include({ valid: false, reason: "FormatUnknown" });
  });

  it("believes Intel's own", function () {
    const vectors = resolve(import.meta.dirname, "../../../shared/vectors/tee");
    if (!existsSync(vectors)) {
      console.log("      left out: Intel's own quote, which is not in ../shared/vectors");
      this.skip();
    }
    const collateral = join(vectors, "tdx-collateral.json");
    const at = (when: string) => attestTdx(join(vectors, "tdx-quote.bin"), { time: parseTime(when) ?? 0n, collateral });
    expect(at("2025-06-25T00:00:00Z")).to.include({ valid: true, kind: "tdx" });
    expect(at("2025-08-25T00:00:00Z")).to.include({ valid: false, reason: "OutOfTime" });
  });
});
