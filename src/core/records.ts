/**
 * The JSON forms of requests, receipts and records: what travels between client and node, lies in journals and files.
 * Whole numbers beyond 2^53 are decimal strings; bytes are lower-case hexadecimal: one value has one form.
 */
import { z } from "zod";
import type { Hex } from "./bytes.ts";
import { SuretyError } from "./errors.ts";
import type { ModelOpening } from "./model/opening.ts";
import type { Order, Receipt, Request } from "./typedData.ts";

/** A JSON value that is not what it should be. The message names the place. */
export class RecordError extends SuretyError {
  override readonly name = "RecordError";
}

const isHex = (value: unknown): value is Hex => typeof value === "string" && /^0x([0-9a-f]{2})*$/.test(value);
const bytes = z.custom<Hex>(isHex, "lower-case 0x hexadecimal expected");
const bytesOf = (length: number) =>
  z.custom<Hex>(
    (value) => isHex(value) && value.length === 2 + 2 * length,
    `${length} bytes of 0x hexadecimal expected`,
  );
const uint = (bits: number) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,77})$/, "a whole number as a decimal string expected")
    .transform(BigInt)
    .refine((value) => value >> BigInt(bits) === 0n, `a uint${bits} expected`);
const smallUint = (bits: number) =>
  z
    .int()
    .min(0)
    .max(2 ** bits - 1);

const orderSchema: z.ZodType<Order> = z.strictObject({
  modelId: bytesOf(32),
  inputHash: bytesOf(32),
  contextHash: bytesOf(32),
  mode: smallUint(8),
  maxPrice: uint(128),
  base: uint(128),
  inputRate: uint(64),
  outputRate: uint(64),
  salt: bytesOf(32),
});

const requestSchema: z.ZodType<Request> = z.strictObject({
  payer: bytesOf(20),
  operator: bytesOf(20),
  ceiling: uint(128),
  deadline: uint(64),
  order: orderSchema,
});

const receiptSchema: z.ZodType<Receipt> = z.strictObject({
  requestHash: bytesOf(32),
  operator: bytesOf(20),
  signer: bytesOf(20),
  client: bytesOf(20),
  sequence: uint(64),
  outputHash: bytesOf(32),
  proofHash: bytesOf(32),
  price: uint(128),
  charged: uint(128),
  inputUnits: smallUint(32),
  outputUnits: smallUint(32),
  issuedAt: uint(64),
});

const signedRequest = {
  request: requestSchema,
  clientSignature: bytesOf(65),
  input: bytes,
  context: z.string().max(16_384),
};

/**
 * What a client sends: its request, signed, with the bytes that the order's hashes stand for. `client` is the key that
 * it signed with: the signature tells that too, but only so can a node say that a signature is wrong.
 */
export const askSchema = z.strictObject({ ...signedRequest, client: bytesOf(20) });
/** What a client asks: `askSchema` reads it from JSON. */
export type Ask = z.infer<typeof askSchema>;

/** What somebody wants to know who pays without a voucher (x402): all else of the order follows from the payment. */
export const questionSchema = z.strictObject({
  modelId: bytesOf(32),
  mode: smallUint(8),
  input: bytes,
  context: z.string().max(16_384).optional(),
});
export type PaidQuestion = z.infer<typeof questionSchema>;

/**
 * What an operator answers: its receipt, signed, with the output and what proves it: the hidden activations in the
 * optimistic mode, a proof in the snark mode and where an enclave signs each answer; `0x` where there is none.
 */
export const answerSchema = z.strictObject({
  receipt: receiptSchema,
  operatorSignature: bytesOf(65),
  output: bytes,
  hidden: z.array(bytes).max(16),
  proof: bytes,
});
/** What an operator answers: `answerSchema` reads it from JSON. */
export type Answer = z.infer<typeof answerSchema>;

/** Both: all that the two sides said and signed about one AI action. */
export const recordSchema = z.strictObject({ ...signedRequest, ...answerSchema.shape });
/** One AI action as its two sides signed it: `recordSchema` reads it from JSON. */
export type Record = z.infer<typeof recordSchema>;

/** What a model's id is made of. */
const openingSchema: z.ZodType<ModelOpening> = z.strictObject({
  publisher: bytesOf(20),
  commitment: bytesOf(32),
  spec: bytes,
});

/**
 * What an operator offers: where it is paid, which models it serves in which mode, at which tariff; from when until when, in
 * seconds, signed by its node (`offers.ts`).
 */
export const offerSchema = z.strictObject({
  operator: bytesOf(20),
  chainId: uint(256),
  escrow: bytesOf(20),
  ledger: bytesOf(20),
  models: z.array(
    z.strictObject({
      modelId: bytesOf(32),
      mode: smallUint(8),
      opening: openingSchema,
      base: uint(128),
      inputRate: uint(64),
      outputRate: uint(64),
    }),
  ),
  issuedAt: uint(64),
  validUntil: uint(64),
  signature: bytesOf(65),
});
/** What an operator offers: `offerSchema` reads it from JSON. */
export type Offer = z.infer<typeof offerSchema>;

/** What a node says when it refuses: the error's name, what is wrong, and what to do. */
export const refusalSchema = z.strictObject({ error: z.string(), message: z.string(), remedy: z.string() });
export type RefusalBody = z.infer<typeof refusalSchema>;

/** A committed batch's receipts in order of sequence, as its operator publishes them. */
export const publishedBatchSchema = z.strictObject({ receipts: z.array(receiptSchema).min(1) });
export type PublishedBatch = z.infer<typeof publishedBatchSchema>;

const wholeModelSchema = z.strictObject({ publisher: bytesOf(20), file: z.json() });

/** A model in a bundle: one form or the other, so that an error names the place that is wrong in it. */
const bundledModelSchema = z
  .unknown()
  .transform((value, { issues }): z.infer<typeof wholeModelSchema> | ModelOpening => {
    const isOpening = typeof value === "object" && value !== null && ("commitment" in value || "spec" in value);
    const result = (isOpening ? openingSchema : wholeModelSchema).safeParse(value);
    if (result.success) return result.data;
    issues.push(
      ...result.error.issues.map(({ message, path }) => ({ code: "custom", message, path, input: value }) as const),
    );
    return z.NEVER;
  });

/**
 * A record with all that a stranger needs to check it: the batch that holds it, and the model: whole where anyone may
 * run it, else what its id is made of. `attestation` is the quote by which an enclave's key was registered, with what
 * its manufacturer signed about it.
 */
export const bundleSchema = z.strictObject({
  format: z.literal("surety-bundle-1"),
  chainId: uint(256),
  escrow: bytesOf(20),
  ledger: bytesOf(20),
  record: recordSchema,
  inclusion: z.strictObject({ root: bytesOf(32), proof: z.array(bytesOf(32)).max(64) }).optional(),
  model: bundledModelSchema.optional(),
  attestation: z.strictObject({ quote: bytes, collateral: z.json() }).optional(),
});
/** A record with all that a stranger needs to check it: `bundleSchema` reads it from JSON. */
export type Bundle = z.infer<typeof bundleSchema>;

/** A model that a bundle holds whole. */
export type WholeModel = z.infer<typeof wholeModelSchema>;

/** Reads a JSON value. @throws RecordError naming the places that are wrong */
export function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new RecordError(z.prettifyError(result.error));
  return result.data;
}

/** Reads JSON text. @throws RecordError where it is not JSON, or not of that form */
export function readText<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RecordError("not JSON", { cause });
  }
  return read(schema, value);
}

/** Writes a value of one of these forms as JSON text. @param indent spaces a level; one line where left out */
export function write(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), indent);
}
