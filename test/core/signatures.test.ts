import { expect } from "chai";
import { computeAddress, id, recoverAddress, Signature, SigningKey, toBeHex } from "ethers";
import fc from "fast-check";
import type { Hex } from "../../src/core/bytes.ts";
import { nobleCurve, useCurve } from "../../src/core/curve.ts";
import { addressOf, compact, recover, SecretError, sign, SignatureError } from "../../src/core/signatures.ts";
import { curves, orLeaveOut } from "../support/curves.ts";
import { hexOf } from "../vectors/messages.ts";

/** The order of the group of secp256k1. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const runs = { seed: 0x5e7e, numRuns: 100 };
const secrets = fc.bigInt(1n, ORDER - 1n).map((secret) => toBeHex(secret, 32) as Hex);
const digests = hexOf(32);

const secret = id("a key") as Hex;
const digest = id("a message") as Hex;
const honest = sign(digest, secret);

/** A signature from its parts. */
function join({ r, s, v }: { r: bigint; s: bigint; v: number }): Hex {
  return `${toBeHex(r, 32)}${toBeHex(s, 32).slice(2)}${toBeHex(v, 1).slice(2)}` as Hex;
}

function parts(signature: Hex): { r: bigint; s: bigint; v: number } {
  const { r, s, v } = Signature.from(signature);
  return { r: BigInt(r), s: BigInt(s), v };
}

for (const [name, curve] of Object.entries(curves)) {
  describe(`signatures by ${name}`, () => {
    before(function () {
      useCurve(orLeaveOut(curve, this));
    });
    after(() => useCurve(nobleCurve));
    describe("addressOf", () => {
      it("is the address that ethers computes", () => {
        fc.assert(
          fc.property(secrets, (key) => {
            expect(addressOf(key)).to.equal(computeAddress(key).toLowerCase());
          }),
          runs,
        );
      });
    });

    describe("sign", () => {
      // RFC 6979 takes the nonce from the digest as a number below the order: 2^128 of all 2^256 digests are not.
      it("gives ethers' signature of digests from the order on", () => {
        for (const message of [0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
          const bytes = toBeHex(message, 32) as Hex;
          expect(sign(bytes, secret), bytes).to.equal(new SigningKey(secret).sign(bytes).serialized);
        }
      });

      it("refuses what is no key, and does not show it", () => {
        const wrong = [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n].map((value) => toBeHex(value, 32) as Hex);
        const malformed: readonly Hex[] = [
          "0x",
          `0x${"ab".repeat(31)}`,
          `0x${"ab".repeat(33)}`,
          `0x${"zz".repeat(32)}`,
        ];
        for (const key of [...wrong, ...malformed]) {
          for (const attempt of [() => sign(digest, key), () => addressOf(key)]) {
            expect(attempt, key).to.throw(
              SecretError,
              /^a secret key is 32 bytes, from 1 up to the order of secp256k1$/,
            );
          }
        }
        expect(addressOf(toBeHex(ORDER - 1n, 32) as Hex)).to.equal(
          computeAddress(toBeHex(ORDER - 1n, 32)).toLowerCase(),
        );
      });

      it("gives ethers' signature, the same each time", () => {
        fc.assert(
          fc.property(secrets, digests, (key, message) => {
            const signature = sign(message, key);
            expect(signature).to.equal(new SigningKey(key).sign(message).serialized);
            expect(sign(message, key)).to.equal(signature);
          }),
          runs,
        );
      });

      it("gives another signature for another message or key", () => {
        expect(sign(id("another message") as Hex, secret)).not.to.equal(honest);
        expect(sign(digest, id("another key") as Hex)).not.to.equal(honest);
      });
    });

    describe("recover", () => {
      it("finds the signer that ethers finds", () => {
        fc.assert(
          fc.property(secrets, digests, (key, message) => {
            const signature = new SigningKey(key).sign(message).serialized as Hex;
            expect(recover(message, signature)).to.equal(recoverAddress(message, signature).toLowerCase());
            expect(recover(message, signature)).to.equal(addressOf(key));
          }),
          runs,
        );
      });

      it("finds somebody else for another message", () => {
        expect(recover(id("another message") as Hex, honest)).not.to.equal(addressOf(secret));
      });

      it("agrees with ethers on any 65 bytes", () => {
        const strange = fc
          .record({ r: fc.bigInt(0n, 2n ** 256n - 1n), s: fc.bigInt(0n, 2n ** 256n - 1n), v: fc.constantFrom(27, 28) })
          .map(join);
        let found = 0;
        fc.assert(
          fc.property(digests, strange, (message, signature) => {
            let expected: string | undefined;
            try {
              expected = recoverAddress(message, signature).toLowerCase();
            } catch {
              expect(() => recover(message, signature)).to.throw(SignatureError);
              return;
            }
            found++;
            expect(recover(message, signature)).to.equal(expected);
          }),
          { seed: 0x5e7e, numRuns: 300 },
        );
        expect(found).to.be.within(1, 299);
      });

      // Threat 28: one signature must not have a second form.
      it("refuses the high s that would recover the same signer", () => {
        const { r, s, v } = parts(honest);
        const twin = join({ r, s: ORDER - s, v: v === 27 ? 28 : 27 });
        expect(() => recover(digest, twin)).to.throw(SignatureError, "s is high");
        expect(() => recover(digest, join({ r, s: ORDER - s, v }))).to.throw(SignatureError, "s is high");
      });

      it("takes s up to half of the order", () => {
        const { r } = parts(honest);
        const half = ORDER / 2n;
        expect(recover(digest, join({ r, s: half, v: 27 }))).to.match(/^0x[0-9a-f]{40}$/);
        expect(() => recover(digest, join({ r, s: half + 1n, v: 27 }))).to.throw(SignatureError, "s is high");
      });

      it("refuses any v but 27 and 28", () => {
        const given = parts(honest);
        for (let v = 0; v < 256; v++) {
          const attempt = (): Hex => recover(digest, join({ ...given, v }));
          if (v === given.v) expect(attempt()).to.equal(addressOf(secret));
          else if (v === 27 || v === 28) expect(attempt()).not.to.equal(addressOf(secret));
          else expect(attempt, `v = ${v}`).to.throw(SignatureError, "v is 27 or 28");
        }
      });

      it("refuses 0, 64 and 66 bytes, and what is not hexadecimal", () => {
        const malformed: readonly Hex[] = ["0x", `0x${honest.slice(2, -2)}`, `${honest}00`, `0x${"zz".repeat(65)}`];
        for (const signature of malformed) {
          expect(() => recover(digest, signature)).to.throw(SignatureError, "65 bytes");
        }
      });

      it("refuses r and s that are 0 or not below the order", () => {
        const given = parts(honest);
        for (const outside of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
          expect(() => recover(digest, join({ ...given, r: outside })), `r = ${outside}`).to.throw(SignatureError);
          expect(() => recover(digest, join({ ...given, s: outside })), `s = ${outside}`).to.throw(SignatureError);
        }
      });

      it("refuses an r that is no point of the curve", () => {
        const attempt = join({ r: 5n, s: 1n, v: 27 });
        expect(() => recoverAddress(digest, attempt)).to.throw();
        expect(() => recover(digest, attempt)).to.throw(SignatureError, "of no key");
      });

      it("refuses a signature that would give the point at infinity", () => {
        // With s * R = z * G the key is r^-1 * (s * R - z * G) = 0. R = G, s = z: r is the generator's x, its y is even.
        const generatorX = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
        const attempt = join({ r: generatorX, s: 1n, v: 27 });
        expect(() => recover(toBeHex(1n, 32) as Hex, attempt)).to.throw(SignatureError, "of no key");
        expect(recover(toBeHex(2n, 32) as Hex, attempt)).to.match(/^0x[0-9a-f]{40}$/);
      });
    });

    describe("compact", () => {
      it("gives the two words that ethers gives", () => {
        const seen = new Set<number>();
        fc.assert(
          fc.property(secrets, digests, (key, message) => {
            const signature = sign(message, key);
            const { r, vs } = compact(signature);
            expect(`${r}${vs.slice(2)}`).to.equal(Signature.from(signature).compactSerialized);
            seen.add(parts(signature).v);
          }),
          runs,
        );
        expect([...seen]).to.have.members([27, 28]);
      });

      it("refuses any v but 27 and 28", () => {
        const given = parts(honest);
        for (const v of [0, 1, 26, 29, 255]) {
          expect(() => compact(join({ ...given, v }))).to.throw(SignatureError, "v is 27 or 28");
        }
      });

      it("refuses a high s, whose highest bit would be taken for v", () => {
        const given = parts(honest);
        expect(() => compact(join({ ...given, s: ORDER - given.s }))).to.throw(SignatureError, "s is high");
      });

      it("refuses r and s that are 0 or not below the order", () => {
        const given = parts(honest);
        for (const outside of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
          for (const part of ["r", "s"]) {
            const attempt = (): unknown => compact(join({ ...given, [part]: outside }));
            expect(attempt, `${part} = ${outside}`).to.throw(SignatureError, "of no key");
          }
        }
      });

      it("refuses 64 and 66 bytes", () => {
        for (const signature of [`0x${honest.slice(2, -2)}`, `${honest}00`] as const) {
          expect(() => compact(signature)).to.throw(SignatureError, "65 bytes");
        }
      });
    });
  });
}
