import { expect } from "chai";
import { Wallet } from "ethers";
import { connect } from "../../src/chain/contracts.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { type FailoverOptions, FailoverProvider } from "../../src/chain/failover.ts";
import { query } from "../../src/chain/transactions.ts";
import { FlakyRpc, type Trouble } from "../support/flakyRpc.ts";
import { rpcCall } from "../support/mining.ts";
import { actors, chain, close, open, provider, rejectionOf, secretNamed, useStage } from "../support/stage.ts";

const CHAIN = 31_337n;

describe("a provider of several endpoints", () => {
  const stage = useStage();
  /** In milliseconds. */
  let now = 0;
  beforeEach(() => (now = 1_000_000));

  async function endpoints(count: number): Promise<{ rpcs: FlakyRpc[]; urls: string[] }> {
    const rpcs = Array.from({ length: count }, (_, seed) => new FlakyRpc(provider, { seed }));
    const urls = await Promise.all(rpcs.map(async ({ handler }) => (await open(handler)).url));
    return { rpcs, urls };
  }

  function over(urls: readonly string[], options: FailoverOptions = {}): FailoverProvider {
    const found = new FailoverProvider(urls, CHAIN, { timeoutMs: 2_000, retryMs: 1, clock: () => now, ...options });
    close({ close: () => found.destroy() });
    return found;
  }

  /** Sets and gets the fields of an endpoint that there must be. */
  function at(rpcs: readonly FlakyRpc[], index: number): FlakyRpc {
    const rpc = rpcs[index];
    if (rpc === undefined) throw new RangeError(`no endpoint ${index}`);
    return rpc;
  }

  it("asks the first", async () => {
    const { rpcs, urls } = await endpoints(2);
    const rpc = over(urls);
    expect(await rpc.getBlockNumber()).to.equal(await chain.getBlockNumber());
    await rpc.getBalance(actors.alice.address);
    expect(at(rpcs, 0).asked).to.include("eth_getBalance");
    expect(at(rpcs, 1).asked).to.have.members(["eth_chainId", "eth_blockNumber"]);
    expect((await rpc.getNetwork()).chainId).to.equal(CHAIN);
    expect(rpc.endpoints.map(({ isWell }) => isWell)).to.deep.equal([true, true]);
  });

  const troubles: readonly Trouble[] = [
    "refused",
    "lost",
    "throttled",
    "throttledInWords",
    "broken",
    "garbage",
    "empty",
  ];
  for (const trouble of troubles) {
    it(`asks the next where the first is ${trouble}, and leaves that one alone for a while`, async () => {
      const { rpcs, urls } = await endpoints(2);
      const [first, second] = [at(rpcs, 0), at(rpcs, 1)];
      const rpc = over(urls);
      await rpc.getBlockNumber();
      first.odds = { [trouble]: 100 };
      const balance = await chain.getBalance(actors.alice.address);
      expect(await rpc.getBalance(actors.alice.address)).to.equal(balance);
      const before = first.asked.length;
      now += 29_999;
      expect(await rpc.getBalance(actors.alice.address)).to.equal(balance);
      expect(first.asked).to.have.length(before);
      expect(rpc.endpoints[0]).to.include({ isWell: false });

      first.odds = {};
      second.odds = { [trouble]: 100 };
      now += 1;
      expect(await rpc.getBalance(actors.alice.address)).to.equal(balance);
      expect(first.asked.slice(before)).to.include("eth_getBalance");
    });
  }

  it("asks the next where the first does not answer in time", async () => {
    const { rpcs, urls } = await endpoints(2);
    at(rpcs, 0).odds = { mute: 100 };
    const rpc = over(urls, { timeoutMs: 100 });
    expect(await rpc.getBlockNumber()).to.equal(await chain.getBlockNumber());
    expect(rpc.endpoints[0]).to.include({ isWell: false, problem: "does not answer in time" });
  });

  it("asks the next where nobody listens at the first", async () => {
    const gone = await open(() => new Response());
    await gone.close();
    const { urls } = await endpoints(1);
    expect(await over([gone.url, ...urls]).getBlockNumber()).to.equal(await chain.getBlockNumber());
  });

  it("asks an endpoint again that failed once, where there is no other", async () => {
    const { rpcs, urls } = await endpoints(1);
    const rpc = over(urls);
    await rpc.getBlockNumber();
    let arrived = 0;
    at(rpcs, 0).onRequest = async () => void (at(rpcs, 0).odds = { broken: arrived++ === 0 ? 100 : 0 });
    expect(await rpc.getBlockNumber()).to.equal(await chain.getBlockNumber());
  });

  it("does not wait for an endpoint that comes back mute", async () => {
    const { rpcs, urls } = await endpoints(2);
    const rpc = over(urls, { timeoutMs: 1_000 });
    await rpc.getBlockNumber();
    at(rpcs, 0).odds = { broken: 100 };
    await rpc.getBlockNumber();
    at(rpcs, 0).odds = { mute: 100 };
    now += 30_000;
    await rpc.getBalance(actors.alice.address);
    expect(at(rpcs, 0).asked.at(-1)).to.be.oneOf(["eth_chainId", "eth_blockNumber"]);
    expect(rpc.endpoints[0]?.problem).to.equal("answers 502");
  });

  it("asks even those that it leaves alone where nobody else answers", async () => {
    const { rpcs, urls } = await endpoints(2);
    const rpc = over(urls);
    for (const one of rpcs) one.odds = { broken: 100 };
    const error = await rejectionOf(
      ChainError,
      query(() => rpc.getBlockNumber()),
    );
    expect(error.reason).to.equal("Unreachable");
    expect(error.message).to.include("answers 502").and.include("name another");
    at(rpcs, 1).odds = {};
    expect(await rpc.getBlockNumber()).to.equal(await chain.getBlockNumber());
  });

  it("passes on what the chain refuses, without asking anybody else", async () => {
    const { rpcs, urls } = await endpoints(2);
    const rpc = over(urls);
    const { escrow } = connect(stage.deployment, rpc);
    const error = await rejectionOf(
      ChainError,
      query(() => escrow.refund.staticCall(actors.olive.address, actors.will.address)),
    );
    expect(error.reason).to.equal("NoThaw");
    expect(at(rpcs, 1).asked).to.not.include("eth_call");
  });

  it("does not take a contract's words for the endpoint's", async () => {
    const refusing = {
      async request(call: { readonly method: string; readonly params: readonly unknown[] }): Promise<unknown> {
        if (call.method !== "eth_call") return rpcCall(call.method, ...call.params);
        throw Object.assign(new Error("execution reverted: quota exceeded"), { code: 3, data: "0x" });
      },
    };
    const { url } = await open(new FlakyRpc(refusing, { seed: 1 }).handler);
    const { rpcs, urls } = await endpoints(1);
    const rpc = over([url, ...urls]);
    await rejectionOf(
      ChainError,
      query(() => rpc.call({ to: actors.alice.address })),
    );
    expect(rpc.endpoints[0]?.isWell).to.be.true;
    expect(at(rpcs, 0).asked).to.not.include("eth_call");
  });

  it("takes a request that is refused by HTTP for refused", async () => {
    const { rpcs, urls } = await endpoints(2);
    const rpc = over(urls);
    await rpc.getBlockNumber();
    at(rpcs, 0).odds = { tooMuch: 100 };
    const { message } = await rejectionOf(
      ChainError,
      query(() => rpc.getBalance(actors.alice.address)),
    );
    expect(message).to.include("refused with 413");
    expect(at(rpcs, 1).asked).to.not.include("eth_getBalance");
  });

  it("leaves an endpoint alone that lags behind, and goes back when it has caught up", async () => {
    const { rpcs, urls } = await endpoints(2);
    const lagging = at(rpcs, 0);
    const rpc = over(urls);
    lagging.lag = 5;
    expect(await rpc.getBlockNumber()).to.equal((await chain.getBlockNumber()) - 5);
    now += 15_000;
    lagging.lag = 6;
    expect(await rpc.getBlockNumber()).to.equal(await chain.getBlockNumber());
    expect(rpc.endpoints[0]?.problem).to.equal("is 6 blocks behind");
    lagging.lag = 0;
    now += 30_000;
    // Nobody waits for it meanwhile.
    while (rpc.endpoints[0]?.isWell !== true) await rpc.getBlockNumber();
    await rpc.getBalance(actors.alice.address);
    expect(lagging.asked.at(-1)).to.equal("eth_getBalance");
  });

  it("never asks an endpoint of another chain, until it is of the right one", async () => {
    const { rpcs, urls } = await endpoints(2);
    const [first, second] = [at(rpcs, 0), at(rpcs, 1)];
    first.chainId = 1n;
    const rpc = over(urls);
    await rpc.getBalance(actors.alice.address);
    second.odds = { broken: 100 };
    expect(
      (
        await rejectionOf(
          ChainError,
          query(() => rpc.getBalance(actors.alice.address)),
        )
      ).message,
    ).to.include("is of chain 1");
    expect(first.asked).to.not.include("eth_getBalance");
    first.chainId = undefined;
    now += 30_000;
    await rpc.getBalance(actors.alice.address);
    expect(first.asked).to.include("eth_getBalance");
  });

  it("notices that an endpoint changes to another chain", async () => {
    const { rpcs, urls } = await endpoints(1);
    const rpc = over(urls);
    await rpc.getBlockNumber();
    at(rpcs, 0).chainId = 1n;
    now += 15_000;
    const error = await rejectionOf(
      ChainError,
      query(() => rpc.getBlockNumber()),
    );
    expect(error.reason).to.equal("WrongChain");
    expect(error.message).to.include(`chain ${CHAIN}`).and.include("is of chain 1").and.include("name one that is");
  });

  it("sends transactions to all, and is content with one that takes it", async () => {
    const { rpcs, urls } = await endpoints(3);
    const rpc = over(urls);
    await rpc.getBlockNumber();
    at(rpcs, 0).odds = { broken: 100 };
    await rpc.getBlockNumber();
    const raw = await signed();
    const sent = await rpc.broadcastTransaction(raw);
    expect((await chain.getTransactionReceipt(sent.hash))?.status).to.equal(1);
    // Whoever was slower gets it too; who was not well does not even say where it is.
    const others = rpcs.slice(1);
    while (others.some(({ asked }) => !asked.includes("eth_sendRawTransaction"))) await rpc.getBlockNumber();
    expect(at(rpcs, 0).asked).to.not.include("eth_sendRawTransaction");
  });

  it("does not know what became of a transaction where one endpoint is silent and the others are overloaded", async () => {
    const { rpcs, urls } = await endpoints(2);
    const rpc = over(urls);
    await rpc.getBlockNumber();
    for (const one of rpcs) one.only = "eth_sendRawTransaction";
    at(rpcs, 0).odds = { lost: 100 };
    at(rpcs, 1).odds = { throttledInWords: 100 };
    const raw = await signed();
    const { reason } = await rejectionOf(
      ChainError,
      query(() => rpc.broadcastTransaction(raw)),
    );
    expect(reason).to.equal("Unreachable");
  });

  it("says what the chain said where no endpoint takes a transaction", async () => {
    const { rpcs, urls } = await endpoints(2);
    const rpc = over(urls);
    const raw = await signed();
    await rpc.broadcastTransaction(raw);
    at(rpcs, 0).odds = { throttledInWords: 100 };
    const { message, reason } = await rejectionOf(
      ChainError,
      query(() => rpc.broadcastTransaction(raw)),
    );
    expect(reason).to.not.equal("Unreachable");
    expect(message).to.match(/nonce|known/i);
  });
});

/** A transaction of an account with coin, ready to be sent. */
async function signed(): Promise<string> {
  const wallet = new Wallet(secretNamed("somebody with coin"));
  await actors.deployer.sendTransaction({ to: wallet.address, value: 10n ** 18n });
  return wallet.signTransaction({
    ...{ to: actors.alice.address, value: 1n, nonce: 0, chainId: CHAIN, gasLimit: 21_000n, type: 2 },
    ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n },
  });
}
