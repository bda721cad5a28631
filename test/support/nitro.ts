/** Nitro documents of the tests' own root, laid out as AWS's are. */
import { p384 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { encode } from "cborg";
import { concat, fromHex, type Hex, toHex } from "../../src/core/bytes.ts";
import { basicConstraints, type CertificateSpec, keysOf, keyUsage, makeCertificate, usage } from "./certificates.ts";

/** A time at which everything here is valid, in seconds. */
export const NITRO_TIME = 1_780_000_000n;
const HOUR = 3_600n;

const names = ["root", "region", "zone", "instance", "enclave"] as const;
export type Place = (typeof names)[number];
const LEAF = names.length - 1;

export const nitroKeys = (name: Place) => keysOf(`nitro ${name}`);

function specOf(name: Place): CertificateSpec {
  const place = names.indexOf(name);
  const issuer = names[Math.max(0, place - 1)] ?? "root";
  const isLeaf = place === LEAF;
  const pathLength = place === 0 ? undefined : LEAF - 1 - place;
  return {
    subject: name,
    keys: nitroKeys(name),
    issuer,
    issuerKeys: nitroKeys(issuer),
    // Shorter lives further down.
    from: NITRO_TIME - HOUR * BigInt(10 - place),
    until: NITRO_TIME + HOUR * BigInt(10 - place),
    serial: BigInt(place + 1),
    extensions: isLeaf
      ? [basicConstraints(false), keyUsage(usage.digitalSignature)]
      : [basicConstraints(true, pathLength), keyUsage(usage.keyCertSign)],
  };
}

const pcr = (fill: string): Uint8Array => fromHex(`0x${fill.repeat(48)}`);
export const measured = new Map([0, 1, 2, 3].map((index) => [index, pcr(index === 3 ? "00" : `a${index}`)]));

/** What to make differently than AWS does. */
export interface NitroOddities {
  readonly certificates?: Partial<Record<Place, Partial<CertificateSpec>>>;
  readonly changeBundle?: (bundle: Uint8Array[]) => Uint8Array[];
  /** Fields of the document; those that are undefined are left out. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly header?: Uint8Array;
  readonly unprotected?: ReadonlyMap<unknown, unknown>;
  readonly secret?: Uint8Array;
  readonly changePayload?: (payload: Uint8Array) => Uint8Array;
  readonly changeSignature?: (signature: Uint8Array) => Uint8Array;
}

/** COSE's header for ES384. */
export const es384 = fromHex("0xa1013822");

export function makeCertificates(oddities: NitroOddities["certificates"] = {}): Uint8Array[] {
  return names.map((name) => makeCertificate({ ...specOf(name), ...oddities[name] }));
}

const asIs = <T>(value: T): T => value;

/** A document, and the fingerprint of its root. */
export function makeNitro(oddities: NitroOddities = {}): { readonly bytes: Uint8Array; readonly root: Hex } {
  const [root = new Uint8Array(), ...others] = makeCertificates(oddities.certificates);
  const { header = es384, changeBundle = asIs, changePayload = asIs, changeSignature = asIs } = oddities;
  const fields = {
    module_id: "i-0123456789abcdef0-enc0123456789abcdef",
    digest: "SHA384",
    timestamp: Number(NITRO_TIME) * 1000,
    pcrs: measured,
    certificate: others.at(-1),
    cabundle: changeBundle([root, ...others.slice(0, -1)]),
    public_key: null,
    user_data: null,
    nonce: null,
    ...oddities.fields,
  };
  const payload = changePayload(indefinite(fields));
  const signature = p384.sign(
    encode(["Signature1", header, new Uint8Array(), payload]),
    oddities.secret ?? nitroKeys("enclave").secret,
    { lowS: false },
  );
  const cose = [header, oddities.unprotected ?? new Map(), payload, changeSignature(signature)];
  return { bytes: encode(cose), root: toHex(sha256(root)) };
}

/** A map of indefinite length, as AWS writes it. */
function indefinite(fields: Readonly<Record<string, unknown>>): Uint8Array {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  const parts = entries.flatMap(([name, value]) => [encode(name), encode(value)]);
  return concat(Uint8Array.of(0xbf), ...parts, Uint8Array.of(0xff));
}

/** What nitriding has the hypervisor sign of a TLS certificate and a key. */
export function nitridingData(key: Uint8Array): Uint8Array {
  const prefix = fromHex("0x1220");
  return concat(prefix, sha256(new TextEncoder().encode("a TLS certificate")), prefix, sha256(key));
}
