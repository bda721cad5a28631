/** Sending orders beside bodies of OpenAI's format: the body is the input, the answer's body the output. */
import { type Fetch, NodeError } from "../chain/http.ts";
import { concat, fromHex, toHex } from "../core/bytes.ts";
import { type Answer, readText, RecordError, refusalSchema } from "../core/records.ts";
import { decodeReceiptHeader, encodeRequestHeader, RECEIPT_HEADER, REQUEST_HEADER, splitStream } from "../core/wire.ts";
import type { Transport } from "./client.ts";
import { StreamBrokenError } from "./errors.ts";

/** How long an answer may take in all, in milliseconds: long texts are written slowly. */
const PATIENCE_MS = 600_000;

/** How much it may say, in bytes. */
const MAX_ANSWER = 16 * 1024 * 1024;

/** What comes before a receipt in a stream; the line's end is still part of the output. */
const MARK = new TextEncoder().encode(`\n: ${RECEIPT_HEADER} `);

/**
 * Takes orders whose input is a body of OpenAI's format to a node.
 * @param onPart told of a stream's output as it comes. Once it was, whatever goes wrong is a StreamBrokenError
 */
export function headedTransport(fetch: Fetch, endpoint: string, onPart?: (bytes: Uint8Array) => void): Transport {
  return async (ask) => {
    const body = fromHex(ask.input) as Uint8Array<ArrayBuffer>;
    const url = `${endpoint}/v1/${routeOf(body)}`;
    const headers = { "content-type": "application/json", [REQUEST_HEADER]: encodeRequestHeader(ask) };
    const parts = new Parts(onPart);
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
      const isStream = response.ok && response.headers.get("content-type")?.startsWith("text/event-stream") === true;
      for await (const chunk of (response.body as ReadableStream<Uint8Array> | null) ?? []) parts.add(chunk, isStream);
      const bytes = parts.whole();
      if (!response.ok) throw refusalIn(bytes);
      return isStream ? answerIn(bytes) : { ...headOf(response), ...outputOf(bytes) };
    } catch (cause) {
      throw explain(url, cause, parts.isBegun);
    }
  };
}

/** What a body of OpenAI's format is for. */
function routeOf(body: Uint8Array): "chat/completions" | "completions" {
  const { messages } = JSON.parse(new TextDecoder().decode(body)) as { readonly messages?: unknown };
  return messages === undefined ? "completions" : "chat/completions";
}

/** An answer as it comes: all of it, and what of it can be handed on already. */
class Parts {
  isBegun = false;
  readonly #onPart: ((bytes: Uint8Array) => void) | undefined;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  /** What was not handed on: it may be the beginning of the receipt. */
  #held = new Uint8Array();
  #isEnding = false;

  constructor(onPart: ((bytes: Uint8Array) => void) | undefined) {
    this.#onPart = onPart;
  }

  /** @throws RecordError where there is more than an answer may have */
  add(chunk: Uint8Array, isStream: boolean): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > MAX_ANSWER) throw new RecordError(`more than ${MAX_ANSWER} bytes`);
    if (!isStream || this.#onPart === undefined || this.#isEnding) return;
    const pending = concat(this.#held, chunk);
    const place = placeOfMark(pending);
    this.#isEnding = pending.length - place >= MARK.length;
    this.#held = pending.slice(place);
    if (place === 0) return;
    this.isBegun = true;
    this.#onPart(pending.slice(0, place));
  }

  whole(): Uint8Array {
    return concat(...this.#chunks);
  }
}

/** Where the mark begins, or could as far as can be seen; the end where it nowhere does. */
function placeOfMark(bytes: Uint8Array): number {
  for (let place = bytes.indexOf(MARK[0] ?? 0); place !== -1; place = bytes.indexOf(MARK[0] ?? 0, place + 1)) {
    const seen = bytes.subarray(place, place + MARK.length);
    if (seen.every((byte, index) => byte === MARK[index])) return place;
  }
  return bytes.length;
}

function headOf({ headers }: Response): Omit<Answer, "output" | "hidden"> {
  const header = headers.get(RECEIPT_HEADER);
  if (header === null) throw new RecordError(`the answer has no header ${RECEIPT_HEADER}`);
  return decodeReceiptHeader(header);
}

function answerIn(bytes: Uint8Array): Answer {
  const { output, receipt } = splitStream(bytes);
  return { ...receipt, ...outputOf(output) };
}

function outputOf(bytes: Uint8Array): Pick<Answer, "output" | "hidden"> {
  return { output: toHex(bytes), hidden: [] };
}

function refusalIn(bytes: Uint8Array): NodeError {
  const { error, message, remedy } = readText(refusalSchema, new TextDecoder().decode(bytes));
  return new NodeError({ reason: error, message, remedy });
}

function explain(url: string, cause: unknown, isBegun: boolean): Error {
  const error = cause instanceof NodeError ? cause : asNodeError(url, cause);
  return isBegun ? new StreamBrokenError(error) : error;
}

function asNodeError(url: string, cause: unknown): NodeError {
  if (cause instanceof RecordError) {
    const message = `${url} answered what this version cannot read: ${cause.message}`;
    return new NodeError({ reason: "Unreadable", message, remedy: "ask another operator" }, { cause });
  }
  const message = `${url} does not answer`;
  return new NodeError({ reason: "Unreachable", message, remedy: "ask another operator, or try again" }, { cause });
}
