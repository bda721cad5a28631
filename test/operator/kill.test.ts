import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { callNode, NodeError } from "../../src/chain/http.ts";
import { fromHex, type Hex } from "../../src/core/bytes.ts";
import { type Answer, answerSchema, type Ask, write } from "../../src/core/records.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { unitsOf } from "../../src/core/terms.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { useNativeCurve } from "../../src/native/curve.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { describeBackends } from "../support/backends.ts";
import { startNode, type Standby } from "../support/nodes.ts";
import {
  actors,
  addressed,
  close,
  contractsOf,
  makeAsk,
  open,
  openHouse,
  PRICE,
  provider,
  secretNamed,
  secrets,
  useStage,
} from "../support/stage.ts";

/** How often a node is killed; and how many nodes of the operator are at work, where they can share a journal. */
const KILLS = 200;
const NODES = { SQLite: 1, PostgreSQL: 2 } as const;

/** How many clients ask side by side, and how many orders each has: enough to be at work at the last kill. */
const ROWS = 8;
const PAYERS = ["alice", "bob"] as const;

/** Money and ceiling for every order of the test. */
const MONEY = 600_000_000n;

/** A number of 0 to 1 for each kill, the same in every run. */
const chance = (index: number, what: string): number => {
  const [high = 0, low = 0] = fromHex(secretNamed(`${what} ${index}`));
  return (high * 256 + low) / 65_536;
};

/** What clients know of an order: what they asked, and the answers they have got to it. */
interface Purchase {
  readonly ask: Ask;
  readonly answers: Answer[];
}

describeBackends("a node that is killed at any instant", ({ name, makePlace, open: openDatabase }) => {
  const stage = useStage();
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "surety-kill-"))));
  after(() => rmSync(folder, { recursive: true }));

  it(`loses nothing and charges nothing twice, ${KILLS} times`, async function () {
    this.timeout(600_000);
    useNativeCurve();
    for (const who of PAYERS) await fund(who);
    const rpc = await open(rpcHandler(provider));
    const deployment = join(folder, "deployment.json");
    writeFileSync(deployment, serialiseDeployment(stage.deployment));
    const place = await makePlace();
    const standby = async (): Promise<Standby> => startNode(rpc.url, deployment, place);

    const purchases: Purchase[] = [];
    const nodes: { node: Standby; url: string }[] = [];
    for (let index = 0; index < NODES[name]; index++) {
      const node = await standby();
      nodes.push({ node, url: await node.begin() });
    }
    let next = await standby();
    close({ close: async () => Promise.all([next, ...nodes.map(({ node }) => node)].map(async (one) => one.kill())) });

    const market = { isOpen: true, refusals: [] as string[], answered: new Set<() => void>() };
    const rows = Array.from({ length: ROWS }, async (_, row) => {
      for (let turn = 0; market.isOpen; turn++) {
        const purchase = { ask: order(purchases.length), answers: [] };
        purchases.push(purchase);
        // The same order goes to all nodes at once now and then.
        const urls = turn % 4 === 0 ? nodes.map((_one, index) => index) : [(row + turn) % nodes.length];
        await Promise.all(urls.map(async (index) => buy(purchase, () => nodes[index]?.url ?? "")));
      }
    });

    /** Asks until there is an answer, as clients do whose node has gone. */
    async function buy(purchase: Purchase, urlOf: () => string): Promise<void> {
      for (;;) {
        try {
          const url = `${urlOf()}/v1/inference`;
          purchase.answers.push(await callNode(fetch, { url, schema: answerSchema, body: write(purchase.ask) }));
          for (const wake of market.answered) wake();
          return;
        } catch (cause) {
          if (!(cause instanceof NodeError)) throw cause;
          if (cause.reason !== "Unreachable") market.refusals.push(cause.message);
          // Until the next node is there.
          await setTimeout(2);
        }
      }
    }

    for (let kill = 0; kill < KILLS; kill++) {
      const slot = Math.floor(chance(kill, "slot") * nodes.length);
      // Every other one in the midst of serving, the others whenever they are, beginning included.
      if (kill % 2 === 0) await new Promise<void>((done) => market.answered.add(done));
      market.answered.clear();
      await setTimeout(chance(kill, "instant") * 30);
      await nodes[slot]?.node.kill();
      const node = next;
      nodes[slot] = { node, url: await node.begin() };
      next = await standby();
    }
    market.isOpen = false;
    await Promise.all(rows);
    expect(market.refusals).to.deep.equal([]);
    for (const { node } of nodes) await node.kill();

    const journal = close(new SqlJournal(close(await openDatabase(place))));
    await expectKept(journal, purchases);
    await expectSettled(journal, BigInt(purchases.length));
  });

  async function fund(who: (typeof PAYERS)[number]): Promise<void> {
    const { token, escrow } = contractsOf(stage, who);
    await token.faucet(MONEY);
    await token.approve(stage.deployment.contracts.escrow, MONEY);
    await escrow.fund(MONEY, actors.olive.address, addressOf(secrets[who]));
  }

  /** Every order has a ceiling of its own, above those before it. */
  function order(index: number): Ask {
    const who = PAYERS[index % 2] ?? "alice";
    return makeAsk(stage, { who, request: { ceiling: MONEY / 2n + BigInt(index) } });
  }

  /** Expects that every order has one receipt, the one that its client has, with a place of its own (E7, L1). */
  async function expectKept(journal: SqlJournal, purchases: readonly Purchase[]): Promise<void> {
    const records = await journal.unbatched();
    const kept = new Map(records.map((record) => [record.clientSignature, record]));
    expect(records.length).to.equal(purchases.length);
    for (const { ask, answers } of purchases) {
      const leaves = new Set(answers.map(({ receipt }) => receiptHash(receipt)));
      expect([...leaves]).to.deep.equal([receiptHash(kept.get(ask.clientSignature)?.receipt ?? fail(ask))]);
    }
    expect(records.map(({ receipt }) => receipt.sequence)).to.deep.equal(records.map((_, index) => BigInt(index)));
    for (const who of PAYERS) {
      const client = addressOf(secrets[who]);
      const own = records.filter(({ receipt }) => receipt.client === client);
      let end = 0n;
      for (const { receipt } of own) {
        expect(unitsOf(receipt)).to.deep.equal({ from: end, to: end + PRICE });
        end += PRICE;
      }
      const state = await journal.account({ payer: addressed(actors[who]), client });
      expect(state?.charged).to.equal(end);
      const ceilings = own.map(({ request }) => request.ceiling);
      expect(ceilings.every((ceiling) => ceiling <= (state?.voucher.ceiling ?? 0n))).to.be.true;
    }
  }

  /** Expects that the chain takes all of it: once. */
  async function expectSettled(journal: SqlJournal, count: bigint): Promise<void> {
    const house = await openHouse(stage, { journal });
    while ((await house.node.commit()) !== undefined);
    while ((await house.node.settle()) !== undefined);
    const { ledger, escrow } = stage.contracts;
    expect(await ledger.nextSequence(house.operator)).to.equal(count);
    let paid = 0n;
    for (const { payer, client, charged, settled } of await journal.accounts()) {
      expect(settled).to.equal(charged);
      expect((await escrow.account(payer, house.operator, client)).settled).to.equal(charged);
      paid += settled;
    }
    expect(paid).to.equal(count * PRICE);
    expect(await journal.settledTotal()).to.equal(paid);
  }

  function fail(ask: Ask): never {
    throw new Error(`the journal lacks what was ordered with ${ask.clientSignature satisfies Hex}`);
  }
});
