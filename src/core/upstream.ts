/**
 * Models that a server behind the node runs, in OpenAI's format: what of them is in their id. Weights are the
 * publisher's word: nobody can run them again from the commitment alone, so they are served in the signed mode, or by an
 * enclave that was measured.
 */
import canonicalize from "canonicalize";
import { z } from "zod";
import { fromHex, type Hex, keccakHex, toHex } from "./bytes.ts";
import { ATTESTED_KEY_SPEC } from "./enclave/kinds.ts";
import type { ModelOpening } from "./model/opening.ts";

/** The longest name of a model, in UTF-16 units. */
export const MAX_MODEL_NAME = 256;

/** What the id of a model behind a server binds beside the commitment that its publisher chose. */
export interface UpstreamSpec {
  readonly runtime: "openai";
  /** What requests call it, in their body's `model`. */
  readonly model: string;
}

/** A spec that is none of a model behind a server. */
export class UpstreamSpecError extends Error {
  override readonly name = "UpstreamSpecError";
}

const specSchema: z.ZodType<UpstreamSpec> = z.strictObject({
  runtime: z.literal("openai"),
  model: z.string().min(1).max(MAX_MODEL_NAME),
});

/** The spec of a model as the registry has it: canonical JSON (RFC 8785). @throws UpstreamSpecError where the name is none */
export function encodeUpstreamSpec(model: string): Hex {
  const spec = specSchema.safeParse({ runtime: "openai", model });
  const text = spec.success && model.isWellFormed() ? canonicalize(spec.data) : undefined;
  if (text === undefined)
    throw new UpstreamSpecError(`a model's name has 1 to ${MAX_MODEL_NAME} characters of Unicode`);
  return toHex(new TextEncoder().encode(text));
}

/** Reads a spec. @throws UpstreamSpecError where it is of another kind of model, or not in its only form */
export function decodeUpstreamSpec(spec: Hex): UpstreamSpec {
  let value: UpstreamSpec;
  try {
    value = specSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromHex(spec))));
  } catch (cause) {
    throw new UpstreamSpecError("not the spec of a model behind a server: see src/core/upstream.ts", { cause });
  }
  if (encodeUpstreamSpec(value.model) !== spec)
    throw new UpstreamSpecError("the spec is not canonical JSON (RFC 8785)");
  return value;
}

/** What stands for the weights of a model behind a server where nothing else does: the hash of the spec with its name. */
export function nameCommitment(model: string): Hex {
  return keccakHex(fromHex(encodeUpstreamSpec(model)));
}

/** Whether requests call a model so: by its spec or, of an enclave's, by the commitment that stands for its name. */
export function isCalled({ spec, commitment }: Pick<ModelOpening, "spec" | "commitment">, name: string): boolean {
  return spec === ATTESTED_KEY_SPEC ? commitment === nameCommitment(name) : upstreamModelOf(spec) === name;
}

/** What requests call a model of this spec; undefined where it is of another kind. */
export function upstreamModelOf(spec: Hex): string | undefined {
  try {
    return decodeUpstreamSpec(spec).model;
  } catch (cause) {
    if (cause instanceof UpstreamSpecError) return undefined;
    throw cause;
  }
}
