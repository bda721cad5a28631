import { expect } from "chai";
import { HDNodeWallet } from "ethers";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { FailoverProvider } from "../../src/chain/failover.ts";
import { type Cursor, cursorAt, follow } from "../../src/chain/follow.ts";
import { logsIn } from "../../src/chain/logs.ts";
import { Sender, type SendingTerms } from "../../src/chain/sender.ts";
import { transact } from "../../src/chain/transactions.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { expectBooksAgree } from "../support/books.ts";
import { FlakyRpc, mulberry32, type Trouble } from "../support/flakyRpc.ts";
import { mine, rpcCall } from "../support/mining.ts";
import {
  actors,
  chain,
  close,
  contractsOf,
  FUNDS,
  type House,
  makeAsk,
  open,
  openHouse,
  PRICE,
  provider,
  rejection,
  rejectionOf,
  secrets,
  useStage,
} from "../support/stage.ts";

const MNEMONIC = "test test test test test test test test test test test junk";
const terms: SendingTerms = { confirmations: 4, maxFeePerGas: 10n ** 12n, patience: 10, pollMs: 5 };

/** In a hundred requests. More than a third goes wrong. */
const odds: Readonly<Partial<Record<Trouble, number>>> = {
  ...{ refused: 5, lost: 5, late: 5, twice: 5, throttled: 4, throttledInWords: 3, broken: 4, garbage: 4, empty: 2 },
};

/** Every how many requests a block is mined. */
const PACE = 4;

/** Two endpoints of a chain that mines, and forks, as it is asked. */
class Weather {
  readonly rpcs: readonly FlakyRpc[];
  isCalm = false;
  forks = 0;
  readonly #random: () => number;
  #requests = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #fork: { readonly snapshot: unknown; readonly at: number; readonly depth: number } | undefined;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
    this.rpcs = [1, 2].map((number) => new FlakyRpc(provider, { seed: 10 * seed + number, odds }));
    for (const rpc of this.rpcs) rpc.onRequest = async () => this.#pass(rpc);
  }

  async calmDown(): Promise<void> {
    await this.#turn;
    this.isCalm = true;
    for (const rpc of this.rpcs) [rpc.odds, rpc.lag, rpc.chainId] = [{}, 0, undefined];
  }

  /** Time passes with requests, so that it stands still for nobody who waits. */
  async #pass(rpc: FlakyRpc): Promise<void> {
    if (++this.#requests % PACE !== 0) return;
    this.#turn = this.#turn.then(async () => (this.isCalm ? mine() : this.#blow(rpc)));
    await this.#turn;
  }

  async #blow(rpc: FlakyRpc): Promise<void> {
    const head = await chain.getBlockNumber();
    if (this.#random() < 0.1) rpc.lag = this.#random() < 0.5 ? 0 : Math.floor(this.#random() * 8);
    if (rpc !== this.rpcs[0] && this.#random() < 0.1) rpc.chainId = this.#random() < 0.5 ? undefined : 1n;
    if (this.#fork === undefined && this.#random() < 0.15) {
      const depth = 1 + Math.floor(this.#random() * (terms.confirmations - 1));
      this.#fork = { snapshot: await rpcCall("evm_snapshot"), at: head, depth };
    }
    if (this.#fork === undefined || head < this.#fork.at + this.#fork.depth) return mine();
    // The blocks since are thrown out, with what was in them, for a longer chain without it.
    await rpcCall("evm_revert", this.#fork.snapshot);
    await mine(this.#fork.depth + 1);
    this.#fork = undefined;
    this.forks++;
  }
}

describe("a node whose RPC endpoints are hostile", () => {
  const stage = useStage();
  beforeEach(async () => rpcCall("evm_setAutomine", false));
  afterEach(async () => rpcCall("evm_setAutomine", true));

  /** An actor's contracts behind a sender, over these endpoints; the actor is the chain's account of that number. */
  async function behind(rpcs: readonly FlakyRpc[], index: number): Promise<Contracts> {
    const urls = await Promise.all(rpcs.map(async ({ handler }) => (await open(handler)).url));
    const options = { timeoutMs: 2_000, retryMs: 1, quarantineMs: 20, surveyMs: 50 };
    const reader = new FailoverProvider(urls, stage.deployment.chainId, options);
    close({ close: () => reader.destroy() });
    const wallet = HDNodeWallet.fromPhrase(MNEMONIC, "", `m/44'/60'/0'/0/${index}`);
    return connect(stage.deployment, await Sender.open(wallet, reader, terms));
  }

  /** Does it until it is done. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried++) {
      try {
        return await work();
      } catch (thrown) {
        if (!(thrown instanceof ChainError) || tried === 100) throw thrown;
      }
    }
  }

  /** What an account sent since a block: every one must have succeeded, in consecutive places. */
  async function expectSent(address: string, since: number, firstNonce: number): Promise<void> {
    const nonces: number[] = [];
    for (let number = since + 1; number <= (await chain.getBlockNumber()); number++) {
      for (const sent of (await chain.getBlock(number, true))?.prefetchedTransactions ?? []) {
        if (sent.from !== address) continue;
        nonces.push(sent.nonce);
        expect((await chain.getTransactionReceipt(sent.hash))?.status).to.equal(1);
      }
    }
    expect(nonces).to.deep.equal(nonces.map((_, index) => firstNonce + index));
    expect(await chain.getTransactionCount(address, "pending")).to.equal(firstNonce + nonces.length);
  }

  async function expectWhole(house: House, count: bigint): Promise<void> {
    await expectBooksAgree(stage, house, count);
    expect(await house.journal.unbacked()).to.be.empty;
  }

  for (const seed of [1, 2, 3]) {
    it(`keeps its books as the chain's, loses nothing and sends nothing twice, in storm ${seed}`, async () => {
      const weather = new Weather(seed);
      const since = await chain.getBlockNumber();
      const starts = await Promise.all([actors.olive, actors.alice].map(async (who) => who.getNonce()));
      const [olive, alice] = [await behind(weather.rpcs, 2), await behind(weather.rpcs, 4)];
      const house = await openHouse(stage, { contracts: olive });

      let served = 0n;
      const serve = async (): Promise<void> => {
        const ask = makeAsk(stage, { request: { ceiling: ++served * PRICE } });
        await insist(() => house.node.serve(ask));
      };
      const operate = async (): Promise<void> => {
        for (let round = 0; round < 4; round++) {
          await Promise.all([serve(), serve(), serve()]);
          await insist(() => house.node.commit());
          await insist(() => house.node.settle());
        }
      };
      const amounts = Array.from({ length: 12 }, (_, index) => BigInt(index + 1));
      const pay = async (): Promise<void> => {
        const fund = async (amount: bigint) =>
          insist(() => transact(() => alice.escrow.fund(amount, actors.olive.address, addressOf(secrets.alice))));
        await Promise.all(amounts.slice(0, 6).map(fund));
        for (const amount of amounts.slice(6)) await fund(amount);
      };
      /** What a follower believes, by block: it forgets what was replaced. */
      let known: readonly { readonly block: number; readonly root: string }[] = [];
      let cursor: Cursor = cursorAt(since);
      const read = async (from: number, to: number) => {
        const events = await logsIn(olive, { from, to }, async (start, end) =>
          olive.ledger.queryFilter(olive.ledger.filters.BatchCommitted(), start, end),
        );
        return events.map(({ blockNumber: block, args: { root } }) => ({ block, root }));
      };
      const keepUp = async (): Promise<void> => {
        const step = await insist(() => follow(olive.ledger.runner?.provider ?? chain, { cursor, read }));
        known = [...known.filter(({ block }) => !step.isReplaced || block < step.from), ...step.found];
        cursor = step.cursor;
      };
      let isOver = false;
      const watch = async (): Promise<void> => {
        while (!isOver) await keepUp();
      };

      const watching = watch();
      await Promise.all([operate(), pay()]);
      await weather.calmDown();
      while ((await house.node.settle()) !== undefined);
      isOver = true;
      await watching;
      await keepUp();

      expect(weather.forks).to.be.greaterThan(1);
      await expectWhole(house, served);
      const { balance, settled } = await stage.contracts.escrow.account(
        ...([actors.alice.address, actors.olive.address, addressOf(secrets.alice)] as const),
      );
      expect(balance + settled).to.equal(FUNDS + amounts.reduce((sum, amount) => sum + amount, 0n));
      await expectSent(actors.olive.address, since, starts[0] ?? 0);
      await expectSent(actors.alice.address, since, starts[1] ?? 0);
      const { ledger } = stage.contracts;
      const events = await ledger.queryFilter(ledger.filters.BatchCommitted());
      expect(known).to.deep.equal(events.map(({ blockNumber, args }) => ({ block: blockNumber, root: args.root })));
    });
  }

  describe("loses to a reorganisation", () => {
    let house: House;
    let snapshot: unknown;
    /** Whether the process stops once it has sent: then nobody looks after what it sent. */
    let isStopping = false;

    function stoppable<C extends object>(contract: C, method: string, plain: C): C {
      return new Proxy(contract, {
        get(target, name) {
          const member = Reflect.get(target, name, target) as unknown;
          if (name !== method || !isStopping) return member;
          return async (...parameters: unknown[]) => {
            const send = Reflect.get(plain, method, plain) as (...all: unknown[]) => Promise<unknown>;
            await send(...parameters);
            throw new Error("a power cut");
          };
        },
      });
    }

    beforeEach(async () => {
      const [managed, plain] = [await behind([new FlakyRpc(provider, { seed: 1 })], 2), contractsOf(stage, "olive")];
      const ledger = stoppable(managed.ledger, "commit", plain.ledger);
      const escrow = stoppable(managed.escrow, "settle", plain.escrow);
      house = await openHouse(stage, { contracts: { ...managed, ledger, escrow } });
      await house.node.serve(makeAsk(stage));
      await mine();
      // Where it publishes is on the chain for good.
      const announced = house.node.announce();
      await mineUntil(announced);
      snapshot = await rpcCall("evm_snapshot");
    });

    /** Mines until it is done. */
    async function mineUntil<T>(work: Promise<T>): Promise<T> {
      const end = work.then(
        () => true,
        () => true,
      );
      while (!(await Promise.race([end, mine().then(() => false)])));
      return work;
    }

    /** Throws out whatever is in blocks since the snapshot: as many as are not certain. */
    async function reorganise(): Promise<void> {
      await rpcCall("evm_revert", snapshot);
      await mine(terms.confirmations);
    }

    /** Goes on once what is under way is in a block. */
    async function mined(isThere: () => Promise<boolean>): Promise<void> {
      do await mine();
      while (!(await isThere()));
    }

    it("a commitment under way, and sends it again", async () => {
      const { ledger } = stage.contracts;
      const working = house.node.commit();
      await mined(async () => (await ledger.nextSequence(house.operator)) === 1n);
      expect(await house.journal.openBatch()).to.not.be.undefined;
      await reorganise();
      expect(await ledger.nextSequence(house.operator)).to.equal(0n);
      expect((await mineUntil(working))?.count).to.equal(1);
      expect(await ledger.nextSequence(house.operator)).to.equal(1n);
      await mineUntil(house.node.settle());
      await expectWhole(house, 1n);
    });

    it("a commitment of a process that is gone, before it was noted, and sends another", async () => {
      const { ledger } = stage.contracts;
      isStopping = true;
      await rejection(house.node.commit());
      isStopping = false;
      await mined(async () => (await ledger.nextSequence(house.operator)) === 1n);
      const { reason, message } = await rejectionOf(ChainError, house.node.answerDemands(0));
      expect(reason).to.equal("Unconfirmed");
      expect(message).to.include("go on later");
      expect(await house.journal.openBatch()).to.not.be.undefined;
      await reorganise();
      expect(await ledger.nextSequence(house.operator)).to.equal(0n);
      expect((await mineUntil(house.node.commit()))?.count).to.equal(1);
      await mineUntil(house.node.settle());
      await expectWhole(house, 1n);
    });

    it("a settlement under way, and sends it again", async () => {
      await mineUntil(house.node.commit());
      snapshot = await rpcCall("evm_snapshot");
      const { escrow } = stage.contracts;
      const account = [actors.alice.address, house.operator, addressOf(secrets.alice)] as const;
      const working = house.node.settle();
      await mined(async () => (await escrow.account(...account)).settled === PRICE);
      expect((await house.journal.accounts())[0]?.settled).to.equal(0n);
      await reorganise();
      expect((await escrow.account(...account)).settled).to.equal(0n);
      expect((await mineUntil(working))?.count).to.equal(1);
      await expectWhole(house, 1n);
    });

    it("a settlement of a process that is gone, and notes it only when it is certain", async () => {
      await mineUntil(house.node.commit());
      snapshot = await rpcCall("evm_snapshot");
      const { escrow } = stage.contracts;
      const account = [actors.alice.address, house.operator, addressOf(secrets.alice)] as const;
      isStopping = true;
      await rejection(house.node.settle());
      isStopping = false;
      await mined(async () => (await escrow.account(...account)).settled === PRICE);
      expect(await house.node.settle()).to.be.undefined;
      expect((await house.journal.accounts())[0]?.settled).to.equal(0n);
      await reorganise();
      expect((await escrow.account(...account)).settled).to.equal(0n);
      expect((await mineUntil(house.node.settle()))?.count).to.equal(1);
      await expectWhole(house, 1n);
    });
  });
});
