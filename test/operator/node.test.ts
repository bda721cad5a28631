import { expect } from "chai";
import { Interface } from "ethers";
import { domainsOf } from "../../src/chain/deployment.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { connect } from "../../src/chain/contracts.ts";
import type { Answer, Ask } from "../../src/core/records.ts";
import { addressOf, recover } from "../../src/core/signatures.ts";
import { unitsOf } from "../../src/core/terms.ts";
import { type Receipt, receiptDigest, receiptHash } from "../../src/core/typedData.ts";
import { IntegerEngine } from "../../src/operator/engine.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { describeBackends } from "../support/backends.ts";
import {
  actors,
  addressed,
  advance,
  clock,
  close,
  contractsOf,
  coveredBy,
  type House,
  type HouseOptions,
  makeAsk,
  openHouse as openAny,
  PRICE,
  published,
  rejection,
  secrets,
  tariff,
  useStage,
} from "../support/stage.ts";

const DAY = 86_400n;

describeBackends("a node that serves", (backend) => {
  const stage = useStage();

  /** A node with a journal of its own, unless it is another's. */
  async function openHouse(options: HouseOptions = {}): Promise<House> {
    const journal = options.journal ?? close(new SqlJournal(await backend.open(await backend.makePlace())));
    return openAny(stage, { ...options, journal });
  }

  const settledOf = async (who: "alice" | "bob"): Promise<bigint> => {
    const key = addressOf(secrets[who]);
    return (await stage.contracts.escrow.account(actors[who].address, actors.olive.address, key)).settled;
  };

  /** Expects what E7 and L1 promise: units of an account that tile, numbers without gap. */
  function expectTiling(receipts: readonly Receipt[]): void {
    const sequences = receipts.map(({ sequence }) => sequence).sort((a, b) => Number(a - b));
    expect(sequences).to.deep.equal(receipts.map((_, index) => BigInt(index)));
    for (const who of ["alice", "bob"] as const) {
      const own = receipts.filter(({ client }) => client === addressOf(secrets[who])).map(unitsOf);
      own.sort((a, b) => Number(a.from - b.from));
      let end = 0n;
      for (const { from, to } of own) {
        expect(from).to.equal(end);
        end = to;
      }
    }
  }

  const refusal = async (house: House, ask: Ask): Promise<string> => (await rejection(house.node.serve(ask))).name;

  it("signs a receipt that the ledger's own digest verifies", async () => {
    const { node } = await openHouse();
    const { receipt, operatorSignature } = await node.serve(makeAsk(stage));
    expect(await stage.contracts.ledger.receiptDigest(receipt)).to.equal(
      receiptDigest(receipt, domainsOf(stage.deployment).ledger),
    );
    expect(recover(receiptDigest(receipt, domainsOf(stage.deployment).ledger), operatorSignature)).to.equal(
      addressOf(secrets.olive),
    );
    expect([receipt.price, receipt.charged, receipt.sequence]).to.deep.equal([PRICE, PRICE, 0n]);
  });

  it("answers the same order alike, twice and after its deadline", async () => {
    const { node, journal } = await openHouse();
    const ask = makeAsk(stage);
    const first = await node.serve(ask);
    expect(await node.serve(ask)).to.deep.equal(first);
    clock.now += 2n * DAY;
    expect(await node.serve(ask)).to.deep.equal(first);
    expect(await journal.nextSequence()).to.equal(1n);
    expect((await journal.accounts())[0]?.charged).to.equal(PRICE);
  });

  it("answers the same order alike, twenty times at once", async () => {
    const { node, journal } = await openHouse();
    const ask = makeAsk(stage);
    const answers = await Promise.all(Array.from({ length: 20 }, () => node.serve(ask)));
    expect(new Set(answers.map(({ receipt }) => receiptHash(receipt))).size).to.equal(1);
    expect(await journal.nextSequence()).to.equal(1n);
    expect((await journal.accounts())[0]?.charged).to.equal(PRICE);
  });

  it("gives the same order under two ceilings one receipt", async () => {
    const { node, journal } = await openHouse();
    const first = makeAsk(stage);
    const { receipt } = await node.serve(first);
    const again = makeAsk(stage, { order: first.request.order, request: { ceiling: 9n * PRICE } });
    expect((await node.serve(again)).receipt).to.deep.equal(receipt);
    expect(await journal.nextSequence()).to.equal(1n);
  });

  it("numbers and charges without gap or overlap under parallel load (E7, L1)", async () => {
    const house = await openHouse();
    const asks = Array.from({ length: 40 }, (_, index) =>
      makeAsk(stage, {
        who: index % 2 === 0 ? "alice" : "bob",
        request: { ceiling: BigInt(Math.floor(index / 2) + 1) * PRICE },
      }),
    );
    const answers: Answer[] = [];
    const refused: string[] = [];
    // Backwards, so that the highest ceiling comes first and covers those that follow it.
    await Promise.all(
      asks.reverse().map(async (ask) => {
        try {
          answers.push(await house.node.serve(ask));
        } catch (cause) {
          refused.push(String(cause));
        }
      }),
    );
    expect(refused).to.deep.equal([]);
    expect(answers).to.have.length(40);
    expectTiling(answers.map(({ receipt }) => receipt));
  });

  it("never charges above the highest ceiling, however many ask at once", async () => {
    const house = await openHouse();
    const asks = Array.from({ length: 10 }, () => makeAsk(stage, { request: { ceiling: 3n * PRICE + 1n } }));
    const results = await Promise.allSettled(asks.map((ask) => house.node.serve(ask)));
    expect(results.filter(({ status }) => status === "fulfilled")).to.have.length(3);
    expect((await house.journal.accounts())[0]?.charged).to.equal(3n * PRICE);
    expectTiling((await house.journal.unbatched()).map(({ receipt }) => receipt));
  });

  it("serves nothing new on a voucher that runs out", async () => {
    const house = await openHouse();
    await house.node.serve(makeAsk(stage, { request: { ceiling: 100n * PRICE, deadline: clock.now } }));
    await advance(1);
    expect(await refusal(house, makeAsk(stage))).to.equal("CeilingTooLow");
    // A newer voucher of a lower ceiling takes its place, so that what it covers can be settled for a day after it.
    const deadline = clock.now + 600n;
    await house.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE, deadline } }));
    expect((await house.journal.accounts())[0]?.voucher).to.include({ ceiling: 2n * PRICE, deadline });
    await house.node.commit();
    await advance(DAY);
    expect(await house.node.settle()).to.include({ count: 1 });
    expect(await settledOf("alice")).to.equal(2n * PRICE);
  });

  it("keeps the voucher with the highest ceiling while it is good", async () => {
    const house = await openHouse();
    await house.node.serve(makeAsk(stage, { request: { ceiling: 5n * PRICE } }));
    await house.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE } }));
    expect((await house.journal.accounts())[0]?.voucher.ceiling).to.equal(5n * PRICE);
  });

  it("never serves more than the bond covers, right after a settlement either", async () => {
    const house = await openHouse({ contracts: coveredBy(stage, 5n * PRICE) });
    for (let index = 1n; index <= 4n; index++) {
      await house.node.serve(makeAsk(stage, { request: { ceiling: index * PRICE } }));
    }
    await house.node.settle();
    expect(await settledOf("alice")).to.equal(4n * PRICE);
    await house.node.serve(makeAsk(stage, { request: { ceiling: 5n * PRICE } }));
    expect(await refusal(house, makeAsk(stage, { request: { ceiling: 6n * PRICE } }))).to.equal("CoverExhausted");
  });

  it("frees the cover of what can no longer be settled", async () => {
    const house = await openHouse({ contracts: coveredBy(stage, PRICE) });
    await house.node.serve(makeAsk(stage));
    expect(await refusal(house, makeAsk(stage, { who: "bob" }))).to.equal("CoverExhausted");
    await advance(2n * DAY);
    await house.node.serve(makeAsk(stage, { who: "bob" }));
  });

  describe("where a whale delegates, pays and leaves", () => {
    const price = 60_000_000n + PRICE;
    const dear = { ...tariff, base: tariff.base + 60_000_000n };

    /** Olive's own bond and what will delegates to it are $100 each, and will's friend alice has money for three answers. */
    beforeEach(async () => {
      await contractsOf(stage, "olive").bonds.requestUnbond(actors.olive.address, 900_000_000n);
      const whale = contractsOf(stage, "will");
      await whale.token.faucet(100_000_000n);
      await whale.token.approve(stage.deployment.contracts.bonds, 100_000_000n);
      await whale.bonds.delegate(actors.olive.address, 100_000_000n, 0n);
      const { token, escrow } = contractsOf(stage, "alice");
      await token.faucet(3n * price);
      await token.approve(stage.deployment.contracts.escrow, 3n * price);
      await escrow.fund(3n * price, actors.olive.address, addressOf(secrets.alice));
      expect(await stage.contracts.bonds.cover(actors.olive.address)).to.equal(200_000_000n);
    });

    const ask = (count: bigint): Ask =>
      makeAsk(stage, { order: { ...dear, maxPrice: price }, request: { ceiling: count * price } });

    const leave = async (): Promise<unknown> =>
      contractsOf(stage, "will").bonds.requestUnbond(actors.olive.address, 100_000_000n);

    it("threat 53: is paid for all that it served", async () => {
      const house = await openHouse({ tariff: dear });
      await house.node.serve(ask(1n));
      expect(await refusal(house, ask(2n))).to.equal("CoverExhausted");
      await leave();
      expect(await house.node.settle()).to.include({ count: 1 });
      expect(await settledOf("alice")).to.equal(price);
      expect((await house.journal.accounts())[0]).to.include({ charged: price, settled: price });
    });

    it("threat 53: serves on delegated cover where its owner says so, at its own risk", async () => {
      const house = await openHouse({ tariff: dear, countsDelegatedCover: true });
      for (const count of [1n, 2n, 3n]) await house.node.serve(ask(count));
      await leave();
      await house.node.settle();
      expect((await house.journal.accounts())[0]).to.include({ charged: 3n * price, settled: 100_000_000n });
    });

    it("threat 53: counts nothing of either where the own bond is below the least", async () => {
      await contractsOf(stage, "olive").bonds.requestUnbond(actors.olive.address, 1n);
      for (const countsDelegatedCover of [false, true]) {
        const house = await openHouse({ tariff: dear, countsDelegatedCover });
        expect(await refusal(house, ask(1n))).to.equal("CoverExhausted");
      }
    });
  });

  it("computes nothing for a request that it will not serve", async () => {
    let runs = 0;
    const engine = {
      offers: new IntegerEngine([published]).offers,
      run: async () => {
        runs++;
        throw new Error("must not run");
      },
    };
    const house = await openHouse({ engine });
    expect(await refusal(house, makeAsk(stage, { secret: secrets.stranger }))).to.equal("AccountUnfunded");
    expect(await refusal(house, makeAsk(stage, { request: { ceiling: 0n } }))).to.equal("CeilingTooLow");
    expect(runs).to.equal(0);
  });

  it("does not commit receipts that are younger than the chain", async () => {
    const house = await openHouse();
    await house.node.serve(makeAsk(stage));
    const now = clock.now;
    clock.now += 1_000n;
    await house.node.serve(makeAsk(stage, { who: "bob" }));
    clock.now = now;
    expect(await house.node.commit()).to.include({ count: 1 });
    expect(await house.node.commit()).to.be.undefined;
    expect(await stage.contracts.ledger.nextSequence(house.operator)).to.equal(1n);
    await advance(1_000);
    expect(await house.node.commit()).to.include({ count: 1 });
    expect(await stage.contracts.ledger.nextSequence(house.operator)).to.equal(2n);
  });

  it("commits a batch that holds what was served, and settles it to the unit", async () => {
    const house = await openHouse();
    const receipts: Receipt[] = [];
    for (let index = 1n; index <= 3n; index++) {
      receipts.push((await house.node.serve(makeAsk(stage, { request: { ceiling: index * PRICE } }))).receipt);
    }
    expect((await house.node.commit())?.count).to.equal(3);
    const [event] = await stage.contracts.ledger.queryFilter(stage.contracts.ledger.filters.BatchCommitted());
    expect(event?.args.count).to.equal(3n);
    const root = event?.args.root as `0x${string}`;
    expect((await house.node.batch(root)).receipts).to.deep.equal(receipts);
    expect(await stage.contracts.ledger.dataURIOf(house.operator)).to.equal(`${house.url}/v1/batches`);

    expect(await house.node.settle()).to.include({ count: 1 });
    expect(await settledOf("alice")).to.equal(3n * PRICE);
    expect((await house.journal.accounts())[0]?.settled).to.equal(3n * PRICE);
    expect(await house.node.settle()).to.be.undefined;
    expect(await house.node.commit()).to.be.undefined;
  });

  it("has the ledger say where its batches are: once, and again where it moves", async () => {
    const house = await openHouse();
    await house.node.serve(makeAsk(stage));
    const first = await house.node.commit();
    await house.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE } }));
    await advance(1);
    const second = await house.node.commit();
    expect(await house.node.announce()).to.equal(0n);
    const { ledger } = stage.contracts;
    const said = async (): Promise<string[]> =>
      (await ledger.queryFilter(ledger.filters.DataURISet(house.operator))).map(({ args }) => args.uri);
    expect(await said()).to.deep.equal([`${house.url}/v1/batches`]);
    expect(first?.gas).to.satisfy((gas: bigint) => gas > (second?.gas ?? 0n));

    const moved = await openHouse({ journal: house.journal });
    await moved.node.serve(makeAsk(stage, { request: { ceiling: 3n * PRICE } }));
    await advance(1);
    await moved.node.commit();
    expect(await said()).to.deep.equal([`${house.url}/v1/batches`, `${moved.url}/v1/batches`]);
  });

  it("says where its batches are where an agent said what is no text", async () => {
    const house = await openHouse();
    const { ledger } = contractsOf(stage, "olive");
    const signature = ["function setDataURI(address operator, bytes uri)"];
    const data = new Interface(signature).encodeFunctionData("setDataURI", [house.operator, "0xff"]);
    const selector = ledger.interface.getFunction("setDataURI").selector;
    await actors.olive.sendTransaction({ to: stage.deployment.contracts.ledger, data: selector + data.slice(10) });
    expect(await house.node.announce()).to.not.equal(0n);
    expect(await ledger.dataURIOf(house.operator)).to.equal(`${house.url}/v1/batches`);
  });

  it("settles as far as the cover reaches, and the rest when it reaches further", async () => {
    const house = await openHouse();
    await house.node.serve(makeAsk(stage));
    const { bonds } = contractsOf(stage, "olive");
    // A bond below the least own bond covers nothing.
    await bonds.requestUnbond(house.operator, 900_000_001n);
    expect(await house.node.settle()).to.include({ count: 0 });
    expect((await house.journal.accounts())[0]).to.include({ charged: PRICE, settled: 0n });
    const { token } = contractsOf(stage, "olive");
    await token.faucet(1n);
    await token.approve(stage.deployment.contracts.bonds, 1n);
    await bonds.bond(1n);
    expect(await house.node.settle()).to.include({ count: 1 });
    expect((await house.journal.accounts())[0]).to.include({ charged: PRICE, settled: PRICE });
  });

  it("passes on the chain's refusal, and goes on when it is mended", async () => {
    const wrong = connect(stage.deployment, actors.bob);
    const house = await openHouse({ contracts: wrong });
    await house.node.serve(makeAsk(stage));
    expect(await rejection(house.node.commit())).to.be.instanceOf(ChainError);
    expect(await rejection(house.node.settle())).to.be.instanceOf(ChainError);
    await contractsOf(stage, "olive").ledger.setAgent(actors.bob.address);
    await contractsOf(stage, "olive").escrow.setAgent(actors.bob.address);
    expect(await house.node.commit()).to.include({ count: 1 });
    expect(await house.node.settle()).to.include({ count: 1 });
    expect(addressed(actors.olive)).to.equal(house.operator);
  });
});
