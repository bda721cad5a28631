import { expect } from "chai";
import type { Contracts } from "../../src/chain/contracts.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { gasPriceOf } from "../../src/chain/facts.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { type Claim, planSettlement } from "../../src/core/settlementPlan.ts";
import { addressOf } from "../../src/core/signatures.ts";
import type { Journal } from "../../src/operator/journal.ts";
import { Refusal } from "../../src/operator/refusals.ts";
import type { Settlement } from "../../src/operator/settlement.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { enter, forge } from "../support/forge.ts";
import { govern } from "../support/governing.ts";
import {
  actors,
  addressed,
  advance,
  BOND,
  clock,
  close,
  contractsOf,
  FUNDS,
  type House,
  makeAsk,
  nextBlockAt,
  openHouse,
  openJournal,
  PRICE,
  rejection,
  rejectionOf,
  secretNamed,
  secrets,
  tariff,
  useStage,
} from "../support/stage.ts";

const DAY = 86_400n;
const UNIT = 1_000_000n;
/** A coin so dear that no fee of this test is worth its gas. */
const DEAR_COIN = 10n ** 30n;

const nothing = { amount: 0n, gas: 0n };

describe("a node that settles", () => {
  const stage = useStage();

  const olive = (): Contracts => contractsOf(stage, "olive");

  async function settled(house: House): Promise<Settlement> {
    const settlement = await house.node.settle();
    if (settlement === undefined) throw new Error("a settlement expected");
    return settlement;
  }

  const reasons = ({ left }: Settlement): string[] => left.map(({ reason }) => reason);

  const settledOf = async (client: Hex, payer = actors.alice.address): Promise<bigint> =>
    (await stage.contracts.escrow.account(payer, actors.olive.address, client)).settled;

  /** An answer that alice owes for with a key of this number, with or without money in its account. */
  async function owe(journal: Journal, number: number, { funded = true, ceiling = PRICE } = {}): Promise<Hex> {
    const secret = secretNamed(`key ${number}`);
    await enter(journal, forge(stage, { ask: { secret, request: { ceiling } } }));
    const client = addressOf(secret);
    if (funded) await contractsOf(stage, "alice").escrow.fund(PRICE, actors.olive.address, client);
    return client;
  }

  async function fundAlice(amount: bigint): Promise<void> {
    const { token, escrow } = contractsOf(stage, "alice");
    await token.faucet(amount);
    await token.approve(stage.deployment.contracts.escrow, amount);
    await escrow.fund(amount, actors.olive.address, addressOf(secrets.alice));
  }

  /** Contracts of olive's whose escrow has some of its methods replaced. */
  function withEscrow(replace: (escrow: Contracts["escrow"]) => Readonly<Record<string, unknown>>): Contracts {
    const contracts = olive();
    const replaced = replace(contracts.escrow);
    const escrow = new Proxy(contracts.escrow, {
      get: (target, name) => (replaced[name as string] ?? Reflect.get(target, name, target)) as unknown,
    });
    return { ...contracts, escrow };
  }

  async function delegate(amount: bigint): Promise<void> {
    const { token, bonds } = contractsOf(stage, "will");
    await token.faucet(amount);
    await token.approve(stage.deployment.contracts.bonds, amount);
    await bonds.delegate(actors.olive.address, amount, amount);
  }

  /** Somebody pays olive without a voucher. */
  async function pay(amount: bigint): Promise<void> {
    const { token, escrow } = contractsOf(stage, "bob");
    await token.faucet(amount);
    await token.transfer(await escrow.payToOf(actors.olive.address), amount);
  }

  async function setCoverage(bps: bigint): Promise<void> {
    await govern(stage, ["escrow", "setCoverage", [bps]], actors.deployer);
  }

  it("settles every account there is, in as many transactions as it takes", async () => {
    const house = await openHouse(stage);
    const clients: Hex[] = [];
    for (let number = 0; number < 501; number++) clients.push(await owe(house.journal, number));
    const { count, gas, left } = await settled(house);
    expect([count, left]).to.deep.equal([501, []]);
    const splits = await stage.contracts.escrow.queryFilter(stage.contracts.escrow.filters.FeesSplit());
    expect(splits.map(({ args }) => args.paid)).to.deep.equal([500n * PRICE, PRICE]);
    // All of them are fresh accounts here: each of them pays for its first word.
    expect(gas).to.satisfy((all: bigint) => all < 501n * 25_000n);
    for (const client of clients) expect(await settledOf(client)).to.equal(PRICE);
    expect(await house.node.settle()).to.be.undefined;
  });

  it("lets nobody who cannot pay keep others from paying", async () => {
    const house = await openHouse(stage);
    for (let number = 0; number < 500; number++) await owe(house.journal, number, { funded: false });
    await house.node.serve(makeAsk(stage));
    for (const who of [1, 0]) {
      const settlement = await settled(house);
      expect(settlement.count).to.equal(who);
      expect(reasons(settlement)).to.deep.equal(Array.from({ length: 500 }, () => "NoFunds"));
    }
    expect(await settledOf(addressOf(secrets.alice))).to.equal(PRICE);
  });

  it("says what is left of each account, and why", async () => {
    const house = await openHouse(stage);
    const client = await owe(house.journal, 0, { funded: false });
    await contractsOf(stage, "alice").escrow.fund(PRICE - 1n, actors.olive.address, client);
    const short = await owe(house.journal, 1, { ceiling: PRICE - 2n });
    const { count, left } = await settled(house);
    expect(count).to.equal(2);
    const payer = addressed(actors.alice);
    expect(left).to.have.deep.members([
      { payer, client, owed: 1n, reason: "NoFunds" },
      { payer, client: short, owed: 2n, reason: "AboveCeiling" },
    ]);
    expect(reasons(await settled(house))).to.have.members(["NoFunds", "AboveCeiling"]);
  });

  describe("takes no unit without a receipt that backs it", () => {
    const ask = (who: "alice" | "bob", count: bigint) => makeAsk(stage, { who, request: { ceiling: count * PRICE } });

    it("and commits first what is not committed yet", async () => {
      const house = await openHouse(stage);
      await house.node.serve(ask("alice", 1n));
      expect((await settled(house)).left).to.deep.equal([]);
      expect(await stage.contracts.ledger.nextSequence(house.operator)).to.equal(1n);
    });

    it("not even while its receipt can still be committed", async () => {
      const house = await openHouse(stage);
      await house.node.serve(ask("alice", 1n));
      const { now } = clock;
      clock.now += 300n;
      // Younger than the chain's latest block: no batch may hold it yet.
      await house.node.serve(ask("alice", 2n));
      const { left, count } = await settled(house);
      expect([count, reasons({ left } as Settlement)]).to.deep.equal([1, ["Uncommitted"]]);
      expect(await settledOf(addressOf(secrets.alice))).to.equal(PRICE);
      clock.now = now;
      await advance(300);
      expect((await settled(house)).left).to.deep.equal([]);
      expect(await settledOf(addressOf(secrets.alice))).to.equal(2n * PRICE);
    });

    it("where an outage outlasted the grace: it stops there, goes on with others, and serves no more on it", async () => {
      const house = await openHouse(stage);
      // Vouchers that outlive the outage by far: what stops alice's account is its second receipt alone.
      const late = clock.now + DAY;
      await house.node.serve(makeAsk(stage, { request: { ceiling: 9n * PRICE, deadline: late } }));
      await house.node.commit();
      const lost = makeAsk(stage, { request: { ceiling: 2n * PRICE, deadline: clock.now + 60n } });
      await house.node.serve(lost);
      await house.node.serve(makeAsk(stage, { request: { ceiling: 3n * PRICE, deadline: late } }));
      await house.node.serve(makeAsk(stage, { who: "bob", request: { deadline: late } }));
      await advance(DAY + 61n);

      const { count, left } = await settled(house);
      expect(count).to.equal(2);
      const alice = { payer: addressed(actors.alice), client: addressOf(secrets.alice) };
      expect(left).to.deep.equal([{ ...alice, owed: 2n * PRICE, reason: "Unbacked" }]);
      expect(await settledOf(alice.client)).to.equal(PRICE);
      expect(await settledOf(addressOf(secrets.bob), actors.bob.address)).to.equal(PRICE);
      // All of it is committed, for whoever wants to judge it; the second one too late.
      expect(await stage.contracts.ledger.nextSequence(house.operator)).to.equal(4n);

      const refused = await rejectionOf(Refusal, house.node.serve(ask("alice", 9n)));
      expect([refused.name, refused.status]).to.deep.equal(["AccountStopped", 409]);
      expect(refused.message).to.include(`unit ${PRICE + 1n}`);
      expect(refused.remedy).to.include("another key");
      await house.node.serve(ask("bob", 2n));
      // What was served before is still there.
      expect((await house.node.serve(lost)).receipt.charged).to.equal(2n * PRICE);
    });

    for (const [what, wait, reached] of [
      ["at the last second of grace", 0n, true],
      ["a second later", 1n, false],
    ] as const) {
      it(`as the ledger's clock has it: committed ${what}`, async () => {
        const house = await openHouse(stage);
        await house.node.announce();
        const deadline = clock.now + 60n;
        await house.node.serve(makeAsk(stage, { request: { deadline } }));
        await nextBlockAt(deadline + DAY + wait);
        await house.node.commit();
        const client = addressOf(secrets.alice);
        const unbacked = await house.journal.unbackedOf({ payer: addressed(actors.alice), client });
        expect(unbacked?.isCommitted).to.equal(reached ? undefined : true);
        // The next block is a second later, and its voucher has run out by then.
        expect(reasons(await settled(house))).to.deep.equal(reached ? ["Expired"] : ["Unbacked"]);
      });
    }

    it("and refuses an account from the second on in which its receipt can no longer be committed", async () => {
      const house = await openHouse(stage);
      await house.node.serve(makeAsk(stage, { request: { ceiling: PRICE, deadline: clock.now } }));
      clock.now += DAY;
      await house.node.serve(ask("alice", 2n));
      clock.now += 1n;
      expect((await rejection(house.node.serve(ask("alice", 3n)))).name).to.equal("AccountStopped");
    });

    it("but an answer that costs nothing has none to back", async () => {
      const house = await openHouse(stage, { tariff: { base: 0n, inputRate: 0n, outputRate: 0n } });
      await house.node.serve(makeAsk(stage, { request: { ceiling: PRICE, deadline: clock.now } }));
      clock.now += DAY + 1n;
      await house.node.serve(ask("alice", 1n));
    });
  });

  describe("weighs gas", () => {
    it("and waits for more, until it can wait no longer", async () => {
      const house = await openHouse(stage, { settlement: { unitsPerCoin: DEAR_COIN } });
      await house.node.serve(makeAsk(stage));
      await house.node.commit();
      const sent = await actors.olive.getNonce();
      const settlement = await settled(house);
      expect(settlement).to.deep.include({ count: 0, gas: 0n, collected: nothing, rewarded: nothing });
      expect(reasons(settlement)).to.deep.equal(["Waits"]);
      await advance(DAY);
      expect(reasons(await settled(house))).to.deep.equal(["GivenUp"]);
      await advance(DAY);
      expect(reasons(await settled(house))).to.deep.equal(["Expired"]);
      expect(await actors.olive.getNonce()).to.equal(sent);
    });

    it("and settles what is worth it", async () => {
      const house = await openHouse(stage, { settlement: { unitsPerCoin: 1n } });
      await house.node.serve(makeAsk(stage));
      const { count, left } = await settled(house);
      expect([count, left]).to.deep.equal([1, []]);
    });

    it("by what the operator keeps of its fees", async () => {
      // Nearly half of all that is bonded is delegated, and the protocol has its part: what is left is about a half.
      await delegate(BOND - 1n);
      const cost = 74_000n * (await gasPriceOf(stage.contracts));
      const journal = close(await openJournal());
      const house = (part: bigint): Promise<House> =>
        openHouse(stage, {
          journal,
          settlement: { unitsPerCoin: (PRICE * 10n ** 18n * part) / (cost * 100n) },
        });
      const dear = await house(70n);
      await dear.node.serve(makeAsk(stage));
      expect(reasons(await settled(dear))).to.deep.equal(["Waits"]);
      const cheap = await house(30n);
      await cheap.node.serve(makeAsk(stage, { who: "bob" }));
      // Alice's fee is as much worth its gas as bob's.
      expect((await settled(cheap)).count).to.equal(2);
    });

    it("and what is urgent by its period", async () => {
      const house = await openHouse(stage, { settlement: { unitsPerCoin: DEAR_COIN, period: 3n * DAY } });
      await house.node.serve(makeAsk(stage));
      expect(reasons(await settled(house))).to.deep.equal(["GivenUp"]);
    });
  });

  it("stays within cover and coverage, and settles the rest when there is room again", async () => {
    const price = 150n * UNIT + PRICE;
    const dear = { ...tariff, base: tariff.base + 150n * UNIT };
    await fundAlice(price);
    const house = await openHouse(stage, { tariff: dear });
    const deadline = clock.now + localParameters.governanceDelay + DAY;
    clock.now += localParameters.governanceDelay;
    const order = { ...dear, maxPrice: price };
    await house.node.serve(makeAsk(stage, { order, request: { ceiling: price, deadline } }));
    await setCoverage(100_000n);
    const first = await settled(house);
    expect(first.count).to.equal(1);
    expect(first.left).to.have.length(1);
    expect(first.left[0]).to.include({ owed: price - BOND / 10n, reason: "NoCover" });
    expect(await settledOf(addressOf(secrets.alice))).to.equal(BOND / 10n);
    const second = await settled(house);
    expect([second.count, second.gas, reasons(second)]).to.deep.equal([0, 0n, ["NoCover"]]);

    const { bonds, token: money } = olive();
    await money.faucet(BOND);
    await money.approve(stage.deployment.contracts.bonds, BOND);
    await bonds.bond(BOND);
    expect(await settled(house)).to.deep.include({ count: 1, left: [] });
    expect(await settledOf(addressOf(secrets.alice))).to.equal(price);
  });

  describe("where something changes on the way", () => {
    it("notes what somebody else settled for it", async () => {
      const contracts = withEscrow((escrow) => ({
        settle: async (...parameters: Parameters<typeof escrow.settle>) => {
          await escrow.settle(...parameters);
          return escrow.settle(...parameters);
        },
      }));
      const house = await openHouse(stage, { contracts });
      await house.node.serve(makeAsk(stage));
      const { count, gas, left } = await settled(house);
      expect([count, left]).to.deep.equal([0, []]);
      expect(gas).to.not.equal(0n);
      expect((await house.journal.accounts())[0]).to.include({ settled: PRICE });
      expect(await house.node.settle()).to.be.undefined;
    });

    it("says why the escrow skipped a claim, and of whom", async () => {
      // Of one account the node believes that it has money.
      let rich: Hex = "0x";
      const contracts = withEscrow((escrow) => ({
        account: async (payer: string, operator: string, client: string) => {
          const found = await escrow.account(payer, operator, client);
          return client === rich ? { balance: FUNDS, settled: found.settled } : found;
        },
      }));
      const house = await openHouse(stage, { contracts });
      for (let number = 0; number < 3; number++) await owe(house.journal, number);
      rich = await owe(house.journal, 3, { funded: false });
      for (let number = 4; number < 7; number++) await owe(house.journal, number);
      const { count, left } = await settled(house);
      expect(count).to.equal(6);
      expect(left).to.deep.equal([{ payer: addressed(actors.alice), client: rich, owed: PRICE, reason: "NoFunds" }]);
    });
  });

  describe("brings delegators their part", () => {
    it("as soon as it has settled it", async () => {
      await delegate(BOND);
      const house = await openHouse(stage);
      await house.node.serve(makeAsk(stage));
      const { rewarded } = await settled(house);
      const { escrow, bonds } = stage.contracts;
      const [split] = await escrow.queryFilter(escrow.filters.FeesSplit());
      expect(rewarded.amount).to.equal(split?.args.delegatorsFee).and.not.equal(0n);
      expect(rewarded.gas).to.not.equal(0n);
      expect(await escrow.delegatorsFeesOf(house.operator)).to.equal(0n);
      expect((await bonds.positionOf(house.operator, actors.will.address)).assets).to.equal(BOND + rewarded.amount);
      expect(await house.node.settle()).to.be.undefined;
    });

    it("where it is worth its gas, and says that it waits", async () => {
      await delegate(BOND);
      const first = await openHouse(stage);
      await first.node.serve(makeAsk(stage));
      // The first node stops between settlement and reward.
      await olive().escrow.settle(first.operator, await claims(first.journal));
      const dear = await openHouse(stage, { journal: first.journal, settlement: { unitsPerCoin: DEAR_COIN } });
      const { count, rewarded } = await settled(dear);
      expect([count, rewarded]).to.deep.equal([0, { ...nothing, left: "Waits" }]);
      const cheap = await openHouse(stage, { journal: first.journal });
      expect((await settled(cheap)).rewarded.amount).to.not.equal(0n);
    });

    it("and does not mind when somebody else was faster", async () => {
      await delegate(BOND);
      const contracts = withEscrow((escrow) => ({
        rewardDelegators: Object.assign(
          async (operator: string) => {
            await escrow.rewardDelegators(operator);
            return escrow.rewardDelegators(operator);
          },
          {
            staticCall: async (operator: string) => escrow.rewardDelegators.staticCall(operator),
            estimateGas: async (operator: string) => escrow.rewardDelegators.estimateGas(operator),
          },
        ),
      }));
      const house = await openHouse(stage, { contracts });
      await house.node.serve(makeAsk(stage));
      expect(await settled(house)).to.deep.include({ count: 1, rewarded: nothing });
      expect(await stage.contracts.escrow.delegatorsFeesOf(house.operator)).to.equal(0n);
    });

    it("and sends nothing where those have left whose it was", async () => {
      await delegate(BOND);
      const house = await openHouse(stage);
      await house.node.serve(makeAsk(stage));
      await house.node.commit();
      await olive().escrow.settle(house.operator, await claims(house.journal));
      await contractsOf(stage, "will").bonds.requestUnbond(house.operator, BOND);
      const [opened] = await stage.contracts.bonds.queryFilter(stage.contracts.bonds.filters.UnbondingRequested());
      await advance(localParameters.unbondingDelay);
      await stage.contracts.bonds.withdraw(house.operator, actors.will.address, opened?.args.ticket ?? 0n);
      const sent = await actors.olive.getNonce();
      expect(await house.node.settle()).to.be.undefined;
      expect(await actors.olive.getNonce()).to.equal(sent);
    });

    it("passes on what is a failure indeed", async () => {
      const contracts = withEscrow(() => ({
        rewardDelegators: Object.assign(async () => Promise.reject(new Error("out of paper")), {
          staticCall: async () => 1n,
          estimateGas: async () => 1n,
        }),
      }));
      const house = await openHouse(stage, { contracts });
      expect((await rejectionOf(ChainError, house.node.settle())).message).to.include("out of paper");
    });
  });

  describe("collects what was paid without a voucher", () => {
    it("where its address is open, through the same split", async () => {
      await delegate(BOND);
      const house = await openHouse(stage);
      await pay(1_000n);
      expect(await house.node.settle()).to.be.undefined;
      await olive().escrow.openPayTo();
      const { count, gas, left, collected, rewarded } = await settled(house);
      expect([count, gas, left, collected.amount]).to.deep.equal([0, 0n, [], 1_000n]);
      // After the protocol's 3 %, half of the rest less a commission of 10 %; brought in the same go.
      expect(rewarded.amount).to.equal(436n);
      expect(await stage.contracts.escrow.earningsOf(house.operator)).to.equal(1_000n - 30n - 436n);
      expect(await house.node.settle()).to.be.undefined;
    });

    it("as far as half of its cap, and says that the cover reaches no further", async () => {
      const house = await openHouse(stage);
      await olive().escrow.openPayTo();
      await pay(BOND / 2n + 1n);
      expect((await settled(house)).collected.amount).to.equal(BOND / 2n);
      expect((await settled(house)).collected).to.deep.equal({ ...nothing, left: "NoCover" });
      await advance(17n * DAY);
      expect((await settled(house)).collected.amount).to.equal(1n);
    });

    it("where it is worth its gas", async () => {
      const house = await openHouse(stage, { settlement: { unitsPerCoin: DEAR_COIN } });
      await olive().escrow.openPayTo();
      await pay(1_000n);
      expect((await settled(house)).collected).to.deep.equal({ ...nothing, left: "Waits" });
    });

    it("after vouchers, which run out", async () => {
      const half = BOND / 2n;
      const dear = { ...tariff, base: tariff.base + half - PRICE };
      await fundAlice(half);
      const house = await openHouse(stage, { tariff: dear });
      await house.node.serve(makeAsk(stage, { order: { ...dear, maxPrice: half }, request: { ceiling: half } }));
      await olive().escrow.openPayTo();
      await pay(BOND);
      const { count, left, collected } = await settled(house);
      expect([count, left, collected.amount]).to.deep.equal([1, [], half]);
    });
  });

  describe("admits", () => {
    const price = 300n * UNIT;
    const dear = { ...tariff, base: tariff.base + price - PRICE };

    beforeEach(async () => fundAlice(4n * price));

    /** How many such answers it serves one after another before it refuses. */
    async function served(house: House): Promise<number> {
      for (let count = 1; ; count++) {
        const request = { ceiling: BigInt(count) * price };
        try {
          await house.node.serve(makeAsk(stage, { order: { ...dear, maxPrice: price }, request }));
        } catch (cause) {
          expect((cause as Error).name).to.equal("CoverExhausted");
          return count - 1;
        }
      }
    }

    it("what its bond covers", async () => {
      expect(await served(await openHouse(stage, { tariff: dear }))).to.equal(3);
    });

    it("less where more cover must stand behind it", async () => {
      await setCoverage(20_000n);
      expect(await served(await openHouse(stage, { tariff: dear }))).to.equal(1);
    });

    it("threat 51: half of it where the other half can be used up by whoever pays without a voucher", async () => {
      await olive().escrow.openPayTo();
      const house = await openHouse(stage, { tariff: dear });
      expect(await served(house)).to.equal(1);
      await pay(BOND);
      await contractsOf(stage, "bob").escrow.collect(actors.olive.address);
      // What it served is settled whole, though all that could be collected has been.
      const { count, left } = await settled(house);
      expect([count, left]).to.deep.equal([1, []]);
    });

    it("threats 51, 53: no less where others delegate, pay, have it collected and leave", async () => {
      await delegate(BOND);
      await olive().escrow.openPayTo();
      const house = await openHouse(stage, { tariff: dear });
      expect(await served(house)).to.equal(1);
      await pay(2n * BOND);
      await contractsOf(stage, "bob").escrow.collect(actors.olive.address);
      await contractsOf(stage, "will").bonds.requestUnbond(actors.olive.address, BOND);
      const { count, left } = await settled(house);
      expect([count, left]).to.deep.equal([1, []]);
    });

    it("threat 51: as much where a part of that half is used up already", async () => {
      await olive().escrow.openPayTo();
      await pay(400n * UNIT);
      await contractsOf(stage, "bob").escrow.collect(actors.olive.address);
      expect(await served(await openHouse(stage, { tariff: dear }))).to.equal(1);
    });
  });

  /** The claims of all that a journal knows: as a node sends them. */
  async function claims(journal: Journal): Promise<Claim[]> {
    const dues = (await journal.accounts()).map((state) => ({
      ...state,
      backed: state.charged,
      isLost: false,
      balance: FUNDS,
    }));
    const free = { claimGas: 0n, batchGas: 0n, gasPrice: 0n, unitsPerCoin: 0n };
    const { batches } = planSettlement(dues, { now: clock.now, nextAt: clock.now, room: BOND, ...free });
    return batches.flat();
  }
});
