import type { Signer } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { signAuthorization, type SignedFunding, signPermit, tokenDomain } from "../chain/funding.ts";
import { query, transact } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { type Authorization, fundingNonce } from "../core/funding.ts";

interface PurseOptions {
  readonly payer: Signer;
  /** The key whose accounts these are. */
  readonly key: Hex;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  /** The time, in seconds. */
  readonly clock: () => bigint;
  readonly salt: () => Hex;
}

/** How far ahead a permit's deadline is set, in seconds. */
const PERMITTED = 600n;

/** How long others have to bring an authorization, in seconds. */
const AUTHORIZED = 3_600n;

/** A payer's money with operators, for one key. Amounts in the token's smallest unit. */
export class Purse {
  readonly #options: PurseOptions;

  constructor(options: PurseOptions) {
    this.#options = options;
  }

  /** The account that pays. */
  async payer(): Promise<Hex> {
    return (await this.#options.payer.getAddress()).toLowerCase() as Hex;
  }

  /**
   * Puts money into the account with an operator.
   * @param by whether the escrow is approved first, unless it may take as much already, or permitted to take it in the
   * same transaction, where the token knows permits (ERC-2612)
   * @throws ChainError
   */
  async fund(operator: Hex, amount: bigint, by: "approval" | "permit" = "approval"): Promise<void> {
    const { deployment, clock, key, contracts } = this.#options;
    const { escrow, token } = contracts;
    const spender = deployment.contracts.escrow;
    if (by === "approval") {
      const payer = await this.payer();
      const allowance = await query(() => token.allowance(payer, spender));
      if (allowance < amount) await transact(() => token.approve(spender, amount));
      await transact(() => escrow.fund(amount, operator, key));
      return;
    }
    const domain = await tokenDomain(contracts, deployment);
    const terms = { domain, spender, amount, deadline: clock() + PERMITTED };
    const permit = await signPermit(this.#options.payer, contracts, terms);
    await transact(() => escrow.fundWithPermit(amount, operator, key, permit));
  }

  /**
   * Signs what funds the account with an operator as soon as anybody brings it (`relayFunding`): the payer needs none of
   * the chain's coin. The token must know authorizations (EIP-3009).
   * @throws ChainError where the token does not say how it is signed for
   */
  async authorizeFunding(operator: Hex, amount: bigint): Promise<SignedFunding> {
    const { deployment, contracts, payer, key, clock, salt } = this.#options;
    const from = await this.payer();
    const account = { payer: from, operator, signer: key };
    const authorized = { validAfter: 0n, validBefore: clock() + AUTHORIZED, salt: salt() };
    const authorization: Authorization = {
      type: "ReceiveWithAuthorization",
      from,
      to: deployment.contracts.escrow,
      value: amount,
      validAfter: authorized.validAfter,
      validBefore: authorized.validBefore,
      nonce: fundingNonce({ ...account, salt: authorized.salt }),
    };
    const signature = await signAuthorization(payer, authorization, await tokenDomain(contracts, deployment));
    return { ...account, amount, authorization: { ...authorized, ...signature } };
  }

  /**
   * Starts to take money out of the account with an operator, for `refund` when it has thawed. Vouchers can use it until
   * then; the operator's node serves no more on it.
   * @throws ChainError
   */
  async thaw(operator: Hex, amount: bigint): Promise<void> {
    const { contracts, key } = this.#options;
    await transact(() => contracts.escrow.thaw(amount, operator, key));
  }

  /** Ends a thaw: the money stays. @throws ChainError */
  async cancelThaw(operator: Hex): Promise<void> {
    const { contracts, key } = this.#options;
    await transact(() => contracts.escrow.cancelThaw(operator, key));
  }

  /** Takes out what has thawed, as far as vouchers have left it there. Returns how much. @throws ChainError */
  async refund(operator: Hex): Promise<bigint> {
    const { contracts, key } = this.#options;
    const { escrow } = contracts;
    const { logs } = await transact(() => escrow.refund(operator, key));
    const events = logs.map((log) => escrow.interface.parseLog(log));
    return events.find((event) => event?.name === "Refunded")?.args["amount"] as bigint;
  }
}
