import { fromHex, type Hex, toHex } from "../core/bytes.ts";
import { INTEL_ROOT } from "../core/enclave/intelCollateral.ts";
import { NitroError, type NitroDocument, verifyNitroDocument, verifyNitroKey } from "../core/enclave/nitro.ts";
import { rsaKeyHash } from "../core/enclave/openGradient.ts";
import { readTdxCollateral, shortenQuote, TdxFormatError, verifyTdxEvidence } from "../core/enclave/tdx.ts";
import { write } from "../core/records.ts";
import { Refusal } from "../core/refusal.ts";
import { FileError } from "./errors.ts";
import { readEncoded, readText } from "./files.ts";

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

/** How a TDX quote is looked at. */
export interface TdxOptions {
  /** The time at which it must be valid, in seconds. */
  readonly time: bigint;
  /** The file of what Intel says of its platforms. */
  readonly collateral: string;
  /** The root's public key, x and y in 64 bytes; Intel's where left out. */
  readonly root?: Hex;
}

/** Where the parts of a TD report start that say what runs in it, in a quote. */
const TD_PARTS: Readonly<Record<string, readonly [start: number, end: number]>> = {
  tdAttributes: [168, 176],
  xfam: [176, 184],
  mrTd: [184, 232],
  mrConfigId: [232, 280],
  mrOwner: [280, 328],
  mrOwnerConfig: [328, 376],
  rtmr0: [376, 424],
  rtmr1: [424, 472],
  rtmr2: [472, 520],
  rtmr3: [520, 568],
};

/** Verifies the TDX quote in a file. @throws FileError where a file cannot be read */
export function attestTdx(file: string, { collateral: path, time, root }: TdxOptions): Attestation {
  const bytes = readEncoded(file);
  const key =
    root === undefined ? INTEL_ROOT : { x: toHex(fromHex(root).slice(0, 32)), y: toHex(fromHex(root).slice(32)) };
  try {
    const collateral = readTdxCollateral(readJson(path));
    const { measurement, reportData } = verifyTdxEvidence({ quote: shortenQuote(bytes), collateral, root: key }, time);
    const parts = Object.entries(TD_PARTS).map(([name, part]): [string, Hex] => [name, toHex(bytes.slice(...part))]);
    return { valid: true, kind: "tdx", says: { measurement, ...Object.fromEntries(parts), reportData } };
  } catch (thrown) {
    if (!(thrown instanceof Refusal || thrown instanceof TdxFormatError)) throw thrown;
    const reason = thrown instanceof Refusal ? thrown.reason : "FormatUnknown";
    return { valid: false, kind: "tdx", reason, message: thrown.message };
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new FileError(`${path} is not JSON: give Intel's collateral as tools write it down`, { cause });
  }
}

/** What `surety attest` prints: a line of JSON, or a page for people. */
export function describeAttestation(attestation: Attestation, { json = false }: { readonly json?: boolean }): string {
  if (json) return write(attestation);
  if (!attestation.valid) return `✗ INVALID: ${attestation.message}.`;
  const rows = Object.entries(attestation.says).map(([name, value]) => {
    const [, index] = /^pcr(\d+)$/.exec(name) ?? [];
    const label = index === undefined ? name : [`PCR${index}`, PCR_NAMES[Number(index)]].filter(Boolean).join(" ");
    return `  ${label.padEnd(18)} ${value ?? "none"}`;
  });
  return [...rows, "", "✓ Valid: compare what was measured with what you built."].join("\n");
}

function isoOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}
