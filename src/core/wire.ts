/**
 * How a request and its receipt travel beside bodies of another format, as OpenAI's: each in one header, as base64url of
 * its JSON. The body is the input, byte for byte, and the answer's body the output.
 */
import canonicalize from "canonicalize";
import { z } from "zod";
import { answerSchema, askSchema, readText, RecordError, write } from "./records.ts";

/** The header of a request: the order, signed. HTTP knows no upper and lower case in names. */
export const REQUEST_HEADER = "surety-request";

/** The header of an answer: the receipt, signed. */
export const RECEIPT_HEADER = "surety-receipt";

/** What ends a stream of OpenAI's format. */
export const STREAM_END = "data: [DONE]\n\n";

/** An ask without its input, which is the body. */
const headedRequestSchema = askSchema.omit({ input: true });
/** What the request's header carries: an ask without its input. */
export type HeadedRequest = z.infer<typeof headedRequestSchema>;

/** An answer without its output, which is the body. */
const headedReceiptSchema = answerSchema.omit({ output: true, hidden: true });
/** What the receipt's header carries: an answer without its output and its hidden vectors. */
export type HeadedReceipt = z.infer<typeof headedReceiptSchema>;

/** The value of the header `Surety-Request`. */
export function encodeRequestHeader({ request, clientSignature, client, context }: HeadedRequest): string {
  return encode({ request, clientSignature, client, context });
}

/** Reads the header `Surety-Request`. @throws RecordError where it is none */
export function decodeRequestHeader(header: string): HeadedRequest {
  return decode(headedRequestSchema, header);
}

/** The value of the header `Surety-Receipt`. */
export function encodeReceiptHeader({ receipt, operatorSignature, proof }: HeadedReceipt): string {
  return encode({ receipt, operatorSignature, proof });
}

/** Reads the header `Surety-Receipt`. @throws RecordError where it is none */
export function decodeReceiptHeader(header: string): HeadedReceipt {
  return decode(headedReceiptSchema, header);
}

/** The comment that a stream has before its end, and that readers who do not look for it skip. */
export function encodeReceiptComment(receipt: HeadedReceipt): string {
  return `${COMMENT}${encodeReceiptHeader(receipt)}\n\n`;
}

const COMMENT = `: ${RECEIPT_HEADER} `;

/**
 * Takes a whole stream apart: what was signed for, byte for byte, and the receipt.
 * @throws RecordError where it does not end with a receipt: then it was cut, and nothing is owed for it
 */
export function splitStream(bytes: Uint8Array): { readonly output: Uint8Array; readonly receipt: HeadedReceipt } {
  // Latin-1 has a character for each byte, so that places in the text are places in the bytes.
  const text = new TextDecoder("latin1").decode(bytes);
  const start = text.lastIndexOf(`\n${COMMENT}`) + 1;
  const isWhole = text.endsWith(`\n\n${STREAM_END}`);
  if (start === 0 || !isWhole) throw new RecordError("the stream does not end with a receipt");
  const header = text.slice(start + COMMENT.length, -STREAM_END.length - 2);
  return { output: bytes.slice(0, start), receipt: decodeReceiptHeader(header) };
}

/** In canonical form (RFC 8785): one value has one header, however it was put together. */
function encode(value: unknown): string {
  const text = canonicalize(JSON.parse(write(value))) ?? "";
  return z.util.uint8ArrayToBase64url(new TextEncoder().encode(text));
}

function decode<T>(schema: z.ZodType<T>, header: string): T {
  return readText(schema, decodeText(header));
}

/** @throws RecordError where it is not base64url of UTF-8 */
function decodeText(header: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(z.util.base64urlToUint8Array(header));
  } catch (cause) {
    throw new RecordError("not base64url of JSON in UTF-8", { cause });
  }
}
