/** The compiled circuits that this project proves with, as `npm run circuits` writes them. */
import type { CompiledCircuit } from "@noir-lang/types";
import iris from "../../circuits/iris/iris.json" with { type: "json" };
import type { Hex } from "../core/bytes.ts";

/** What bb is told of every circuit: proofs for the EVM (Keccak), zero knowledge, bb's optimised verifier in assembly. */
export const PROOF_SETTINGS = {
  ipaAccumulation: false,
  oracleHashType: "keccak",
  disableZk: false,
  optimizedSolidityVerifier: true,
} as const;

/** A circuit with what proves and what verifies. It is for one shape of networks, whatever their weights. */
export interface Circuit {
  readonly name: string;
  /** The length of every vector of the networks that it proves: input, hidden ones, output. */
  readonly widths: readonly number[];
  /** What Noir compiled, gzipped, in base64. */
  readonly bytecode: string;
  readonly abi: CompiledCircuit["abi"];
  /** How many points of the SRS proving takes. */
  readonly points: number;
  readonly verificationKey: Hex;
}

/** Networks of 4, 6 and 3 neurons: `circuits/iris/src/main.nr`. */
export const irisCircuit = iris as Circuit;
