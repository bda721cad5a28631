import { expect } from "chai";
import { dataLength, JsonRpcProvider, parseEther, Transaction, Wallet } from "ethers";
import { dataFeeOf } from "../../src/chain/dataFee.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { Sender } from "../../src/chain/sender.ts";
import { query } from "../../src/chain/transactions.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { secretNamed } from "../support/constants.ts";
import { openRollup, word } from "../../scripts/rehearsal/rollup.ts";
import { chain, close, closeOpened, open, rejectionOf } from "../support/stage.ts";

const GWEI = 10n ** 9n;
const DATA = `0x${"ab".repeat(5_000)}`;

describe("the fee for data that rollups ask for", () => {
  afterEach(closeOpened);

  async function rollupProvider(): Promise<JsonRpcProvider> {
    const connection = close(await openRollup());
    const { url } = await open(rpcHandler(connection.provider));
    const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
    close({ close: () => provider.destroy() });
    return provider;
  }

  it("is bounded by what the rollup itself says", async () => {
    const provider = await rollupProvider();
    const account = new Wallet(secretNamed("who writes"), provider);
    await provider.send("hardhat_setBalance", [account.address, word(10n ** 18n)]);
    const before = await provider.getBalance(account.address);
    const sent = await account.sendTransaction({ to: account.address, data: DATA });
    const receipt = await sent.wait();
    const took = before - (await provider.getBalance(account.address)) - (receipt?.fee ?? 0n);
    const bound = await dataFeeOf(provider, [dataLength(Transaction.from(sent).unsignedSerialized)]);
    expect(took > 0n).to.be.true;
    expect(bound >= took).to.be.true;
    expect(await dataFeeOf(provider, [100, 100])).to.equal(2n * (await dataFeeOf(provider, [100])));
  });

  it("is nothing elsewhere", async () => {
    expect(await dataFeeOf(chain, [5_000])).to.equal(0n);
  });

  it("is part of what an account is said to lack", async () => {
    const rollup = await rollupProvider();
    const terms = { confirmations: 1, maxFeePerGas: 10n ** 12n, patience: 3, pollMs: 2 };
    const wallet = new Wallet(secretNamed("a pauper"));
    const sender = await Sender.open(wallet, rollup, terms);
    const request = { to: wallet.address, data: DATA, gasLimit: 1_000_000n, maxFeePerGas: 100n * GWEI };
    const { reason, message } = await rejectionOf(
      ChainError,
      query(() => sender.sendTransaction(request)),
    );
    expect(reason).to.equal("InsufficientFunds");
    const [, most = ""] = /takes up to (\d+\.\d+): send at least \1 to/.exec(message) ?? [];
    const { unsignedSerialized } = Transaction.from({ ...request, type: 2, chainId: 1n });
    const dataFee = await dataFeeOf(rollup, [dataLength(unsignedSerialized)]);
    expect(parseEther(most) >= 10n ** 17n + dataFee, message).to.be.true;
    expect(parseEther(most) < 10n ** 17n + 2n * dataFee, message).to.be.true;
  });
});
