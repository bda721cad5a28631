import canonicalize from "canonicalize";
import { z } from "zod";
import { type Hex, keccakHex } from "./bytes.ts";
import { SuretyError } from "./errors.ts";

/** The longest context, in bytes: what is answered on demand comes in calldata. */
export const MAX_CONTEXT_BYTES = 16_384;

/** The longest name of an agent, in UTF-16 units: `contracts/receipts/Contexts.sol` reads it byte by byte. */
export const MAX_AGENT = 128;

const hash = z.string().regex(/^0x[0-9a-f]{64}$/, "32 bytes of lower-case hexadecimal expected");

const contextSchema = z.strictObject({
  runtime: z.string(),
  version: z.string(),
  sampling: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
  sources: z.array(z.strictObject({ uri: z.string(), hash })).optional(),
  parents: z.array(hash).optional(),
  agent: z.string().max(MAX_AGENT).optional(),
  session: z.string().optional(),
  disclose: z.boolean(),
});

/**
 * In what setting an answer was asked for: runtime and version, sampling parameters, data sources by hash, the receipts
 * that it follows from, the agent's ERC-8004 id, its session, and whether strangers may see input and output.
 */
export type Context = z.infer<typeof contextSchema>;

/** A context that is not one, or is not in its canonical form. */
export class ContextError extends SuretyError {
  override readonly name = "ContextError";
}

/**
 * The canonical (RFC 8785) text of a context: the same for everyone, so that its hash is too.
 * @throws ContextError where it is not a context, is too long, or a text in it is not well-formed Unicode
 * @example
 * ```ts
 * import { canonicalContext } from "surety/core";
 *
 * console.log(canonicalContext({ version: "1", runtime: "surety-integer", disclose: true })); // {"disclose":true,"runtime":"surety-integer","version":"1"}
 * ```
 */
export function canonicalContext(context: Context): string {
  let text: string | undefined;
  try {
    text = canonicalize(contextSchema.parse(context));
  } catch (cause) {
    throw new ContextError("the context is not one: see src/core/context.ts for its fields", { cause });
  }
  if (text === undefined) throw new ContextError("a context has a JSON form");
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_CONTEXT_BYTES)
    throw new ContextError(
      `the context has ${bytes} bytes, and at most ${MAX_CONTEXT_BYTES}: name long sources by hash`,
    );
  return text;
}

/**
 * keccak256 of a context's canonical text, as an order's `contextHash` holds it.
 * @example
 * ```ts
 * import { canonicalContext, contextHash } from "surety/core";
 *
 * const context = canonicalContext({ runtime: "surety-integer", version: "1", disclose: true });
 * console.log(contextHash(context)); // 0xaa9308e7186708345bad5139d378f2707d46cdcf6f99389236a793b09dc53c17
 * ```
 */
export function contextHash(canonical: string): Hex {
  return keccakHex(new TextEncoder().encode(canonical));
}

/**
 * Reads a context's text.
 * @throws ContextError where it is not a context, or not canonical
 * @example
 * ```ts
 * import { ContextError, parseContext } from "surety/core";
 *
 * try {
 *   parseContext('{ "runtime": "surety-integer", "version": "1", "disclose": true }');
 * } catch (error) {
 *   console.log(error instanceof ContextError && error.message); // the context is not in canonical form (RFC 8785)
 * }
 * ```
 */
export function parseContext(text: string): Context {
  let context: Context;
  try {
    context = contextSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ContextError("the context is not one: see src/core/context.ts for its fields", { cause });
  }
  if (canonicalContext(context) !== text) throw new ContextError("the context is not in canonical form (RFC 8785)");
  return context;
}
