import { fromHex, type Hex, toHex } from "../core/bytes.ts";
import { NitroError, type NitroDocument, verifyNitroDocument, verifyNitroKey } from "../core/enclave/nitro.ts";
import { rsaKeyHash } from "../core/enclave/openGradient.ts";
import { write } from "../core/records.ts";
import { readEncoded } from "./files.ts";

/** What an enclave's evidence says, by name; or why it is not to be believed. */
export type Attestation =
  | { readonly valid: true; readonly kind: string; readonly says: Readonly<Record<string, string | bigint | null>> }
  | { readonly valid: false; readonly kind: string; readonly reason: string; readonly message: string };

/** How a Nitro document is looked at. */
export interface NitroOptions {
  /** The time at which it must be valid, in seconds. */
  readonly time: bigint;
  /** SHA-256 of the root's certificate; AWS's where left out. */
  readonly root?: Hex;
  /** The file of an RSA key, as SubjectPublicKeyInfo, that it should bind. */
  readonly key?: string;
}

/** The last millisecond that JavaScript has a date for. */
const LAST_DATE = 8_640_000_000_000_000n;

const PCR_NAMES = ["image", "kernel", "application", "role", "instance"];

/** Verifies the Nitro document in a file. @throws FileError where a file cannot be read */
export function attestNitro(file: string, { key, ...trust }: NitroOptions): Attestation {
  const bytes = readEncoded(file);
  try {
    if (key === undefined) return { valid: true, kind: "nitro", says: nitroSays(verifyNitroDocument(bytes, trust)) };
    const { document, modulus } = verifyNitroKey(bytes, { ...trust, spki: readEncoded(key) });
    return { valid: true, kind: "nitro", says: { ...nitroSays(document), rsaKey: rsaKeyHash(modulus) } };
  } catch (thrown) {
    if (!(thrown instanceof NitroError)) throw thrown;
    return { valid: false, kind: "nitro", reason: thrown.reason, message: thrown.message };
  }
}

function nitroSays(document: NitroDocument): Readonly<Record<string, string | bigint | null>> {
  // What was never measured is all zeros: it says nothing.
  const pcrs = Object.entries(document.pcrs).filter(([, value]) => /[1-9a-f]/.test(value.slice(2)));
  return {
    module: document.moduleId,
    signedAt: document.timestamp > LAST_DATE ? document.timestamp : isoOf(document.timestamp / 1000n),
    validFrom: isoOf(document.validFrom),
    validUntil: isoOf(document.validUntil),
    ...Object.fromEntries(pcrs.map(([index, value]) => [`pcr${index}`, value])),
    publicKey: document.publicKey ?? null,
    userData: document.userData ?? null,
    nonce: document.nonce ?? null,
  };
}

/** What `surety attest` prints: a line of JSON, or a page for people. */
export function describeAttestation(attestation: Attestation, { json }: { readonly json: boolean }): string {
  if (json) return write(attestation);
  if (!attestation.valid) return `✗ INVALID: ${attestation.message}.`;
  const rows = Object.entries(attestation.says).map(([name, value]) => {
    const [, index] = /^pcr(\d+)$/.exec(name) ?? [];
    const label = index === undefined ? name : [`PCR${index}`, PCR_NAMES[Number(index)]].filter(Boolean).join(" ");
    return `  ${label.padEnd(18)} ${value ?? "none"}`;
  });
  return [...rows, "", "✓ Valid: compare what was measured with what you built."].join("\n");
}

/** Seconds of a time that somebody wrote; undefined where it is none. */
export function parseTime(text: string): bigint | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : BigInt(Math.floor(time / 1000));
}

/** A fingerprint that somebody wrote, with colons or without; undefined where it is none. */
export function parseFingerprint(text: string): Hex | undefined {
  const digits = text.replace(/^0x|:/g, "").toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? toHex(fromHex(`0x${digits}`)) : undefined;
}

function isoOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}
