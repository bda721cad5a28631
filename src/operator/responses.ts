import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ChainError } from "../chain/errors.ts";
import { RecordError, write } from "../core/records.ts";
import { encodeReceiptHeader, encodeRequestHeader, RECEIPT_HEADER, REQUEST_HEADER } from "../core/wire.ts";
import { Refusal } from "./refusals.ts";
import type { Sale } from "./sales.ts";

/** The header that names the refusal which a response is: for whoever counts them. */
export const REFUSAL_HEADER = "surety-refusal";

/** The header of a request that pays for it by x402. */
export const PAYMENT_HEADER = "payment-signature";

/** An answer that was paid for, with what proves it: whoever knows nothing of Surety need not read it. */
export function sold(response: Response, { answer, asked, response: outcome }: Sale): Response {
  response.headers.set("payment-response", outcome);
  response.headers.set(REQUEST_HEADER, encodeRequestHeader(asked));
  response.headers.set(RECEIPT_HEADER, encodeReceiptHeader(answer));
  return response;
}

/** A JSON answer. */
export function json(value: unknown, status = 200): Response {
  return new Response(write(value), { status, headers: { "content-type": "application/json" } });
}

/** The response that says why, and what to do. */
export function refuse(refusal: Refusal): Response {
  const response = json(refusal.body(), refusal.status);
  for (const [name, value] of Object.entries(refusal.headers)) response.headers.set(name, value);
  response.headers.set(REFUSAL_HEADER, refusal.name);
  if (refusal.retryAfter !== undefined) response.headers.set("retry-after", String(refusal.retryAfter));
  return response;
}

/**
 * What a client is told of an error.
 * @param onError told of what is no refusal
 */
export function refusalFor(cause: unknown, onError: (error: Error) => void): Refusal {
  if (cause instanceof Refusal) return cause;
  if (cause instanceof RecordError) return new Refusal("Malformed", cause.message, { cause });
  onError(cause instanceof Error ? cause : new Error(String(cause)));
  if (cause instanceof ChainError) return new Refusal("ChainUnavailable", "the node cannot ask the chain", { cause });
  return new Refusal("Internal", "the node could not do it", { cause });
}

/** Refuses a body of more bytes than it may have. */
export function limitBody(most: number): MiddlewareHandler {
  const tooLarge = (): Response => refuse(new Refusal("BodyTooLarge", `a request has at most ${most} bytes`));
  const count = bodyLimit({ maxSize: most, onError: tooLarge });
  return async (context, next) => {
    // The server holds a body to its length, and one that nobody has touched it reads at a fraction of the cost.
    const length = context.req.header("content-length");
    if (length === undefined || context.req.header("transfer-encoding") !== undefined) return count(context, next);
    return Number(length) > most ? tooLarge() : next();
  };
}

/** A request's body. @throws Refusal where it does not arrive, or is said to be something else than JSON */
export async function readBytes(request: Request): Promise<Uint8Array> {
  const type = request.headers.get("content-type");
  if (type !== null && !/^application\/json\b/i.test(type)) {
    throw new Refusal("MediaTypeUnsupported", `a body of ${type.slice(0, 80)}`);
  }
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (cause) {
    // Whoever hangs up, or is too slow, will not read this.
    throw new Refusal("Malformed", "the body did not arrive", { cause });
  }
}
