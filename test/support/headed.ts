/** Asking in OpenAI's format with the order in a header, as a client without any help does it. */
import { toHex } from "../../src/core/bytes.ts";
import { openedId } from "../../src/core/model/opening.ts";
import type { Record } from "../../src/core/records.ts";
import { Mode } from "../../src/core/typedData.ts";
import {
  decodeReceiptHeader,
  encodeRequestHeader,
  RECEIPT_HEADER,
  REQUEST_HEADER,
  splitStream,
} from "../../src/core/wire.ts";
import { upstreamOpening } from "../../src/operator/upstreamEngine.ts";
import { type AskChanges, makeAsk, type Stage, tariff } from "./stage.ts";
import { babbler, WORDS } from "./upstream.ts";

/** The id of the model that the test's server runs. */
export const babblerId = openedId(upstreamOpening(babbler));

/** The bytes of a request's body. */
export function bodyOf(body: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}

/** A chat of one message. */
export function chat(content: string, changes: object = {}): Uint8Array {
  return bodyOf({ model: babbler.name, messages: [{ role: "user", content }], ...changes });
}

/** What a request of such a body may cost by the tariff, where its answer has so many tokens at most. */
export function priceFor(input: Uint8Array, tokens: number = WORDS): bigint {
  return tariff.base + tariff.inputRate * BigInt(input.length) + tariff.outputRate * BigInt(tokens);
}

/** An ask for the test's server, as an honest client signs it, but for the changes. */
export function makeHeaded(stage: Stage, input: Uint8Array, { order, request, ...changes }: AskChanges = {}) {
  const maxPrice = order?.maxPrice ?? priceFor(input);
  return makeAsk(stage, {
    input,
    order: { modelId: babblerId, mode: Mode.signed, maxPrice, ...order },
    request: { ceiling: maxPrice, ...request },
    ...changes,
  });
}

/** Sends an ask as a body and a header. */
export async function sendHeaded(
  url: string,
  ask: ReturnType<typeof makeHeaded>,
  { input, route = "chat/completions", signal }: { input: Uint8Array; route?: string; signal?: AbortSignal },
): Promise<Response> {
  const headers = { "content-type": "application/json", [REQUEST_HEADER]: encodeRequestHeader(ask) };
  const body = input as Uint8Array<ArrayBuffer>;
  return fetch(`${url}/v1/${route}`, { method: "POST", headers, body, ...(signal && { signal }) });
}

/** The record of an answer: what the client can check. */
export async function recordOf(ask: ReturnType<typeof makeHeaded>, response: Response): Promise<Record> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { client: _, ...asked } = ask;
  const header = response.headers.get(RECEIPT_HEADER);
  if (header !== null) return { ...asked, ...decodeReceiptHeader(header), output: toHex(bytes), hidden: [] };
  const { output, receipt } = splitStream(bytes);
  return { ...asked, ...receipt, output: toHex(output), hidden: [] };
}
