/** Somebody who knows nothing of Surety, and pays an operator as x402's exact scheme does. */
import type { Signer } from "ethers";
import { connect, type Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { signAuthorization, tokenDomain } from "../chain/funding.ts";
import { query, transact } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { Authorization } from "../core/funding.ts";

/** A payment to an operator's address, without a voucher. `amount` in the token's smallest unit. */
export interface Purchase {
  readonly buyer: Hex;
  readonly operator: Hex;
  readonly payTo: Hex;
  readonly amount: bigint;
}

/** What the escrow made of a payment. Amounts in the token's smallest unit. */
export interface Collection {
  readonly collected: bigint;
  readonly protocolFee: bigint;
  readonly delegatorsFee: bigint;
  /** The block in which it was collected; 0 where it was not. */
  readonly block: number;
}

interface PurchaseTerms {
  readonly deployment: Deployment;
  /** Who pays: it needs the token, and nothing of the chain's coin. */
  readonly buyer: Signer;
  /** Who sends what the buyer signed. */
  readonly facilitator: Signer;
  readonly operator: Hex;
  readonly amount: bigint;
  /** 32 fresh bytes. */
  readonly nonce: Hex;
  /** Until when it can be sent, in seconds. */
  readonly validBefore: bigint;
}

/** The buyer signs that the token may go to the operator's address, and somebody sends it. @throws ChainError */
export async function purchase(terms: PurchaseTerms): Promise<Purchase> {
  const { deployment, buyer, facilitator, operator, amount, nonce, validBefore } = terms;
  const contracts = connect(deployment, facilitator);
  // The price, the token and this address are all that a 402 answer says, and all that a buyer has to know.
  const payTo = (await query(() => contracts.escrow.payToOf(operator))).toLowerCase() as Hex;
  const from = (await buyer.getAddress()).toLowerCase() as Hex;
  const authorization: Authorization = {
    type: "TransferWithAuthorization",
    from,
    to: payTo,
    value: amount,
    validAfter: 0n,
    validBefore,
    nonce,
  };
  const { v, r, s } = await signAuthorization(buyer, authorization, await tokenDomain(contracts, deployment));
  await transact(() => contracts.token.transferWithAuthorization(from, payTo, amount, 0n, validBefore, nonce, v, r, s));
  return { buyer: from, operator, payTo, amount };
}

/** How what an operator collected first was split, as the chain has it. @throws ChainError */
export async function collectionOf({ escrow }: Contracts, operator: Hex): Promise<Collection> {
  return query(async () => {
    const [collected] = await escrow.queryFilter(escrow.filters.Collected(operator));
    const splits = await escrow.queryFilter(escrow.filters.FeesSplit(operator));
    const split = splits.find(({ transactionHash }) => transactionHash === collected?.transactionHash);
    if (collected === undefined || split === undefined) {
      return { collected: 0n, protocolFee: 0n, delegatorsFee: 0n, block: 0 };
    }
    const { protocolFee, delegatorsFee } = split.args;
    return { collected: collected.args.total, protocolFee, delegatorsFee, block: collected.blockNumber };
  });
}
