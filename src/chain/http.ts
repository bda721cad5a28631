import type { z } from "zod";
import { SuretyError } from "../core/errors.ts";
import { readText, RecordError, refusalSchema } from "../core/records.ts";

/** The `fetch` of the platform, or one that a test passes in. */
export type Fetch = typeof globalThis.fetch;

/** A node that does not answer, refuses, or answers what cannot be read. */
export class NodeError extends SuretyError {
  override readonly name = "NodeError";
  declare readonly remedy: string;

  /** @param refusal its reason is the refusal's name as the node gave it; `Unreachable` or `Unreadable` where it gave none */
  constructor(
    { reason, message, remedy }: { reason: string; message: string; remedy: string },
    options?: ErrorOptions,
  ) {
    super(`${reason}: ${message}`, { ...options, reason, remedy });
  }
}

/** How long a node may take to answer, in milliseconds, and how much it may say, in bytes. */
const PATIENCE_MS = 30_000;
const MAX_ANSWER = 16 * 1024 * 1024;

/**
 * Asks an operator's node and reads its answer. A redirect is none: a node is where its operator said.
 * @param body sent by POST; a GET where left out
 * @throws NodeError where the node refuses, or cannot be reached or read
 */
export async function callNode<T>(
  fetch: Fetch,
  { url, schema, body }: { readonly url: string; readonly schema: z.ZodType<T>; readonly body?: string },
): Promise<T> {
  const [ok, text] = await send(fetch, { url, body, redirect: "error" });
  try {
    if (ok) return readText(schema, text);
    const { error, message, remedy } = readText(refusalSchema, text);
    throw new NodeError({ reason: error, message, remedy });
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw unreadable(url, cause);
  }
}

/** Reads what lies at an address. @throws NodeError where it cannot be reached, or is no http or https address */
export async function download(fetch: Fetch, address: string): Promise<string> {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const message = `${address.slice(0, 200)} is no http or https address`;
    throw new NodeError({ reason: "AddressInvalid", message, remedy: "have whoever published it publish another" });
  }
  const [ok, text] = await send(fetch, { url: url.href, body: undefined, redirect: "follow" });
  if (ok) return text;
  const message = `${url.href} answers with an error`;
  throw new NodeError({ reason: "Unreadable", message, remedy: "try again, or have it published again" });
}

async function send(
  fetch: Fetch,
  {
    url,
    body,
    redirect,
  }: { readonly url: string; readonly body: string | undefined; readonly redirect: "error" | "follow" },
): Promise<[ok: boolean, text: string]> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const init = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body };
    const response = await fetch(url, { ...init, redirect, signal });
    return [response.ok, await readBody(response)];
  } catch (cause) {
    if (cause instanceof RecordError) throw unreadable(url, cause);
    const message = `${url} does not answer`;
    throw new NodeError({ reason: "Unreachable", message, remedy: "ask another operator, or try again" }, { cause });
  }
}

/** Reads a body as text. @throws RecordError where it is larger than an answer may be */
async function readBody({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const chunk of (body as ReadableStream<Uint8Array> | null) ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER) throw new RecordError(`more than ${MAX_ANSWER} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function unreadable(url: string, cause: RecordError): NodeError {
  const message = `${url} answered what this version cannot read: ${cause.message}`;
  return new NodeError({ reason: "Unreadable", message, remedy: "ask another operator" }, { cause });
}
