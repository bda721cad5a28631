import { fromHex, type Hex } from "../core/bytes.ts";
import type { ModelOpening } from "../core/model/opening.ts";
import type { Record } from "../core/records.ts";
import { decodeSnarkSpec } from "../core/snark.ts";
import type { Prover } from "./prover.ts";

/** What a record says of a proven answer. */
export type ProvenAnswer = Pick<Record, "input" | "output" | "proof">;

/**
 * Verifies answers by bb instead of asking the chain: what a client's `verifyProof` may be. A model that names another
 * verifier is not judged by this one's proofs, and is refused.
 * @param verifierHash the hash of the code of the verifier on chain that accepts what the prover's circuit proves
 * @returns a function that says whether the committed weights give an answer's output for its input
 * @throws ModelError, the function, where the opening is of no snark model
 */
export function proofVerifier(
  prover: Prover,
  verifierHash: Hex,
): (answer: ProvenAnswer, opening: ModelOpening) => Promise<boolean> {
  return async (answer, { commitment, spec }) => {
    const { verifierHash: named, inputBytes, logits } = decodeSnarkSpec(fromHex(spec));
    const { widths } = prover.circuit;
    if (named !== verifierHash || inputBytes !== widths.at(0) || logits !== widths.at(-1)) return false;
    const statement = { commitment, input: fromHex(answer.input), output: fromHex(answer.output) };
    return prover.verify(statement, fromHex(answer.proof));
  };
}
