import { expect } from "chai";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { FailoverProvider } from "../../src/chain/failover.ts";
import { type Cursor, cursorAt, cursorSchema, follow, REORG_DEPTH, type Stretch } from "../../src/chain/follow.ts";
import { logsIn } from "../../src/chain/logs.ts";
import { FlakyRpc } from "../support/flakyRpc.ts";
import { mine, rpcCall } from "../support/mining.ts";
import { actors, chain, close, contractsOf, open, provider, rejectionOf, useStage } from "../support/stage.ts";

describe("events", () => {
  const stage = useStage();
  let rpc: FlakyRpc;
  let reader: FailoverProvider;
  let contracts: Contracts;

  beforeEach(async () => {
    rpc = new FlakyRpc(provider, { seed: 1 });
    const { url } = await open(rpc.handler);
    reader = new FailoverProvider([url], stage.deployment.chainId, { retryMs: 1, quarantineMs: 1 });
    close({ close: () => reader.destroy() });
    contracts = connect(stage.deployment, reader);
  });

  /** Leaves a mark on the chain that is found again by its number. */
  async function mark(number: bigint): Promise<void> {
    const { token } = contractsOf(stage, "will");
    await token.approve(actors.bob.address, number);
  }

  async function marksIn(from: number, to?: number): Promise<bigint[]> {
    const filter = contracts.token.filters.Approval(actors.will.address);
    const events = await logsIn(contracts, to === undefined ? from : { from, to }, async (start, end) =>
      contracts.token.queryFilter(filter, start, end),
    );
    return events.map(({ args }) => args.value);
  }

  const searches = (): number => rpc.asked.filter((method) => method === "eth_getLogs").length;

  describe("are read in ranges", () => {
    it("at once where the endpoint allows it", async () => {
      for (const number of [1n, 2n, 3n]) await mark(number);
      expect(await marksIn(0)).to.deep.equal([1n, 2n, 3n]);
      expect(searches()).to.equal(1);
    });

    it("in parts as large as the endpoint allows, each event once and in order, and remembers how large", async () => {
      const from = (await chain.getBlockNumber()) + 1;
      for (let number = 1n; number <= 8n; number++) {
        await mark(number);
        await mine(7);
      }
      rpc.maxSpan = 5;
      expect(await marksIn(from)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
      const first = searches();
      expect(await marksIn(from)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
      // It tries for more each time that it got what it asked for.
      expect(searches() - first).to.be.at.most(2 * Math.ceil(64 / 4));
    });

    it("from one block to another, both with them", async () => {
      await mark(1n);
      const from = (await chain.getBlockNumber()) + 1;
      await mark(2n);
      await mark(3n);
      await mark(4n);
      expect(await marksIn(from, from + 1)).to.deep.equal([2n, 3n]);
      expect(await marksIn(from, from - 1)).to.be.empty;
    });

    it("until the endpoint refuses a single block", async () => {
      rpc.maxSpan = 0;
      const { reason, message } = await rejectionOf(ChainError, marksIn(0));
      expect(reason).to.equal("Unknown");
      expect(message).to.include("ranges over 0 blocks are not supported");
    });

    it("but not smaller and smaller where nobody answers", async () => {
      const since = await chain.getBlockNumber();
      await mine(2_000);
      await reader.getBlockNumber();
      rpc.odds = { broken: 100 };
      const before = rpc.asked.length;
      const error = await rejectionOf(ChainError, marksIn(since, since + 2_000));
      expect(error.reason).to.equal("Unreachable");
      expect(rpc.asked.length - before).to.be.lessThan(20);
    });
  });

  describe("are followed", () => {
    let cursor: Cursor;
    let known: readonly (readonly [block: number, number: bigint])[];
    beforeEach(async () => {
      cursor = cursorAt((await chain.getBlockNumber()) + 1);
      known = [];
    });

    /** A step, after which what is known is what a user would keep. The cursor goes through JSON, as in a file. */
    async function step(confirmations?: number): Promise<Stretch<readonly [number, bigint]>> {
      const filter = contracts.token.filters.Approval(actors.will.address);
      const stretch = await follow(reader, {
        cursor: cursorSchema.parse(JSON.parse(JSON.stringify(cursor))),
        ...(confirmations === undefined ? {} : { confirmations }),
        read: async (from, to) => {
          const events = await contracts.token.queryFilter(filter, from, to);
          return events.map(({ blockNumber, args }) => [blockNumber, args.value] as const);
        },
      });
      known = [...known.filter(([block]) => !stretch.isReplaced || block < stretch.from), ...stretch.found];
      ({ cursor } = stretch);
      return stretch;
    }

    const numbers = (): bigint[] => known.map(([, number]) => number);

    it("each once", async () => {
      expect((await step()).found).to.be.empty;
      await mark(1n);
      await step();
      await step();
      await mark(2n);
      await mark(3n);
      expect((await step()).isReplaced).to.be.false;
      expect(numbers()).to.deep.equal([1n, 2n, 3n]);
    });

    it("as far as they are certain", async () => {
      await mark(1n);
      await mark(2n);
      await step(2);
      expect(numbers()).to.deep.equal([1n]);
      await mine(1);
      await step(2);
      expect(numbers()).to.deep.equal([1n, 2n]);
    });

    it("through a reorganisation: what was replaced is to be forgotten, and nothing else", async () => {
      await mark(1n);
      await step();
      const snapshot = await rpcCall("evm_snapshot");
      const at = await chain.getBlockNumber();
      await mark(2n);
      await step();
      await mark(3n);
      await step();
      expect(numbers()).to.deep.equal([1n, 2n, 3n]);
      await rpcCall("evm_revert", snapshot);
      // While the chain is shorter than it was, an endpoint may just lag.
      await mark(4n);
      expect((await step()).found).to.be.empty;
      await mark(5n);
      await mark(6n);
      expect(await step()).to.include({ isReplaced: true, from: at + 1 });
      expect(numbers()).to.deep.equal([1n, 4n, 5n, 6n]);
    });

    it("from the start where a reorganisation reaches further than was remembered", async () => {
      const snapshot = await rpcCall("evm_snapshot");
      await mark(1n);
      await step();
      await mine(REORG_DEPTH);
      await step();
      expect(cursor.marks).to.have.length(1);
      await rpcCall("evm_revert", snapshot);
      await mark(2n);
      await mine(REORG_DEPTH + 1);
      expect(await step()).to.include({ isReplaced: true, from: cursor.start });
      expect(numbers()).to.deep.equal([2n]);
    });

    it("again where blocks were replaced while they were read", async () => {
      const snapshot = await rpcCall("evm_snapshot");
      await mark(1n);
      let reads = 0;
      const { found } = await follow(reader, {
        cursor,
        read: async (from, to) => {
          const marks = await marksIn(from, to);
          if (reads++ > 0) return marks;
          await rpcCall("evm_revert", snapshot);
          await mark(2n);
          return marks;
        },
      });
      expect(found).to.deep.equal([2n]);
      await mine(5);
      const restless = follow(reader, {
        cursor,
        read: async (from, to) => {
          rpc.lag++;
          return marksIn(from, to);
        },
      });
      expect((await rejectionOf(ChainError, restless)).reason).to.equal("Unsettled");
    });
  });
});
