/** A server that speaks OpenAI's format over real HTTP, whose model is arithmetic; it misbehaves when it is told to. */
import { Hono } from "hono";
import { listen } from "../../src/operator/server.ts";
import type { UpstreamModel } from "../../src/operator/upstreamEngine.ts";
import { secretNamed } from "./constants.ts";
import { close, published } from "./stage.ts";

/** What can go wrong with a server. */
export type Misbehaviour =
  | "answers 500"
  | "answers 429"
  | "refuses the request"
  | "cuts the answer"
  | "counts nothing"
  | "counts too much"
  | "answers rubbish"
  | "answers an error as if it were none"
  | "never answers";

/** A server that is up until the test ends. */
export interface Upstream {
  /** Its address, with its version. */
  readonly url: string;
  /** The bodies that it was sent, and the Authorization headers. */
  readonly received: { readonly body: Readonly<Record<string, unknown>>; readonly authorization: string | undefined }[];
  misbehaviour: Misbehaviour | undefined;
  /** Awaited before each part of a stream. */
  beforePart: (place: number) => Promise<void> | void;
}

/** The model that it runs. */
export const babbler: UpstreamModel = {
  name: "babbler-1",
  publisher: published.publisher,
  commitment: secretNamed("the babbler's weights"),
};

/** How many words an answer has where it is not told to be shorter. */
export const WORDS = 8;

const VOCABULARY = ["über", "a", "stone", "in", "the", "sea", "no", "two", "waves", "are", "one"] as const;

/** What the model says to a text: the same to the same. */
export function babble(prompt: string, words = WORDS): readonly string[] {
  const seed = Array.from(prompt).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9_973, 7);
  return Array.from({ length: Math.min(words, WORDS) }, (_, place) => {
    return `${place === 0 ? "" : " "}${VOCABULARY[(seed + place * place * 3 + place) % VOCABULARY.length] ?? ""}`;
  });
}

/** How many tokens the server counts in a text. */
export function tokensIn(prompt: string): number {
  return prompt.split(/\s+/).filter((word) => word !== "").length;
}

interface Body extends Readonly<Record<string, unknown>> {
  readonly model: string;
  readonly messages?: readonly { readonly content: string }[];
  readonly prompt?: string;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** Opens a server for one test. */
export async function openUpstream(): Promise<Upstream> {
  const app = new Hono();
  const received: Upstream["received"] = [];
  const state: Pick<Upstream, "misbehaviour" | "beforePart"> = {
    misbehaviour: undefined,
    beforePart: () => undefined,
  };
  app.post("/v1/*", async (context) => {
    const body = await context.req.json<Body>();
    received.push({ body, authorization: context.req.header("authorization") });
    const { misbehaviour } = state;
    if (misbehaviour === "answers 500") return context.json({ error: { message: "out of memory" } }, 500);
    if (misbehaviour === "answers 429") return context.json({ error: { message: "busy" } }, 429);
    if (misbehaviour === "refuses the request") return context.json({ error: { message: "temperature?" } }, 400);
    if (misbehaviour === "answers rubbish") return context.text("<html>", 200);
    if (misbehaviour === "answers an error as if it were none") return context.json({ error: { message: "no" } });
    if (misbehaviour === "never answers") return new Promise<Response>(() => undefined);
    if (body.model !== babbler.name) return context.json({ error: { message: "no such model" } }, 404);
    return body.stream === true ? streamed(body, state) : whole(body, misbehaviour);
  });
  const { url } = close(await listen(app.fetch, 0));
  return Object.assign(state, { url: `${url}/v1`, received });
}

function promptOf({ messages, prompt }: Body): string {
  return prompt ?? messages?.map(({ content }) => content).join("\n") ?? "";
}

function answerTo(body: Body) {
  const most = body.max_completion_tokens ?? body.max_tokens ?? WORDS;
  const prompt = promptOf(body);
  const words = babble(prompt, most);
  const usage = { prompt_tokens: tokensIn(prompt), completion_tokens: words.length };
  const finish = words.length < WORDS ? "length" : "stop";
  return { words, usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens }, finish };
}

const usageFor = (usage: ReturnType<typeof answerTo>["usage"], misbehaviour: Misbehaviour | undefined) =>
  misbehaviour === "counts too much"
    ? { ...usage, prompt_tokens: 1_000_000, completion_tokens: 1_000_000 }
    : misbehaviour === "counts nothing"
      ? undefined
      : usage;

function whole(body: Body, misbehaviour: Misbehaviour | undefined): Response {
  const { words, usage, finish } = answerTo(body);
  const text = words.join("");
  const choice =
    body.messages === undefined ? { text } : { message: { role: "assistant", content: text, refusal: null } };
  const answer = JSON.stringify({
    id: "babble-1",
    object: body.messages === undefined ? "text_completion" : "chat.completion",
    created: 1_700_000_000,
    model: body.model,
    choices: [{ index: 0, ...choice, finish_reason: finish }],
    usage: usageFor(usage, misbehaviour),
  });
  const sent = misbehaviour === "cuts the answer" ? answer.slice(0, -20) : answer;
  return new Response(sent, { headers: { "content-type": "application/json" } });
}

function streamed(body: Body, state: Pick<Upstream, "misbehaviour" | "beforePart">): Response {
  const { words, usage, finish } = answerTo(body);
  const { misbehaviour } = state;
  const common = { id: "babble-1", object: "chat.completion.chunk", created: 1_700_000_000, model: body.model };
  const isAsked = body.stream_options?.include_usage === true;
  const parts: unknown[] = words.map((content, index) => ({
    ...common,
    choices: [
      body.messages === undefined
        ? { index: 0, text: content, finish_reason: null }
        : { index: 0, delta: index === 0 ? { role: "assistant", content } : { content }, finish_reason: null },
    ],
    ...(isAsked ? { usage: null } : {}),
  }));
  const last = body.messages === undefined ? { text: "" } : { delta: {} };
  parts.push({ ...common, choices: [{ index: 0, ...last, finish_reason: finish }] });
  const counted = usageFor(usage, misbehaviour);
  if (isAsked && counted !== undefined) parts.push({ ...common, choices: [], usage: counted });
  const lines = [...parts.map((part) => `data: ${JSON.stringify(part)}\n\n`), "data: [DONE]\n\n"];
  const kept = misbehaviour === "cuts the answer" ? lines.slice(0, 3) : lines;
  let place = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      await state.beforePart(place);
      const line = kept[place++];
      if (line === undefined) {
        controller.close();
        return;
      }
      // In two pieces, and in the middle of a letter where it falls so: nobody may count on events to come whole.
      const bytes = new TextEncoder().encode(line);
      controller.enqueue(bytes.slice(0, line.length / 2));
      controller.enqueue(bytes.slice(line.length / 2));
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}
