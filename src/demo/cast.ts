/** Who takes part in the main job: accounts, keys, and what they do before the first request. */
import { join } from "node:path";
import { HDNodeWallet, type JsonRpcProvider, Mnemonic, type Signer, Wallet } from "ethers";
import { Hono } from "hono";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import { transact } from "../chain/transactions.ts";
import { type Hex, toHex } from "../core/bytes.ts";
import { type PublishedModel, weightsRoot } from "../core/model/commitment.ts";
import type { Model } from "../core/model/model.ts";
import { encodeSpec } from "../core/model/spec.ts";
import { addressOf, sign } from "../core/signatures.ts";
import { Mode, registrationDigest } from "../core/typedData.ts";
import { type Engine, IntegerEngine } from "../operator/engine.ts";
import { Journal } from "../operator/journal.ts";
import { OperatorNode } from "../operator/node.ts";
import { api, listen, type Listening } from "../operator/server.ts";
import { Watcher } from "../watcher/watcher.ts";
import { type ClientRole, startClient } from "./clients.ts";
import type { ChainClock } from "./clock.ts";
import { type Cheat, CheatingEngine, cheats, EquivocatingJournal } from "./rogues.ts";
import { saltFrom, secretOf } from "./secrets.ts";

/** Everybody's bond, in the token's smallest unit. */
export const BOND = 1_000_000_000n;
/** What operators keep of their delegators' part of the fees, in hundredths of a percent. */
export const COMMISSION = 1_000n;
/** What each delegator puts behind whom: behind honest operators, and behind the one that cheats. */
const DELEGATIONS: readonly Readonly<Record<string, bigint>>[] = [
  { Aspen: 600_000_000n, Birch: 300_000_000n },
  { Aspen: 200_000_000n, Cedar: 400_000_000n },
];
const TARIFF = { base: 20_000n, inputRate: 10n, outputRate: 100n };

/** Every hour, however little it is: on a local chain gas costs nothing. */
const SETTLEMENT = { period: 3_600n, unitsPerCoin: 0n };

/** What somebody who knows nothing of Surety pays an operator, in the token's smallest unit. */
export const PURCHASE = 500_000n;

/** One answer of so many is falsified by the operator that cheats. */
const CHEATS_ONE_IN = 9;
const CLIENTS = 6;

/** Hardhat's and anvil's well-known accounts: rich on local chains, and nowhere else. */
const LOCAL_MNEMONIC = Mnemonic.fromPhrase("test test test test test test test test test test test junk");

/** An operator of the cast. */
export interface OperatorRole {
  readonly name: string;
  readonly address: Hex;
  readonly node: OperatorNode;
  readonly server: Listening;
  readonly journal: Journal;
  /** How many answers it has falsified: what the courts are to find. */
  readonly falsified: () => number;
}

/** Somebody of the cast whose money stands behind operators. */
export interface DelegatorRole {
  readonly name: string;
  readonly address: Hex;
  readonly contracts: Contracts;
  /** How much, behind whom. */
  readonly delegations: readonly { readonly operator: Hex; readonly amount: bigint }[];
}

/** Somebody of the cast who knows nothing of Surety, and who sends what it signs. */
export interface BuyerRole {
  readonly buyer: Signer & { readonly address: string };
  readonly facilitator: Signer & { readonly address: string };
}

/** Everybody. */
export interface Cast {
  readonly operators: readonly OperatorRole[];
  readonly delegators: readonly DelegatorRole[];
  readonly clients: readonly ClientRole[];
  readonly buyer: BuyerRole;
  readonly watcher: Watcher;
  readonly reporter: Hex;
  readonly reporterContracts: Contracts;
  readonly models: readonly PublishedModel[];
}

/** The stage: a deployment on a local chain. */
export interface Stage {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly clock: ChainClock;
  readonly models: readonly Model[];
  /** Where journals lie. */
  readonly folder: string;
  /** How the cheat cheats. */
  readonly cheat: Cheat | "mixed";
  /** Whether the rogues have begun. */
  readonly isDark: () => boolean;
  /** Told of every part that must be closed at the end. */
  readonly onOpen: (part: { close(): unknown }) => void;
}

/** Publishes models, registers and bonds operators, starts their nodes, delegates to them, funds clients. @throws ChainError */
export async function assemble(stage: Stage): Promise<Cast> {
  const account = localAccounts(stage.provider);
  const publisher = account(1);
  const models = stage.models.map((model) => ({ publisher: publisher.address.toLowerCase() as Hex, model }));
  await publish(connect(stage.deployment, publisher), models);

  const ways = stage.cheat === "mixed" ? cheats : [stage.cheat];
  const engine = new CheatingEngine(models, { ways, oneIn: CHEATS_ONE_IN, isActive: stage.isDark });
  const journal = (name: string) => join(stage.folder, `${name}.sqlite`);
  const twice = new EquivocatingJournal(journal("dogwood"), stage.isDark);
  const parts = [
    { name: "Aspen", engine: new IntegerEngine(models), journal: new Journal(journal("aspen")), falsified: () => 0 },
    { name: "Birch", engine: new IntegerEngine(models), journal: new Journal(journal("birch")), falsified: () => 0 },
    { name: "Cedar", engine, journal: new Journal(journal("cedar")), falsified: () => engine.falsified },
    { name: "Dogwood", engine: new IntegerEngine(models), journal: twice, falsified: () => twice.falsified },
  ];
  for (const part of parts) stage.onOpen(part.journal);
  const operators = await Promise.all(parts.map((part, index) => startOperator(stage, account(2 + index), part)));
  const [first] = operators;
  // The others take nothing without a voucher, and have all of their cap for vouchers.
  if (first !== undefined) await transact(() => connect(stage.deployment, account(2)).escrow.openPayTo());
  const delegators = await Promise.all(
    DELEGATIONS.map((amounts, index) => startDelegator(stage, account(6 + index), { index, amounts, operators })),
  );
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) =>
      startClient(stage, {
        friend: account(10 + index),
        index,
        operators: operators.map(({ address }) => address),
      }),
    ),
  );
  const reporter = account(9);
  const watcher = new Watcher({
    reporter,
    deployment: stage.deployment,
    models,
    salt: saltFrom("watcher"),
    fetch: globalThis.fetch,
  });
  return {
    operators,
    delegators,
    clients,
    buyer: await startBuyer(stage, account(8)),
    watcher,
    reporter: reporter.address.toLowerCase() as Hex,
    reporterContracts: connect(stage.deployment, reporter),
    models,
  };
}

function localAccounts(provider: JsonRpcProvider): (index: number) => HDNodeWallet {
  return (index) => HDNodeWallet.fromMnemonic(LOCAL_MNEMONIC, `m/44'/60'/0'/0/${index}`).connect(provider);
}

async function publish(contracts: Contracts, models: readonly PublishedModel[]): Promise<void> {
  for (const { model } of models) {
    const spec = toHex(encodeSpec(model));
    await transact(() => contracts.models.publish(weightsRoot(model), spec, 1 << Mode.optimistic, ""));
  }
}

async function startOperator(
  stage: Stage,
  wallet: HDNodeWallet,
  part: { name: string; engine: Engine; journal: Journal; falsified: () => number },
): Promise<OperatorRole> {
  const { deployment, clock } = stage;
  const address = wallet.address.toLowerCase() as Hex;
  const secret = secretOf(part.name);
  const contracts = connect(deployment, wallet);
  // A node names its own address, which is known once it listens: until then nothing is served.
  let app = new Hono();
  const server = await listen((request) => app.fetch(request), 0);
  stage.onOpen(server);
  const node = new OperatorNode({
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
  app = api(node, (error, path) => process.stderr.write(`${part.name}, ${path}: ${String(error)}\n`));
  await registerOperator(contracts, { address, secret, endpoint: server.url, deployment });
  await node.announce();
  for (const id of new Set(part.engine.offers.map(({ modelId }) => modelId))) {
    await transact(() => contracts.models.setServing(id, true));
  }
  return { ...part, address, node, server };
}

async function registerOperator(
  { bonds, keys, token }: Contracts,
  { address, secret, endpoint, deployment }: { address: Hex; secret: Hex; endpoint: string; deployment: Deployment },
): Promise<void> {
  await transact(() => bonds.register(address, COMMISSION, endpoint));
  await transact(() => token.faucet(BOND));
  await transact(() => token.approve(deployment.contracts.bonds, BOND));
  await transact(() => bonds.bond(BOND));
  const key = addressOf(secret);
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.keys };
  await transact(() => keys.register(key, sign(registrationDigest({ key, operator: address }, domain), secret)));
}

/** Gives a buyer without any of the chain's coin what it will pay. */
async function startBuyer({ deployment, provider }: Stage, facilitator: HDNodeWallet): Promise<BuyerRole> {
  const buyer = new Wallet(secretOf("buyer"), provider);
  const { token } = connect(deployment, facilitator);
  await transact(() => token.faucet(PURCHASE));
  await transact(() => token.transfer(buyer.address, PURCHASE));
  return { buyer, facilitator };
}

async function startDelegator(
  { deployment }: Stage,
  wallet: HDNodeWallet,
  {
    index,
    amounts,
    operators,
  }: { index: number; amounts: Readonly<Record<string, bigint>>; operators: readonly OperatorRole[] },
): Promise<DelegatorRole> {
  const contracts = connect(deployment, wallet);
  const { token, bonds } = contracts;
  const delegations = operators.flatMap(({ name, address }) => {
    const amount = amounts[name];
    return amount === undefined ? [] : [{ operator: address, amount }];
  });
  for (const { operator, amount } of delegations) {
    await transact(() => token.faucet(amount));
    await transact(() => token.approve(deployment.contracts.bonds, amount));
    // Before there are fees a share costs one unit, whoever else delegates meanwhile.
    await transact(() => bonds.delegate(operator, amount, amount));
  }
  return { name: `delegator ${index + 1}`, address: wallet.address.toLowerCase() as Hex, contracts, delegations };
}
