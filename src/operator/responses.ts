import { write } from "../core/records.ts";
import { Refusal } from "./refusals.ts";

/** The header that names the refusal which a response is: for whoever counts them. */
export const REFUSAL_HEADER = "surety-refusal";

/** A JSON answer. */
export function json(value: unknown, status = 200): Response {
  return new Response(write(value), { status, headers: { "content-type": "application/json" } });
}

/** The response that says why, and what to do. */
export function refuse(refusal: Refusal): Response {
  const response = json(refusal.body(), refusal.status);
  response.headers.set(REFUSAL_HEADER, refusal.name);
  if (refusal.retryAfter !== undefined) response.headers.set("retry-after", String(refusal.retryAfter));
  return response;
}

/** The response to a body of more bytes than it may have. */
export function tooLarge(most: number): Response {
  return refuse(new Refusal("BodyTooLarge", `a request has at most ${most} bytes`));
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
