import { expect } from "chai";
import type { Indexer } from "../../indexer/start.ts";
import { readHealth } from "../../src/chain/health.ts";
import { readCreditClocks, readCreditEvents } from "../../src/chain/history.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { creditCurve, timesBetween } from "../../src/core/creditCurve.ts";
import { healthOf } from "../../src/core/health/health.ts";
import { write } from "../../src/core/records.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { forge, Library } from "../support/forge.ts";
import { govern } from "../support/governing.ts";
import { pay, slash } from "../support/happenings.ts";
import { askIndex, describeIndexes, openIndexer } from "../support/indexing.ts";
import {
  actors,
  addressed,
  advance,
  BOND,
  catchUp,
  chain,
  contractsOf,
  clock,
  makeClient,
  openHouse,
  PRICE,
  question,
  secrets,
  type Stage,
  useStage,
} from "../support/stage.ts";
import { openWatch } from "../support/watching.ts";

const DAY = 86_400n;
const olive = addressed(actors.olive);
const otto = addressed(actors.otto);

/** Everything that the tables tell of: months of two operators, their delegator, their clients, a fault. */
async function liveThrough(stage: Stage): Promise<void> {
  const { token, bonds } = contractsOf(stage, "will");
  await token.faucet(BOND);
  await token.approve(stage.deployment.contracts.bonds, BOND);
  await bonds.delegate(olive, 400_000_000n, 1n);
  await bonds.delegate(otto, 123_456_789n, 1n);

  const house = await openHouse(stage);
  for (const [who, questions] of [
    ["alice", 3],
    ["bob", 2],
  ] as const) {
    const client = makeClient(stage, who);
    for (let number = 0; number < questions; number++)
      await client.ask(house.url, house.node.offer(), question(number));
  }
  await house.node.commit();
  await house.node.settle();
  await contractsOf(stage, "olive").escrow.withdrawEarnings(olive);
  await bonds.requestUnbond(olive, 100_000_000n);
  await contractsOf(stage, "olive").bonds.requestUnbond(olive, 250_000_000n);
  await contractsOf(stage, "olive").bonds.setCommission(2_500n);
  await contractsOf(stage, "otto").bonds.setPayout(actors.wendy.address);
  await contractsOf(stage, "otto").ledger.setAgent(actors.wendy.address);
  const { timestamp } = (await chain.getBlock("latest")) ?? { timestamp: 0 };
  await contractsOf(stage, "otto").keys.end(addressOf(secrets.otto), BigInt(timestamp) + 30n * DAY);

  // Somebody pays otto without a voucher.
  const payTo = await stage.contracts.escrow.payToOf(otto);
  await contractsOf(stage, "otto").escrow.openPayTo();
  await contractsOf(stage, "bob").token.transfer(payTo, 7_000_000n);
  await contractsOf(stage, "otto").escrow.collect(otto);

  // Olive signs what is wrong, and a watcher proves it.
  const library = new Library();
  const sequence = await stage.contracts.ledger.nextSequence(olive);
  await catchUp();
  await library.commit(stage, [
    forge(stage, { trace: () => ({ hidden: [] }), receipt: { sequence, charged: 4n * PRICE } }),
  ]);
  const { service } = await openWatch(stage, { fetch: library.fetch });
  for (let round = 0; round < 3; round++) await service.round();
  expect(await stage.contracts.bonds.faultsOf(olive)).to.not.equal(0n);

  await contractsOf(stage, "alice").escrow.thaw(PRICE, olive, addressOf(secrets.alice));
  await contractsOf(stage, "bob").escrow.thaw(PRICE, otto, addressOf(secrets.bob));
  await contractsOf(stage, "bob").escrow.cancelThaw(otto, addressOf(secrets.bob));
  // What was settled leaves its window, and tickets and thaws mature.
  await advance(16n * DAY + 60n);
  await contractsOf(stage, "alice").escrow.refund(olive, addressOf(secrets.alice));
  await advance(6n * DAY);
  for (const { owner, ticket } of await tickets(stage)) await bonds.withdraw(olive, owner, ticket);
  await advance(40n * DAY);
  await bonds.delegate(olive, 1_000_003n, 1n);
}

async function tickets({ contracts: { bonds } }: Stage) {
  const events = await bonds.queryFilter(bonds.filters.UnbondingRequested());
  return events.map(({ args: { owner, ticket } }) => ({ owner, ticket }));
}

describeIndexes("the tables", (backend) => {
  const stage = useStage();

  async function indexed(): Promise<Indexer> {
    const indexer = await openIndexer(stage, await backend.makePlace());
    await indexer.caughtUp();
    return indexer;
  }

  it("say what the contracts say, read from the deployment's block on", async function () {
    this.timeout(300_000);
    await liveThrough(stage);
    const index = await indexed();
    await expectAgrees(stage, index);
    await expectCredit(stage, index);
    await expectHealth(stage, index);

    // What comes later is there in a moment.
    await contractsOf(stage, "olive").token.faucet(5_000_000n);
    await contractsOf(stage, "olive").token.approve(stage.deployment.contracts.bonds, 5_000_000n);
    await contractsOf(stage, "olive").bonds.bond(5_000_000n);
    await index.caughtUp();
    await expectAgrees(stage, index);
    await expectHistory(index);
    await index.stop();
    expect(await index.ended).to.equal(0);
  });

  it("give the curve that the chain's own logs give, by what held at each time", async function () {
    this.timeout(300_000);
    await pay(stage, { who: "alice", operator: "olive", amount: 9_000_001n });
    await advance(20n * DAY);
    await stage.contracts.bonds.suspend(3n * DAY);
    await advance(15n * DAY);
    await slash(stage, { operator: "olive", asked: 1_000_003n });
    await pay(stage, { who: "bob", operator: "olive", amount: 2_000_000n });
    await advance(60n * DAY);
    const { prior, severity } = stage.contracts.credit;
    const halved = [(await prior()) / 2n, (await severity()) / 2n];
    await govern(stage, ["credit", "setParameters", halved], actors.deployer);
    await advance(30n * DAY);
    const { url } = await indexed();
    const { curve } = (await (await fetch(`${url}/v1/operators/${olive}/curve?samples=50`)).json()) as {
      readonly curve: readonly Readonly<Record<string, unknown>>[];
    };
    const samples = curve.map(({ at }) => BigInt(String(at)));
    const { contracts, deployment } = stage;
    const events = await readCreditEvents(contracts, deployment.block, olive);
    const clocks = await readCreditClocks(contracts, deployment.block);
    const until = clock.now;
    const expected = creditCurve(events, { ...clocks, until, samples }).filter(({ at }) => samples.includes(at));
    expect(samples).to.deep.equal(timesBetween(samples[0] ?? 0n, until, 50));
    expect(curve).to.deep.equal(JSON.parse(write(expected)));
    expect(new Set(curve.map((point) => point["prior"])).size).to.equal(2);
  });
});

interface Operators {
  readonly operators: { readonly items: readonly Record<string, string | boolean | null>[] };
}

/** Expects that each operator's row, each account and each position is what the contracts say. */
async function expectAgrees({ contracts: { bonds, escrow, ledger } }: Stage, index: Indexer): Promise<void> {
  const { operators } = await askIndex<Operators>(
    index,
    `{ operators { items { address payout commission nextCommission commissionFrom debt ownAssets ownShares ownUnbonding
       ownEpoch delegatedAssets delegatedShares delegatedUnbonding delegatedEpoch earnings delegatorsFees nextSequence
       dataUri ledgerAgent payTo } } }`,
  );
  expect(operators.items).to.have.length(2);
  for (const row of operators.items) {
    const address = row["address"] as Hex;
    const [on, commission] = await Promise.all([bonds.operatorOf(address), bonds.commissionOf(address)]);
    const agent = (await ledger.agentOf(address)).toLowerCase();
    expect(row).to.deep.include({
      payout: on.payout.toLowerCase(),
      debt: `${on.debt}`,
      ownAssets: `${on.own.assets}`,
      ownShares: `${on.own.shares}`,
      ownUnbonding: `${on.own.unbonding}`,
      ownEpoch: `${on.own.epoch}`,
      delegatedAssets: `${on.delegated.assets}`,
      delegatedShares: `${on.delegated.shares}`,
      delegatedUnbonding: `${on.delegated.unbonding}`,
      delegatedEpoch: `${on.delegated.epoch}`,
      nextCommission: `${commission.next}`,
      commission: `${commission.current}`,
      commissionFrom: `${commission.from}`,
      earnings: `${await escrow.earningsOf(address)}`,
      delegatorsFees: `${await escrow.delegatorsFeesOf(address)}`,
      nextSequence: `${await ledger.nextSequence(address)}`,
      dataUri: await ledger.dataURIOf(address),
    });
    expect(row["ledgerAgent"] ?? "0x0000000000000000000000000000000000000000").to.equal(agent);
    expect(row["payTo"] === null).to.equal(!(await escrow.isPayToOpen(address)));
  }
  await expectAccounts(escrow, index);
  await expectPositions(bonds, index);
  const { protocols } = await askIndex<{ protocols: { items: readonly Record<string, string>[] } }>(
    index,
    `{ protocols { items { bonded protocolFees leverage unbondingDelay coverageBps protocolFeeBps leastOwnBond } } }`,
  );
  const slashables = await Promise.all([olive, otto].map(async (one) => bonds.slashable(one)));
  expect(protocols.items[0]).to.deep.equal({
    bonded: `${slashables.reduce((sum, { own, delegated }) => sum + own + delegated, 0n)}`,
    protocolFees: `${await escrow.protocolFees()}`,
    leverage: `${await bonds.leverage()}`,
    unbondingDelay: `${await bonds.unbondingDelay()}`,
    coverageBps: `${await escrow.coverageBps()}`,
    protocolFeeBps: `${await escrow.protocolFeeBps()}`,
    leastOwnBond: `${await bonds.leastOwnBond()}`,
  });
}

async function expectAccounts(escrow: Stage["contracts"]["escrow"], index: Indexer): Promise<void> {
  const { accounts } = await askIndex<{ accounts: { items: readonly Record<string, string>[] } }>(
    index,
    `{ accounts { items { payer operator signer balance settled settledAt funded refunded thawing } } }`,
  );
  expect(accounts.items).to.have.length(5);
  for (const { payer = "", operator = "", signer = "", ...row } of accounts.items) {
    const on = await escrow.account(payer, operator, signer);
    expect(row).to.include({ balance: `${on.balance}`, settled: `${on.settled}`, settledAt: `${on.settledAt}` });
    expect(row["thawing"]).to.equal(`${(await escrow.thawOf(payer, operator, signer)).amount}`);
    const [funded = "", refunded = ""] = [row["funded"], row["refunded"]];
    expect(BigInt(funded)).to.equal(on.balance + on.settled + BigInt(refunded));
  }
}

async function expectPositions(bonds: Stage["contracts"]["bonds"], index: Indexer): Promise<void> {
  const { delegations } = await askIndex<{ delegations: { items: readonly Record<string, string>[] } }>(
    index,
    `{ delegations { items { operator delegator shares epoch } } }`,
  );
  expect(delegations.items).to.have.length(2);
  for (const { operator = "", delegator = "", shares, epoch } of delegations.items) {
    const [held] = await bonds.positionOf(operator, delegator);
    const isVoid = epoch !== `${(await bonds.operatorOf(operator)).delegated.epoch}`;
    expect(isVoid ? "0" : shares).to.equal(`${held}`);
  }
}

interface Scores {
  readonly at: string;
  readonly operators: readonly Record<"address" | "settled" | "faulted" | "score" | "exposed", string>[];
}

/** Expects that credit is CreditHistory's, of now and of every moment that the curve has. */
async function expectCredit({ contracts: { credit, escrow } }: Stage, { url }: Indexer): Promise<void> {
  const blockTag = await chain.getBlockNumber();
  const { operators } = (await (await fetch(`${url}/v1/operators`)).json()) as Scores;
  expect(operators.map(({ address }) => address)).to.have.members([olive, otto]);
  for (const { address, settled, faulted, score, exposed } of operators) {
    const on = await credit.creditOf(address, { blockTag });
    expect({ settled, faulted, score }).to.deep.equal({
      settled: `${on.settled}`,
      faulted: `${on.faulted}`,
      score: `${on.score}`,
    });
    expect(on.settled).to.not.equal(0n);
    expect(exposed).to.equal(`${await escrow.exposureOf(address, { blockTag })}`);
  }
  expect(BigInt(operators.find(({ address }) => address === olive)?.faulted ?? 0)).to.not.equal(0n);
  const { curve } = (await (await fetch(`${url}/v1/operators/${olive}/curve?samples=9`)).json()) as {
    curve: readonly Record<"at" | "settled" | "faulted" | "score", string>[];
  };
  expect(curve).to.have.length(9);
  const last = await credit.creditOf(olive, { blockTag });
  expect(curve.at(-1)).to.include({ settled: `${last.settled}`, faulted: `${last.faulted}`, score: `${last.score}` });
  expect(curve.at(0)).to.include({ settled: "0", score: "0" });
}

/** Expects that the network's health is what the chain's own logs make of it. */
async function expectHealth({ contracts, deployment }: Stage, { url }: Indexer): Promise<void> {
  const told = (await (await fetch(`${url}/v1/health`)).json()) as Readonly<Record<string, unknown>>;
  const facts = await readHealth(contracts, deployment.block);
  const expected = JSON.parse(write(healthOf({ ...facts, until: BigInt(String(told["until"])) }))) as typeof told;
  for (const part of ["cohorts", "weeks", "days", "operators", "stake", "fees"]) {
    expect(told[part], part).to.deep.equal(expected[part]);
  }
}

/** Expects that what happened is told: settlements, the fault with its slash, the days, the weeks. */
async function expectHistory(index: Indexer): Promise<void> {
  const {
    operators,
    settlements,
    faults,
    dailyMetrics,
    clients,
    tickets: opened,
    batchs,
    keys,
  } = await askIndex<Record<string, { readonly items: readonly Record<string, string | number | boolean | null>[] }>>(
    index,
    `{ operators { items { address clients } }
       settlements(orderBy: "total") { items { payer operator paid total isCollected } }
       faults { items { court operator asked slashed bounty slashRow { asked own delegated missing } } }
       dailyMetrics { items { fees settlements faults receipts batches newClients gifts } }
       clients { items { payer fees settlements } }
       tickets { items { owner isOwn paid } }
       batchs { items { operator count } }
       keys { items { operator validUntil } } }`,
  );
  expect(settlements?.items.map(({ paid }) => paid)).to.have.members([`${3n * PRICE}`, `${2n * PRICE}`, "7000000"]);
  for (const { address, clients: count } of operators?.items ?? []) {
    const theirs = settlements?.items.filter((one) => one["operator"] === address && one["isCollected"] !== true);
    expect(count).to.equal(new Set(theirs?.map(({ payer }) => payer)).size);
  }
  expect(faults?.items).to.have.length(1);
  const [fault] = faults?.items ?? [];
  const slash = fault?.["slashRow"] as unknown as Record<string, string>;
  expect(slash["asked"]).to.equal(fault?.["asked"]);
  expect(fault?.["court"]).to.equal("validity");
  const sum = (name: string): bigint =>
    (dailyMetrics?.items ?? []).reduce((all, day) => all + BigInt(day[name] ?? 0), 0n);
  expect(sum("fees")).to.equal(5n * PRICE + 7_000_000n);
  expect([sum("settlements"), sum("faults"), sum("receipts"), sum("newClients")]).to.deep.equal([3n, 1n, 6n, 2n]);
  expect(sum("gifts")).to.equal(0n);
  expect(clients?.items).to.have.length(2);
  expect(opened?.items).to.have.length(2);
  for (const { paid } of opened?.items ?? []) expect(BigInt(paid ?? 0)).to.not.equal(0n);
  expect(batchs?.items).to.have.length(2);
  expect(keys?.items.filter(({ validUntil }) => validUntil !== null)).to.have.length(1);
}
