import { z } from "zod";
import { fromHex, type Hex, toHex } from "../core/bytes.ts";
import { SuretyError } from "../core/errors.ts";
import type { Proven } from "./prover.ts";

const FORMAT = "surety-proofs-1";

/** An input with its proven output. */
export interface KnownProof extends Proven {
  readonly input: Uint8Array;
}

/** Proofs of one private model, made once: they serve and are judged where there is no SRS to prove with. */
export interface ProofFile {
  /** The commitment to the model's weights. */
  readonly commitment: Hex;
  readonly proofs: readonly KnownProof[];
}

/** A text that is no file of proofs. */
export class ProofFileError extends SuretyError {
  override readonly name = "ProofFileError";
}

const bytes = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x([0-9a-f]{2})*$/.test(value),
  "lower-case 0x hexadecimal expected",
);

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  commitment: bytes,
  proofs: z.array(z.strictObject({ input: bytes, output: bytes, proof: bytes })),
});

/** Writes a file of proofs: JSON in UTF-8. */
export function serialiseProofs({ commitment, proofs }: ProofFile): string {
  const content: z.infer<typeof fileSchema> = {
    format: FORMAT,
    commitment,
    proofs: proofs.map(({ input, output, proof }) => ({
      input: toHex(input),
      output: toHex(output),
      proof: toHex(proof),
    })),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Reads a file of proofs. Nothing is verified. @throws ProofFileError where it is none */
export function parseProofs(text: string): ProofFile {
  const content = fileSchema.safeParse(parseJson(text));
  if (!content.success) throw new ProofFileError(`not a file of proofs: ${z.prettifyError(content.error)}`);
  const { commitment, proofs } = content.data;
  return {
    commitment,
    proofs: proofs.map(({ input, output, proof }) => ({
      input: fromHex(input),
      output: fromHex(output),
      proof: fromHex(proof),
    })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProofFileError("not a file of proofs: not JSON", { cause });
  }
}
