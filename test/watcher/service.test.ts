import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { localParameters } from "../../deploy/parameters.ts";
import { demandReceipt } from "../../src/chain/demands.ts";
import { answerDemand } from "../../src/chain/disclosures.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { makeBatch } from "../../src/core/batch.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import type { Report } from "../../src/watcher/report.ts";
import { runWatch, type WatchConfig, WatchConfigError } from "../../src/watcher/run.ts";
import { StoreMismatchError } from "../../src/watcher/store/store.ts";
import { forge, Library, type Lie, redeem } from "../support/forge.ts";
import {
  actors,
  addressed,
  advance,
  BOND,
  chain,
  contractsOf,
  open,
  PRICE,
  published,
  rejectionOf,
  secretNamed,
  secrets,
  sent,
  snapshot,
  useStage,
} from "../support/stage.ts";
import { linesOf, lineThrough, openWatch, type Watching } from "../support/watching.ts";

const HOUR = 3_600n;
const DAY = 24n * HOUR;

const noHidden: Lie = { trace: () => ({ hidden: [] }) };

describe("a watcher that runs", () => {
  const stage = useStage();
  let library: Library;
  beforeEach(() => (library = new Library()));

  const bond = async (): Promise<bigint> => (await stage.contracts.bonds.slashable(actors.olive.address)).own;
  const fetch: Fetch = async (...call) => library.fetch(...call);
  const withholding =
    (path: string): Fetch =>
    async (...call) =>
      sent(call).url.includes(path) ? new Response("gone", { status: 404 }) : library.fetch(...call);

  /** Commits records with these lies, from a place in the operator's sequence on. */
  async function commit(first: number, ...lies: readonly Lie[]): Promise<{ root: Hex; leaves: readonly Hex[] }> {
    const records = lies.map((lie, index) => {
      const place = BigInt(first + index);
      return forge(stage, { ...lie, receipt: { sequence: place, charged: (place + 1n) * PRICE, ...lie.receipt } });
    });
    const root = await library.commit(stage, records);
    return { root, leaves: records.map(({ receipt }) => receiptHash(receipt)) };
  }

  /** What evidence courts hold of deposits. */
  async function deposits(): Promise<bigint> {
    const { validityCourt, equivocationCourt } = stage.contracts;
    const held = [validityCourt, equivocationCourt].map(async (court) => chain.getBalance(await court.getAddress()));
    return (await Promise.all(held)).reduce((sum, part) => sum + part, 0n);
  }

  function expectNoFailure({ lines }: Watching): void {
    expect(linesOf(lines, "failed").map(({ doing, message }) => `${doing}: ${message}`)).to.deep.equal([]);
  }

  it("convicts what is wrong, once, and is paid for it", async () => {
    await commit(0, {}, noHidden, {});
    const watching = await openWatch(stage, { fetch });
    const before = await stage.contracts.token.balanceOf(actors.wendy.address);
    for (let round = 0; round < 3; round++) await watching.service.round();
    expectNoFailure(watching);
    const { lines } = watching;
    expect(linesOf(lines, "inspected")).to.deep.include({
      ...linesOf(lines, "inspected")[0],
      receipts: 3,
      reexecuted: 3,
      missing: 0,
    });
    expect(lines.filter(({ what }) => ["found", "committed", "convicted"].includes(what))).to.have.length(3);
    const [convicted] = linesOf(lines, "convicted");
    expect(await bond()).to.equal(BOND - (convicted?.verdict.slashed ?? 0n));
    expect(await deposits()).to.equal(0n);
    const gained = (await stage.contracts.token.balanceOf(actors.wendy.address)) - before;
    expect(gained).to.equal(convicted?.verdict.bounty).and.to.be.greaterThan(0n);
  });

  it("remembers, over restarts, what later receipts may contradict", async () => {
    await commit(0, {}, {});
    const store = ":memory:";
    const watching = await openWatch(stage, { fetch, store });
    await watching.service.round();
    const second = forge(stage, { receipt: { sequence: 2n, charged: PRICE } });
    await library.commit(stage, [second]);
    await redeem(stage, second);
    await watching.service.round();
    expectNoFailure(watching);
    const [convicted] = linesOf(watching.lines, "convicted");
    expect(convicted).to.include({ court: "EquivocationCourt" });
    expect(convicted?.description).to.include("one unit");
    expect(convicted?.verdict.compensated).to.equal(
      2n * PRICE * (localParameters.policies[4]?.compensationMultiple ?? 0n),
    );
  });

  it("demands what is withheld once its patience is over, and convicts silence", async () => {
    const { leaves } = await commit(0, {}, {}, {});
    const watching = await openWatch(stage, {
      fetch: withholding(leaves[1] ?? "none"),
      terms: { patience: 2n * HOUR },
    });
    await watching.service.round();
    expect(linesOf(watching.lines, "withheld")).to.have.length(1);
    await advance(HOUR);
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded")).to.be.empty;
    await advance(HOUR);
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded").map(({ sequence }) => sequence)).to.deep.equal([1n]);
    await advance(DAY - HOUR);
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted")).to.be.empty;
    await advance(HOUR + 1n);
    await watching.service.round();
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted").map(({ court }) => court)).to.deep.equal(["DisclosureCourt"]);
    expect(linesOf(watching.lines, "demanded")).to.have.length(1);
    expectNoFailure(watching);
  });

  it("does not demand what a node that was down shows in the end", async () => {
    await commit(0, {}, noHidden);
    let isDown = true;
    const watching = await openWatch(stage, {
      fetch: async (...call) => (isDown ? Promise.reject(new TypeError("fetch failed")) : library.fetch(...call)),
    });
    await watching.service.round();
    await advance(5n * HOUR);
    await watching.service.round();
    isDown = false;
    await advance(HOUR / 2n);
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded")).to.be.empty;
    expect(linesOf(watching.lines, "convicted")).to.have.length(1);
  });

  it("demands before it is too late what no patience would have", async () => {
    const { root } = await commit(0, {}, {}, {}, {}, {});
    const window = localParameters.policies[5]?.window ?? 0n;
    const watching = await openWatch(stage, {
      fetch: withholding("/"),
      terms: { patience: 100n * DAY, reserve: HOUR },
    });
    await watching.service.round();
    await advance(window - HOUR - 60n);
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded")).to.be.empty;
    await advance(60n);
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded")).to.have.length(3);
    expect(linesOf(watching.lines, "demanded")[0]).to.include({ root, isFirst: true });
    await advance(2n * DAY);
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted")).to.have.length(3);
    expectNoFailure(watching);
  });

  it("has silence punished that others demanded, once the bounty is its own", async () => {
    const { root } = await commit(0, {});
    await demandReceipt(contractsOf(stage, "will"), { operator: addressed(actors.olive), root, sequence: 0n });
    const watching = await openWatch(stage, { fetch });
    await watching.service.round();
    await advance(DAY);
    await watching.service.round();
    await advance(HOUR - 60n);
    await watching.service.round();
    expect(linesOf(watching.lines, "found")).to.have.length(1);
    expect(linesOf(watching.lines, "convicted")).to.be.empty;
    await advance(120n);
    await watching.service.round();
    const [convicted] = linesOf(watching.lines, "convicted");
    expect(convicted?.verdict.bounty).to.be.greaterThan(0n);
    expect(linesOf(watching.lines, "claimed")[0]?.awards).to.equal(convicted?.verdict.bounty);
  });

  it("takes back the deposit of its own demand that nobody had punished", async () => {
    await commit(0, {});
    const watching = await openWatch(stage, { fetch: withholding("/"), terms: { patience: 0n } });
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded")).to.have.length(1);
    // Asleep for the whole time in which silence can be punished.
    await advance(3n * DAY);
    await watching.service.round();
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted")).to.be.empty;
    expect(linesOf(watching.lines, "claimed")[0]?.coin).to.be.greaterThan(0n);
    expect(await chain.getBalance(await stage.contracts.disclosureCourt.getAddress())).to.equal(0n);
  });

  it("judges what is shown on demand", async () => {
    const records = [forge(stage, {}), forge(stage, { ...noHidden, receipt: { sequence: 1n, charged: 2n * PRICE } })];
    const root = await library.commit(stage, records);
    const batch = makeBatch(records.map(({ receipt }) => receipt));
    const [, record] = records;
    if (record === undefined) throw new Error("a record expected");
    const watching = await openWatch(stage, { fetch: withholding("/"), terms: { patience: 0n } });
    await watching.service.round();
    const subject = { kind: "receipt", root, sequence: 1n } as const;
    await answerDemand(
      contractsOf(stage, "olive"),
      { subject },
      { record, committed: { root, proof: batch.proof(1) } },
    );
    await watching.service.round();
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted").map(({ court }) => court)).to.deep.equal(["ValidityCourt"]);
    expectNoFailure(watching);
  });

  it("judges on demand what no record can hold", async () => {
    const many = Array.from({ length: 20 }, () => Uint8Array.of(1));
    const record = forge(stage, { trace: () => ({ hidden: many }) });
    const root = await library.commit(stage, [record]);
    const watching = await openWatch(stage, { fetch, terms: { patience: 0n } });
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded")).to.have.length(1);
    const subject = { kind: "receipt", root, sequence: 0n } as const;
    await answerDemand(contractsOf(stage, "olive"), { subject }, { record, committed: { root, proof: [] } });
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted").map(({ court }) => court)).to.deep.equal(["ValidityCourt"]);
    expectNoFailure(watching);
  });

  it("convicts of two receipts for one number, whichever of them is shown", async () => {
    const twins = [{}, { receipt: { sequence: 0n, charged: 2n * PRICE } }];
    const { leaves } = await commit(0, ...twins);
    const watching = await openWatch(stage, { fetch: withholding(leaves[1] ?? "none"), terms: { patience: 0n } });
    await watching.service.round();
    await watching.service.round();
    const [convicted] = linesOf(watching.lines, "convicted");
    expect(convicted).to.include({ court: "EquivocationCourt" });
    expect(convicted?.description).to.include("not all of them shown");
    expect(await deposits()).to.equal(0n);
  });

  it("computes the share again that it was told to, and checks the terms of all", async () => {
    await commit(0, ...Array.from({ length: 40 }, () => noHidden), {
      receipt: { price: PRICE + 1n, charged: 100n * PRICE },
    });
    const none = await openWatch(stage, { fetch, who: "will", terms: { share: 0 } });
    await none.service.inspect();
    await none.service.act();
    await none.service.inspect();
    expect(linesOf(none.lines, "inspected")[0]).to.include({ receipts: 41, reexecuted: 0 });
    expect(linesOf(none.lines, "found").map(({ description }) => description)).to.deep.equal([
      "PriceAboveMaximum (receipt 40)",
    ]);
    const half = await openWatch(stage, { fetch, terms: { share: 0.5 } });
    await half.service.act();
    await half.service.inspect();
    const [inspected] = linesOf(half.lines, "inspected");
    expect(inspected?.reexecuted).to.be.within(8, 32);
  });

  it("stakes no deposit on what is too late", async () => {
    await commit(0, noHidden);
    const late = await openWatch(stage, { fetch });
    await late.service.act();
    await late.service.inspect();
    expect(linesOf(late.lines, "found")).to.have.length(1);
    await advance(7n * DAY - 600n);
    await late.service.act();
    expect(linesOf(late.lines, "expired")).to.have.length(1);
    expect(linesOf(late.lines, "committed")).to.be.empty;
  });

  it("commits anew where what it committed to has lapsed", async () => {
    await commit(0, noHidden);
    let sends = 0;
    const reporter = lineThrough(stage, "wendy", async ({ method }, forward) => {
      if (method === "eth_sendTransaction" && ++sends === 2) throw new Error("the connection broke");
      return forward();
    });
    const watching = await openWatch(stage, { fetch, reporter });
    await watching.service.round();
    expect(await deposits()).to.equal(localParameters.evidenceDeposit);
    await advance(HOUR + 1n);
    await watching.service.round();
    await watching.service.round();
    expect(linesOf(watching.lines, "lapsed")).to.have.length(1);
    expect(linesOf(watching.lines, "convicted")).to.have.length(1);
    // The first deposit is lost for good, the second came back.
    expect(await deposits()).to.equal(localParameters.evidenceDeposit);
  });

  it("brings a case again where its price was settled after the verdict", async () => {
    const record = forge(stage, noHidden);
    await library.commit(stage, [record]);
    const watching = await openWatch(stage, { fetch });
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted")[0]?.verdict.compensated).to.equal(0n);
    await redeem(stage, record);
    await advance(7n * DAY - HOUR);
    await watching.service.round();
    const [, again] = linesOf(watching.lines, "convicted");
    expect(again?.verdict.compensated).to.equal(PRICE * (localParameters.policies[3]?.compensationMultiple ?? 0n));
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted")).to.have.length(2);
    expect(await deposits()).to.equal(0n);
  });

  it("forgets what nothing can come of any more", async () => {
    await commit(0, noHidden);
    const watching = await openWatch(stage, { fetch });
    await watching.service.round();
    await advance(17n * DAY + 2n * HOUR);
    await watching.service.round();
    expect(linesOf(watching.lines, "pruned")).to.deep.equal([{ what: "pruned", batches: 1 }]);
    await watching.service.round();
    expect(linesOf(watching.lines, "inspected")).to.have.length(1);
  });

  describe("side by side with another", () => {
    it("is second without loss, in whatever order", async () => {
      await commit(0, noHidden, noHidden);
      const [wendy, will] = [await openWatch(stage, { fetch }), await openWatch(stage, { fetch, who: "will" })];
      await Promise.all([wendy.service.round(), will.service.round()]);
      await Promise.all([wendy.service.round(), will.service.round()]);
      const { validityCourt } = stage.contracts;
      expect(await validityCourt.queryFilter(validityCourt.filters.Convicted())).to.have.length(2);
      expect(await deposits()).to.equal(0n);
      const beaten = [...linesOf(wendy.lines, "beaten"), ...linesOf(will.lines, "beaten")];
      expect(beaten).to.have.length(2);
    });

    it("opens what it has committed to, though the other was faster", async () => {
      await commit(0, noHidden);
      let sends = 0;
      const reporter = lineThrough(stage, "wendy", async ({ method }, forward) => {
        const answer = await forward();
        if (method === "eth_sendTransaction" && ++sends === 1) throw new Error("the answer was lost");
        return answer;
      });
      const wendy = await openWatch(stage, { fetch, reporter });
      const will = await openWatch(stage, { fetch, who: "will" });
      await wendy.service.round();
      expect(await deposits()).to.equal(localParameters.evidenceDeposit);
      await will.service.round();
      expect(linesOf(will.lines, "convicted")).to.have.length(1);
      await advance(60n);
      await wendy.service.round();
      expect(linesOf(wendy.lines, "beaten")).to.have.length(1);
      expect(await deposits()).to.equal(0n);
    });

    it("demands nothing twice", async () => {
      await commit(0, {});
      const terms = { patience: 0n };
      const first = await openWatch(stage, { fetch: withholding("/"), terms });
      const second = await openWatch(stage, { fetch: withholding("/"), terms, who: "will" });
      await first.service.round();
      await second.service.round();
      expect(
        [first, second].flatMap(({ lines }) => linesOf(lines, "demanded").map(({ isFirst }) => isFirst)),
      ).to.deep.equal([true, false]);
    });
  });

  describe("on a chain that", () => {
    it("takes back a commitment commits again", async () => {
      await commit(0, noHidden);
      let sends = 0;
      let back = async (): Promise<void> => undefined;
      const reporter = lineThrough(stage, "wendy", async ({ method }, forward) => {
        if (method === "eth_sendTransaction" && ++sends === 1) back = await snapshot();
        if (method === "eth_estimateGas" && sends === 1) {
          sends = 2;
          await back();
          await advance(1);
        }
        return forward();
      });
      const watching = await openWatch(stage, { fetch, reporter });
      await watching.service.round();
      expect(await deposits()).to.equal(0n);
      await watching.service.round();
      expect(linesOf(watching.lines, "committed")).to.have.length(2);
      expect(linesOf(watching.lines, "convicted")).to.have.length(1);
      expect(await deposits()).to.equal(0n);
    });

    it("takes back a verdict brings about another", async () => {
      await commit(0, noHidden);
      const watching = await openWatch(stage, { fetch });
      await watching.service.act();
      await watching.service.inspect();
      const back = await snapshot();
      await watching.service.act();
      await watching.service.act();
      expect(linesOf(watching.lines, "convicted")).to.have.length(1);
      await back();
      for (let block = 0; block < 8; block++) await advance(1);
      for (let round = 0; round < 3; round++) await watching.service.round();
      const { validityCourt } = stage.contracts;
      expect(await validityCourt.queryFilter(validityCourt.filters.Convicted())).to.have.length(1);
      expect(await deposits()).to.equal(0n);
    });

    it("takes back a batch forgets it, and inspects what comes in its place", async () => {
      const back = await snapshot();
      const record = forge(stage, {});
      await library.commit(stage, [record]);
      const watching = await openWatch(stage, { fetch });
      await watching.service.round();
      await back();
      await advance(1);
      // The same batch in a later block, and one more.
      await library.commit(stage, [record]);
      await commit(1, noHidden);
      for (let block = 0; block < 4; block++) await advance(1);
      await watching.service.round();
      expect(
        linesOf(watching.lines, "followed").map(({ batches, replaced }) => [batches, replaced === undefined]),
      ).to.deep.equal([
        [1, true],
        [2, false],
      ]);
      expect(linesOf(watching.lines, "inspected")).to.have.length(3);
      expect(linesOf(watching.lines, "convicted")).to.have.length(1);
    });

    it("cannot be read in the middle of a batch keeps what was judged before", async () => {
      // The key of the last receipt is another, which the chain has to be asked about.
      await commit(0, noHidden, {}, { secret: secrets.otto });
      let left = Infinity;
      const reporter = lineThrough(stage, "wendy", async ({ params }, forward) => {
        const isKeys = JSON.stringify(params).includes(stage.deployment.contracts.keys.slice(2));
        return isKeys && left-- <= 0 ? Promise.reject(new Error("no route")) : forward();
      });
      const urls: string[] = [];
      const watching = await openWatch(stage, {
        reporter,
        fetch: async (...call) => {
          urls.push(sent(call).url);
          return library.fetch(...call);
        },
      });
      await watching.service.act();
      left = 1;
      await watching.service.inspect();
      expect(linesOf(watching.lines, "failed").map(({ doing }) => doing)).to.deep.equal(["inspecting"]);
      expect(linesOf(watching.lines, "found")).to.have.length(1);
      left = Infinity;
      urls.length = 0;
      await watching.service.inspect();
      expect(urls).to.have.length(1);
      expect(linesOf(watching.lines, "found")).to.have.length(2);
    });

    it("cannot be read for a while goes on where it was", async () => {
      await commit(0, noHidden);
      let isDown = false;
      const reporter = lineThrough(stage, "wendy", async (_, forward) =>
        isDown ? Promise.reject(new Error("no route")) : forward(),
      );
      const watching = await openWatch(stage, { fetch, reporter });
      await watching.service.act();
      isDown = true;
      await watching.service.round();
      expect(linesOf(watching.lines, "failed").length).to.be.greaterThan(3);
      expect(linesOf(watching.lines, "inspected")).to.be.empty;
      isDown = false;
      await watching.service.round();
      expect(linesOf(watching.lines, "convicted")).to.have.length(1);
    });
  });

  describe("of operators that publish", () => {
    const endless = (): Response =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20).fill(32)) }));
    const never: Fetch = async (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    const slowly: Fetch = async (_, init) => {
      const start = (controller: ReadableStreamDefaultController): void => controller.enqueue(new Uint8Array([123]));
      const { url } = await open(() => new Response(new ReadableStream({ start })));
      return globalThis.fetch(url, init);
    };
    const pages: readonly (readonly [string, Fetch])[] = [
      ["garbage", async () => new Response("<html>")],
      ["more than anybody can read", async () => endless()],
      ["nothing, and never end", never],
      ["a byte, and never end", slowly],
    ];
    for (const [what, page] of pages) {
      it(`${what}, inspects the others`, async () => {
        await commit(0, {});
        await commitAsOtto();
        const watching = await openWatch(stage, {
          fetch: async (...call) => (sent(call).url.includes("olive") ? page(...call) : library.fetch(...call)),
          terms: { parallel: 1, budgetMs: 300 },
        });
        await watching.service.round();
        const [convicted] = linesOf(watching.lines, "convicted");
        expect(convicted).to.include({ operator: addressed(actors.otto) });
        expect(linesOf(watching.lines, "withheld").map(({ operator }) => operator)).to.deep.equal([
          addressed(actors.olive),
        ]);
      });
    }

    it("nothing, and never end, are asked for no other batch in the same round", async () => {
      const { root } = await commit(0, {});
      await commit(1, {});
      const urls: string[] = [];
      const watching = await openWatch(stage, {
        fetch: async (...call) => {
          urls.push(sent(call).url);
          return never(...call);
        },
        terms: { budgetMs: 100 },
      });
      await watching.service.round();
      expect(urls).to.deep.equal([`http://olive/v1/batches/${root}`]);
    });

    it("the first records and no more, has judged those, and asks for the others alone", async () => {
      const { leaves } = await commit(0, noHidden, ...Array.from({ length: 11 }, () => ({})));
      let isSilent = true;
      const urls: string[] = [];
      const watching = await openWatch(stage, {
        fetch: async (...call) => {
          const { url } = sent(call);
          urls.push(url);
          return isSilent && leaves.slice(8).some((leaf) => url.includes(leaf))
            ? never(...call)
            : library.fetch(...call);
        },
        terms: { budgetMs: 300 },
      });
      await watching.service.round();
      expect(linesOf(watching.lines, "inspected")[0]).to.include({ receipts: 8, missing: 4 });
      expect(linesOf(watching.lines, "convicted")).to.have.length(1);
      isSilent = false;
      urls.length = 0;
      await watching.service.round();
      expect(urls).to.have.members(leaves.slice(8).map((leaf) => `http://olive/v1/records/${leaf}`));
      expect(linesOf(watching.lines, "inspected")[1]).to.include({ receipts: 4, missing: 0 });
    });

    it("large records, holds no more of them than a few", async () => {
      const large: Lie = { trace: () => ({ hidden: [new Uint8Array(600_000)] }) };
      const { leaves } = await commit(0, ...Array.from({ length: 9 }, () => large));
      let judged: number | undefined;
      const watching = await openWatch(stage, {
        fetch: async (...call) => {
          if (sent(call).url.includes(leaves[8] ?? "none")) judged = linesOf(watching.lines, "found").length;
          return library.fetch(...call);
        },
      });
      await watching.service.act();
      await watching.service.inspect();
      expect(judged).to.equal(8);
    });

    /** Otto commits an answer that is wrong, after everybody else. */
    async function commitAsOtto(): Promise<void> {
      const record = forge(stage, {
        ...noHidden,
        ask: { request: { operator: addressed(actors.otto), ceiling: PRICE } },
        secret: secrets.otto,
      });
      const { ledger } = contractsOf(stage, "otto");
      const batch = makeBatch([record.receipt]);
      await ledger.setDataURI(actors.otto.address, "http://otto/v1/batches");
      await ledger.commit(actors.otto.address, batch.root, batch.dataHash, 0n, 1n);
      library.replace(`/v1/batches/${batch.root}`, { receipts: [record.receipt] });
      library.replace(`/v1/records/${receiptHash(record.receipt)}`, record);
    }
  });

  describe("from a store", () => {
    let folder = "";
    before(() => (folder = mkdtempSync(join(tmpdir(), "surety-store-"))));
    after(() => rmSync(folder, { recursive: true }));

    it("refuses another reporter's, and one of another version", async () => {
      const store = join(folder, "owned.sqlite");
      (await openWatch(stage, { store })).service.close();
      const error = await rejectionOf(StoreMismatchError, openWatch(stage, { store, who: "will" }));
      expect(error.message).to.include(addressed(actors.wendy));
      expect(error.remedy).to.include("another file");
      const database = new DatabaseSync(store);
      database.exec("PRAGMA user_version = 99");
      database.close();
      expect((await rejectionOf(StoreMismatchError, openWatch(stage, { store }))).message).to.include("99");
    });

    it("reads nothing again that it has judged", async () => {
      const store = join(folder, "again.sqlite");
      await commit(0, {}, {}, {});
      const first = await openWatch(stage, { store, fetch });
      await first.service.round();
      first.service.close();
      const urls: string[] = [];
      const second = await openWatch(stage, {
        store,
        fetch: async (...call) => {
          urls.push(sent(call).url);
          return library.fetch(...call);
        },
      });
      await second.service.round();
      expect(urls).to.be.empty;
      expect(linesOf(second.lines, "followed")).to.be.empty;
    });
  });

  describe("run from a command line", () => {
    const config = (changes: Partial<WatchConfig>): WatchConfig => ({
      reporter: actors.wendy,
      deployment: stage.deployment,
      models: [published],
      store: ":memory:",
      salt: () => secretNamed("run"),
      fetch,
      report: () => undefined,
      ...changes,
    });

    it("makes one round where it is to", async () => {
      await commit(0, noHidden);
      const lines: Report[] = [];
      await runWatch(config({ once: true, report: (line) => lines.push(line) }));
      expect(linesOf(lines, "convicted")).to.have.length(1);
    });

    it("runs until it is told to end", async () => {
      await commit(0, noHidden);
      const controller = new AbortController();
      const lines: Report[] = [];
      const seen = Promise.withResolvers<Report>();
      const running = runWatch(
        config({
          pollMs: 5,
          signal: controller.signal,
          report: (line) => {
            lines.push(line);
            if (line.what === "convicted") seen.resolve(line);
          },
        }),
      );
      await seen.promise;
      controller.abort();
      await running;
    });

    for (const terms of [{ share: 1.5 }, { share: -0.1 }, { patience: -1n }, { parallel: 0 }, { budgetMs: 0.5 }]) {
      it(`refuses a ${Object.entries(terms).join("").replace(",", " of ")}`, async () => {
        expect((await rejectionOf(WatchConfigError, runWatch(config({ terms })))).message).to.not.be.empty;
      });
    }
  });
});
