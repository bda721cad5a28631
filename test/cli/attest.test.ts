import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { attestNitro, describeAttestation, parseTime } from "../../src/cli/attest.ts";
import { toHex } from "../../src/core/bytes.ts";
import { rsaKeyHash } from "../../src/core/enclave/openGradient.ts";
import { type Ended, runScript } from "../support/children.ts";
import { makeNitro, measured, NITRO_TIME, nitridingData } from "../support/nitro.ts";
import { modulus, spki } from "../support/rsa.ts";

const time = new Date(Number(NITRO_TIME) * 1000).toISOString();
const { bytes, root } = makeNitro({ fields: { user_data: nitridingData(spki) } });
const base64 = (it: Uint8Array): string => Buffer.from(it).toString("base64");
const pem = `-----BEGIN PUBLIC KEY-----\n${base64(spki).replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;

describe("surety attest nitro", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "surety-attest-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function attest(...parameters: readonly string[]): Promise<Ended> {
    return runScript("src/cli/main.ts", "attest", "nitro", ...parameters);
  }

  function file(name: string, content: string | Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
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
