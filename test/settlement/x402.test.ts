import { type PaymentRequirements } from "@x402/core/types";
import { ExactEvmScheme as Buyer } from "@x402/evm/exact/client";
import { ExactEvmScheme as Facilitator } from "@x402/evm/exact/facilitator";
import { expect } from "chai";
import { type TypedDataField, Wallet } from "ethers";
import { network } from "hardhat";
import { deploy } from "../../deploy/deploy.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { connect } from "../../src/chain/contracts.ts";
import { facilitatorSigner } from "../../src/chain/facilitator.ts";
import type { Hex } from "../../src/core/bytes.ts";

/** A typed message, as viem's clients pass it. */
interface Message {
  readonly domain: Record<string, unknown>;
  readonly types: Record<string, unknown>;
  readonly message: Record<string, unknown>;
}

type Types = Record<string, TypedDataField[]>;

const PRICE = 2_500_000n;
const BOND = 1_000_000_000n;

// A chain of its own: x402's client goes by the clock on the wall, and other tests' chains run ahead of it.
const connection = await network.create({ network: "local", chainType: "l1" });
const chain = connection.ethers.provider;
const [stranger, operator, facilitator] = await connection.ethers.getSigners();
if (stranger === undefined || operator === undefined || facilitator === undefined) throw new Error("accounts expected");

/** Knows x402 and nothing of Surety; has tokens and no coin. */
const buyer = new Wallet(`0x${"b0".repeat(32)}`);

/** The stock client's signer. */
const wallet = {
  address: buyer.address as Hex,
  signTypedData: async ({ domain, types, message }: Message) =>
    (await buyer.signTypedData(domain, types as Types, message)) as Hex,
};

/** The stock facilitator's signer: it sends with another's account, by ethers. */
const relayer = facilitatorSigner(facilitator, facilitator.address as Hex, chain);

describe("x402", () => {
  it("pays a bonded operator by its exact scheme, with neither side changed", async () => {
    const deployment = await deploy({ connection, parameters: localParameters });
    const { bonds, escrow, token } = connect(deployment, operator);
    await token.faucet(BOND + PRICE);
    await token.approve(deployment.contracts.bonds, BOND);
    await bonds.register(operator.address, 0n, "");
    await bonds.bond(BOND);
    const payTo = await escrow.payToOf(operator.address);
    await token.transfer(buyer.address, PRICE);
    const requirements: PaymentRequirements = {
      scheme: "exact",
      network: "eip155:31337",
      asset: await token.getAddress(),
      amount: PRICE.toString(),
      payTo,
      maxTimeoutSeconds: 3_600,
      extra: { name: "Surety Test Dollar", version: "1" },
    };

    const created = await new Buyer(wallet).createPaymentPayload(2, requirements);
    const payload = { ...created, accepted: requirements };
    const settled = await new Facilitator(relayer).settle(payload, requirements);
    expect(settled).to.include({ success: true, payer: buyer.address });
    expect(await token.balanceOf(payTo)).to.equal(PRICE);

    await escrow.openPayTo();
    const fee = (PRICE * localParameters.protocolFeeBps) / 10_000n;
    const collecting = connect(deployment, stranger).escrow.collect(operator.address);
    await expect(collecting).to.emit(escrow, "Collected").withArgs(operator.address, PRICE);
    expect(await token.balanceOf(payTo)).to.equal(0n);
    expect(await escrow.protocolFees()).to.equal(fee);
    expect(await escrow.earningsOf(operator.address)).to.equal(PRICE - fee);
    expect(await escrow.exposureOf(operator.address)).to.equal(PRICE);
  });
});
