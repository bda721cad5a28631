/**
 * An operator that sells by x402, on a chain of its own: x402's code goes by the clock on the wall, and other tests' chains
 * run ahead of it. Its buyers know x402 and nothing of Surety; they have tokens and no coin.
 */
import { x402Client, wrapFetchWithPayment } from "@x402/fetch";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { type TypedDataField, Wallet } from "ethers";
import { network } from "hardhat";
import { deploy } from "../../deploy/deploy.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import { type Deployment, domainsOf } from "../../src/chain/deployment.ts";
import { tokenDomain } from "../../src/chain/funding.ts";
import type { Fetch } from "../../src/chain/http.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { registrationDigest } from "../../src/core/typedData.ts";
import { CombinedEngine, type Engine, IntegerEngine } from "../../src/operator/engine.ts";
import type { Journal } from "../../src/operator/journal.ts";
import { OperatorNode } from "../../src/operator/node.ts";
import { api, type Handler } from "../../src/operator/server.ts";
import { UpstreamEngine } from "../../src/operator/upstreamEngine.ts";
import { secrets, tariff } from "./constants.ts";
import { addressed, close, open, openJournal, published } from "./stage.ts";
import { babbler, openUpstream, type Upstream, WORDS } from "./upstream.ts";

export const connection = await network.create({ network: "local", chainType: "l1" });
const [deployer, operator, helper] = await connection.ethers.getSigners();
if (deployer === undefined || operator === undefined || helper === undefined) throw new Error("accounts expected");

/** Who operates, and somebody who may send what others signed. */
export const people = { operator, helper };

const BOND = 1_000_000_000n;
/** What every buyer has, in the token's smallest unit. */
export const PURSE = 50_000_000n;

/** A buyer's wallet. */
export function buyerNamed(digit: string): Wallet {
  return new Wallet(`0x${digit.repeat(64)}`);
}

/** A deployment with one bonded operator and its key, made once. */
export const deployment: Deployment = await deploy({ connection, parameters: localParameters });

/** Its contracts behind the operator. */
export const contracts: Contracts = connect(deployment, operator);

{
  const { bonds, keys, token } = contracts;
  await token.faucet(BOND);
  await token.approve(deployment.contracts.bonds, BOND);
  await bonds.register(operator.address, 0n, "");
  await bonds.bond(BOND);
  const key = addressOf(secrets.olive);
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.keys };
  await keys.register(key, sign(registrationDigest({ key, operator: addressed(operator) }, domain), secrets.olive));
}

/** Gives a buyer tokens. */
export async function fill(buyer: Wallet, amount = PURSE): Promise<void> {
  const { token } = connect(deployment, helper as NonNullable<typeof helper>);
  await token.faucet(amount);
  await token.transfer(buyer.address, amount);
}

const wall = (): bigint => BigInt(Math.floor(Date.now() / 1_000));

// Blocks that follow each other fast carry the chain's time ahead of the wall's.
const block = await connection.ethers.provider.getBlock("latest");
const ahead = BigInt(block?.timestamp ?? 0) - wall();

/** The chain's time, which goes with the clock on the wall, in seconds. */
export const shopClock = (): bigint => wall() + (ahead > 0n ? ahead : 0n) + 1n;

/** An operator's node that sells. */
export interface Shop {
  readonly url: string;
  readonly node: OperatorNode;
  readonly journal: Journal;
  readonly upstream: Upstream;
  readonly errors: Error[];
}

/** What a test wants to be otherwise. */
export interface ShopOptions {
  readonly journal?: Journal;
  readonly engine?: (usual: Engine) => Engine;
  readonly contracts?: Contracts;
  readonly clock?: () => bigint;
  readonly tariff?: typeof tariff;
  readonly upstream?: Upstream;
}

/** Opens a node that sells what both kinds of engines answer. */
export async function openShop(options: ShopOptions = {}): Promise<Shop> {
  const journal = options.journal ?? close(await openJournal());
  const upstream = options.upstream ?? (await openUpstream());
  const usual = new CombinedEngine([
    new IntegerEngine([published]),
    new UpstreamEngine({ url: upstream.url, models: [babbler], fetch, maxOutputUnits: WORDS }),
  ]);
  let handler: Handler = () => new Response(null, { status: 503 });
  const { url } = await open((request) => handler(request));
  const node = await OperatorNode.open({
    operator: addressed(people.operator),
    secret: secrets.olive,
    engine: options.engine?.(usual) ?? usual,
    tariff: options.tariff ?? tariff,
    journal,
    contracts: options.contracts ?? contracts,
    domains: domainsOf(deployment),
    endpoint: url,
    clock: options.clock ?? shopClock,
    settlement: { period: 3_600n, unitsPerCoin: 0n },
    x402: await tokenDomain(contracts, deployment),
  });
  const errors: Error[] = [];
  handler = api(node, (error) => errors.push(error)).fetch;
  return { url, node, journal, upstream, errors };
}

/** What x402's client signs with. */
export function walletOf(buyer: Wallet) {
  return {
    address: buyer.address as Hex,
    signTypedData: async (typed: { domain: object; types: object; message: object }) =>
      (await buyer.signTypedData(
        typed.domain,
        typed.types as Record<string, TypedDataField[]>,
        typed.message as Record<string, unknown>,
      )) as Hex,
  };
}

/** The stock client: `@x402/fetch`, told with which token it may pay, and how much at most. */
export function payingFetch(buyer: Wallet, inner: Fetch = fetch): Fetch {
  const client = new x402Client()
    .register("eip155:31337", new ExactEvmScheme(walletOf(buyer)))
    .setSpendControls({ allowedAssets: true });
  return wrapFetchWithPayment(inner, client) as Fetch;
}
