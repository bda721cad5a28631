/**
 * The structured reference string (SRS) of KZG commitments: powers of a secret that nobody has, from Aztec's Ignition
 * ceremony. Proving takes as many of its points in G1 as the circuit has rows, and one more; verifying takes none. Wrong
 * points make proofs that no verifier accepts, and harm nobody else: they need not be trusted.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fromHex } from "../core/bytes.ts";
import { SuretyError } from "../core/errors.ts";

/** The file in which bb, too, keeps points: 64 bytes each, uncompressed. */
const FILE = "bn254_g1.dat";
const POINT_BYTES = 64;
/** Where bb fetches points from: 32 bytes each, compressed. */
const ADDRESS = "https://crs.aztec-cdn.foundation/g1_compressed.dat";
const COMPRESSED_BYTES = 32;
const FETCH_MS = 10_000;

/** The ceremony's point in G2, with which proofs are verified. bb checks it by its hash. */
export const G2_POINT = fromHex(
  "0x0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0260e01b251f6f1c7e7ff4e580791dee8ea51d87a358e038b4efe30fac09383c122febda3c0c0632a56475b4214e5615e11e6dd3f96e6cea2854a87d4dacc5e5504fc6369f7110fe3d25156c1bb9a72859cf2a04641f99ba4ee413c80da6a5fe4",
);

/** The first point in G1, the generator: all that verifying takes. */
export const GENERATOR = fromHex(`0x${"1".padStart(64, "0")}${"2".padStart(64, "0")}`);

/** No points to prove with. The message says where they were looked for, and what to do. */
export class SrsMissingError extends SuretyError {
  override readonly name = "SrsMissingError";
}

/** Where points may come from. */
export interface SrsSources {
  /** Folders that may hold bb's file `bn254_g1.dat`, the first that has enough of it wins. */
  readonly folders: readonly string[];
  /** Whether to fetch them from Aztec's server where no folder has them. */
  readonly mayFetch: boolean;
}

/**
 * Where this project looks: in the folder that bb's own variable CRS_PATH names, if any, in the vectors that lie beside a
 * checkout, in the folder in which bb keeps what it has fetched, and then where bb fetches from.
 */
export function usualSources(crsPath: string | undefined): SrsSources {
  const folders = [join(import.meta.dirname, "../../../shared/vectors/srs"), join(homedir(), ".bb-crs")];
  return { folders: crsPath === undefined ? folders : [crsPath, ...folders], mayFetch: true };
}

/**
 * Points to prove with, uncompressed from a folder or compressed from the network: bb takes both.
 * @throws SrsMissingError where they are nowhere
 */
export async function loadSrs(points: number, { folders, mayFetch }: SrsSources): Promise<Uint8Array> {
  for (const folder of folders) {
    const content = await readIfThere(join(folder, FILE));
    if (content !== undefined && content.length >= points * POINT_BYTES)
      return content.subarray(0, points * POINT_BYTES);
  }
  const looked = `no ${FILE} with ${String(points)} points in ${folders.join(", ") || "any folder"}`;
  const remedy =
    "set CRS_PATH to a folder that has it (bb keeps it in ~/.bb-crs), or let this machine reach the network";
  if (!mayFetch) throw new SrsMissingError(`${looked}: ${remedy}`);
  try {
    return await fetchPoints(points);
  } catch (cause) {
    throw new SrsMissingError(`${looked}, and ${ADDRESS} cannot be read: ${remedy}`, { cause });
  }
}

async function fetchPoints(points: number): Promise<Uint8Array> {
  const length = points * COMPRESSED_BYTES;
  const headers = { Range: `bytes=0-${String(length - 1)}` };
  const response = await fetch(ADDRESS, { headers, signal: AbortSignal.timeout(FETCH_MS) });
  if (response.status !== 206) throw new Error(`HTTP ${String(response.status)}`);
  const content = new Uint8Array(await response.arrayBuffer());
  if (content.length !== length) throw new Error(`${String(content.length)} bytes instead of ${String(length)}`);
  return content;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw error;
  }
}
