/** OpenAI's client talking to bonded operators: what it asks is ordered, paid and verified on the way. */
import { z } from "zod";
import type { OperatorEntry } from "../chain/directory.ts";
import { type Fetch } from "../chain/http.ts";
import { type Hex } from "../core/bytes.ts";
import type { Context } from "../core/context.ts";
import { Mode } from "../core/typedData.ts";
import { isCalled } from "../core/upstream.ts";
import { STREAM_END } from "../core/wire.ts";
import { UsageError } from "./errors.ts";
import { headedTransport } from "./headed.ts";
import type { Market } from "./market.ts";
import type { Answered, Payer } from "./payer.ts";

/** The base URL under which the best operator is asked, and not one of the caller's choice. */
export const ANY_OPERATOR = "https://any-operator.invalid/v1";

/** What `openaiFetch` takes. */
export interface OpenAIOptions {
  /** The ids of models by the names that requests call them. A name that one model alone is offered under needs none. */
  readonly models?: Readonly<Record<string, Hex>>;
  /** Why answers are to be believed: by the operator's bond where left out, or by an enclave that holds the model's server. */
  readonly mode?: typeof Mode.signed | typeof Mode.enclave;
  /** What an answer may cost, in the token's smallest unit; what the tariff says where left out. */
  readonly maxPrice?: bigint;
  /** How many tokens an answer may have where the request does not say it: 1,024 where left out. */
  readonly maxTokens?: number;
  readonly context?: Partial<Context>;
  /** Told of every answer that was verified, with its record. */
  readonly onAnswer?: (answered: Answered) => void;
}

interface Means {
  readonly payer: Payer;
  readonly market: Market;
  readonly fetch: Fetch;
}

const MAX_TOKENS = 1_024;

/** What of a body decides what it may cost. */
const bodySchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
});

/**
 * A `fetch` for OpenAI's client: `new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0, fetch })`. Completions go to the
 * operator whose node the base URL names, or to the best one under `ANY_OPERATOR`; answers come back when they are
 * verified, streams as they come, their end when the receipt is. What else is asked for is passed on as it is.
 * @throws as `Surety.ask` does, the function; and UsageError where it is asked for what it cannot order
 */
export function openaiFetch(means: Means, options: OpenAIOptions): Fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const isCompletion = request.method === "POST" && /\/v1\/(chat\/)?completions$/.test(pathname);
    if (!isCompletion) return means.fetch(input, init);
    const place = request.url.slice(0, request.url.indexOf("/v1/"));
    const bytes = new Uint8Array(await request.arrayBuffer());
    return order(bytes, place, means, options);
  };
}

async function order(bytes: Uint8Array, place: string, means: Means, options: OpenAIOptions): Promise<Response> {
  const { payer, market, fetch } = means;
  const { maxPrice, context, onAnswer, maxTokens = MAX_TOKENS, mode = Mode.signed } = options;
  const body = readBody(bytes);
  const limits = [body.max_tokens, body.max_completion_tokens].filter((limit) => typeof limit === "number");
  const operator = await operatorAt(place, market);
  const question = {
    model: options.models?.[body.model] ?? (await modelNamed(body.model, mode, market)),
    mode,
    input: bytes,
    outputUnits: limits.length === 0 ? maxTokens : Math.min(...limits),
    ...(operator === undefined ? {} : { operator }),
    ...(maxPrice === undefined ? {} : { maxPrice }),
    ...(context === undefined ? {} : { context }),
  };
  if (body.stream !== true) {
    const answered = await payer.ask(question, (endpoint) => headedTransport(fetch, endpoint));
    onAnswer?.(answered);
    const headers = { "content-type": "application/json" };
    return new Response(answered.output as Uint8Array<ArrayBuffer>, { headers });
  }
  const pipe = new Pipe();
  const answering = payer.ask(question, (endpoint) => headedTransport(fetch, endpoint, (part) => pipe.write(part)));
  void answering.then(
    (answered) => {
      onAnswer?.(answered);
      pipe.end(answered.output);
    },
    (cause: unknown) => pipe.fail(cause),
  );
  return pipe.response;
}

/** A stream's answer: there with its first part, or its failure. What came before a failure is read before it. */
class Pipe {
  readonly response: Promise<Response>;
  readonly #begun = Promise.withResolvers<Response>();
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #written = 0;
  #last: { readonly failure?: unknown } | undefined;
  /** Fulfilled when there is something new to read. */
  #news = Promise.withResolvers<undefined>();

  constructor() {
    this.response = this.#begun.promise;
  }

  write(part: Uint8Array): void {
    this.#written += part.length;
    this.#parts.push(part as Uint8Array<ArrayBuffer>);
    if (this.#written === part.length) this.#begun.resolve(this.#open());
    this.#tell();
  }

  /** Writes what is left of the output, now that it is verified, and the end. */
  end(output: Uint8Array): void {
    this.write(output.slice(this.#written));
    this.write(new TextEncoder().encode(STREAM_END));
    this.#last = {};
    this.#tell();
  }

  fail(failure: unknown): void {
    this.#begun.reject(failure);
    this.#last = { failure };
    this.#tell();
  }

  /** Whoever leaves it has ordered all the same: the rest comes for its receipt, and nobody reads it. */
  #open(): Response {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => this.#pull(controller);
    const stream = new ReadableStream({ pull }, { highWaterMark: 0 });
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#parts.length === 0 && this.#last === undefined) await this.#news.promise;
    const part = this.#parts.shift();
    if (part !== undefined) controller.enqueue(part);
    else if (this.#last !== undefined && "failure" in this.#last) controller.error(this.#last.failure);
    else controller.close();
  }

  #tell(): void {
    this.#news.resolve(undefined);
    this.#news = Promise.withResolvers();
  }
}

/** @throws UsageError where it is none that can be ordered */
function readBody(bytes: Uint8Array): z.infer<typeof bodySchema> {
  try {
    return bodySchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : "it is not JSON";
    throw new UsageError(`the request's body cannot be ordered: ${problem}`, { cause });
  }
}

/** Whose node is at an address; undefined where any will do. @throws UsageError where it is nobody's */
async function operatorAt(place: string, market: Market): Promise<Hex | undefined> {
  if (ANY_OPERATOR.startsWith(place)) return undefined;
  const isThere = ({ endpoint }: OperatorEntry) => endpoint === place;
  const found = (await market.directory()).find(isThere);
  if (found !== undefined) return found.operator;
  throw new UsageError(`no operator has registered a node at ${place}: use another base URL, or ANY_OPERATOR`);
}

/** The model that is offered under a name. @throws UsageError where there is none, or more than one */
async function modelNamed(name: string, mode: Mode, market: Market): Promise<Hex> {
  const offered = (await market.operators()).flatMap(({ offer }) => offer.models);
  const named = offered.filter((offer) => offer.mode === mode && isCalled(offer.opening, name));
  const ids = new Set(named.map(({ modelId }) => modelId));
  const [id, other] = ids;
  if (id === undefined) throw new UsageError(`no operator offers a model by the name of ${name}`);
  // Anybody can publish a model by any name.
  if (other !== undefined) {
    throw new UsageError(`${[...ids].join(" and ")} are both called ${name}: say in models which one is meant`);
  }
  return id;
}
