/** Operators of the main job, and how each enters business. */
import type { HDNodeWallet } from "ethers";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { connect, type Contracts } from "../chain/contracts.ts";
import { domainsOf } from "../chain/deployment.ts";
import { transact } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { addressOf, sign } from "../core/signatures.ts";
import { Mode, registrationDigest } from "../core/typedData.ts";
import type { Engine } from "../operator/engine.ts";
import type { Journal } from "../operator/journal.ts";
import { OperatorNode } from "../operator/node.ts";
import { api, type Handler, listen, type Listening } from "../operator/server.ts";
import type { Enclave } from "./enclave.ts";
import type { Withholder } from "./rogues.ts";
import { secretOf } from "./secrets.ts";
import type { Stage } from "./stage.ts";
import type { Topic } from "./topics.ts";

/** Everybody's bond, in the token's smallest unit. */
export const BOND = 1_000_000_000n;
/** What operators keep of their delegators' part of the fees, in hundredths of a percent. */
export const COMMISSION = 1_000n;

const TARIFF = { base: 20_000n, inputRate: 10n, outputRate: 100n };

/** Every hour, however little it is: on a local chain gas costs nothing. */
const SETTLEMENT = { period: 3_600n, unitsPerCoin: 0n };

/** What makes an operator: what it computes with, where it remembers, what it can be asked. */
export interface OperatorPart {
  readonly name: string;
  /** What it can be asked; all in one mode. */
  readonly topics: readonly Topic[];
  readonly engine: Engine;
  readonly journal: Journal;
  /** What its key is held in, if anything. */
  readonly enclave?: Enclave;
  /** What keeps something from whoever asks, of an operator that answers no demands. */
  readonly withholder?: Withholder;
  /** How many faults it has committed: what the courts are to find. */
  readonly falsified: () => number;
}

/** An operator of the cast. */
export interface OperatorRole extends OperatorPart {
  readonly address: Hex;
  readonly node: OperatorNode;
  readonly server: Listening;
}

/** The mode that an operator serves in. */
export function modeOf({ topics }: Pick<OperatorPart, "topics">): Mode {
  return topics[0]?.mode ?? Mode.signed;
}

/** Has an operator bond, register its key, and serve. @throws ChainError */
export async function startOperator(stage: Stage, wallet: HDNodeWallet, part: OperatorPart): Promise<OperatorRole> {
  const { deployment, clock } = stage;
  const address = wallet.address.toLowerCase() as Hex;
  const secret = secretOf(part.name);
  const contracts = connect(deployment, wallet);
  // A node names its own address, which is known once it listens: until then nothing is served.
  let app = new Hono();
  const handler: Handler = (request) => app.fetch(request);
  const server = await listen(part.withholder?.around(handler) ?? handler, 0);
  stage.onOpen(server);
  const node = await OperatorNode.open({
    operator: address,
    secret,
    engine: part.engine,
    tariff: TARIFF,
    journal: part.journal,
    contracts,
    domains: domainsOf(deployment),
    endpoint: server.url,
    clock: clock.now,
    settlement: SETTLEMENT,
  });
  const inner = api(node, (error, path) => process.stderr.write(`${part.name}, ${path}: ${String(error)}\n`));
  // What it publishes is read in browsers, too, as of any node.
  app = new Hono();
  app.use(cors());
  app.all("*", async (context) => inner.fetch(context.req.raw));
  await bond(contracts, { address, endpoint: server.url, stage });
  await registerKey(contracts, { address, secret, stage, enclave: part.enclave });
  await node.announce();
  for (const id of new Set(part.engine.offers.map(({ modelId }) => modelId))) {
    await transact(() => contracts.models.setServing(id, true));
  }
  return { ...part, address, node, server };
}

async function bond(
  { bonds, token }: Contracts,
  { address, endpoint, stage }: { address: Hex; endpoint: string; stage: Stage },
): Promise<void> {
  await transact(() => bonds.register(address, COMMISSION, endpoint));
  await transact(() => token.faucet(BOND));
  await transact(() => token.approve(stage.deployment.contracts.bonds, BOND));
  await transact(() => bonds.bond(BOND));
}

async function registerKey(
  contracts: Contracts,
  {
    address,
    secret,
    stage: { deployment },
    enclave,
  }: { address: Hex; secret: Hex; stage: Stage; enclave: Enclave | undefined },
): Promise<void> {
  const { keys } = contracts;
  const named = { key: addressOf(secret), operator: address };
  const digest = registrationDigest(named, { chainId: deployment.chainId, contract: deployment.contracts.keys });
  const signature = sign(digest, secret);
  if (enclave === undefined) {
    await transact(() => keys.register(named.key, signature));
    return;
  }
  await enclave.bringCollateral(contracts);
  await transact(() => keys.registerAttested(named.key, signature, enclave.quote(named, deployment)));
}
