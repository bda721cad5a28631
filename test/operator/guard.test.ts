import { connect } from "node:net";
import { expect } from "chai";
import { Hono } from "hono";
import { Registry } from "prom-client";
import { guarded, type GuardOptions } from "../../src/operator/guard.ts";
import { DEFAULT_LIMITS, Limiter, type Limits } from "../../src/operator/limiter.ts";
import { makeLog } from "../../src/operator/log.ts";
import { Metrics, type NodeStatus } from "../../src/operator/metrics.ts";
import { Refusal } from "../../src/operator/refusals.ts";
import { refuse } from "../../src/operator/responses.ts";
import { listen, type Listening, type ListenOptions } from "../../src/operator/server.ts";

const status: NodeStatus = {
  nextSequence: 7n,
  uncommitted: 3,
  uncommittedAge: 60n,
  unsettled: 1_000n,
  freeCover: 5_000n,
};

/** A gate that opens when the test says so, and says when somebody waits at it. */
function gate() {
  const [opened, arrived] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  return {
    arrived: arrived.promise,
    open: () => opened.resolve(undefined),
    pass: async () => {
      arrived.resolve(undefined);
      await opened.promise;
    },
  };
}

/** Waits for so many lines: a request is written down once its connection has taken the last byte. */
async function written(lines: readonly unknown[], count: number): Promise<void> {
  while (lines.length < count) await new Promise(setImmediate);
}

describe("the guard around a node", () => {
  const servers: Listening[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function openGuarded(
    changes: Partial<GuardOptions> & {
      readonly limits?: Partial<Limits>;
      readonly listen?: Partial<ListenOptions>;
    } = {},
  ) {
    const held = gate();
    const app = new Hono();
    app.get("/health", () => Response.json({ status: "ok" }));
    app.get("/v1/offer", () => Response.json({}));
    app.get("/v1/records/:leaf", () => refuse(new Refusal("RecordUnknown", "none")));
    app.post("/v1/inference", async (context) => Response.json({ bytes: (await context.req.text()).length }));
    app.get("/held", async () => {
      await held.pass();
      return new Response("done");
    });
    app.get("/stream", () => {
      const stream = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          await held.pass();
          controller.close();
        },
      });
      return new Response(stream);
    });
    app.onError(() => new Response(null, { status: 400 }));
    const lines: Record<string, unknown>[] = [];
    const log = makeLog({
      level: "info",
      secrets: [],
      destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    });
    const metrics = new Metrics(new Registry());
    const limiter = new Limiter({ ...DEFAULT_LIMITS, ...changes.limits }, () => performance.now());
    const handler = guarded(app, {
      limiter,
      metrics,
      log,
      clock: () => performance.now(),
      reasons: async () => [],
      status: async () => status,
      isProxied: false,
      ...changes,
    });
    const server = await listen(handler, { port: 0, ...changes.listen });
    servers.push(server);
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${server.url}${path}`, { headers });
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    return { ...server, get, held, lines, limiter };
  }

  it("counts and writes down every request once, without its words", async () => {
    const { get, lines, url } = await openGuarded();
    await get("/v1/offer");
    await get("/v1/records/0x01?who=me");
    await get("/v1/records/0x02");
    await get("/elsewhere", { authorization: "Bearer abc" });
    await fetch(`${url}/v1/inference`, { method: "POST", body: "my prompt" });
    await written(lines, 5);
    const { text } = await get("/metrics");
    for (const row of [
      'surety_requests_total{route="/v1/offer",outcome="ok"} 1',
      'surety_requests_total{route="/v1/records/:leaf",outcome="RecordUnknown"} 2',
      'surety_requests_total{route="/v1/inference",outcome="ok"} 1',
      'surety_request_seconds_count{route="/v1/offer"} 1',
      "surety_requests_in_flight 0",
      "surety_receipts 7",
      "surety_receipts_uncommitted 3",
      "surety_uncommitted_age_seconds 60",
      "surety_unsettled_units 1000",
      "surety_free_cover_units 5000",
    ]) {
      expect(text.split("\n"), text).to.include(row);
    }
    expect(lines.map(({ path, status: code, outcome }) => [path, code, outcome])).to.deep.equal([
      ["/v1/offer", 200, "ok"],
      ["/v1/records/0x01", 404, "RecordUnknown"],
      ["/v1/records/0x02", 404, "RecordUnknown"],
      ["/elsewhere", 404, "ok"],
      ["/v1/inference", 200, "ok"],
    ]);
    expect(lines[0]?.["client"]).to.equal("127.0.0.1");
    const all = JSON.stringify(lines);
    for (const word of ["abc", "who=me", "my prompt"]) expect(all).to.not.include(word);
  });

  it("gives numbers of before while the chain cannot be read", async () => {
    const answers = [status, undefined];
    const { get } = await openGuarded({ status: async () => answers.shift() });
    await get("/metrics");
    expect((await get("/metrics")).text).to.include("surety_receipts 7");
  });

  it("is live always, and ready while there is no reason not to be", async () => {
    const found: string[] = [];
    const { get } = await openGuarded({ reasons: async () => found, limits: { total: 0 } });
    expect((await get("/health")).status).to.equal(200);
    expect(await get("/ready")).to.include({ status: 200, text: '{"ready":true,"reasons":[]}' });
    found.push("KeyNotValid: no key");
    expect(await get("/ready")).to.include({ status: 503, text: '{"ready":false,"reasons":["KeyNotValid: no key"]}' });
  });

  it("refuses whoever asks too often, and says for how long", async () => {
    const { get } = await openGuarded({ limits: { rate: 0.01, burst: 2 } });
    for (let count = 0; count < 2; count++) expect((await get("/v1/offer")).status).to.equal(200);
    const refused = await get("/v1/offer");
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers.get("retry-after"))).to.be.within(1, 100);
    expect(JSON.parse(refused.text)).to.have.keys("error", "message", "remedy");
    expect((await get("/ready")).status).to.equal(200);
  });

  it("keeps a client's place until its answer is sent, or it is gone", async () => {
    const { get, held, limiter, url } = await openGuarded({ limits: { concurrent: 1 } });
    const leaving = new AbortController();
    const gone = fetch(`${url}/held`, { signal: leaving.signal }).catch(() => "gone");
    await held.arrived;
    expect((await get("/v1/offer")).status).to.equal(429);
    leaving.abort();
    expect(await gone).to.equal("gone");
    held.open();
    while (limiter.inside > 0) await new Promise(setImmediate);
    expect((await get("/v1/offer")).status).to.equal(200);
  });

  it("keeps it while a stream is sent", async () => {
    const { get, held, limiter, url } = await openGuarded({ limits: { concurrent: 1 } });
    const response = await fetch(`${url}/stream`);
    await held.arrived;
    expect((await get("/v1/offer")).status).to.equal(429);
    held.open();
    expect(await response.text()).to.equal("");
    while (limiter.inside > 0) await new Promise(setImmediate);
    expect((await get("/v1/offer")).status).to.equal(200);
  });

  it("tells clients apart by what its owner's proxy adds last, and only where there is one", async () => {
    const limits = { rate: 0.01, burst: 1 };
    const behind = await openGuarded({ limits, isProxied: true });
    const as = (address: string) => ({ "x-forwarded-for": address });
    expect((await behind.get("/v1/offer", as("10.0.0.1"))).status).to.equal(200);
    expect((await behind.get("/v1/offer", as("10.0.0.9, 10.0.0.1"))).status).to.equal(429);
    expect((await behind.get("/v1/offer", as("10.0.0.1, 10.0.0.2"))).status).to.equal(200);
    const bare = await openGuarded({ limits });
    expect((await bare.get("/v1/offer", as("10.0.0.1"))).status).to.equal(200);
    expect((await bare.get("/v1/offer", as("10.0.0.2"))).status).to.equal(429);
  });

  it("takes all addresses of one IPv6 network for one client", async () => {
    const { get, lines } = await openGuarded({ isProxied: true });
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:db8::1", "::ffff:10.0.0.1", "::1"]) {
      await get("/v1/offer", { "x-forwarded-for": address });
    }
    await written(lines, 5);
    const clients = lines.map(({ client }) => client);
    const [network, other] = ["2001:db8:1:2::/64", "2001:db8:0:0::/64"];
    expect(clients).to.deep.equal([network, network, other, "10.0.0.1", "0:0:0:0::/64"]);
  });

  it("lets pages of other origins ask, and read receipts", async () => {
    const { url, get } = await openGuarded();
    const headers = { origin: "https://a.example", "access-control-request-method": "POST" };
    const preflight = await fetch(`${url}/v1/inference`, { method: "OPTIONS", headers });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get("access-control-allow-origin")).to.equal("*");
    const { headers: answered } = await get("/v1/offer", { origin: "https://a.example" });
    expect(answered.get("access-control-expose-headers")).to.include("surety-receipt");
  });

  describe("with slow clients", () => {
    const patience = { head: 200, whole: 400 };

    /** Sends what it is given, and nothing more; what it is told before the connection ends. */
    async function trickle(url: string, text: string): Promise<string> {
      const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
      socket.write(text);
      let heard = "";
      for await (const chunk of socket) heard += String(chunk);
      return heard;
    }

    it("ends a connection whose head does not come", async () => {
      const { url, get } = await openGuarded({ listen: { patience } });
      expect(await trickle(url, "GET /v1/offer HTTP/1.1\r\nHost: a\r\n")).to.match(/^HTTP\/1.1 408 /);
      expect((await get("/v1/offer")).status).to.equal(200);
    });

    it("ends a connection whose body does not come, and keeps no place for it", async () => {
      const { url, get, limiter } = await openGuarded({ listen: { patience }, limits: { concurrent: 1 } });
      await trickle(url, "POST /v1/inference HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf of");
      while (limiter.inside > 0) await new Promise(setImmediate);
      expect((await get("/v1/offer")).status).to.equal(200);
    });

    it("takes headers as long as a context makes them, and no longer", async () => {
      const { get } = await openGuarded();
      expect((await get("/v1/offer", { "surety-request": "a".repeat(60_000) })).status).to.equal(200);
      expect((await get("/v1/offer", { "surety-request": "a".repeat(70_000) })).status).to.equal(431);
    });
  });

  describe("when it stops", () => {
    it("takes nothing new, and finishes what is under way", async () => {
      const { get, held, url, ...server } = await openGuarded();
      const answer = get("/held");
      await held.arrived;
      let isStopped = false;
      const stopped = server.stop(60_000).then(() => (isStopped = true));
      const error = await fetch(`${url}/v1/offer`).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).to.be.instanceOf(TypeError);
      expect(isStopped).to.equal(false);
      held.open();
      expect((await answer).text).to.equal("done");
      await stopped;
    });

    it("waits no longer than it is told", async () => {
      const { get, held, ...server } = await openGuarded();
      const answer = get("/held").catch(() => "cut");
      await held.arrived;
      await server.stop(100);
      expect(await answer).to.equal("cut");
      held.open();
    });
  });
});
