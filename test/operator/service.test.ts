import { decodePaymentRequiredHeader } from "@x402/core/http";
import { expect } from "chai";
import { Registry } from "prom-client";
import { connect } from "../../src/chain/contracts.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { toHex } from "../../src/core/bytes.ts";
import { write } from "../../src/core/records.ts";
import { Mode } from "../../src/core/typedData.ts";
import { Background, type Chore } from "../../src/operator/background.ts";
import { IntegerEngine } from "../../src/operator/engine.ts";
import { JournalMismatchError } from "../../src/operator/journal.ts";
import { makeLog } from "../../src/operator/log.ts";
import { Metrics } from "../../src/operator/metrics.ts";
import { PortInUseError } from "../../src/operator/server.ts";
import { type ServiceConfig, startNode } from "../../src/operator/service.ts";
import { HeldEngine } from "../support/heldEngine.ts";
import {
  actors,
  addressed,
  clock,
  close,
  inputNumbered,
  makeAsk,
  openJournal,
  PRICE,
  published,
  rejectionOf,
  secretNamed,
  secrets,
  smallId,
  tariff,
  useStage,
} from "../support/stage.ts";

/** A log that a test reads. */
function readableLog() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, log: makeLog({ level: "info", secrets: [], destination }) };
}

const soon = async () => new Promise(setImmediate);

describe("a node's process", () => {
  const stage = useStage();
  const never = 1_000_000;

  async function configured(changes: Partial<ServiceConfig> = {}): Promise<ServiceConfig> {
    return {
      operator: addressed(actors.olive),
      secret: secrets.olive,
      tariff,
      journal: close(await openJournal()),
      settlement: { period: 3_600n, unitsPerCoin: 0n },
      clock: () => clock.now,
      deployment: stage.deployment,
      contracts: connect(stage.deployment, actors.olive),
      engines: [new IntegerEngine([published])],
      http: { port: 0 },
      intervals: { commit: never, settle: never, answer: never },
      log: readableLog().log,
      registry: new Registry(),
      monotonic: () => performance.now(),
      ...changes,
    };
  }

  async function start(changes: Partial<ServiceConfig> = {}) {
    const service = await startNode(await configured(changes));
    close({ close: () => service.stop(0) });
    const get = async (path: string) => {
      const response = await fetch(`${service.url}${path}`);
      return { status: response.status, text: await response.text() };
    };
    const ask = async () => {
      const headers = { "content-type": "application/json" };
      return fetch(`${service.url}/v1/inference`, { method: "POST", headers, body: write(makeAsk(stage)) });
    };
    return { ...service, get, ask };
  }

  it("serves, counts what it served, and says that it is ready", async () => {
    const { get, ask } = await start();
    expect((await get("/ready")).text).to.equal('{"ready":true,"reasons":[]}');
    expect((await ask()).status).to.equal(200);
    clock.now += 30n;
    const { text } = await get("/metrics");
    expect(text).to.include("surety_receipts 1\n").and.include("surety_receipts_uncommitted 1\n");
    expect(text).to.include("surety_uncommitted_age_seconds 30\n");
    expect(text)
      .to.match(/surety_unsettled_units [1-9]/)
      .and.to.match(/surety_free_cover_units [1-9]/);
  });

  it("commits and settles by itself", async () => {
    const { url, get, ask, node } = await start({ intervals: { commit: 0.05, settle: 0.05, answer: 0.05 } });
    expect((await ask()).status).to.equal(200);
    const { escrow, ledger } = stage.contracts;
    while ((await escrow.earningsOf(actors.olive.address)) === 0n) await soon();
    expect(await ledger.nextSequence(actors.olive.address)).to.equal(1n);
    expect(await ledger.dataURIOf(actors.olive.address)).to.include(url);
    // It notes what is settled after the chain has it.
    while ((await node.status()).unsettled !== 0n) await soon();
    while (!(await get("/metrics")).text.includes('surety_work_total{work="settle",outcome="done"} 1')) await soon();
  });

  it("sells by x402 where it is told to, at an address that it opens", async () => {
    const { escrow } = stage.contracts;
    const question = JSON.stringify({ modelId: smallId, mode: Mode.optimistic, input: toHex(inputNumbered(0)) });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: question };
    const priced = async (x402?: NonNullable<ServiceConfig["x402"]>) => {
      const { url } = await start(x402 === undefined ? {} : { x402 });
      const response = await fetch(`${url}/v1/inference`, init);
      expect(response.status).to.equal(402);
      const header = response.headers.get("payment-required");
      return header === null ? undefined : decodePaymentRequiredHeader(header).accepts[0];
    };
    expect(await priced()).to.equal(undefined);
    expect(await priced(false)).to.equal(undefined);
    expect(await escrow.isPayToOpen(actors.olive.address)).to.equal(false);
    const payTo = (await escrow.payToOf(actors.olive.address)).toLowerCase();
    expect(await priced(true)).to.deep.include({ payTo, extra: { name: "Surety Test Dollar", version: "1" } });
    expect(await escrow.isPayToOpen(actors.olive.address)).to.equal(true);
    const named = { name: "USD Coin", version: "2" };
    expect(await priced(named)).to.deep.include({ payTo, amount: PRICE.toString(), extra: named });
  });

  it("says why it is not ready", async () => {
    const { get } = await start({ secret: secretNamed("nobody's") });
    const { status, text } = await get("/ready");
    expect(status).to.equal(503);
    expect(text).to.include("KeyNotValid");
  });

  it("is not ready, and gives the numbers of before, while the chain is away", async () => {
    const contracts = connect(stage.deployment, actors.olive);
    const away: { isAway: boolean } = { isAway: false };
    const bonds = new Proxy(contracts.bonds, {
      get: (target, name) => {
        if (away.isAway) throw new ChainError("Unreachable", "the chain does not answer");
        return Reflect.get(target, name, target) as unknown;
      },
    });
    const { get, ask } = await start({ contracts: { ...contracts, bonds } });
    await ask();
    await get("/metrics");
    away.isAway = true;
    clock.now += 60n;
    const refused = await ask();
    expect(refused.headers.get("retry-after")).to.equal("5");
    expect([refused.status, ((await refused.json()) as Record<string, string>)["error"]]).to.deep.equal([
      503,
      "ChainUnavailable",
    ]);
    expect(await get("/ready")).to.deep.equal({
      status: 503,
      text: '{"ready":false,"reasons":["the chain does not answer"]}',
    });
    const { text } = await get("/metrics");
    expect(text).to.include("surety_receipts 1\n");
    expect(text).to.include('surety_chain_errors_total{work="status",reason="Unreachable"} 1\n');
    expect(text).to.include('surety_chain_errors_total{work="serve",reason="Unreachable"} 1\n');
  });

  it("lets go of its port where it cannot start", async () => {
    const taken = await start();
    const http = { port: Number(new URL(taken.url).port) };
    await rejectionOf(PortInUseError, startNode(await configured({ http })));
    const journal = close(await openJournal());
    await journal.claim("somebody else");
    await taken.stop();
    await rejectionOf(JournalMismatchError, startNode(await configured({ http, journal })));
    const again = await startNode(await configured({ http }));
    await again.stop(0);
  });

  it("finishes what is ordered before it stops, though the client has left", async () => {
    const engine = new HeldEngine(new IntegerEngine([published]));
    const { url, node, ...service } = await start({ engines: [engine] });
    const leaving = new AbortController();
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: write(makeAsk(stage)), signal: leaving.signal };
    const answer = fetch(`${url}/v1/inference`, init).catch(() => "gone");
    await engine.begun(1);
    leaving.abort();
    expect(await answer).to.equal("gone");
    const stopped = service.stop();
    engine.answerAll();
    await stopped;
    expect((await node.status()).nextSequence).to.equal(1n);
  });

  it("stops when what is under way is done, and can be told so twice", async () => {
    const { url, ask, ...service } = await start();
    const answer = ask();
    await answer;
    await service.stop();
    await service.stop();
    expect(await fetch(`${url}/health`).catch(() => "gone")).to.equal("gone");
  });
});

describe("a node's chores", () => {
  function opened(chores: readonly Chore[]) {
    const registry = new Registry();
    const { lines, log } = readableLog();
    const metrics = new Metrics(registry);
    const background = new Background({ chores, metrics, log, clock: () => performance.now() });
    return { background, lines, registry };
  }

  const chore = (name: string, run: Chore["run"], every = 1): Chore => ({ name, every, run });

  it("are done one at a time, each again and again", async () => {
    let [inside, most] = [0, 0];
    const counts = { a: 0, b: 0 };
    const counting = (name: "a" | "b") =>
      chore(name, async () => {
        most = Math.max(most, ++inside);
        await soon();
        inside--;
        counts[name]++;
        return undefined;
      });
    const { background } = opened([counting("a"), counting("b")]);
    while (counts.a < 5 || counts.b < 5) await soon();
    await background.stop();
    expect(most).to.equal(1);
  });

  it("go on after one of them failed, which is counted by its reason", async () => {
    const failures = [new ChainError("Unreachable", "no answer"), new Error("a bug")];
    let done = 0;
    const failing = chore("failing", async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      done++;
      return {};
    });
    const { background, registry, lines } = opened([failing, chore("idle", async () => undefined)]);
    while (done < 2) await soon();
    await background.stop();
    const text = await registry.metrics();
    expect(text).to.include('surety_work_total{work="failing",outcome="failed"} 2');
    expect(text).to.include('surety_chain_errors_total{work="failing",reason="Unreachable"} 1');
    expect(text).to.include("surety_unexpected_errors_total 1");
    expect(text).to.match(/surety_work_total{work="idle",outcome="idle"} [1-9]/);
    expect(lines.filter(({ level }) => level === 50).map(({ work }) => work)).to.deep.equal(["failing", "failing"]);
  });

  it("are finished before the end, and not begun after it", async () => {
    let [begun, ended] = [0, 0];
    const slow = chore("slow", async () => {
      begun++;
      for (let turn = 0; turn < 50; turn++) await soon();
      ended++;
      return undefined;
    });
    const { background } = opened([slow]);
    while (begun === 0) await soon();
    await background.stop();
    expect(ended).to.equal(begun);
    const before = begun;
    for (let turn = 0; turn < 50; turn++) await soon();
    expect(begun).to.equal(before);
  });

  it("do not keep a process that stops waiting for their time", async () => {
    const { background } = opened([chore("rare", async () => undefined, 3_600_000)]);
    await background.stop();
  });
});
