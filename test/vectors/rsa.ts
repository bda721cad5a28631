/**
 * Writes rsa.json: RSA-2048-PSS signatures, good and odd, over messages of OpenGradient's form, and whether they hold.
 * Encodings are made in test/support/rsa.ts, signed and judged by node:crypto, never by src/core.
 */
import { checkPrimeSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { id, keccak256, solidityPacked } from "ethers";
import type { Hex } from "../../src/core/bytes.ts";
import {
  encodePss,
  hexOf,
  modulus,
  numberOf,
  type Oddities,
  sha256Hex,
  signPkcs1,
  signRaw,
  verifyByNode,
} from "../support/rsa.ts";

const USAGE = `Computes the RSA test vectors and writes test/vectors/rsa.json.

usage: tsx test/vectors/rsa.ts [--check]
  --check  write nothing; compare with the file and exit 1 where it differs
`;

const hex = (text: string): Hex => text as Hex;
const word = (name: string): Hex => hex(id(name));
const N = numberOf(modulus);

// ---- messages of OpenGradient's form

const receipts = [
  { inputHash: hexOf(0n, 32), outputHash: hexOf(0n, 32), timestamp: 0n },
  { inputHash: word("a request"), outputHash: word("a response"), timestamp: 1_780_000_000n },
  { inputHash: hexOf(2n ** 256n - 1n, 32), outputHash: word("another"), timestamp: 2n ** 64n - 1n },
].map(({ inputHash, outputHash, timestamp }) => {
  const packed = solidityPacked(["bytes32", "bytes32", "uint256"], [inputHash, outputHash, timestamp]);
  const message = hex(keccak256(packed));
  const digest = sha256Hex(message);
  const signature = signRaw(encodePss({ hash: digest, salt: word(`salt at ${timestamp}`) }));
  return { inputHash, outputHash, timestamp, message, digest, signature };
});

// ---- cases

const MESSAGE = word("a message");
const HASH = sha256Hex(MESSAGE);
const SALT = word("a salt");
const saltOf = (bytes: number): Hex => `0x${"5a".repeat(bytes)}`;

interface Case {
  readonly name: string;
  readonly modulus?: Hex;
  readonly message?: Hex;
  readonly signature: Hex;
}

/** A signature whose encoding is odd in one way alone. */
const odd = (name: string, oddities: Oddities & { readonly salt?: Hex }): Case => ({
  name,
  signature: signRaw(encodePss({ hash: HASH, salt: SALT, ...oddities })),
});

const good = odd("good", {}).signature;

/** The first of many salts whose good signature is as one wants it. */
function firstWhere(isWanted: (signature: bigint) => boolean): Hex {
  for (let index = 0; ; index++) {
    const signature = signRaw(encodePss({ hash: HASH, salt: word(`salt ${index}`) }));
    if (isWanted(numberOf(signature))) return signature;
  }
}

/** The first bit set, and still below the modulus: by the first salt that allows it. */
function firstBitSet(): Case {
  for (let index = 0; ; index++) {
    const changeAll = (encoded: Uint8Array): void => {
      encoded[0] = (encoded[0] ?? 0) | 0x80;
    };
    const encoded = encodePss({ hash: HASH, salt: word(`salt ${index}`), changeAll });
    if (numberOf(encoded) < N) return { name: "first bit set", signature: signRaw(encoded) };
  }
}

const small = firstWhere((signature) => signature + N < 2n ** 2048n);
const short = firstWhere((signature) => signature < 2n ** 2040n);

/** A prime of 2047 bits: the first from where the name says. Moduli made of it have roots that anybody can take. */
function primeFrom(name: string): bigint {
  const start = Array.from({ length: 8 }, (_, index) => word(`${name} ${index}`).slice(2)).join("");
  let candidate = (BigInt(`0x${start}`) >> 1n) | (1n << 2046n) | 1n;
  while (!checkPrimeSync(candidate) || candidate % 65_537n === 1n) candidate += 2n;
  return candidate;
}

const PRIME = primeFrom("a prime");

function power(base: bigint, exponent: bigint, of: bigint): bigint {
  let result = 1n;
  for (let bit = exponent, square = base % of; bit > 0n; bit >>= 1n, square = (square * square) % of) {
    if ((bit & 1n) === 1n) result = (result * square) % of;
  }
  return result;
}

/** The inverse of 65537 modulo `of`, which is no multiple of it: (of * k + 1) / 65537 for the one k that divides. */
function inverseOfExponent(of: bigint): bigint {
  for (let k = 1n; ; k++) if ((of * k + 1n) % 65_537n === 0n) return (of * k + 1n) / 65_537n;
}

/** The root of a good encoding modulo the prime, and modulo twice the prime. */
function rootsOfPrime(): { readonly odd: Hex; readonly even: Hex } {
  for (let index = 0; ; index++) {
    const encoded = numberOf(encodePss({ hash: HASH, salt: word(`salt ${index}`) }));
    if (encoded >= PRIME) continue;
    const root = power(encoded, inverseOfExponent(PRIME - 1n), PRIME);
    // The encoding ends in a zero bit, so its root modulo two is zero.
    return { odd: hexOf(root), even: hexOf(root % 2n === 0n ? root : root + PRIME) };
  }
}

const roots = rootsOfPrime();

const flipAt = (place: number, bits: number) => ({
  changeBlock: (block: Uint8Array): void => {
    block[place] = (block[place] ?? 0) ^ bits;
  },
});

const cases: readonly Case[] = [
  { name: "good", signature: good },
  odd("a salt of zeros", { salt: saltOf(32).replaceAll("5a", "00") as Hex }),
  odd("a salt of ones", { salt: saltOf(32).replaceAll("5a", "ff") as Hex }),
  { name: "a small signature", signature: small },
  { name: "a signature that starts with a zero byte", signature: short },
  ...[0, 1, 20, 31, 33, 64, 222].map((bytes) => odd(`a salt of ${bytes} bytes`, { salt: saltOf(bytes) })),
  odd("another salt shown than hashed", { shownSalt: word("another salt") }),
  odd("no zeros before the hash", { prefix: "0x" }),
  odd("a one before the hash", { prefix: "0x0000000000000001" }),
  ...[0x00, 0xbd, 0xcc, 0x3c].map((trailer) => odd(`trailer ${trailer}`, { trailer })),
  ...[0x00, 0x02, 0x03, 0x81].map((turn) => odd(`${turn} before the salt`, { turn })),
  ...[0, 31, 32, 64, 96, 128, 159, 160, 189].map((place) => odd(`padding byte ${place} is 1`, flipAt(place, 1))),
  ...[1, 32, 128, 160, 189].map((place) => odd(`padding byte ${place} is 128`, flipAt(place, 128))),
  odd("padding byte 0 is 64", flipAt(0, 64)),
  odd("masked with SHA-1", { maskHash: "sha1" }),
  firstBitSet(),
  odd("H changed", {
    changeAll: (encoded) => {
      encoded[223] = (encoded[223] ?? 0) ^ 1;
    },
  }),
  { name: "the signature and the modulus", signature: hexOf(numberOf(small) + N) },
  { name: "the modulus less the signature", signature: hexOf(N - numberOf(good)) },
  { name: "zero", signature: hexOf(0n) },
  { name: "one", signature: hexOf(1n) },
  { name: "the modulus", signature: hexOf(N) },
  { name: "the modulus less one", signature: hexOf(N - 1n) },
  { name: "all ones", signature: hexOf(2n ** 2048n - 1n) },
  { name: "no signature", signature: "0x" },
  { name: "a byte too few", signature: hex(good.slice(0, -2)) },
  { name: "a byte too many", signature: `${good}00` },
  { name: "a zero before it", signature: hex(good.replace("0x", "0x00")) },
  { name: "a leading zero left out", signature: hex(short.replace("0x00", "0x")) },
  { name: "PKCS #1 v1.5", signature: signPkcs1(MESSAGE) },
  { name: "the encoding itself", signature: encodePss({ hash: HASH, salt: SALT }) },
  { name: "another message", signature: good, message: word("another message") },
  { name: "no key", signature: good, modulus: "0x" },
  { name: "a key of a byte too few", signature: good, modulus: hex(modulus.slice(0, -2)) },
  { name: "a key of a byte too many", signature: good, modulus: `${modulus}01` },
  { name: "a zero before the key", signature: good, modulus: hex(modulus.replace("0x", "0x00")) },
  { name: "an even key", signature: good, modulus: hexOf(N - 1n) },
  { name: "a key of 2047 bits", signature: hexOf(1n), modulus: hexOf(N - 2n ** 2047n) },
  { name: "the key one", signature: hexOf(0n), modulus: hexOf(1n) },
  { name: "the key zero", signature: hexOf(0n), modulus: hexOf(0n) },
  { name: "a key of 2047 bits with a good root", signature: roots.odd, modulus: hexOf(PRIME) },
  { name: "an even key with a good root", signature: roots.even, modulus: hexOf(2n * PRIME) },
  { name: "another key", signature: good, modulus: hexOf(N - 2n) },
];

/** OpenSSL takes signatures whose leading zeros are left out (RFC 8017 does not), and keys of any length. */
function hasForm(key: Hex, signature: Hex): boolean {
  const has2048Bits = key.length === 514 && numberOf(key) >= 2n ** 2047n;
  return has2048Bits && numberOf(key) % 2n === 1n && signature.length === 514;
}

const vectors = {
  modulus,
  receipts,
  cases: cases.map(({ name, modulus: key = modulus, message = MESSAGE, signature }) => ({
    name,
    modulus: key,
    message,
    messageHash: sha256Hex(message),
    signature,
    isValid: hasForm(key, signature) && verifyByNode({ modulus: key, message, signature }),
  })),
};

export type RsaVectors = typeof vectors;

/** The file's text: every bigint in it is a decimal string. */
export function makeRsaVectors(): string {
  const text = JSON.stringify(vectors, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2);
  return `${text}\n`;
}

function main(options: readonly string[]): number {
  if (options.some((option) => option !== "--check")) {
    console.error(USAGE);
    return 2;
  }
  const file = new URL("rsa.json", import.meta.url);
  const text = makeRsaVectors();
  if (options.length === 0) {
    writeFileSync(file, text);
    return 0;
  }
  if (readFileSync(file, "utf8") === text) return 0;
  console.error("test/vectors/rsa.json differs: write it with `npx tsx test/vectors/rsa.ts`.");
  return 1;
}

if (resolve(process.argv[1] ?? "") === import.meta.filename) process.exitCode = main(process.argv.slice(2));
