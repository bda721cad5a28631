import type { Fetch } from "../chain/http.ts";
import { concat, type Hex } from "../core/bytes.ts";
import { ATTESTED_KEY_SPEC } from "../core/enclave/kinds.ts";
import { type ModelOpening, openedId } from "../core/model/opening.ts";
import { Mode } from "../core/typedData.ts";
import { encodeUpstreamSpec } from "../core/upstream.ts";
import { type Computation, type Engine, isFor, type Job, notServed, type Offering, type Usage } from "./engine.ts";
import { readEvents } from "./events.ts";
import {
  boundedBody,
  mostTokens,
  type OpenAIBody,
  type OpenAIUsage,
  readOpenAIBody,
  readOpenAIPart,
  routeOfBody,
} from "./openai.ts";
import { Refusal } from "./refusals.ts";

/** A model that a server behind the node runs. */
export interface UpstreamModel {
  /** What the server calls it, and requests do. */
  readonly name: string;
  readonly publisher: Hex;
  /** What the publisher commits to: the digest of the weights, 32 bytes. */
  readonly commitment: Hex;
}

/** Why the answers of a server behind the node are to be believed. */
export type UpstreamMode = typeof Mode.signed | typeof Mode.enclave;

/** Where answers come from, and how much is taken from there. */
export interface UpstreamOptions {
  /** The server's address up to and with its version, as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** Its key, where it asks for one. */
  readonly apiKey?: string;
  readonly models: readonly UpstreamModel[];
  /** The enclave mode where one enclave holds the server and the node with its key; signed where left out. */
  readonly mode?: UpstreamMode;
  readonly fetch: Fetch;
  /** How many tokens an answer has at most, whatever the client asks for; 4,096 where left out. */
  readonly maxOutputUnits?: number;
  /** How long it may be silent, in milliseconds, before the answer is given up; two minutes where left out. */
  readonly patience?: number;
}

/** How many tokens an answer has at most, where the operator does not say. */
export const MAX_OUTPUT_UNITS = 4_096;

const PATIENCE = 120_000;

/** The longest answer, in bytes. */
const MAX_OUTPUT = 8 * 1024 * 1024;

/**
 * What makes the id of a model behind a server; of one in an enclave, where the spec names the kind of enclave, the name is
 * in what the publisher commits to.
 * @throws UpstreamSpecError where its name is none
 */
export function upstreamOpening(
  { publisher, commitment, name }: UpstreamModel,
  mode: UpstreamMode = Mode.signed,
): ModelOpening {
  const spec = encodeUpstreamSpec(name);
  return { publisher, commitment, spec: mode === Mode.enclave ? ATTESTED_KEY_SPEC : spec };
}

/**
 * Has a server behind the node answer, in OpenAI's format: vLLM, Ollama, whatever speaks it. Input and output are the
 * bodies, byte for byte; of a stream all that comes before its end. The units are the tokens that the server counts: never
 * more than were quoted, and none where it counts none.
 */
export class UpstreamEngine implements Engine {
  readonly offers: readonly Offering[];
  readonly #options: UpstreamOptions;
  readonly #names: ReadonlyMap<Hex, string>;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    const { models, mode = Mode.signed } = options;
    const openings = models.map((model) => ({ name: model.name, opening: upstreamOpening(model, mode) }));
    this.#names = new Map(openings.map(({ name, opening }) => [openedId(opening), name]));
    this.offers = openings.map(({ name, opening }) => ({ modelId: openedId(opening), mode, opening, name }));
  }

  quote({ input }: Pick<Job, "input">): Usage {
    const { maxOutputUnits = MAX_OUTPUT_UNITS } = this.#options;
    const wanted = mostTokens(readOpenAIBody(input)) ?? maxOutputUnits;
    // A token has a byte at least; what the server's template adds is the operator's.
    return { inputUnits: input.length, outputUnits: Math.min(wanted, maxOutputUnits) };
  }

  async run(job: Job): Promise<Computation> {
    const name = this.#names.get(job.modelId);
    if (name === undefined || !this.offers.some((offer) => isFor(offer, job))) throw notServed(job, this.offers);
    const body = readOpenAIBody(job.input);
    if (body.model !== name) {
      throw new Refusal("InputRejected", `the body asks for model ${body.model}, the order is for ${name}`);
    }
    const quoted = this.quote(job);
    const most = Math.min(quoted.outputUnits, job.most?.outputUnits ?? quoted.outputUnits);
    if (most < 1) throw new Refusal("PriceTooLow", "the order pays for no token of an answer");
    const { output, usage } = await this.#ask(body, most, job.emit);
    return {
      output,
      hidden: [],
      proof: new Uint8Array(),
      inputUnits: Math.min(usage?.prompt_tokens ?? 0, quoted.inputUnits),
      outputUnits: Math.min(usage?.completion_tokens ?? 0, most),
    };
  }

  /** @throws Refusal where no whole answer comes */
  async #ask(body: OpenAIBody, tokens: number, emit: Job["emit"]): Promise<Answered> {
    const { url, apiKey, fetch, patience = PATIENCE } = this.#options;
    const route = routeOfBody(body);
    const silence = new AbortController();
    const timer = setTimeout(() => {
      silence.abort(new Error(`nothing came for ${patience} ms`));
    }, patience);
    const headers = {
      "content-type": "application/json",
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    };
    try {
      const init = { method: "POST", headers, body: boundedBody(body, tokens), signal: silence.signal };
      const response = await fetch(`${url}/${route}`, { ...init, redirect: "error" });
      const chunks = readChunks(response, () => timer.refresh());
      if (!response.ok) throw await refusalOf(response.status, chunks);
      return await (body.stream === true ? readStream(chunks, body, emit) : readWhole(chunks));
    } catch (cause) {
      if (cause instanceof Refusal) throw cause;
      throw new Refusal("UpstreamFailed", "the server behind this node gave no whole answer", { cause });
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }
}

/** An answer, and what the server says that it took. */
interface Answered {
  readonly output: Uint8Array;
  readonly usage: OpenAIUsage | undefined;
}

/** @throws RangeError where the answer is longer than answers may be */
async function* readChunks({ body }: Response, onChunk: () => void): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of (body as ReadableStream<Uint8Array> | null) ?? []) {
    onChunk();
    size += chunk.length;
    if (size > MAX_OUTPUT) throw new RangeError(`an answer of more than ${MAX_OUTPUT} bytes`);
    yield chunk;
  }
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return concat(...parts);
}

async function readWhole(chunks: AsyncIterable<Uint8Array>): Promise<Answered> {
  const output = await joined(chunks);
  const { usage } = readOpenAIPart(new TextDecoder("utf-8", { fatal: true }).decode(output));
  return { output, usage };
}

/** Passes a stream on as it comes, but for its end: before that the receipt must stand. */
async function readStream(
  chunks: AsyncIterable<Uint8Array>,
  { stream_options }: OpenAIBody,
  emit: Job["emit"],
): Promise<Answered> {
  const parts: Uint8Array[] = [];
  let usage: OpenAIUsage | undefined;
  for await (const { bytes, data } of readEvents(chunks)) {
    if (data === "[DONE]") return { output: concat(...parts), usage };
    const part = data === undefined ? undefined : readOpenAIPart(data);
    usage = part?.usage ?? usage;
    // Whoever did not ask for usage may not expect a part without choices.
    if (part?.isUsageOnly === true && stream_options?.include_usage !== true) continue;
    parts.push(bytes);
    emit?.(bytes);
  }
  throw new Error("the stream has no end");
}

/** How much of the server's own words is passed on, in UTF-16 units. */
const MAX_WORDS = 300;

/** What the client is told where the server refuses: why, if the fault is in the request. */
async function refusalOf(status: number, chunks: AsyncIterable<Uint8Array>): Promise<Refusal> {
  const isClients = [400, 413, 422].includes(status);
  if (!isClients) return new Refusal("UpstreamFailed", `the server behind this node answers ${status}`);
  const text = new TextDecoder().decode(await joined(chunks));
  return new Refusal("InputRejected", `the model's server refuses it: ${text.slice(0, MAX_WORDS)}`);
}
