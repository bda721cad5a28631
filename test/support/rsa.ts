/** RSA-2048-PSS by node:crypto, with a key of the tests', and encodings that no signer would make. */
import { constants, createHash, createPrivateKey, createPublicKey, privateEncrypt, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { fromHex, type Hex, toHex } from "../../src/core/bytes.ts";

export const RSA_BYTES = 256;
const DB_BYTES = 223;

const pem = readFileSync(new URL("rsa.pem", import.meta.url), "utf8");
export const privateKey = createPrivateKey(pem.slice(pem.indexOf("-----BEGIN")));
const publicKey = createPublicKey(privateKey);

/** The DER of the public key's SubjectPublicKeyInfo. */
export const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
export const modulus: Hex = toHex(modulusBytes());

function modulusBytes(): Uint8Array {
  const { n } = publicKey.export({ format: "jwk" });
  return new Uint8Array(Buffer.from(n ?? "", "base64url"));
}

export const numberOf = (hex: Hex): bigint => (hex === "0x" ? 0n : BigInt(hex));
export const hexOf = (value: bigint, bytes = RSA_BYTES): Hex => `0x${value.toString(16).padStart(2 * bytes, "0")}`;

const sha = (algorithm: string, ...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

export const sha256Hex = (hex: Hex): Hex => toHex(sha("sha256", fromHex(hex)));

/** How an encoding departs from what RFC 8017 says. */
export interface Oddities {
  /** What stands before the message's hash in what H is the hash of: eight zero bytes. */
  readonly prefix?: Hex;
  /** The salt that stands in the block, where that is not the one that H is made of. */
  readonly shownSalt?: Hex;
  /** The byte before the salt. */
  readonly turn?: number;
  /** Changes the block before it is masked. */
  readonly changeBlock?: (block: Uint8Array) => void;
  readonly maskHash?: string;
  readonly trailer?: number;
  /** Changes the whole encoding at the end. */
  readonly changeAll?: (encoded: Uint8Array) => void;
}

/** EMSA-PSS-ENCODE of a message's SHA-256 hash, as one wants it. */
export function encodePss({ hash, salt, ...oddities }: { hash: Hex; salt: Hex } & Oddities): Hex {
  const { prefix = "0x0000000000000000", shownSalt = salt, turn = 1, maskHash = "sha256", trailer = 0xbc } = oddities;
  const h = sha("sha256", fromHex(prefix), fromHex(hash), fromHex(salt));
  const shown = fromHex(shownSalt);
  const block = new Uint8Array(DB_BYTES);
  block.set(shown, DB_BYTES - shown.length);
  block[DB_BYTES - shown.length - 1] = turn;
  oddities.changeBlock?.(block);
  const mask = maskOf(h, maskHash);
  const masked = block.map((byte, index) => byte ^ (mask[index] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  const encoded = Uint8Array.from([...masked, ...h, trailer]);
  oddities.changeAll?.(encoded);
  return toHex(encoded);
}

function maskOf(seed: Uint8Array, algorithm: string): Uint8Array {
  const blocks = Array.from({ length: 12 }, (_, index) => sha(algorithm, seed, Uint8Array.of(0, 0, 0, index)));
  return Uint8Array.from(blocks.flatMap((block) => [...block]));
}

/** The private operation on an encoding as it is. */
export function signRaw(encoded: Hex): Hex {
  const key = { key: privateKey, padding: constants.RSA_NO_PADDING };
  return toHex(new Uint8Array(privateEncrypt(key, fromHex(encoded, RSA_BYTES))));
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

/** node:crypto's own signature, with a salt of its own choice. */
export function signPss(message: Hex): Hex {
  return toHex(new Uint8Array(sign("sha256", fromHex(message), { key: privateKey, ...pss })));
}

/** A PKCS #1 v1.5 signature. */
export function signPkcs1(message: Hex): Hex {
  return toHex(new Uint8Array(sign("sha256", fromHex(message), privateKey)));
}

/** What node:crypto says of a signature; false for keys that it does not take. */
export function verifyByNode(given: { modulus: Hex; message: Hex; signature: Hex }): boolean {
  const n = Buffer.from(fromHex(given.modulus)).toString("base64url");
  try {
    const key = createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" });
    return verify("sha256", fromHex(given.message), { key, ...pss }, fromHex(given.signature));
  } catch {
    return false;
  }
}
