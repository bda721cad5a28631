import { expect } from "chai";
import { domainsOf } from "../../src/chain/deployment.ts";
import { fromHex } from "../../src/core/bytes.ts";
import { Mode } from "../../src/core/typedData.ts";
import { isValid, verifyRecord } from "../../src/core/verify.ts";
import { REQUEST_HEADER, STREAM_END } from "../../src/core/wire.ts";
import { CombinedEngine, IntegerEngine } from "../../src/operator/engine.ts";
import { UpstreamEngine, type UpstreamOptions } from "../../src/operator/upstreamEngine.ts";
import { babblerId, bodyOf, chat, makeHeaded, priceFor, recordOf, sendHeaded } from "../support/headed.ts";
import { type House, openHouse, published, tariff, useStage } from "../support/stage.ts";
import {
  babble,
  babbler,
  type Misbehaviour,
  openUpstream,
  tokensIn,
  type Upstream,
  WORDS,
} from "../support/upstream.ts";

const decoded = (hex: `0x${string}`) => new TextDecoder().decode(fromHex(hex));

/** The parts of a stream, as JSON. */
function partsOf(output: string): Readonly<Record<string, unknown>>[] {
  return output
    .split("\n\n")
    .filter((part) => part !== "")
    .map((part) => JSON.parse(part.replace(/^data: /, "")) as Record<string, unknown>);
}

describe("a node before a server that speaks OpenAI's format", () => {
  const stage = useStage();

  async function openFor(options: Partial<UpstreamOptions> = {}): Promise<{ upstream: Upstream; house: House }> {
    const upstream = await openUpstream();
    const engine = new UpstreamEngine({ url: upstream.url, models: [babbler], fetch, ...options });
    return { upstream, house: await openHouse(stage, { engine }) };
  }

  async function send(house: House, input: Uint8Array, changes: Parameters<typeof makeHeaded>[2] = {}, route?: string) {
    const ask = makeHeaded(stage, input, changes);
    const response = await sendHeaded(house.url, ask, { input, ...(route === undefined ? {} : { route }) });
    return { ask, response };
  }

  async function refusalOf(
    house: House,
    input: Uint8Array,
    changes: Parameters<typeof makeHeaded>[2] = {},
    route?: string,
  ) {
    const { response } = await send(house, input, changes, route);
    const { error, remedy } = (await response.json()) as Record<string, string>;
    expect(remedy).to.not.be.empty;
    return [error, response.status];
  }

  /** Expects that nothing was charged, and nothing is kept. */
  async function expectNothingCharged({ journal, errors }: House): Promise<void> {
    expect(await journal.nextSequence()).to.equal(0n);
    expect(await journal.accounts()).to.deep.equal([]);
    expect(errors).to.deep.equal([]);
  }

  it("names its models in OpenAI's way", async () => {
    const upstream = await openUpstream();
    const engines = [
      new IntegerEngine([published]),
      new UpstreamEngine({ url: upstream.url, models: [babbler], fetch }),
    ];
    const house = await openHouse(stage, { engine: new CombinedEngine(engines) });
    const { object, data } = (await (await fetch(`${house.url}/v1/models`)).json()) as Record<string, unknown>;
    expect(object).to.equal("list");
    expect(data).to.deep.equal([
      { id: babbler.name, object: "model", created: Number(house.node.openedAt), owned_by: babbler.publisher },
    ]);
    expect(house.node.offer().models.map(({ modelId }) => modelId)).to.include(babblerId);
  });

  it("hands out the server's very bytes, with a receipt for them, priced by its tokens", async () => {
    const { house, upstream } = await openFor({ apiKey: "sk-1" });
    const input = chat("the quick brown fox");
    const { ask, response } = await send(house, input);
    expect(response.status).to.equal(200);
    const record = await recordOf(ask, response);
    expect(verifyRecord(record, domainsOf(stage.deployment)).filter(({ status }) => status !== "holds")).to.deep.equal(
      [],
    );
    const answer = JSON.parse(decoded(record.output)) as { choices: { message: { content: string } }[] };
    expect(answer.choices[0]?.message.content).to.equal(babble("the quick brown fox").join(""));
    expect(record.receipt).to.include({ inputUnits: 4, outputUnits: WORDS });
    expect(record.receipt.price).to.equal(tariff.base + 4n * tariff.inputRate + BigInt(WORDS) * tariff.outputRate);
    expect(upstream.received.map(({ authorization }) => authorization)).to.deep.equal(["Bearer sk-1"]);
  });

  it("serves completions too", async () => {
    const { house } = await openFor();
    const { ask, response } = await send(house, bodyOf({ model: babbler.name, prompt: "once" }), {}, "completions");
    const record = await recordOf(ask, response);
    const { choices } = JSON.parse(decoded(record.output)) as { choices: { text: string }[] };
    expect(choices[0]?.text).to.equal(babble("once").join(""));
  });

  it("passes a stream on as it comes, and ends it with the receipt", async () => {
    const { house, upstream } = await openFor();
    const held = Promise.withResolvers<undefined>();
    upstream.beforePart = (place) => (place === 2 ? held.promise.then(() => undefined) : undefined);
    const input = chat("stream this", { stream: true });
    const { ask, response } = await send(house, input);
    expect(response.headers.get("content-type")).to.equal("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const chunks: Uint8Array[] = [];
    let heard = "";
    while (heard.split("\n\n").length < 3) {
      const { value } = await reader.read();
      if (value === undefined) throw new Error("the stream ended before the server ended it");
      chunks.push(value);
      heard += new TextDecoder().decode(value);
    }
    expect(await house.journal.nextSequence()).to.equal(0n);
    held.resolve(undefined);
    for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value);
    const record = await recordOf(ask, new Response(Buffer.concat(chunks)));
    expect(isValid(verifyRecord(record, domainsOf(stage.deployment)))).to.equal(true);
    const said = partsOf(decoded(record.output)).map(({ choices }) => choices as { delta: { content?: string } }[]);
    expect(said.map(([choice]) => choice?.delta.content ?? "").join("")).to.equal(babble("stream this").join(""));
    expect(Buffer.concat(chunks).toString()).to.match(/\n\n: surety-receipt [\w-]+\n\ndata: \[DONE\]\n\n$/);
    expect(record.receipt).to.include({ inputUnits: 2, outputUnits: WORDS });
    expect(await house.journal.nextSequence()).to.equal(1n);
  });

  it("shows usage in a stream to whoever asked for it, and to nobody else", async () => {
    const { house, upstream } = await openFor();
    const streams = [];
    for (const changes of [{}, { stream_options: { include_usage: true } }]) {
      const { ask, response } = await send(house, chat("usage?", { stream: true, ...changes }), {
        request: { ceiling: 10n ** 7n },
      });
      const record = await recordOf(ask, response);
      expect(record.receipt.outputUnits).to.equal(WORDS);
      streams.push(partsOf(decoded(record.output)));
    }
    const [without = [], asked = []] = streams;
    expect(without.every(({ choices }) => (choices as unknown[]).length === 1)).to.equal(true);
    expect(asked).to.have.length(without.length + 1);
    expect(asked.at(-1)).to.deep.include({ choices: [] });
    expect(upstream.received.map(({ body }) => body["stream_options"])).to.deep.equal([
      { include_usage: true },
      { include_usage: true },
    ]);
  });

  it("answers the same order with the same bytes, and asks the server once", async () => {
    const { house, upstream } = await openFor();
    for (const stream of [false, true]) {
      const input = chat(`again ${stream}`, { stream });
      const ask = makeHeaded(stage, input, { request: { ceiling: 10n ** 7n } });
      const answers = [];
      for (let count = 0; count < 2; count++) {
        const response = await sendHeaded(house.url, ask, { input });
        answers.push([
          response.headers.get("content-type"),
          response.headers.get("surety-receipt"),
          await response.text(),
        ]);
      }
      const together = await Promise.all([0, 1].map(async () => (await sendHeaded(house.url, ask, { input })).text()));
      expect(answers[1]).to.deep.equal(answers[0]);
      expect(together).to.deep.equal([answers[0]?.[2], answers[0]?.[2]]);
    }
    expect(upstream.received).to.have.length(2);
    expect(await house.journal.nextSequence()).to.equal(2n);
  });

  it("computes once what is asked for twice at a time, and tells both all of it", async () => {
    const { house, upstream } = await openFor();
    const held = Promise.withResolvers<undefined>();
    upstream.beforePart = (place) => (place === 1 ? held.promise.then(() => undefined) : undefined);
    const input = chat("both", { stream: true });
    const ask = makeHeaded(stage, input, { request: { ceiling: 10n ** 7n } });
    const first = await sendHeaded(house.url, ask, { input });
    const second = sendHeaded(house.url, ask, { input });
    held.resolve(undefined);
    const texts = [await first.text(), await (await second).text()];
    expect(texts[1]).to.equal(texts[0]);
    expect(upstream.received).to.have.length(1);
  });

  it("finishes and charges what was ordered, though the client leaves in the middle, and keeps it for the client", async () => {
    const { house, upstream } = await openFor();
    const held = Promise.withResolvers<undefined>();
    upstream.beforePart = (place) => (place === 2 ? held.promise.then(() => undefined) : undefined);
    const input = chat("gone", { stream: true });
    const ask = makeHeaded(stage, input);
    const leaving = new AbortController();
    const response = await sendHeaded(house.url, ask, { input, signal: leaving.signal });
    await (response.body as ReadableStream<Uint8Array>).getReader().read();
    leaving.abort();
    held.resolve(undefined);
    const record = await recordOf(ask, await sendHeaded(house.url, ask, { input }));
    expect(isValid(verifyRecord(record, domainsOf(stage.deployment)))).to.equal(true);
    expect(upstream.received).to.have.length(1);
    expect(await house.journal.nextSequence()).to.equal(1n);
  });

  describe("bounds what the server computes", () => {
    it("by what the client asks for, by the operator's most, and by what the order pays for", async () => {
      const { house, upstream } = await openFor({ maxOutputUnits: 6 });
      const request = { ceiling: 10n ** 7n };
      const tokens = async (changes: object, paid: number) => {
        const input = chat("count", changes);
        const { ask, response } = await send(house, input, { order: { maxPrice: priceFor(input, paid) }, request });
        const record = await recordOf(ask, response);
        const body = upstream.received.at(-1)?.body;
        return [body?.["max_tokens"], body?.["max_completion_tokens"], record.receipt.outputUnits];
      };
      expect(await tokens({}, 100)).to.deep.equal([6, undefined, 6]);
      expect(await tokens({}, 3)).to.deep.equal([3, undefined, 3]);
      expect(await tokens({ max_tokens: 2 }, 5)).to.deep.equal([2, undefined, 2]);
      expect(await tokens({ max_tokens: 50 }, 5)).to.deep.equal([5, undefined, 5]);
      expect(await tokens({ max_completion_tokens: 4 }, 5)).to.deep.equal([undefined, 4, 4]);
      expect(await tokens({ max_completion_tokens: 4, max_tokens: 3 }, 5)).to.deep.equal([3, 3, 3]);
    });

    it("and asks it for nothing where the order pays for no token, or below the tariff", async () => {
      const { house, upstream } = await openFor();
      const input = chat("cheap");
      const least = priceFor(input, 1);
      const low = { base: tariff.base - 1n };
      expect(await refusalOf(house, input, { order: { maxPrice: least - 1n } })).to.deep.equal(["PriceTooLow", 402]);
      expect(await refusalOf(house, input, { order: low })).to.deep.equal(["PriceTooLow", 402]);
      expect(await refusalOf(house, input, { order: { inputRate: 0n } })).to.deep.equal(["PriceTooLow", 402]);
      expect(await refusalOf(house, input, { order: { outputRate: 0n } })).to.deep.equal(["PriceTooLow", 402]);
      expect(upstream.received).to.deep.equal([]);
      await expectNothingCharged(house);
      expect((await send(house, input, { order: { maxPrice: least } })).response.status).to.equal(200);
    });

    it("and never charges more than was quoted, whatever it counts", async () => {
      const { house, upstream } = await openFor();
      upstream.misbehaviour = "counts too much";
      const input = chat("greedy", { max_tokens: 2 });
      const { ask, response } = await send(house, input, { order: { maxPrice: priceFor(input, 2) } });
      const { receipt } = await recordOf(ask, response);
      expect(receipt).to.include({ inputUnits: input.length, outputUnits: 2 });
      expect(receipt.price).to.equal(priceFor(input, 2));
    });

    it("and charges the base alone where it counts nothing", async () => {
      const { house, upstream } = await openFor();
      upstream.misbehaviour = "counts nothing";
      for (const stream of [false, true]) {
        const { ask, response } = await send(house, chat("uncounted", { stream }), { request: { ceiling: 10n ** 7n } });
        const { receipt } = await recordOf(ask, response);
        expect(receipt).to.include({ inputUnits: 0, outputUnits: 0, price: tariff.base });
      }
    });
  });

  describe("charges nothing", () => {
    const broken: readonly (readonly [Misbehaviour, string, number])[] = [
      ["answers 500", "UpstreamFailed", 503],
      ["answers 429", "UpstreamFailed", 503],
      ["refuses the request", "InputRejected", 400],
      ["cuts the answer", "UpstreamFailed", 503],
      ["answers rubbish", "UpstreamFailed", 503],
      ["answers an error as if it were none", "UpstreamFailed", 503],
    ];
    for (const [misbehaviour, error, status] of broken) {
      it(`where the server ${misbehaviour}`, async () => {
        const { house, upstream } = await openFor();
        upstream.misbehaviour = misbehaviour;
        expect(await refusalOf(house, chat("broken"))).to.deep.equal([error, status]);
        await expectNothingCharged(house);
        upstream.misbehaviour = undefined;
        expect((await send(house, chat("broken"))).response.status).to.equal(200);
      });
    }

    it("where the server is silent, or away", async () => {
      const { house, upstream } = await openFor({ patience: 100 });
      upstream.misbehaviour = "never answers";
      expect(await refusalOf(house, chat("silence"))).to.deep.equal(["UpstreamFailed", 503]);
      const away = await openHouse(stage, {
        engine: new UpstreamEngine({ url: "http://127.0.0.1:9/v1", models: [babbler], fetch }),
      });
      expect(await refusalOf(away, chat("nobody"))).to.deep.equal(["UpstreamFailed", 503]);
      await expectNothingCharged(house);
    });

    it("where a stream is cut, and says so in it", async () => {
      const { house, upstream } = await openFor();
      upstream.misbehaviour = "cuts the answer";
      const { response } = await send(house, chat("cut", { stream: true }));
      const text = await response.text();
      expect(response.status).to.equal(200);
      expect(text).to.not.include(STREAM_END).and.not.include("surety-receipt");
      const parts = partsOf(text);
      expect(parts).to.have.length(4);
      expect(parts.at(-1)).to.include({ error: "UpstreamFailed" }).and.to.have.keys("error", "message", "remedy");
      await expectNothingCharged(house);
      upstream.misbehaviour = undefined;
      expect((await send(house, chat("cut", { stream: true }))).response.status).to.equal(200);
    });

    for (const misbehaviour of ["answers rubbish", "answers 500"] as const) {
      it(`where a stream never begins, since the server ${misbehaviour}`, async () => {
        const { house, upstream } = await openFor();
        upstream.misbehaviour = misbehaviour;
        expect(await refusalOf(house, chat("no", { stream: true }))).to.deep.equal(["UpstreamFailed", 503]);
        await expectNothingCharged(house);
      });
    }
  });

  describe("refuses", () => {
    const refused: readonly (readonly [string, Uint8Array, string?])[] = [
      ["another model's name", chat("x", { model: "babbler-2" })],
      ["a body that is no JSON", new TextEncoder().encode("{")],
      ["a body that is no UTF-8", Uint8Array.of(0xff, 0xfe)],
      ["a body that is no object", bodyOf([])],
      ["a body without a question", bodyOf({ model: babbler.name })],
      ["a body with two", bodyOf({ model: babbler.name, messages: [], prompt: "" })],
      ["a body of the other kind", bodyOf({ model: babbler.name, prompt: "x" })],
      ["a chat where a completion belongs", chat("x"), "completions"],
      ["several answers", chat("x", { n: 2 })],
      ["the best of several", bodyOf({ model: babbler.name, prompt: "x", best_of: 2 }), "completions"],
      ["several prompts", bodyOf({ model: babbler.name, prompt: ["x", "y"] }), "completions"],
      ["no tokens", chat("x", { max_tokens: 0 })],
      ["half a token", chat("x", { max_tokens: 0.5 })],
    ];
    for (const [what, input, route] of refused) {
      it(what, async () => {
        const { house, upstream } = await openFor();
        expect(await refusalOf(house, input, {}, route)).to.deep.equal(["InputRejected", 400]);
        expect(upstream.received).to.deep.equal([]);
        await expectNothingCharged(house);
      });
    }

    it("a header that is none, and a body that the order is not for", async () => {
      const { house } = await openFor();
      const call = async (header: string) => {
        const headers = { "content-type": "application/json", [REQUEST_HEADER]: header };
        const body = chat("x") as Uint8Array<ArrayBuffer>;
        const response = await fetch(`${house.url}/v1/chat/completions`, { method: "POST", headers, body });
        return [((await response.json()) as Record<string, string>)["error"], response.status];
      };
      expect(await call("e30")).to.deep.equal(["Malformed", 400]);
      expect(await call("%%%")).to.deep.equal(["Malformed", 400]);
      const ask = makeHeaded(stage, chat("y"));
      const response = await sendHeaded(house.url, ask, { input: chat("x") });
      expect(((await response.json()) as Record<string, string>)["error"]).to.equal("HashMismatch");
      expect(await refusalOf(house, chat("x"), { order: { mode: Mode.optimistic } })).to.deep.equal([
        "ModeNotServed",
        400,
      ]);
      await expectNothingCharged(house);
    });

    it("a body that is said to be something else, and one that is too large", async () => {
      const { house } = await openFor();
      const call = async (type: string, body: string) => {
        const init = { method: "POST", headers: { "content-type": type }, body };
        const response = await fetch(`${house.url}/v1/chat/completions`, init);
        return [((await response.json()) as Record<string, string>)["error"], response.status];
      };
      expect(await call("text/plain", "{}")).to.deep.equal(["MediaTypeUnsupported", 415]);
      expect(await call("application/json", " ".repeat(1024 * 1024 + 1))).to.deep.equal(["BodyTooLarge", 413]);
    });
  });

  it("quotes no more than tokens in bytes", () => {
    expect(tokensIn("a b  c")).to.equal(3);
    const engine = new UpstreamEngine({ url: "", models: [babbler], fetch });
    const input = chat("x", { max_tokens: 7 });
    expect(engine.quote({ input })).to.deep.equal({ inputUnits: input.length, outputUnits: 7 });
  });
});
