/** Clients of the main job, and the ways in which they fund their accounts. */
import { type HDNodeWallet, type Signer, Wallet } from "ethers";
import { connect, type Contracts } from "../chain/contracts.ts";
import { providerOf } from "../chain/facts.ts";
import { relayFunding } from "../chain/funding.ts";
import { secretKey } from "../chain/requestKeys.ts";
import { query, transact } from "../chain/transactions.ts";
import { Client } from "../client/client.ts";
import type { Hex } from "../core/bytes.ts";
import { saltFrom, secretOf } from "./secrets.ts";
import type { Stage } from "./stage.ts";

/** How an account is funded: each way is as good as the others, and the last one takes none of the chain's coin. */
export const fundingWays = ["approval", "permit", "authorization"] as const;
export type FundingWay = (typeof fundingWays)[number];

/** A client of the cast. */
export interface ClientRole {
  readonly name: string;
  readonly payer: Hex;
  readonly client: Client;
  readonly contracts: Contracts;
  readonly funding: FundingWay;
  /** Who brings what the payer signs, where that has no coin; the payer itself where it has. */
  readonly friend: Signer & { readonly address: string };
}

/** What each client puts into its account with each operator, in the token's smallest unit. */
const FUNDS = 20_000_000n;
/** What a client needs of the chain's coin to claim what it was awarded, in wei. */
const COIN = 10n ** 16n;

/** The function of the escrow that each way ends in. */
export const fundingFunctions: Readonly<Record<FundingWay, string>> = {
  approval: "fund",
  permit: "fundWithPermit",
  authorization: "fundWithAuthorization",
};

/** Gives a client money and has it fund its accounts, in the way that is its turn. @throws ChainError */
export async function startClient(
  { deployment, clock, provider }: Stage,
  { friend, index, operators }: { friend: HDNodeWallet; index: number; operators: readonly Hex[] },
): Promise<ClientRole> {
  const name = `client ${index + 1}`;
  const funding = fundingWays[index % fundingWays.length] ?? "approval";
  const payer = funding === "authorization" ? new Wallet(secretOf(`${name}'s account`), provider) : friend;
  const client = new Client({
    payer,
    key: secretKey(secretOf(name)),
    deployment,
    clock: clock.now,
    salt: saltFrom(name),
    fetch: globalThis.fetch,
  });
  const friendly = connect(deployment, friend);
  const money = FUNDS * BigInt(operators.length);
  await transact(() => friendly.token.faucet(money));
  if (payer !== friend) await transact(() => friendly.token.transfer(payer.address, money));
  for (const operator of operators) {
    if (funding === "authorization") await relayFunding(friendly, await client.purse.authorizeFunding(operator, FUNDS));
    else await client.purse.fund(operator, FUNDS, funding);
  }
  const contracts = connect(deployment, payer);
  return { name, payer: payer.address.toLowerCase() as Hex, client, contracts, funding, friend };
}

/** Has a client's friend give it some of the chain's coin, where it has none. @throws ChainError */
export async function giveCoin({ payer, contracts, friend }: ClientRole): Promise<void> {
  const coin = await query(() => providerOf(contracts).getBalance(payer));
  if (coin === 0n) await transact(() => friend.sendTransaction({ to: payer, value: COIN }));
}
