import { type Context, Hono } from "hono";
import { concat, equalBytes, fromHex, toHex } from "../core/bytes.ts";
import type { Answer } from "../core/records.ts";
import {
  decodeRequestHeader,
  encodeReceiptComment,
  encodeReceiptHeader,
  RECEIPT_HEADER,
  REQUEST_HEADER,
  STREAM_END,
} from "../core/wire.ts";
import type { Job } from "./engine.ts";
import type { OperatorNode } from "./node.ts";
import { type OpenAIBody, type OpenAIRoute, readOpenAIBody, routeOfBody } from "./openai.ts";
import { Refusal } from "./refusals.ts";
import { json, limitBody, PAYMENT_HEADER, readBytes, refusalFor, sold } from "./responses.ts";

/** The greatest body, in bytes: a prompt of some hundred thousand words. */
const MAX_BODY = 1024 * 1024;

/**
 * What speaks OpenAI's format: bodies as they are, order and receipt in headers; the receipt of a stream in a comment
 * before its end.
 * @param onError told of what is no refusal and comes to light in the middle of a stream
 */
export function openaiApi(node: OperatorNode, onError: (error: Error, path: string) => void): Hono {
  const app = new Hono();
  app.get("/v1/models", () => {
    const data = node.named().map(({ name, opening: { publisher } }) => {
      return { id: name, object: "model", created: Number(node.openedAt), owned_by: publisher };
    });
    return json({ object: "list", data });
  });
  const limit = limitBody(MAX_BODY);
  for (const route of ["chat/completions", "completions"] as const) {
    app.post(`/v1/${route}`, limit, async (context) => answer(context, { node, route, onError }));
  }
  return app;
}

interface Surroundings {
  readonly node: OperatorNode;
  readonly route: OpenAIRoute;
  readonly onError: (error: Error, path: string) => void;
}

async function answer({ req }: Context, { node, route, onError }: Surroundings): Promise<Response> {
  const input = await readBytes(req.raw);
  const body = readOpenAIBody(input);
  if (routeOfBody(body) !== route) throw new Refusal("InputRejected", `not a body for ${route}`);
  const header = req.header(REQUEST_HEADER);
  if (header === undefined) return sell(node, { req, body, input });
  const ask = { ...decodeRequestHeader(header), input: toHex(input) };
  if (body.stream !== true) return whole(await node.serve(ask));
  return streamed(
    (emit) => node.serve(ask, emit),
    (error) => {
      onError(error, req.path);
    },
  );
}

/** A stream that is paid for at once is sent when it is whole: nobody pays for half an answer, and nobody reads it before. */
async function sell(
  node: OperatorNode,
  { req, body, input }: Pick<Context, "req"> & { readonly body: OpenAIBody; readonly input: Uint8Array },
): Promise<Response> {
  const named = node.named().find(({ name }) => name === body.model);
  if (named === undefined) throw new Refusal("ModelNotServed", `no model ${body.model.slice(0, 80)} here`);
  const question = { modelId: named.modelId, mode: named.mode, input: toHex(input) };
  const sale = await node.sell({ question, payment: req.header(PAYMENT_HEADER), path: req.path });
  const isStream = body.stream === true;
  return sold(isStream ? stream(ending(sale.answer, new Uint8Array())) : whole(sale.answer), sale);
}

function whole(served: Answer): Response {
  const headers = { "content-type": "application/json", [RECEIPT_HEADER]: encodeReceiptHeader(served) };
  return new Response(fromHex(served.output) as Uint8Array<ArrayBuffer>, { headers });
}

function stream(body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}

/**
 * A stream that begins with the answer's first bytes: what is refused before them has its status. Whoever leaves in the
 * middle has ordered all the same: the answer is finished, charged, and there for whoever asks with the same order.
 */
async function streamed(
  serve: (emit: NonNullable<Job["emit"]>) => Promise<Answer>,
  onError: (error: Error) => void,
): Promise<Response> {
  const sent: Uint8Array[] = [];
  const begun = Promise.withResolvers<undefined>();
  const pipe = openPipe();
  const emit = (bytes: Uint8Array) => {
    sent.push(bytes);
    pipe.write(bytes);
    begun.resolve(undefined);
  };
  const finished = serve(emit).then((served) => {
    pipe.write(ending(served, concat(...sent)));
    pipe.end();
  });
  // Once the stream has begun a failure can only be told in it: clients of this format know an error there for one.
  void finished.catch((cause: unknown) => {
    if (sent.length > 0) pipe.write(text(`data: ${JSON.stringify(refusalFor(cause, onError).body())}\n\n`));
    pipe.end();
  });
  await Promise.race([begun.promise, finished]);
  return stream(pipe.stream);
}

/** What is still to be sent: the rest of the output, the receipt, the end. @throws Refusal where another was sent */
function ending(served: Answer, sent: Uint8Array): Uint8Array<ArrayBuffer> {
  const output = fromHex(served.output);
  if (!equalBytes(output.subarray(0, sent.length), sent)) {
    throw new Refusal("UpstreamFailed", "another node has answered this order in other words meanwhile");
  }
  return concat(output.subarray(sent.length), text(encodeReceiptComment(served)), text(STREAM_END));
}

/** A stream, and its other end, on which nothing is written any more once the reader has left. */
function openPipe() {
  let isOpen = true;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start: (own) => {
      controller = own;
    },
    cancel: () => {
      isOpen = false;
    },
  });
  return {
    stream,
    write: (bytes: Uint8Array) => {
      if (isOpen) controller?.enqueue(bytes);
    },
    end: () => {
      if (isOpen) controller?.close();
      isOpen = false;
    },
  };
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
