/** A prover of the iris network, and what tests prove with it. */
import { readFileSync } from "node:fs";
import { parse } from "../../src/core/model/file.ts";
import { irisCircuit } from "../../src/snark/circuits.ts";
import { parseProofs } from "../../src/snark/proofs.ts";
import { Prover } from "../../src/snark/prover.ts";
import { loadSrs, SrsMissingError, usualSources } from "../../src/snark/srs.ts";

const read = (name: string): string => readFileSync(new URL(`../../models/${name}.json`, import.meta.url), "utf8");

export const { model: iris } = parse(read("iris"));
/** Proofs that this project made and committed. */
export const known = parseProofs(read("iris-proofs"));

/** A prover, which can prove where there is an SRS in this machine's reach. */
export async function startProver(): Promise<Prover> {
  return Prover.start(irisCircuit, await reachableSrs());
}

async function reachableSrs(): Promise<Uint8Array | undefined> {
  try {
    return await loadSrs(irisCircuit.points, usualSources(process.env["CRS_PATH"]));
  } catch (error) {
    if (error instanceof SrsMissingError) return undefined;
    throw error;
  }
}
