import { expect } from "chai";
import { JsonRpcProvider, Transaction, type TransactionResponse, Wallet } from "ethers";
import { connect } from "../../src/chain/contracts.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { FailoverProvider } from "../../src/chain/failover.ts";
import { Sender, type SendingTerms } from "../../src/chain/sender.ts";
import { query, transact } from "../../src/chain/transactions.ts";
import { FlakyRpc } from "../support/flakyRpc.ts";
import { mine, rpcCall } from "../support/mining.ts";
import { actors, chain, close, open, rejectionOf, secretNamed, useStage } from "../support/stage.ts";

const terms: SendingTerms = { confirmations: 1, maxFeePerGas: 10n ** 12n, patience: 3, pollMs: 2 };
const COIN = 10n ** 18n;
const GWEI = 10n ** 9n;

describe("a sender of transactions", () => {
  const stage = useStage();
  let rpc: FlakyRpc;
  let reader: FailoverProvider;
  /** What the chain was asked to take: raw transactions in order. */
  let broadcast: Transaction[];
  /** How many blocks more there are said to be than there are. */
  let shift = 0;
  /** Whether receipts are not there yet. */
  let hidesReceipts = false;

  beforeEach(async () => {
    hidesReceipts = false;
    broadcast = [];
    shift = 0;
    const watched = {
      async request(call: { readonly method: string; readonly params: readonly unknown[] }) {
        if (call.method === "eth_sendRawTransaction") broadcast.push(Transaction.from(call.params[0] as string));
        const result = await rpcCall(call.method, ...call.params);
        if (call.method === "eth_getTransactionReceipt" && hidesReceipts) return null;
        return call.method === "eth_blockNumber" ? `0x${(Number(result) + shift).toString(16)}` : result;
      },
    };
    rpc = new FlakyRpc(watched, { seed: 1 });
    const { url } = await open(rpc.handler);
    reader = new FailoverProvider([url], 31_337n, { retryMs: 1, quarantineMs: 1, timeoutMs: 2_000 });
    close({ close: () => reader.destroy() });
  });
  // Mining by hand outlives a test that fails.
  afterEach(async () => rpcCall("evm_setAutomine", true));

  async function openSender(changes: Partial<SendingTerms> = {}, coin = 100n * COIN): Promise<Sender> {
    const wallet = new Wallet(secretNamed("a sender"));
    if (coin > 0n) await actors.deployer.sendTransaction({ to: wallet.address, value: coin });
    return Sender.open(wallet, reader, { ...terms, ...changes });
  }

  async function byHand(): Promise<void> {
    await rpcCall("evm_setAutomine", false);
  }

  /** Goes on once something is so; what makes it so is under way. */
  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Goes on once the sender has looked that often at what it has under way. */
  async function looks(count: number): Promise<void> {
    const before = rpc.asked.length;
    await until(() => rpc.asked.slice(before).filter((method) => method === "eth_blockNumber").length >= count);
  }

  async function pooled(hash: string): Promise<boolean> {
    return (await chain.getTransaction(hash)) !== null;
  }

  /** Sends a little coin to Will: somebody who has nothing to do with it. */
  async function give(sender: Sender, value = 1n): Promise<TransactionResponse> {
    return sender.sendTransaction({ to: actors.will.address, value });
  }

  it("threat 37: gives what is sent at once consecutive nonces", async () => {
    const sender = await openSender();
    const { token } = connect(stage.deployment, sender);
    const amounts = Array.from({ length: 20 }, (_, index) => BigInt(index + 1));
    await Promise.all(amounts.map(async (amount) => transact(() => token.faucet(amount))));
    expect(broadcast.map(({ nonce }) => nonce)).to.deep.equal(amounts.map((_, index) => index));
    expect(await token.balanceOf(sender.address)).to.equal(210n);
  });

  it("signs as its signer does, and sends as any signer", async () => {
    const sender = await openSender();
    const wallet = new Wallet(secretNamed("a sender"));
    expect(await sender.getAddress()).to.equal(wallet.address);
    expect(await sender.signMessage("hello")).to.equal(await wallet.signMessage("hello"));
    const typed = [{ name: "Surety" }, { Word: [{ name: "word", type: "string" }] }, { word: "x" }] as const;
    const types = { Word: [...typed[1].Word] };
    expect(await sender.signTypedData(typed[0], types, typed[2])).to.equal(
      await wallet.signTypedData(typed[0], types, typed[2]),
    );
    const sent = await give(sender, 7n);
    expect(sent).to.include({ from: wallet.address, to: actors.will.address, nonce: 0, value: 7n });
    expect((await sent.wait())?.hash).to.equal(sent.hash);
    expect(await sender.getNonce()).to.equal(1);
    expect(sender.connect(sender.provider)).to.equal(sender);
    expect(await sender.connect(chain).getAddress()).to.equal(wallet.address);
  });

  it("sends at the price that is named, as chains take it that know no base fee", async () => {
    const sender = await openSender();
    const sent = await sender.sendTransaction({ to: actors.will.address, value: 1n, gasPrice: 20n * GWEI });
    expect(broadcast[0]).to.include({ type: 0, gasPrice: 20n * GWEI });
    expect((await sent.wait())?.status).to.equal(1);
  });

  it("gives the place of what is refused to the next", async () => {
    const sender = await openSender();
    const { escrow, token } = connect(stage.deployment, sender);
    const refused = async () => transact(() => escrow.refund(actors.olive.address, actors.will.address));
    const outcomes = await Promise.allSettled([
      transact(() => token.faucet(1n)),
      refused(),
      transact(() => token.faucet(2n)),
      // Too much for the account, which only the node finds out.
      transact(() => sender.sendTransaction({ to: actors.will.address, value: 1_000n * COIN, gasLimit: 21_000n })),
      transact(() => token.faucet(3n)),
    ]);
    expect(outcomes.map(({ status }) => status === "fulfilled")).to.deep.equal([true, false, true, false, true]);
    expect(await chain.getTransactionCount(sender.address)).to.equal(3);
    expect(await token.balanceOf(sender.address)).to.equal(6n);
    expect((await rejectionOf(ChainError, refused())).reason).to.equal("NoThaw");
  });

  it("says what is missing where there is too little coin, and where to send it", async () => {
    const sender = await openSender({}, COIN);
    const error = await rejectionOf(
      ChainError,
      query(() => sender.sendTransaction({ to: actors.will.address, value: 3n * COIN, gasLimit: 21_000n })),
    );
    expect(error.reason).to.equal("InsufficientFunds");
    expect(error.message).to.match(/has 1\.0 of the coin of chain 31337, .* up to 3\.0/);
    expect(error.message).to.match(new RegExp(`send at least 2\\.\\d+ to ${sender.address}`));
    const empty = await Sender.open(new Wallet(secretNamed("a pauper")), reader, terms);
    const { token } = connect(stage.deployment, empty);
    const { reason, message } = await rejectionOf(
      ChainError,
      transact(() => token.faucet(1n)),
    );
    expect(reason).to.equal("InsufficientFunds");
    expect(message).to.include(empty.address);
  });

  describe("offers more for what is not mined", () => {
    it("an eighth at least, in the same place, until the ceiling", async () => {
      await byHand();
      const ceiling = 3n * GWEI;
      const sender = await openSender({ maxFeePerGas: ceiling });
      await mine();
      const sent = await give(sender);
      await looks(2);
      const offers = () => new Set(broadcast.map(({ maxFeePerGas }) => maxFeePerGas));
      for (let rounds = 0; rounds < 15; rounds++) {
        // Time passes for the sender, and nobody mines.
        shift += terms.patience;
        const count = broadcast.length;
        await until(() => broadcast.length > count);
      }
      expect(new Set(broadcast.map(({ nonce }) => nonce))).to.deep.equal(new Set([0]));
      const fees = [...offers()].map((fee) => fee ?? 0n);
      expect(fees.length).to.be.within(5, 15);
      for (const [index, fee] of fees.entries()) {
        expect(fee <= ceiling).to.be.true;
        if (index > 0) expect(fee * 8n >= (fees[index - 1] ?? 0n) * 9n).to.be.true;
      }
      shift = 0;
      await mine();
      const receipt = await sent.wait();
      expect(receipt?.status).to.equal(1);
      expect(receipt?.hash).to.equal(broadcast.at(-1)?.hash).and.not.equal(sent.hash);
      // Whoever asks later gets the same.
      expect((await sent.wait())?.hash).to.equal(receipt?.hash);
    });

    it("and stays with what it offered where the account has no more", async () => {
      await byHand();
      const sender = await openSender({}, 21_000n * 2n * GWEI + 1n);
      await mine();
      const sent = await sender.sendTransaction({
        ...{ to: actors.will.address, value: 1n, gasLimit: 21_000n },
        ...{ maxFeePerGas: 2n * GWEI, maxPriorityFeePerGas: GWEI },
      });
      await looks(2);
      shift += terms.patience;
      await looks(100);
      expect(broadcast.length).to.be.greaterThan(1);
      shift = 0;
      await mine();
      expect((await sent.wait())?.hash).to.equal(sent.hash);
    });

    it("and refuses to begin where gas costs more than the ceiling", async () => {
      const sender = await openSender({ maxFeePerGas: 1n });
      const error = await rejectionOf(
        ChainError,
        query(() => give(sender)),
      );
      expect(error.reason).to.equal("GasTooDear");
      expect(error.message).to.include("the ceiling of 1").and.include("raise the ceiling");
      expect(broadcast).to.be.empty;
    });
  });

  it("waits for as many blocks as make it certain", async () => {
    const sender = await openSender({ confirmations: 3 });
    const sent = await give(sender);
    const waiting = sent.wait();
    let isDone = false;
    void waiting.then(() => (isDone = true));
    for (const _ of [1, 2]) {
      await looks(3);
      expect(isDone).to.be.false;
      await mine();
    }
    const receipt = await waiting;
    expect(await chain.getBlockNumber()).to.equal((receipt?.blockNumber ?? 0) + 2);
  });

  it("sends again what a reorganisation threw out", async () => {
    await byHand();
    const sender = await openSender({ confirmations: 3 });
    await mine();
    const snapshot = await rpcCall("evm_snapshot");
    const sent = await give(sender, 5n);
    await mine();
    await until(() => rpc.asked.includes("eth_getTransactionReceipt"));
    await looks(2);
    await rpcCall("evm_revert", snapshot);
    await mine(2);
    expect(await chain.getTransactionReceipt(sent.hash)).to.be.null;
    await until(async () => pooled(sent.hash));
    await mine(3);
    expect((await sent.wait())?.status).to.equal(1);
    expect(broadcast).to.have.length(2);
    expect(await chain.getTransactionCount(sender.address)).to.equal(1);
  });

  for (const trouble of ["lost", "refused"] as const) {
    it(`counts on what was broadcast where the answer did not come, and it was ${trouble} on the way`, async () => {
      const sender = await openSender();
      rpc.only = "eth_sendRawTransaction";
      rpc.odds = { [trouble]: 100 };
      rpc.onRequest = async () => {
        if (rpc.asked.includes("eth_sendRawTransaction")) rpc.odds = {};
      };
      const sent = await give(sender, 3n);
      expect((await sent.wait())?.status).to.equal(1);
      expect(broadcast.map(({ hash }) => hash)).to.deep.equal([sent.hash]);
    });
  }

  it("counts on what was broadcast even where something else failed beside it", async () => {
    const plain = new JsonRpcProvider((await open(rpc.handler)).url, 31_337n, {
      ...{ staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 },
    });
    close({ close: () => plain.destroy() });
    await openSender();
    const sender = await Sender.open(new Wallet(secretNamed("a sender")), plain, terms);
    const before = rpc.asked.length;
    // The first is asked before the transaction is signed, the second beside it.
    rpc.only = "eth_blockNumber";
    rpc.onRequest = async () => {
      const asked = rpc.asked.slice(before).filter((method) => method === "eth_blockNumber");
      rpc.odds = asked.length === 1 ? { throttledInWords: 100 } : {};
    };
    const sent = await give(sender);
    expect((await sent.wait())?.status).to.equal(1);
    expect(new Set(broadcast.map(({ hash }) => hash))).to.deep.equal(new Set([sent.hash]));
  });

  it("moves to another place where somebody else with its key took its own", async () => {
    await byHand();
    const sender = await openSender();
    await mine();
    const sent = await give(sender, 3n);
    const stranger = new Wallet(secretNamed("a sender"), chain);
    await stranger.sendTransaction({
      ...{ to: actors.bob.address, value: 1n, nonce: 0 },
      ...{ maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n },
    });
    await mine();
    await until(async () => (await chain.getTransactionCount(sender.address, "pending")) === 2);
    await mine();
    const receipt = await sent.wait();
    expect(receipt?.hash).to.not.equal(sent.hash);
    expect(broadcast.at(-1)).to.include({ nonce: 1, value: 3n });
  });

  it("does not take its own transaction for somebody else's while the receipt comes late", async () => {
    const sender = await openSender();
    hidesReceipts = true;
    const sent = await give(sender, 3n);
    await looks(20);
    expect(broadcast).to.have.length(1);
    hidesReceipts = false;
    expect((await sent.wait())?.status).to.equal(1);
    expect(await chain.getTransactionCount(sender.address)).to.equal(1);
  });

  it("begins behind what an earlier process sent", async () => {
    await byHand();
    const earlier = await openSender();
    await mine();
    await give(earlier, 1n);
    const later = await Sender.open(new Wallet(secretNamed("a sender")), reader, terms);
    expect(await later.waitForEarlier(0)).to.equal(1);
    const waiting = later.waitForEarlier();
    await mine();
    expect(await waiting).to.equal(0);
    const sent = await give(later, 2n);
    expect(sent.nonce).to.equal(1);
    await mine();
    await sent.wait();
  });

  it("tells whoever waits too long, and goes on with it when it is asked again", async () => {
    await byHand();
    const sender = await openSender({ patience: 1 });
    await mine();
    const call = { to: actors.will.address, value: 9n };
    const sent = await sender.sendTransaction(call);
    const waiting = rejectionOf(
      ChainError,
      query(() => sent.wait()),
    );
    await looks(2);
    shift = 25;
    const error = await waiting;
    expect(error.reason).to.equal("Unconfirmed");
    expect(error.message).to.include("may still come").and.include("nonce 0");
    const again = await sender.sendTransaction(call);
    expect(again.nonce).to.equal(0);
    await mine();
    expect((await again.wait())?.status).to.equal(1);
    expect(await chain.getTransactionCount(sender.address)).to.equal(1);
  });

  it("says why a transaction reverted that was fine when it was sent", async () => {
    await byHand();
    const sender = await openSender();
    await mine();
    const { escrow, token } = connect(stage.deployment, sender);
    const steps = [() => token.faucet(5n), () => token.approve(escrow, 5n)];
    for (const step of steps) {
      const sent = await step();
      await mine();
      await sent.wait();
    }
    const fund = async () => transact(() => escrow.fund(5n, actors.olive.address, sender.address));
    const both = Promise.allSettled([fund(), fund()]);
    await until(async () => (await chain.getTransactionCount(sender.address, "pending")) === 4);
    await mine();
    const [, second] = await both;
    expect(second.status === "rejected" && (second.reason as ChainError).reason).to.equal("ERC20InsufficientAllowance");
  });
});
