import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { concat, equalBytes, toHex } from "../../src/core/bytes.ts";
import { type Curve, nobleCurve, ORDER, useCurve } from "../../src/core/curve.ts";
import { addressOf, compact, recover, sign } from "../../src/core/signatures.ts";
import { curves, orLeaveOut } from "../support/curves.ts";

/** Numbers at which an implementation may turn: around 0, the order, its half, the field's prime, the greatest word. */
const order = BigInt(toHex(ORDER));
const prime = 2n ** 256n - 2n ** 32n - 977n;
const edges = [0n, order / 2n, order, prime - order, prime, 2n ** 256n - 1n].flatMap((edge) => [
  edge - 1n,
  edge,
  edge + 1n,
]);
const word = fc
  .oneof({ weight: 1, arbitrary: fc.constantFrom(...edges) }, { weight: 3, arbitrary: fc.bigInt(0n, 2n ** 256n - 1n) })
  .map((value) => toWord(value));
const runs = { seed: 0x5e7e, numRuns: 500 };

function toWord(value: bigint): Uint8Array {
  const digits = BigInt.asUintN(256, value).toString(16).padStart(64, "0");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

let native: Curve;

/** What comes of it with a curve: the result, or the error's name and words. */
function outcome(curve: Curve, attempt: () => unknown): unknown {
  useCurve(curve);
  try {
    return attempt();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : error;
  }
}

/** @returns what came of it, with both curves alike */
function agreed(attempt: () => unknown): unknown {
  const byNoble = outcome(nobleCurve, attempt);
  expect(outcome(native, attempt)).to.deep.equal(byNoble);
  return byNoble;
}

describe("the native curve", () => {
  before(function () {
    native = orLeaveOut(curves.libsecp256k1, this);
  });
  after(() => {
    useCurve(nobleCurve);
  });

  it("signs, and refuses to sign, as @noble/curves does", () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(word, word, (digest, secret) => {
        const address = agreed(() => addressOf(toHex(secret)));
        const signature = agreed(() => sign(toHex(digest), toHex(secret)));
        seen.add(String(address).startsWith("0x") && String(signature).startsWith("0x"));
      }),
      runs,
    );
    expect([...seen]).to.have.members([true, false]);
  });

  it("recovers, and refuses to recover, as @noble/curves does", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(word, word, word, fc.constantFrom(0, 26, 27, 28, 29), (digest, r, s, v) => {
        const signature = toHex(concat(r, s, Uint8Array.of(v)));
        const found = String(agreed(() => recover(toHex(digest), signature)));
        agreed(() => compact(signature));
        seen.add(found.startsWith("0x") ? "found" : found.replace(/\d+$/, "n"));
      }),
      runs,
    );
    expect([...seen]).to.have.members([
      "found",
      "SignatureError: v is 27 or 28, not n",
      "SignatureError: the signature is of no key",
      "SignatureError: s is high: one signature must not have two forms",
    ]);
  });

  it("recovers who signed what @noble/curves signed, whatever the digest", () => {
    const secret = toHex(toWord(0x5e7en));
    fc.assert(
      fc.property(word, (digest) => {
        useCurve(nobleCurve);
        const signature = sign(toHex(digest), secret);
        expect(agreed(() => recover(toHex(digest), signature))).to.equal(addressOf(secret));
      }),
      { ...runs, numRuns: 100 },
    );
  });

  it("leaves alone what it is given", () => {
    const [digest, secret] = [toWord(order + 5n), toWord(7n)];
    const signature = native.sign(digest, secret);
    const words = signature.words.slice();
    native.recover(digest, signature);
    native.publicKey(secret);
    expect(equalBytes(digest, toWord(order + 5n)) && equalBytes(secret, toWord(7n))).to.be.true;
    expect(equalBytes(signature.words, words)).to.be.true;
  });
});

describe("useNativeCurve", () => {
  /** What a program of its own finds, with an environment besides. */
  function ask(env: Readonly<Record<string, string>>): string {
    const url = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
    const script = `
      import { addressOf } from ${url("core/signatures.ts")};
      import { currentCurve, nobleCurve } from ${url("core/curve.ts")};
      import { useNativeCurve } from ${url("native/curve.ts")};
      const reason = useNativeCurve();
      console.log(reason?.message ?? "native", currentCurve() === nobleCurve, addressOf("0x" + "11".repeat(32)));`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
    return `${stdout}${stderr}`;
  }

  it("has programs sign natively", function () {
    orLeaveOut(curves.libsecp256k1, this);
    expect(ask({})).to.equal("native false 0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a\n");
  });

  it("says so, and stays with @noble/curves, where there is no build for the platform", () => {
    // What the package looks its builds up by.
    expect(ask({ npm_config_arch: "riscv64" })).to.equal(
      "no native secp256k1 for this platform: signatures are made in JavaScript true 0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a\n",
    );
  });
});
