import { expect } from "chai";
import OpenAI from "openai";
import type { Fetch } from "../../src/chain/http.ts";
import {
  AnswerRejectedError,
  NoOperatorError,
  ReadOnlyError,
  StreamBrokenError,
  UsageError,
} from "../../src/client/errors.ts";
import { ANY_OPERATOR, type OpenAIOptions } from "../../src/client/openai.ts";
import type { Answered } from "../../src/client/payer.ts";
import { MemoryStore } from "../../src/client/store.ts";
import { type ConnectOptions, Surety } from "../../src/client/surety.ts";
import { fromHex } from "../../src/core/bytes.ts";
import { RECEIPT_HEADER, STREAM_END } from "../../src/core/wire.ts";
import { UpstreamEngine } from "../../src/operator/upstreamEngine.ts";
import { babblerId } from "../support/headed.ts";
import {
  actors,
  addressed,
  chain,
  clock,
  directed,
  endpointOf,
  type House,
  open,
  openHouse,
  rejection,
  rejectionOf,
  secretNamed,
  secrets,
  sent,
  tariff,
  useStage,
} from "../support/stage.ts";
import { babble, babbler, openUpstream, type Upstream, WORDS } from "../support/upstream.ts";

describe("OpenAI's client over Surety", () => {
  const stage = useStage();
  const olive = addressed(actors.olive);

  async function openFor(who: "olive" | "otto" = "olive"): Promise<{ upstream: Upstream; house: House }> {
    const upstream = await openUpstream();
    const engine = new UpstreamEngine({ url: upstream.url, models: [babbler], fetch });
    return { upstream, house: await openHouse(stage, { who, engine }) };
  }

  async function connect(options: Partial<ConnectOptions> = {}): Promise<Surety> {
    let salts = 0;
    const seed = clock.now;
    return Surety.connect({
      runner: actors.alice,
      secret: secrets.alice,
      deployment: stage.deployment,
      clock: () => clock.now,
      salt: () => secretNamed(`openai ${seed} ${salts++}`),
      ...options,
    });
  }

  function openaiOf(surety: Surety, options: OpenAIOptions = {}, baseURL = `${endpointOf("olive")}/v1`): OpenAI {
    return new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0, fetch: surety.openaiFetch(options) });
  }

  const asking = (content: string) => ({ model: babbler.name, messages: [{ role: "user" as const, content }] });

  /** What OpenAI's client was told when it could not reach anything. */
  async function causeOf<E extends Error>(
    kind: new (...parameters: never[]) => E,
    promise: Promise<unknown>,
  ): Promise<E> {
    const { cause } = await rejectionOf(OpenAI.APIConnectionError, promise);
    if (!(cause instanceof kind)) throw new Error(`${kind.name} expected, not ${String(cause)}`, { cause });
    return cause;
  }

  /** Answers completions in another way. */
  function changing(house: House, change: (response: Response) => Promise<Response> | Response): Fetch {
    return async (...call) => {
      const response = await directed({ olive: house })(...call);
      return sent(call).url.endsWith("completions") ? change(response) : response;
    };
  }

  it("gets a verified answer without knowing of it", async () => {
    const { house, upstream } = await openFor();
    const answers: Answered[] = [];
    const headers: Headers[] = [];
    const fetch: Fetch = async (input, init) => {
      headers.push(new Headers(init?.headers));
      return directed({ olive: house })(input, init);
    };
    const surety = await connect({ fetch });
    const openai = openaiOf(surety, { onAnswer: (answered) => answers.push(answered), context: { session: "s" } });
    const { choices } = await openai.chat.completions.create({
      ...asking("the quick brown fox"),
      max_completion_tokens: 5,
    });
    expect(choices[0]?.message.content).to.equal(babble("the quick brown fox", 5).join(""));
    const [answered] = answers;
    expect(surety.records).to.deep.equal([answered?.record]);
    expect(answered?.record.request.order.modelId).to.equal(babblerId);
    expect(answered?.record.context).to.include('"session":"s"');
    expect(answered?.record.receipt).to.include({ inputUnits: 4, outputUnits: 5 });
    const { base, inputRate, outputRate } = tariff;
    const bytes = BigInt(answered?.record.input.length ?? 0) / 2n - 1n;
    expect(answered?.record.request.order.maxPrice).to.equal(base + inputRate * bytes + outputRate * 5n);
    // Keys for others are theirs.
    expect(headers.map((one) => one.get("authorization"))).to.deep.equal(headers.map(() => null));
    expect(upstream.received).to.have.length(1);

    const { choices: texts } = await openai.completions.create({ model: babbler.name, prompt: "once" });
    expect(texts[0]?.text).to.equal(babble("once").join(""));
    expect((await openai.models.list()).data.map(({ id }) => id)).to.deep.equal([babbler.name]);
  });

  it("sends its order nowhere else than where the operator says that it is", async () => {
    const { house, upstream } = await openFor();
    const outer = await open(({ url }) => Response.redirect(new URL(new URL(url).pathname, house.url), 307));
    const moved: Fetch = async (...call) =>
      directed({ olive: sent(call).url.endsWith("completions") ? outer : house })(...call);
    const surety = await connect({ fetch: moved });
    await rejectionOf(
      OpenAI.APIConnectionError,
      openaiOf(surety).chat.completions.create(asking("the quick brown fox")),
    );
    expect(upstream.received).to.be.empty;
  });

  it("gets a stream as it comes, and its end when the receipt is verified", async () => {
    const { house, upstream } = await openFor();
    const held = Promise.withResolvers<undefined>();
    upstream.beforePart = (place) => (place === 3 ? held.promise.then(() => undefined) : undefined);
    const surety = await connect({ fetch: directed({ olive: house }) });
    const stream = await openaiOf(surety).chat.completions.create({ ...asking("stream this"), stream: true });
    const words: string[] = [];
    for await (const { choices } of stream) {
      words.push(choices[0]?.delta.content ?? "");
      if (words.length !== 2) continue;
      expect(surety.records).to.be.empty;
      held.resolve(undefined);
    }
    expect(words.filter((word) => word !== "")).to.deep.equal(babble("stream this"));
    expect(surety.records[0]?.receipt.outputUnits).to.equal(WORDS);
  });

  it("hands on the very bytes that the receipt is for, and the end", async () => {
    const { house } = await openFor();
    const surety = await connect({ fetch: directed({ olive: house }) });
    const body = JSON.stringify({ ...asking("bytes"), stream: true });
    const send = surety.openaiFetch();
    const response = await send(`${endpointOf("olive")}/v1/chat/completions`, { method: "POST", body });
    const text = await response.text();
    const output = new TextDecoder().decode(fromHex(surety.records[0]?.output ?? "0x"));
    expect(text).to.equal(`${output}${STREAM_END}`);
  });

  it("keeps the record of a stream that its reader left", async () => {
    const { house } = await openFor();
    const kept = Promise.withResolvers<Answered>();
    const surety = await connect({ fetch: directed({ olive: house }) });
    const openai = openaiOf(surety, { onAnswer: kept.resolve });
    for await (const _ of await openai.chat.completions.create({ ...asking("leave"), stream: true })) break;
    expect((await kept.promise).record.receipt.outputUnits).to.equal(WORDS);
  });

  describe("is told by name", () => {
    it("of an answer whose receipt is not for it", async () => {
      const { house } = await openFor();
      const fetch = changing(house, async (response) => {
        const { headers } = response;
        return new Response((await response.text()).replace("babble-1", "babble-2"), { headers });
      });
      const surety = await connect({ fetch });
      const error = await causeOf(AnswerRejectedError, openaiOf(surety).chat.completions.create(asking("a")));
      expect(error.broken.map(({ name }) => name)).to.deep.equal(["output"]);
      expect(surety.stopped.map(({ operator }) => operator)).to.deep.equal([olive]);
      const next = await causeOf(NoOperatorError, openaiOf(surety).chat.completions.create(asking("a")));
      expect(next.attempts.map(({ reason }) => reason)).to.deep.equal(["Stopped"]);
    });

    it("of an answer without a receipt", async () => {
      const { house } = await openFor();
      const fetch = changing(house, async (response) => {
        const headers = new Headers(response.headers);
        headers.delete(RECEIPT_HEADER);
        return new Response(await response.text(), { headers });
      });
      const surety = await connect({ fetch });
      const error = await causeOf(NoOperatorError, openaiOf(surety).chat.completions.create(asking("a")));
      expect(error.message).to.include("no header surety-receipt");
    });

    const streams: readonly (readonly [string, (text: string) => string, new (...parameters: never[]) => Error])[] = [
      ["with a word changed", (text) => text.replace("babble-1", "babble-2"), AnswerRejectedError],
      ["with a receipt changed", (text) => text.replace(/surety-receipt .{40}/, "surety-receipt "), StreamBrokenError],
      ["without its receipt", (text) => text.replace(/: surety-receipt .*\n\n/, ""), StreamBrokenError],
      ["without its end", (text) => text.replace("data: [DONE]\n\n", ""), StreamBrokenError],
      ["that breaks off", (text) => `${text.split("\n\n", 2).join("\n\n")}\n\n`, StreamBrokenError],
    ];
    for (const [what, change, kind] of streams) {
      it(`of a stream ${what}`, async () => {
        const { house } = await openFor();
        const fetch = changing(house, async (response) => {
          const { headers } = response;
          return new Response(change(await response.text()), { headers });
        });
        const surety = await connect({ fetch });
        const stream = await openaiOf(surety).chat.completions.create({ ...asking("a"), stream: true });
        let parts = 0;
        const error = await rejection(
          (async () => {
            for await (const _ of stream) parts++;
          })(),
        );
        expect(error).to.be.instanceOf(kind);
        expect(parts).to.be.greaterThan(0);
        expect(surety.records).to.be.empty;
      });
    }

    it("of a server behind the node that fails in the middle, and goes on afterwards with what that cost", async () => {
      const { house, upstream } = await openFor();
      upstream.misbehaviour = "cuts the answer";
      const surety = await connect({ fetch: directed({ olive: house }) });
      const stream = await openaiOf(surety).chat.completions.create({ ...asking("a"), stream: true });
      await rejectionOf(
        StreamBrokenError,
        (async () => {
          for await (const _ of stream);
        })(),
      );
      upstream.misbehaviour = undefined;
      const { choices } = await openaiOf(surety).chat.completions.create(asking("b"));
      expect(choices[0]?.message.content).to.equal(babble("b").join(""));
    });

    it("of a request that cannot be ordered", async () => {
      const { house } = await openFor();
      const surety = await connect({ fetch: directed({ olive: house }) });
      const create = async (openai: OpenAI, changes: object = {}) =>
        openai.chat.completions.create({ ...asking("a"), ...changes });
      const why = async (promise: Promise<unknown>) => (await causeOf(UsageError, promise)).message;
      expect(await why(create(openaiOf(surety, {}, "http://nobody.test/v1")))).to.include("http://nobody.test");
      expect(await why(create(openaiOf(surety), { model: "gpt" }))).to.include("by the name of gpt");
      expect(await why(create(openaiOf(surety), { max_tokens: -1 }))).to.include("max_tokens");
      const dear = await causeOf(NoOperatorError, create(openaiOf(surety, { maxPrice: 1n })));
      expect(dear.attempts.map(({ reason }) => reason)).to.include("PriceAboveLimit");
      const reader = await Surety.connect({ runner: chain, deployment: stage.deployment });
      expect(() => reader.openaiFetch()).to.throw(ReadOnlyError);
    });
  });

  it("asks the best operator where it names none, and the model that is meant", async () => {
    const [{ house }, other] = [await openFor(), await openFor("otto")];
    const engine = new UpstreamEngine({
      url: other.upstream.url,
      models: [{ ...babbler, publisher: addressed(actors.wendy) }],
      fetch,
    });
    const namesake = await openHouse(stage, { who: "otto", engine });
    const surety = await connect({ fetch: directed({ olive: house, otto: namesake }) });
    const ask = async (options: OpenAIOptions) =>
      openaiOf(surety, options, ANY_OPERATOR).chat.completions.create(asking("a"));
    expect((await causeOf(UsageError, ask({}))).message).to.include("both called babbler-1");
    const asked: Answered[] = [];
    await ask({ models: { [babbler.name]: babblerId }, onAnswer: (answered) => asked.push(answered) });
    expect(asked.map(({ record }) => record.receipt.operator)).to.deep.equal([olive]);
  });

  it("has what was lost asked again in a later process", async () => {
    const { house } = await openFor();
    const store = new MemoryStore();
    const losing = changing(house, async (response) => {
      await response.text();
      throw new TypeError("fetch failed");
    });
    const first = await connect({ fetch: losing, store });
    await causeOf(NoOperatorError, openaiOf(first).chat.completions.create(asking("lost")));
    clock.now += 1n;
    const second = await connect({ fetch: directed({ olive: house }), store });
    await openaiOf(second).chat.completions.create(asking("found"));
    expect(second.records.map(({ receipt }) => receipt.sequence)).to.deep.equal([0n, 1n]);
  });
});
