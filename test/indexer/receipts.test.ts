import { PGlite } from "@electric-sql/pglite";
import { expect } from "chai";
import { Collector, type Commitments } from "../../indexer/receipts/collector.ts";
import {
  findReceipt,
  findRecord,
  listActions,
  listAgents,
  listReceipts,
  receiptsUnder,
  sourceOf,
} from "../../indexer/receipts/reader.ts";
import { openDatabase, openSchema, type Sql } from "../../indexer/receipts/sql.ts";
import { ReceiptStore } from "../../indexer/receipts/store.ts";
import { dataURIOf, listBatches } from "../../src/chain/batches.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { makeBatch } from "../../src/core/batch.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { canonicalContext } from "../../src/core/context.ts";
import type { Record } from "../../src/core/records.ts";
import { type Receipt, receiptHash } from "../../src/core/typedData.ts";
import { guardedFetch } from "../../src/native/fetch.ts";
import { forge, Library } from "../support/forge.ts";
import { makeDatabase, missingPostgres, stopPostgres } from "../support/postgres.ts";
import {
  actors,
  addressed,
  close,
  contractsOf,
  makeClient,
  openContext,
  openHouse,
  PRICE,
  question,
  sent,
  snapshot,
  type Stage,
  useStage,
} from "../support/stage.ts";

const olive = addressed(actors.olive);
const HOUR = 3_600_000;

/** What the chain says of batches, asked as everyone can. */
function commitmentsOf({ contracts, deployment }: Stage): Commitments {
  const batches = async () => {
    const found = await listBatches(contracts, deployment.block);
    return found.map((batch) => ({ ...batch, committedAt: 0n, block: BigInt(batch.block) }));
  };
  return {
    isReady: async () => true,
    batches: async (fromBlock, { limit, offset }) =>
      (await batches()).filter(({ block }) => block >= fromBlock).slice(offset, offset + limit),
    isCommitted: async (operator, root) =>
      (await batches()).some((batch) => batch.operator === operator && batch.root === root),
    dataUriOf: async (operator) => dataURIOf(contracts, operator),
  };
}

/** Describes the same of receipts in each database. */
function describeStores(title: string, tests: (open: () => Promise<Sql>) => void): void {
  describe(`${title}, in PGlite`, () => tests(async () => openDatabase(await PGlite.create())));
  const missing = missingPostgres();
  if (missing !== undefined) return void process.stderr.write(`Left out: ${title}, in PostgreSQL, since ${missing}.\n`);
  describe(`${title}, in PostgreSQL`, () =>
    tests(async () => openSchema(await makeDatabase(), "receipts", () => undefined)));
}

describeStores("receipts from operators' nodes", (openSql) => {
  const stage = useStage();
  let store: ReceiptStore;
  let now = 0;
  let errors: unknown[] = [];
  let library: Library;

  beforeEach(async () => {
    store = close(await ReceiptStore.open(await openSql()));
    [now, errors] = [0, []];
    library = new Library();
  });

  function collector(fetch: Fetch = library.fetch): Collector {
    return new Collector({
      ...{ store, fetch, clock: () => now, restMs: 1, onError: (error) => errors.push(error) },
      commitments: commitmentsOf(stage),
      domains: domainsOf(stage.deployment),
    });
  }

  /** Collects until there is nothing more to ask for now. */
  async function collectAll(fetch?: Fetch): Promise<void> {
    const asking = collector(fetch);
    while ((await asking.collect()) > 0) await asking.settled();
    expect(errors).to.deep.equal([]);
  }

  const records = (count: number): Record[] =>
    Array.from({ length: count }, (_, index) =>
      forge(stage, { receipt: { sequence: BigInt(index), charged: BigInt(index + 1) * PRICE } }),
    );

  const leafOf = ({ receipt }: Record): Hex => receiptHash(receipt);
  const kept = async () => listReceipts(store.sql, { limit: 100 });
  const statesUnder = async (root: Hex) => (await receiptsUnder(store.sql, root)).map(({ recordState }) => recordState);
  const problemOf = async (root: Hex) => (await sourceOf(store.sql, { operator: olive, root }))?.problem;

  it("are kept with what their contexts say, as a real node publishes them", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const ask = async (number: number, context = openContext) =>
      client.ask(house.url, house.node.offer(), question(number, { context }));
    const first = await ask(0, { ...openContext, agent: "eip155:1/7", session: "s" });
    const source = { uri: "https://example.org/a", hash: leafOf(first) };
    const second = await ask(1, { ...openContext, agent: "eip155:1/7", parents: [leafOf(first)], sources: [source] });
    const hidden = await ask(2, { ...openContext, disclose: false });
    await house.node.commit();
    await collectAll(guardedFetch(true));

    const [one] = await findReceipt(store.sql, leafOf(first));
    expect(one?.receipt).to.deep.equal(first.receipt);
    expect(one?.said).to.include({ agent: "eip155:1/7", session: "s", payer: addressed(actors.alice) });
    expect(await findRecord(store.sql, leafOf(second))).to.deep.equal(second);
    expect((await findReceipt(store.sql, leafOf(hidden)))[0]?.recordState).to.equal("withheld");
    expect(await findRecord(store.sql, leafOf(hidden))).to.be.undefined;
    const actions = await listActions(store.sql, "eip155:1/7", 10);
    expect(actions.map(({ leaf }) => leaf)).to.deep.equal([leafOf(first), leafOf(second)]);
    expect(actions[1]?.context).to.deep.include({ parents: [leafOf(first)], sources: [source] });
  });

  it("are refused where they do not lead to the root, and had once they do", async () => {
    const honest = records(3);
    const root = await library.commit(stage, honest);
    const [first, ...others] = honest.map(({ receipt }) => receipt);
    const path = `/v1/batches/${root}`;
    library.replace(path, { receipts: [{ ...first, price: 1n }, ...others] });
    await collectAll();
    expect(await kept()).to.be.empty;
    expect(await problemOf(root)).to.include("BatchMismatch");
    // A part of them, or another order, is not what was committed either.
    for (const receipts of [others, [...others, first]]) {
      now += HOUR;
      library.replace(path, { receipts });
      await collectAll();
      expect(await kept()).to.be.empty;
    }
    now += HOUR;
    library.replace(path, { receipts: [first, ...others] });
    await collectAll();
    expect(await kept()).to.have.length(3);
    expect(await problemOf(root)).to.be.null;
  });

  it("come with no record but their own, whole", async () => {
    const [one, other] = records(2);
    if (one === undefined || other === undefined) throw new Error("records expected");
    await library.commit(stage, [one, other]);
    const path = `/v1/records/${leafOf(one)}`;
    const wrong: readonly unknown[] = [
      other,
      { ...one, input: "0x00" },
      { ...one, output: "0x00" },
      { ...one, hidden: [] },
      { ...one, context: canonicalContext({ ...openContext, runtime: "another" }) },
      { ...one, request: { ...one.request, ceiling: 1n } },
      { ...one, clientSignature: other.clientSignature },
      { ...one, operatorSignature: other.operatorSignature },
      { receipt: one.receipt },
    ];
    for (const record of wrong) {
      library.replace(path, record);
      await collectAll();
      expect(await findRecord(store.sql, leafOf(one))).to.be.undefined;
      now += HOUR;
    }
    library.replace(path, one);
    await collectAll();
    expect(await findRecord(store.sql, leafOf(one))).to.deep.equal(one);
  });

  it("are no receipts of a batch whose range does not hold them, and show the way for those that it does", async () => {
    const root = await library.commit(stage, records(3), { firstSequence: 0n, count: 2n });
    await collectAll();
    expect(await statesUnder(root)).to.deep.equal(["stored", "stored", "unheld"]);
    expect(await kept()).to.have.length(2);
    expect(await problemOf(root)).to.be.null;
  });

  it("are asked for anew where the chain has their batch on other terms", async () => {
    const back = await snapshot();
    const batch = records(3);
    const root = await library.commit(stage, batch, { firstSequence: 0n, count: 2n });
    await collectAll();
    await back();
    expect(await library.commit(stage, batch)).to.equal(root);
    await collectAll();
    expect(await statesUnder(root)).to.deep.equal(["stored", "stored", "stored"]);
  });

  it("are neither taken from their operator nor shown twice by one that publishes them as its own", async () => {
    const context = canonicalContext({ ...openContext, agent: "eip155:1/7" });
    const record = forge(stage, { ask: { context } });
    const { receipt } = record;
    const { ledger } = contractsOf(stage, "otto");
    await ledger.setDataURI(actors.otto.address, "http://otto/v1/batches");
    const copy = async (receipts: readonly Receipt[], firstSequence: bigint): Promise<Hex> => {
      const { root, dataHash } = makeBatch(receipts);
      await ledger.commit(actors.otto.address, root, dataHash, firstSequence, 1n);
      library.replace(`/v1/batches/${root}`, { receipts });
      return root;
    };
    const root = await copy([receipt], 0n);
    await copy([receipt, { ...receipt, price: 0n }], 1n);
    await collectAll();
    expect(await statesUnder(root)).to.deep.equal(["unheld"]);
    expect(await library.commit(stage, [record])).to.equal(root);
    await collectAll();
    expect(await statesUnder(root)).to.deep.equal(["stored"]);
    expect(await kept()).to.have.length(1);
    expect(await listActions(store.sql, "eip155:1/7", 10)).to.have.length(1);
    const [agent] = await listAgents(store.sql, 10);
    expect(agent).to.include({ actions: 1, spent: PRICE });
  });

  it("are asked for again, less and less often, while their node is silent", async () => {
    const root = await library.commit(stage, records(1));
    let asked = 0;
    const silent: Fetch = async () => {
      asked += 1;
      throw new TypeError("fetch failed");
    };
    for (; now < 100_000; now += 500) await collectAll(silent);
    // After 0, 1, 3, 7, 15, 31 and 63 seconds.
    expect(asked).to.equal(7);
    expect(await problemOf(root)).to.include("Unreachable");
    now += HOUR;
    await collectAll();
    expect(await kept()).to.have.length(1);
  });

  /** Commits a receipt as otto's, who publishes at http://otto. */
  async function commitOttos(): Promise<void> {
    const { ledger } = contractsOf(stage, "otto");
    const [other] = records(1).map((record) => ({ ...record.receipt, operator: addressed(actors.otto) }));
    if (other === undefined) throw new Error("a receipt expected");
    await ledger.setDataURI(actors.otto.address, "http://otto/v1/batches");
    await ledger.commit(actors.otto.address, receiptHash(other), receiptHash(other), 0n, 1n);
  }

  it("wait for no other operator's node", async () => {
    await commitOttos();
    let release: (() => void) | undefined;
    const slow: Fetch = async (...call) => {
      if (!sent(call).url.startsWith("http://otto/")) return library.fetch(...call);
      await new Promise<void>((go) => (release = go));
      throw new TypeError("fetch failed");
    };
    const asking = collector(slow);
    const ended = new AbortController();
    const running = asking.run(ended.signal);
    while (release === undefined) await new Promise(setImmediate);
    await library.commit(stage, records(1));
    while ((await listReceipts(store.sql, { limit: 1 }))[0]?.recordState !== "stored") await new Promise(setImmediate);
    ended.abort();
    release();
    await running;
    await asking.settled();
  });

  it("have their records while another operator's batches cannot be had", async () => {
    await library.commit(stage, records(1));
    const asking = collector();
    await asking.collect();
    await asking.settled();
    expect((await kept()).map(({ recordState }) => recordState)).to.deep.equal(["waiting"]);
    await commitOttos();
    await asking.collect();
    await asking.settled();
    expect((await kept()).map(({ recordState }) => recordState)).to.deep.equal(["stored"]);
  });

  it("are followed no more when the chain takes their batch back", async () => {
    const back = await snapshot();
    const root = await library.commit(stage, records(1));
    const { fetch } = new Library();
    await collectAll(fetch);
    expect(await problemOf(root)).to.not.be.null;
    await back();
    now += HOUR;
    await collectAll(fetch);
    expect(await problemOf(root)).to.be.undefined;
  });
});

after(stopPostgres);
