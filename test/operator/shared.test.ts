import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { Client as Connection } from "pg";
import { connect } from "../../src/chain/contracts.ts";
import { demandReceipt } from "../../src/chain/demands.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { type Engine, IntegerEngine } from "../../src/operator/engine.ts";
import { openPostgres } from "../../src/operator/postgres.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { HeldEngine } from "../support/heldEngine.ts";
import { makeDatabase, missingPostgres } from "../support/postgres.ts";
import {
  actors,
  advance,
  close,
  type House,
  type HouseOptions,
  coveredBy,
  makeAsk,
  openHouse,
  PRICE,
  published,
  rejection,
  useStage,
} from "../support/stage.ts";

const HIGH = 1_000n * PRICE;

describe("two nodes of one operator", () => {
  const stage = useStage();
  let url = "";

  before(function () {
    const missing = missingPostgres();
    if (missing === undefined) return;
    console.log(`      left out: nodes that share a journal, since ${missing}`);
    this.skip();
  });
  beforeEach(async () => (url = await makeDatabase()));

  async function openNode(options: HouseOptions = {}): Promise<House & { readonly engine: HeldEngine }> {
    const engine = new HeldEngine(new IntegerEngine([published]));
    const journal = close(new SqlJournal(await openPostgres(url, () => undefined)));
    return { ...(await openHouse(stage, { journal, engine, ...options })), engine };
  }

  /** A node that answers at once. */
  const openQuick = async (engine: Engine = new IntegerEngine([published])): Promise<House> => openNode({ engine });

  async function serve(house: House, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      await house.node.serve(makeAsk(stage, { request: { ceiling: HIGH } }));
    }
  }

  it("charge an order once that both are asked at once, on a ceiling and a bond for one", async () => {
    const contracts = coveredBy(stage, PRICE);
    const [first, second] = [await openNode({ contracts }), await openNode({ contracts })];
    const ask = makeAsk(stage);
    const answers = Promise.all([first.node.serve(ask), second.node.serve(ask)]);
    await Promise.all([first.engine.begun(1), second.engine.begun(1)]);
    second.engine.answer();
    first.engine.answer();
    const [one, other] = await answers;
    expect(receiptHash(one.receipt)).to.equal(receiptHash(other.receipt));
    expect(one.operatorSignature).to.equal(other.operatorSignature);
    expect((await first.journal.accounts())[0]).to.include({ charged: PRICE });
    expect(await second.journal.nextSequence()).to.equal(1n);
  });

  const bounds = [
    ["the ceiling", "CeilingTooLow", { ceiling: 5n * PRICE, cover: HIGH }],
    ["the cover", "CoverExhausted", { ceiling: HIGH, cover: 5n * PRICE }],
  ] as const;
  for (const [what, refusal, { ceiling, cover }] of bounds) {
    it(`admit together no more than ${what} allows, while nothing is charged yet`, async () => {
      const contracts = coveredBy(stage, cover);
      const [first, second] = [await openNode({ contracts }), await openNode({ contracts })];
      const refused: string[] = [];
      const asked: Promise<unknown>[] = [];
      await new Promise<void>((done) => {
        for (let index = 0; index < 20; index++) {
          const { node } = index % 2 === 0 ? first : second;
          const served = node.serve(makeAsk(stage, { request: { ceiling } })).catch((cause: unknown) => {
            if (refused.push((cause as Error).name) === 15) done();
          });
          asked.push(served);
        }
      });
      while (first.engine.runs + second.engine.runs < 5) await setImmediate();
      for (const { engine } of [first, second]) engine.answerAll();
      await Promise.all(asked);
      expect(refused).to.deep.equal(Array.from({ length: 15 }, () => refusal));
      expect((await first.journal.accounts())[0]).to.include({ charged: 5n * PRICE });
    });
  }

  it("commit and settle once what both served, whoever is asked to", async () => {
    const [first, second] = [await openQuick(), await openQuick()];
    await serve(first, 2);
    await serve(second, 3);
    await advance(1);
    const works = await Promise.all([first.node.commit(), second.node.commit()]);
    expect(works.filter((work) => work !== undefined)).to.have.length(1);
    const { ledger } = stage.contracts;
    expect(await ledger.nextSequence(first.operator)).to.equal(5n);
    expect(await ledger.queryFilter(ledger.filters.BatchCommitted(first.operator))).to.have.length(1);
    const settlements = await Promise.all([second.node.settle(), first.node.settle()]);
    expect(settlements.filter((settlement) => settlement !== undefined)).to.have.length(1);
    expect((await first.journal.accounts())[0]).to.include({ charged: 5n * PRICE, settled: 5n * PRICE });
    expect(await first.node.settle()).to.be.undefined;
    expect(await second.node.commit()).to.be.undefined;
  });

  it("answer a demand once", async () => {
    const [first, second] = [await openQuick(), await openQuick()];
    await serve(first, 1);
    await advance(1);
    await first.node.commit();
    const { ledger } = stage.contracts;
    const [batch] = await ledger.queryFilter(ledger.filters.BatchCommitted(first.operator));
    const demanded = { operator: first.operator, root: (batch?.args.root ?? "0x") as Hex, sequence: 0n };
    await demandReceipt(connect(stage.deployment, actors.wendy), demanded);
    const answerings = await Promise.all([first, second].map(async ({ node }) => node.answerDemands(0)));
    expect(answerings.flatMap(({ answered }) => answered)).to.have.length(1);
    expect(answerings.flatMap(({ unanswered }) => unanswered)).to.deep.equal([]);
  });

  it("go on with the batch that the other left half done", async () => {
    const [first, second] = [await openQuick(), await openQuick()];
    await serve(first, 2);
    await advance(1);
    first.journal.closeBatch = async () => Promise.reject(new Error("power cut"));
    expect((await rejection(first.node.commit())).message).to.equal("power cut");
    await serve(second, 1);
    expect(await second.node.commit()).to.include({ count: 2 });
    await advance(1);
    expect(await second.node.commit()).to.include({ count: 1 });
    const { ledger } = stage.contracts;
    const batches = await ledger.queryFilter(ledger.filters.BatchCommitted(first.operator));
    expect(batches.map(({ args }) => args.count)).to.deep.equal([2n, 1n]);
  });

  it("have what the other had under way as soon as that is gone", async () => {
    const contracts = coveredBy(stage, PRICE);
    const [first, second] = [await openNode({ contracts }), await openNode({ contracts })];
    const lost = first.node.serve(makeAsk(stage, { request: { ceiling: HIGH } }));
    await first.engine.begun(1);
    const other = makeAsk(stage, { who: "bob", request: { ceiling: HIGH } });
    expect((await rejection(second.node.serve(other))).name).to.equal("CoverExhausted");
    await cutOff(first);
    const answer = second.node.serve(other);
    await second.engine.begun(1);
    // It was only cut off from its journal for a moment; but what was kept for its answer is another's now.
    first.engine.answer();
    expect((await rejection(lost)).name).to.equal("ReservationLost");
    second.engine.answer();
    expect((await answer).receipt).to.include({ sequence: 0n, charged: PRICE });
    expect((await second.journal.accounts()).map(({ charged }) => charged)).to.deep.equal([PRICE]);
  });

  it("keep what they have under way while they are there, and serve on after they were cut off", async () => {
    const [first, second] = [await openNode(), await openNode()];
    const going = first.node.serve(makeAsk(stage, { request: { ceiling: PRICE } }));
    await first.engine.begun(1);
    expect((await rejection(second.node.serve(makeAsk(stage)))).name).to.equal("CeilingTooLow");
    first.engine.answer();
    await going;
    await cutOff(first);
    const again = first.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE } }));
    await first.engine.begun(2);
    expect((await rejection(second.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE } })))).name).to.equal(
      "CeilingTooLow",
    );
    first.engine.answer();
    expect((await again).receipt).to.include({ sequence: 1n, charged: 2n * PRICE });
  });

  it("write through to the disk, whatever their server is set to", async () => {
    const admin = new Connection({ connectionString: url });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
    await admin.end();
    const database = close(await openPostgres(url, () => undefined));
    const setting = async (lasting: "durable" | "brief") =>
      database.transaction(lasting, async (session) => session.all("SHOW synchronous_commit"));
    expect(await setting("durable")).to.deep.equal([{ synchronous_commit: "on" }]);
    expect(await setting("brief")).to.deep.equal([{ synchronous_commit: "off" }]);
    expect(await database.all("SHOW fsync")).to.deep.equal([{ fsync: "on" }]);
  });

  /** Has the server end every connection of the node that was opened first. */
  async function cutOff({ journal }: House): Promise<void> {
    const admin = new Connection({ connectionString: url });
    await admin.connect();
    const held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND classid = 7265746";
    const { rowCount } = await admin.query(`SELECT pg_terminate_backend(pid) FROM (${held}) AS presence`);
    expect(rowCount).to.equal(1);
    while (((await admin.query(held)).rowCount ?? 0) > 0);
    await admin.end();
    // The node has heard of it by the time it is answered anew.
    await journal.nextSequence();
  }
});
