import { expect } from "chai";
import { JsonRpcProvider, Wallet } from "ethers";
import { connect } from "../../src/chain/contracts.ts";
import { Sender, type SendingTerms } from "../../src/chain/sender.ts";
import { transact } from "../../src/chain/transactions.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { actors, chain, close, open, provider, secretNamed, useStage } from "../support/stage.ts";

const terms: SendingTerms = { confirmations: 1, maxFeePerGas: 10n ** 12n, patience: 3, pollMs: 2 };

describe("a sender of transactions", () => {
  const stage = useStage();

  async function sender(changes: Partial<SendingTerms> = {}, name = "sender"): Promise<Sender> {
    const { url } = await open(rpcHandler(provider));
    const rpc = close({
      rpc: new JsonRpcProvider(url, 31_337n, { staticNetwork: true, cacheTimeout: -1 }),
      close() {
        this.rpc.destroy();
      },
    }).rpc;
    const wallet = new Wallet(secretNamed(name));
    await actors.deployer.sendTransaction({ to: wallet.address, value: 10n ** 20n });
    return Sender.open(wallet, rpc, { ...terms, ...changes });
  }

  it("gives what is sent at once consecutive nonces", async () => {
    const one = await sender();
    const { token } = connect(stage.deployment, one);
    const receipts = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => transact(async () => token.faucet(BigInt(index + 1)))),
    );
    expect(receipts.map(({ status }) => status)).to.deep.equal(receipts.map(() => 1));
    expect(await chain.getTransactionCount(one.address)).to.equal(20);
    expect(await token.balanceOf(one.address)).to.equal(210n);
  });
});
