import { type PaymentRequirements } from "@x402/core/types";
import { ExactEvmScheme as Buyer } from "@x402/evm/exact/client";
import { ExactEvmScheme as Facilitator } from "@x402/evm/exact/facilitator";
import { expect } from "chai";
import { Contract, type InterfaceAbi, type TypedDataField, verifyTypedData, Wallet } from "ethers";
import type { Hex } from "../../src/core/bytes.ts";
import { actors, addressed, chain, useStage } from "../support/stage.ts";

/** What viem's clients call an action. */
interface Action {
  readonly address: Hex;
  readonly abi: readonly unknown[];
  readonly functionName: string;
  readonly args?: readonly unknown[];
}

/** A typed message, as viem's clients pass it. */
interface Message {
  readonly domain: Record<string, unknown>;
  readonly types: Record<string, unknown>;
  readonly message: Record<string, unknown>;
}

type Types = Record<string, TypedDataField[]>;

const PRICE = 2_500_000n;
/** Knows x402 and nothing of Surety; has tokens and no coin. */
const buyer = new Wallet(`0x${"b0".repeat(32)}`);

/** The stock client's signer. */
const wallet = {
  address: buyer.address as Hex,
  signTypedData: async ({ domain, types, message }: Message) =>
    (await buyer.signTypedData(domain, types as Types, message)) as Hex,
};

/** The stock facilitator's signer: it sends with another's account, by ethers. */
const relayer = {
  getAddresses: () => [addressed(actors.bob)],
  readContract: async ({ address, abi, functionName, args = [] }: Action): Promise<unknown> =>
    new Contract(address, abi as InterfaceAbi, chain).getFunction(functionName)(...args),
  writeContract: async ({ address, abi, functionName, args = [] }: Action): Promise<Hex> => {
    const method = new Contract(address, abi as InterfaceAbi, actors.bob).getFunction(functionName);
    return (await method.send(...args)).hash as Hex;
  },
  verifyTypedData: ({ address, domain, types, message, signature }: Message & { address: Hex; signature: Hex }) =>
    Promise.resolve(verifyTypedData(domain, types as Types, message, signature) === address),
  sendTransaction: async (call: { to: Hex; data: Hex }): Promise<Hex> =>
    (await actors.bob.sendTransaction(call)).hash as Hex,
  waitForTransactionReceipt: async ({ hash }: { hash: Hex }) => {
    const receipt = await chain.getTransactionReceipt(hash);
    return { status: receipt?.status === 1 ? "success" : "reverted" };
  },
  getCode: async ({ address }: { address: Hex }): Promise<Hex> => (await chain.getCode(address)) as Hex,
};

describe("x402", () => {
  const stage = useStage();

  it("pays a bonded operator by its exact scheme, with neither side changed", async () => {
    const { escrow, token } = stage.contracts;
    const operator = actors.olive.address;
    const payTo = await escrow.payToOf(operator);
    await token.connect(actors.alice).transfer(buyer.address, PRICE);
    const requirements: PaymentRequirements = {
      scheme: "exact",
      network: "eip155:31337",
      asset: await token.getAddress(),
      amount: PRICE.toString(),
      payTo,
      maxTimeoutSeconds: 60,
      extra: { name: "Surety Test Dollar", version: "1" },
    };

    const created = await new Buyer(wallet).createPaymentPayload(2, requirements);
    const payload = { ...created, accepted: requirements };
    const settled = await new Facilitator(relayer).settle(payload, requirements);
    expect(settled).to.include({ success: true, payer: buyer.address });
    expect(await token.balanceOf(payTo)).to.equal(PRICE);

    await escrow.connect(actors.olive).openPayTo();
    const fee = (PRICE * (await escrow.protocolFeeBps())) / 10_000n;
    await expect(escrow.collect(operator)).to.emit(escrow, "Collected").withArgs(operator, PRICE);
    expect(await token.balanceOf(payTo)).to.equal(0n);
    expect(await escrow.protocolFees()).to.equal(fee);
    expect(await escrow.earningsOf(operator)).to.equal(PRICE - fee);
    expect(await escrow.exposureOf(operator)).to.equal(PRICE);
  });
});
