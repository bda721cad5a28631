import { expect } from "chai";
import { dataLength, JsonRpcProvider, parseEther, Transaction, Wallet } from "ethers";
import { network } from "hardhat";
import { dataFeeOf } from "../../src/chain/dataFee.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { Sender } from "../../src/chain/sender.ts";
import { query } from "../../src/chain/transactions.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { secretNamed } from "../support/constants.ts";
import { chain, close, closeOpened, open, rejectionOf } from "../support/stage.ts";

const GWEI = 10n ** 9n;
const DATA = `0x${"ab".repeat(5_000)}`;

/** Where an OP-stack chain keeps what the chain below it asks: a base fee, one for blobs, and how much each counts. */
const L1_BLOCK = "0x4200000000000000000000000000000000000015";

const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

describe("the fee for data that rollups ask for", () => {
  afterEach(closeOpened);

  async function openRollup(): Promise<JsonRpcProvider> {
    const connection = close(
      await network.create({ network: "local", chainType: "op", override: { hardfork: "isthmus" } }),
    );
    for (const [slot, value] of [
      [1n, 30n * GWEI],
      [3n, (1_368n << 96n) | (810_949n << 64n)],
      [7n, GWEI],
    ] as const) {
      const set = [L1_BLOCK, `0x${slot.toString(16)}`, word(value)];
      await connection.provider.request({ method: "hardhat_setStorageAt", params: set });
    }
    const { url } = await open(rpcHandler(connection.provider));
    const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
    close({ close: () => provider.destroy() });
    return provider;
  }

  it("is bounded by what the rollup itself says", async () => {
    const provider = await openRollup();
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
    const rollup = await openRollup();
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
