import { fromHex, type Hex } from "../core/bytes.ts";
import { LOGIT_BYTES, ModelError } from "../core/model/model.ts";
import type { ModelOpening } from "../core/model/opening.ts";
import type { Record } from "../core/records.ts";
import { decodeSnarkSpec } from "../core/snark.ts";
import type { Link } from "../core/verify.ts";
import type { Prover } from "./prover.ts";

/** What a record says of a proven answer. */
export type ProvenAnswer = Pick<Record, "input" | "output" | "proof">;

/**
 * Checks that a private model gives an answer, by its proof: the verdict of `SnarkChecker`, without the chain.
 * @param provers by the hash of the code of the verifier on chain that accepts the same proofs
 */
export async function verifyProvenExecution(
  answer: ProvenAnswer,
  { commitment, spec }: ModelOpening,
  provers: ReadonlyMap<Hex, Prover>,
): Promise<Link> {
  const link = (status: Link["status"], detail: string): Link => ({ name: "execution", status, detail });
  const [input, output, proof] = [fromHex(answer.input), fromHex(answer.output), fromHex(answer.proof)];
  try {
    const { verifierHash, inputBytes, logits } = decodeSnarkSpec(fromHex(spec));
    const prover = provers.get(verifierHash);
    if (prover === undefined) return link("unchecked", `no verifier of code hash ${verifierHash} here`);
    if (input.length !== inputBytes) {
      return link("fails", `the model takes ${inputBytes} bytes of input, not ${input.length}`);
    }
    if (output.length !== logits * LOGIT_BYTES) {
      return link("fails", `the model gives ${logits} logits, not ${output.length} bytes`);
    }
    const isProven = await prover.verify({ commitment, input, output }, proof);
    return isProven
      ? link("holds", "the proof verifies for the model's commitment, this input and this output")
      : link("fails", "the proof does not verify for the model's commitment, this input and this output");
  } catch (error) {
    if (error instanceof ModelError) return link("unchecked", `the model is none of the snark mode: ${error.message}`);
    throw error;
  }
}
