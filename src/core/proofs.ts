/** What a receipt's `proofHash` binds in each verification mode. */
import { concat, type Hex, keccak, keccakHex, toHex } from "./bytes.ts";
import { Mode } from "./typedData.ts";

/** What is handed out beside an answer's output, so that others can check it. */
export interface Proof {
  /** The activations of an integer model's hidden layers, in the optimistic mode. */
  readonly hidden: readonly Uint8Array[];
  /** What a verifier takes, in the modes that have one; empty elsewhere. */
  readonly proof: Uint8Array;
}

/** A proof that is none of its mode: the receipt would not bind it. */
export class ProofError extends Error {
  override readonly name = "ProofError";
}

/** The `proofHash` of a receipt without a proof. */
export const NO_PROOF: Hex = toHex(new Uint8Array(32));

/**
 * What a receipt of this mode binds of its proof: keccak256 of the joined hashes of the hidden vectors (optimistic), or
 * of the proof's bytes (snark, enclave); 32 zero bytes where there is no proof (signed, and enclave by an attested key).
 * @throws ProofError where there is no such mode, or it has no such part
 */
export function proofHashOf(mode: number, { hidden, proof }: Proof): Hex {
  if (mode === Mode.optimistic) {
    if (proof.length > 0) throw new ProofError("an answer of the optimistic mode has activations, and no proof beside");
    return keccakHex(concat(...hidden.map(keccak)));
  }
  if (hidden.length > 0) throw new ProofError("only answers of the optimistic mode have activations");
  switch (mode) {
    case Mode.signed:
      if (proof.length > 0) throw new ProofError("an answer of the signed mode has no proof");
      return NO_PROOF;
    case Mode.enclave:
      return proof.length === 0 ? NO_PROOF : keccakHex(proof);
    case Mode.snark:
      return keccakHex(proof);
    default:
      throw new ProofError(`there is no mode ${String(mode)}`);
  }
}
