import { expect } from "chai";
import type { Contracts } from "../../src/chain/contracts.ts";
import { convictSilence, type Demand, demandPayload, demandReceipt, demandUnit } from "../../src/chain/demands.ts";
import { listDisclosures } from "../../src/chain/disclosures.ts";
import { makeBatch } from "../../src/core/batch.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import { canonicalContext } from "../../src/core/context.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { Mode, receiptHash } from "../../src/core/typedData.ts";
import { IntegerEngine } from "../../src/operator/engine.ts";
import type { Journal } from "../../src/operator/journal.ts";
import { openSqlite } from "../../src/operator/sqlite.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import {
  actors,
  addressed,
  advance,
  type AskChanges,
  clock,
  close,
  contractsOf,
  type House,
  inputNumbered,
  makeAsk,
  makeWatcher,
  openContext,
  openHouse,
  openJournal,
  PRICE,
  published,
  rejection,
  secrets,
  useStage,
} from "../support/stage.ts";

const DAY = 86_400n;

describe("a node that is asked to show", () => {
  const stage = useStage();
  const olive = addressed(actors.olive);
  const alice = { payer: addressed(actors.alice), operator: olive, client: addressOf(secrets.alice) };
  const closed = canonicalContext({ ...openContext, disclose: false });

  const own = async (): Promise<bigint> => (await stage.contracts.bonds.slashable(olive)).own;

  /** A node that has served so many, committed and settled them. */
  async function busy(count: number, changes: (index: number) => AskChanges = () => ({}), journal?: Journal) {
    const engine = new IntegerEngine([published], [Mode.optimistic, Mode.signed]);
    const house = await openHouse(stage, { engine, ...(journal === undefined ? {} : { journal }) });
    for (let index = 0; index < count; index++) {
      const request = { ceiling: BigInt(index + 1) * PRICE };
      await house.node.serve(makeAsk(stage, { input: inputNumbered(index), request, ...changes(index) }));
    }
    await advance(1);
    await house.node.settle();
    const [batch] = await stage.contracts.ledger.queryFilter(stage.contracts.ledger.filters.BatchCommitted(olive));
    return { ...house, root: (batch?.args.root ?? "0x") as Hex };
  }

  function made(demand: Demand | undefined): Demand {
    if (demand === undefined) throw new Error("a demand expected");
    return demand;
  }

  /** A record of the first batch with its path. */
  async function shown({ journal, root }: House & { readonly root: Hex }, index: number) {
    const records = await journal.byRoot(root);
    const record = records[index];
    if (record === undefined) throw new Error(`no record at ${index}`);
    const proof = makeBatch(records.map(({ receipt }) => receipt)).proof(index);
    return { record: { ...record, operatorSignature: "0x" as const }, committed: { root, proof } };
  }

  it("threat 45: answers a burst of demands of every kind, and is never slashed (C1)", async () => {
    const count = 30;
    const house = await busy(count, (index) => (index % 3 === 0 ? { context: closed } : {}));
    const before = await own();
    const wendy = contractsOf(stage, "wendy");
    const demands: Demand[] = [];
    for (let index = 0; index < count; index++) {
      demands.push(made(await demandReceipt(wendy, { operator: olive, root: house.root, sequence: BigInt(index) })));
    }
    for (const unit of [1n, PRICE, PRICE + 1n, BigInt(count) * PRICE]) {
      demands.push(made(await demandUnit(contractsOf(stage, "bob"), { ...alice, unit })));
    }
    demands.push(made(await demandPayload(contractsOf(stage, "alice"), await shown(house, 0))));
    expect(await stage.contracts.disclosureCourt.openDemandsOf(olive)).to.equal(BigInt(demands.length));

    const { answered, unanswered } = await house.node.answerDemands(0);
    expect(unanswered).to.be.empty;
    expect(new Set(answered.map(({ demand }) => demand.id))).to.deep.equal(new Set(demands.map(({ id }) => id)));
    for (const { gas } of answered) expect(gas).to.be.greaterThan(50_000n).and.lessThan(400_000n);
    expect(await stage.contracts.disclosureCourt.openDemandsOf(olive)).to.equal(0n);
    expect(await house.node.answerDemands(0)).to.deep.equal({ answered: [], unanswered: [], resumeAt: 0 });
    // But for the first few of the batch, and of the account, what it cost is repaid.
    expect(await stage.contracts.disclosureCourt.coinOf(olive)).to.be.greaterThan(0n);

    await advance(3n * DAY);
    for (const demand of demands) {
      const data = convictSilence(demand, await shown(house, 0)) ?? "0x";
      const to = stage.deployment.contracts.disclosureCourt;
      const error = await rejection(actors.will.sendTransaction({ to, data }));
      expect(error.message).to.include("DemandNotOpen");
    }
    expect((await makeWatcher(stage).followUp(0)).findings).to.be.empty;
    expect(await own()).to.equal(before);
  });

  it("shows strangers no payload that is private, and its payer all of it", async () => {
    const house = await busy(1, () => ({ context: closed }));
    const { record } = await shown(house, 0);
    await demandReceipt(contractsOf(stage, "wendy"), { operator: olive, root: house.root, sequence: 0n });
    await house.node.answerDemands(0);
    const [first] = await listDisclosures(stage.contracts, 0);
    expect(first?.exhibit?.record).to.include({ input: "0x", output: "0x", context: closed });
    expect(first?.exhibit?.record.hidden).to.deep.equal(record.hidden);
    expect(first?.exhibit?.record.receipt).to.deep.equal(record.receipt);
    expect(first?.exhibit?.record.request).to.deep.equal(record.request);

    expect((await rejection(demandPayload(contractsOf(stage, "bob"), await shown(house, 0)))).message).to.include(
      "NotPayer",
    );
    await demandPayload(contractsOf(stage, "alice"), await shown(house, 0));
    await house.node.answerDemands(0);
    const [, second] = await listDisclosures(stage.contracts, 0);
    expect(second?.exhibit?.record).to.include({ input: record.input, output: record.output });
    // Nothing of this operator's chain tells the input before.
    expect(record.input).to.equal(toHex(inputNumbered(0)));
  });

  it("shows the client's signature for a unit, to the unit", async () => {
    const house = await busy(3);
    for (const unit of [2n * PRICE, 2n * PRICE + 1n]) await demandUnit(stage.contracts, { ...alice, unit });
    expect((await house.node.answerDemands(0)).answered).to.have.length(2);
    const shownNow = await listDisclosures(stage.contracts, 0);
    expect(shownNow.map(({ exhibit }) => exhibit?.record.receipt.sequence)).to.deep.equal([1n, 2n]);
    const signatures = [1, 2].map(async (index) => (await shown(house, index)).record.clientSignature);
    expect(shownNow.map(({ exhibit }) => exhibit?.record.clientSignature)).to.deep.equal(await Promise.all(signatures));
  });

  it("finds the owner of a unit beside answers that cost nothing", async () => {
    const free = { base: 0n, inputRate: 0n, outputRate: 0n };
    const journal = close(await openJournal());
    const gratis = await openHouse(stage, { journal, tariff: free });
    const costly = await openHouse(stage, { journal });
    for (const [index, house] of [gratis, costly, gratis, costly, gratis].entries()) {
      await house.node.serve(makeAsk(stage, { input: inputNumbered(index), request: { ceiling: 3n * PRICE } }));
    }
    const owner = async (unit: bigint) => (await journal.byUnit(alice, unit))?.receipt.sequence;
    const units = [1n, PRICE, PRICE + 1n, 2n * PRICE, 2n * PRICE + 1n, 0n];
    expect(await Promise.all(units.map(owner))).to.deep.equal([1n, 1n, 3n, 3n, undefined, undefined]);
  });

  it("answers for the signed mode without any payload", async () => {
    const house = await busy(1, () => ({ order: { mode: Mode.signed } }));
    await demandReceipt(stage.contracts, { operator: olive, root: house.root, sequence: 0n });
    expect((await house.node.answerDemands(0)).answered).to.have.length(1);
    const [disclosure] = await listDisclosures(stage.contracts, 0);
    expect(disclosure?.exhibit?.record).to.include({ input: "0x", output: "0x", context: "", proof: "0x" });
  });

  it("answers about a batch that a crash left half done", async () => {
    class Forgetful extends SqlJournal {
      override async closeBatch(): Promise<void> {
        throw new Error("power cut");
      }
    }
    const house = await openHouse(stage, { journal: close(new Forgetful(await openSqlite(":memory:"))) });
    await house.node.serve(makeAsk(stage));
    await advance(1);
    await rejection(house.node.commit());
    const [batch] = await stage.contracts.ledger.queryFilter(stage.contracts.ledger.filters.BatchCommitted(olive));
    await demandReceipt(stage.contracts, { operator: olive, root: (batch?.args.root ?? "0x") as Hex, sequence: 0n });
    house.journal.closeBatch = SqlJournal.prototype.closeBatch.bind(house.journal);
    expect((await house.node.answerDemands(0)).answered).to.have.length(1);
  });

  it("answers the rest where it cannot answer one, and says why", async () => {
    const house = await busy(2);
    for (const sequence of [0n, 1n])
      await demandReceipt(stage.contracts, { operator: olive, root: house.root, sequence });
    const rootOf = house.journal.rootOf.bind(house.journal);
    const lost = receiptHash((await shown(house, 0)).record.receipt);
    house.journal.rootOf = async (leaf) => (leaf === lost ? undefined : rootOf(leaf));
    const { answered, unanswered } = await house.node.answerDemands(0);
    expect([answered.length, unanswered.length]).to.deep.equal([1, 1]);
    expect(unanswered[0]?.demand.subject).to.include({ sequence: 0n });
    expect(unanswered[0]?.reason).to.include("no committed record");
    house.journal.rootOf = rootOf;
    expect((await house.node.answerDemands(0)).answered).to.have.length(1);
  });

  it("says of what it was too late for that it was too late", async () => {
    const house = await busy(2);
    for (const sequence of [0n, 1n])
      await demandReceipt(stage.contracts, { operator: olive, root: house.root, sequence });
    let calls = 0;
    const { disclosureCourt } = contractsOf(stage, "olive");
    const slow = new Proxy(disclosureCourt, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (name !== "answerReceipt") return member;
        return async (...parameters: Parameters<Contracts["disclosureCourt"]["answerReceipt"]>) => {
          if (calls++ === 0) await advance(DAY + 1n);
          return target.answerReceipt(...parameters);
        };
      },
    });
    const contracts = { ...contractsOf(stage, "olive"), disclosureCourt: slow };
    const late = await openHouse(stage, { journal: house.journal, contracts, clock: () => clock.now });
    const { answered, unanswered } = await late.node.answerDemands(0);
    // The second one came with ten minutes more.
    expect(answered.map(({ demand }) => demand.subject)).to.deep.equal([
      { kind: "receipt", root: house.root, sequence: 1n },
    ]);
    expect(unanswered).to.have.length(1);
    expect(unanswered[0]?.reason).to.include("AnswerTooLate");
  });
});
