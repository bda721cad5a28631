import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { proofHashOf } from "../../src/core/proofs.ts";
import type { Ask } from "../../src/core/records.ts";
import { Mode, type Receipt } from "../../src/core/typedData.ts";
import { unitsOf } from "../../src/core/terms.ts";
import { CombinedEngine, type Engine, IntegerEngine } from "../../src/operator/engine.ts";
import { HeldEngine } from "../support/heldEngine.ts";
import {
  actors,
  clock,
  contractsOf,
  coveredBy,
  FUNDS,
  type House,
  inputNumbered,
  makeAsk,
  openHouse,
  PRICE,
  published,
  rejection,
  secretNamed,
  secrets,
  smallId,
  useStage,
} from "../support/stage.ts";
import { addressOf } from "../../src/core/signatures.ts";

const DAY = 86_400n;
const integers = new IntegerEngine([published]);

describe("an integer engine", () => {
  const job = { modelId: smallId, mode: Mode.optimistic, input: inputNumbered(1) };

  it("gives activations in the optimistic mode, and no proof in the signed mode", async () => {
    const engine = new IntegerEngine([published], [Mode.optimistic, Mode.signed]);
    expect(engine.offers.map(({ mode }) => mode)).to.deep.equal([Mode.optimistic, Mode.signed]);
    const [optimistic, signed] = await Promise.all([engine.run(job), engine.run({ ...job, mode: Mode.signed })]);
    expect(optimistic.hidden).to.have.length(1);
    expect(signed.hidden).to.be.empty;
    expect(signed.output).to.deep.equal(optimistic.output);
    expect(proofHashOf(Mode.signed, signed)).to.equal(`0x${"00".repeat(32)}`);
    expect(optimistic).to.include({ inputUnits: 64, outputUnits: 10 });
  });

  it("refuses modes and models that it does not offer, and inputs that are none of the model's", async () => {
    expect((await rejection(integers.run({ ...job, mode: Mode.signed }))).name).to.equal("ModeNotServed");
    expect((await rejection(integers.run({ ...job, modelId: secretNamed("none") }))).name).to.equal("ModelNotServed");
    expect((await rejection(integers.run({ ...job, input: new Uint8Array(63) }))).name).to.equal("InputRejected");
  });
});

describe("several engines as one", () => {
  const named = (output: number): Engine => ({
    offers: [{ modelId: smallId, mode: Mode.signed, opening: { publisher: "0x", commitment: "0x", spec: "0x" } }],
    run: async () => ({
      output: Uint8Array.of(output),
      hidden: [],
      proof: new Uint8Array(),
      inputUnits: 1,
      outputUnits: 1,
    }),
  });

  it("offer what each offers, once, and ask the first that offers it", async () => {
    const engine = new CombinedEngine([integers, named(1), named(2)]);
    expect(engine.offers.map(({ mode }) => mode)).to.deep.equal([Mode.optimistic, Mode.signed]);
    const job = { modelId: smallId, mode: Mode.signed, input: inputNumbered(0) };
    expect((await engine.run(job)).output).to.deep.equal(Uint8Array.of(1));
    expect((await engine.run({ ...job, mode: Mode.optimistic })).hidden).to.have.length(1);
    expect((await rejection(engine.run({ ...job, mode: Mode.snark }))).name).to.equal("ModeNotServed");
    expect((await rejection(engine.run({ ...job, modelId: secretNamed("none") }))).name).to.equal("ModelNotServed");
  });
});

describe("a node whose engine takes its time", () => {
  const stage = useStage();
  const empty = secretNamed("an account of ten");

  async function open(): Promise<House & { readonly engine: HeldEngine }> {
    const engine = new HeldEngine(integers);
    return { ...(await openHouse(stage, { engine })), engine };
  }

  const refusal = async (promise: Promise<unknown>): Promise<string> => (await rejection(promise)).name;

  /** Expects that units of an account tile, and that numbers have no gap (E7, L1). */
  function expectTiling(receipts: readonly Receipt[]): void {
    const sorted = receipts.toSorted((a, b) => Number(a.sequence - b.sequence));
    expect(sorted.map(({ sequence }) => sequence)).to.deep.equal(receipts.map((_, index) => BigInt(index)));
    let end = 0n;
    for (const { from, to } of sorted.map(unitsOf)) {
      expect(from).to.equal(end);
      end = to;
    }
  }

  async function fundTen(): Promise<void> {
    await contractsOf(stage, "alice").escrow.fund(10n * PRICE, actors.olive.address, addressOf(empty));
  }

  /** Asks all at once, answers once each is under way or refused, and tells what was served and why others were not. */
  async function serveAll({ node, engine }: House & { readonly engine: HeldEngine }, asks: readonly Ask[]) {
    let refused = 0;
    const answers = Promise.allSettled(
      asks.map(async (ask) => {
        try {
          return await node.serve(ask);
        } catch (cause) {
          refused++;
          throw cause;
        }
      }),
    );
    while (engine.runs + refused < asks.length) await setImmediate();
    engine.answerAll();
    const results = await answers;
    return {
      served: results.flatMap((result) => (result.status === "fulfilled" ? [result.value.receipt] : [])),
      refused: results.flatMap((result) => (result.status === "rejected" ? [(result.reason as Error).name] : [])),
    };
  }

  it("serves ten of a hundred that ask at once on money for ten", async () => {
    await fundTen();
    const house = await open();
    const asks = Array.from({ length: 100 }, () => makeAsk(stage, { secret: empty, request: { ceiling: FUNDS } }));
    const { served, refused } = await serveAll(house, asks);
    expect(house.engine.runs).to.equal(10);
    expect(served).to.have.length(10);
    expect(refused).to.deep.equal(Array.from({ length: 90 }, () => "AccountUnfunded"));
    expectTiling(served);
    expect((await house.journal.accounts())[0]?.charged).to.equal(10n * PRICE);
  });

  it("serves ten of a hundred on a ceiling for ten", async () => {
    const house = await open();
    const asks = Array.from({ length: 100 }, () => makeAsk(stage, { request: { ceiling: 10n * PRICE } }));
    const { served, refused } = await serveAll(house, asks);
    expect(served).to.have.length(10);
    expect(refused).to.deep.equal(Array.from({ length: 90 }, () => "CeilingTooLow"));
  });

  it("serves ten of a hundred on a bond for ten, whoever asks", async () => {
    const engine = new HeldEngine(integers);
    const house = await openHouse(stage, { engine, contracts: coveredBy(stage, 10n * PRICE) });
    const asks = Array.from({ length: 100 }, (_, index) =>
      makeAsk(stage, { who: index % 2 === 0 ? "alice" : "bob", request: { ceiling: FUNDS } }),
    );
    const { served, refused } = await serveAll({ ...house, engine }, asks);
    expect(served).to.have.length(10);
    expect(refused).to.deep.equal(Array.from({ length: 90 }, () => "CoverExhausted"));
  });

  it("computes one order once, however many ask for it meanwhile", async () => {
    const { node, engine, journal } = await open();
    const ask = makeAsk(stage);
    const answers = Promise.all(Array.from({ length: 20 }, () => node.serve(ask)));
    await engine.begun(1);
    const late = node.serve(ask);
    engine.answerAll();
    const [first, ...others] = await answers;
    for (const other of [...others, await late]) expect(other).to.deep.equal(first);
    expect(engine.runs).to.equal(1);
    expect(await journal.nextSequence()).to.equal(1n);
  });

  it("numbers and charges answers as they come, not as they were asked for", async () => {
    const { node, engine } = await open();
    const asks = [1n, 2n, 3n].map((count) => makeAsk(stage, { request: { ceiling: count * PRICE } }));
    const answers: Promise<Receipt>[] = [];
    for (const [index, ask] of asks.entries()) {
      answers.push(node.serve(ask).then(({ receipt }) => receipt));
      await engine.begun(index + 1);
    }
    engine.answer(2);
    const third = await answers[2];
    expect(third).to.include({ sequence: 0n, charged: PRICE });
    engine.answerAll();
    expectTiling(await Promise.all(answers));
  });

  it("gives back what it kept for an answer that failed, and serves the order when it is asked again", async () => {
    await fundTen();
    const { node, engine, journal } = await open();
    const all = makeAsk(stage, { secret: empty, request: { ceiling: 10n * PRICE }, order: { maxPrice: 10n * PRICE } });
    const one = (): Ask => makeAsk(stage, { secret: empty, request: { ceiling: 10n * PRICE } });
    const failing = node.serve(all);
    await engine.begun(1);
    expect(await refusal(node.serve(one()))).to.equal("CeilingTooLow");
    engine.fail();
    expect((await rejection(failing)).message).to.equal("out of paper");
    expect(await journal.accounts()).to.be.empty;

    const again = node.serve(all);
    await engine.begun(2);
    engine.answer();
    expect((await again).receipt.charged).to.equal(PRICE);
    // What the answer did not cost is there for others.
    const nine = Promise.all(Array.from({ length: 9 }, () => node.serve(one())));
    await engine.begun(11);
    engine.answerAll();
    expectTiling([(await again).receipt, ...(await nine).map(({ receipt }) => receipt)]);
  });

  it("keeps the voucher on which answers were admitted, though its own failed", async () => {
    const { node, engine, journal } = await open();
    const wide = makeAsk(stage, { request: { ceiling: 3n * PRICE } });
    const failing = node.serve(wide);
    await engine.begun(1);
    const narrow = [0, 1].map(() => node.serve(makeAsk(stage, { request: { ceiling: PRICE } })));
    await engine.begun(3);
    engine.fail();
    await rejection(failing);
    engine.answerAll();
    await Promise.all(narrow);
    const [account] = await journal.accounts();
    expect(account?.charged).to.equal(2n * PRICE);
    expect(account?.voucher).to.include({ ceiling: 3n * PRICE, signature: wide.clientSignature });
    expect((await node.settle())?.left).to.deep.equal([]);
  });

  it("keeps a voucher that covers what is charged before one that runs out later", async () => {
    const { node, engine, journal } = await open();
    await Promise.all([node.serve(makeAsk(stage, { request: { deadline: clock.now + DAY } })), answerOne(engine)]);
    const short = node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE, deadline: clock.now } }));
    await engine.begun(2);
    clock.now += 5n;
    engine.answer();
    expect((await short).receipt.charged).to.equal(2n * PRICE);
    expect((await journal.accounts())[0]?.voucher.ceiling).to.equal(2n * PRICE);
  });

  it("states the time at which it was asked, and serves however long the engine took", async () => {
    const { node, engine } = await open();
    const asked = clock.now;
    const answer = node.serve(makeAsk(stage, { request: { deadline: asked + 10n } }));
    await engine.begun(1);
    clock.now += 3_600n;
    engine.answer();
    expect((await answer).receipt.issuedAt).to.equal(asked);
  });

  it("signs nothing whose proof says a time that the request or the key forbids", async () => {
    const timed = (issuedAt: () => bigint): Engine => ({
      offers: integers.offers,
      run: async (job) => ({ ...(await integers.run(job)), issuedAt: issuedAt() }),
    });
    for (const [shift, expected] of [
      [601n, "DeadlinePassed"],
      [600n - DAY - 1n, "DeadlineTooFar"],
      [-100_000n, "DeadlineTooFar"],
    ] as const) {
      const { node, journal } = await openHouse(stage, { engine: timed(() => clock.now + shift) });
      expect(await refusal(node.serve(makeAsk(stage)))).to.equal(expected);
      expect(await journal.nextSequence()).to.equal(0n);
    }
    const { validFrom } = await stage.contracts.keys.get(addressOf(secrets.olive));
    const { node } = await openHouse(stage, { engine: timed(() => validFrom - 1n) });
    expect(await refusal(node.serve(makeAsk(stage)))).to.equal("ClockBehind");
    const { node: good } = await openHouse(stage, { engine: timed(() => clock.now - 1n) });
    expect((await good.serve(makeAsk(stage))).receipt.issuedAt).to.equal(clock.now - 1n);
  });

  async function answerOne(engine: HeldEngine): Promise<void> {
    await engine.begun(1);
    engine.answer();
  }
});

describe("a node that serves the signed mode", () => {
  const stage = useStage();
  const both = new IntegerEngine([published], [Mode.optimistic, Mode.signed]);

  it("offers it at a tariff of its own, and signs receipts without a proof", async () => {
    const { node } = await openHouse(stage, {
      engine: both,
      tariffs: { [Mode.signed]: { base: 1n, inputRate: 0n, outputRate: 0n } },
    });
    expect(node.offer().models.map(({ mode, base }) => [mode, base])).to.deep.equal([
      [Mode.optimistic, 20_000n],
      [Mode.signed, 1n],
    ]);
    const { receipt, hidden, proof } = await node.serve(makeAsk(stage, { order: { mode: Mode.signed } }));
    expect({ hidden, proof, price: receipt.price }).to.deep.equal({ hidden: [], proof: "0x", price: 1n });
    expect(receipt.proofHash).to.equal(`0x${"00".repeat(32)}`);
  });

  it("refuses modes that it does not serve, of a model that it serves", async () => {
    const { node } = await openHouse(stage, { engine: both });
    for (const mode of [Mode.enclave, Mode.snark, 4, 255]) {
      expect((await rejection(node.serve(makeAsk(stage, { order: { mode } })))).name).to.equal("ModeNotServed");
    }
  });
});
