/** Who takes part in the main job: accounts, keys, and what they do before the first request. */
import { join } from "node:path";
import { HDNodeWallet, type JsonRpcProvider, Mnemonic, type Signer, Wallet } from "ethers";
import { connect, type Contracts } from "../chain/contracts.ts";
import { transact } from "../chain/transactions.ts";
import { type Hex, toHex } from "../core/bytes.ts";
import { type PublishedModel, weightsRoot } from "../core/model/commitment.ts";
import { encodeSpec } from "../core/model/spec.ts";
import type { PrivateModel } from "../core/snark.ts";
import { Mode } from "../core/typedData.ts";
import { EnclaveEngine } from "../operator/enclaveEngine.ts";
import { IntegerEngine } from "../operator/engine.ts";
import { openSqlite } from "../operator/sqlite.ts";
import { SqlJournal } from "../operator/sqlJournal.ts";
import { Watcher } from "../watcher/watcher.ts";
import { type ClientRole, startClient } from "./clients.ts";
import { Enclave, enclaveTopics, publishEnclave } from "./enclave.ts";
import { irisService, publishIris } from "./iris.ts";
import { type OperatorPart, type OperatorRole, startOperator } from "./operators.ts";
import { CheatingEngine, cheats, EquivocatingJournal, FalsifyingJournal, Withholder } from "./rogues.ts";
import { saltFrom, secretOf } from "./secrets.ts";
import type { Stage } from "./stage.ts";
import { digitTopics } from "./topics.ts";

/** What each delegator puts behind whom: behind honest operators, and behind the one that cheats. */
const DELEGATIONS: readonly Readonly<Record<string, bigint>>[] = [
  { Aspen: 600_000_000n, Birch: 300_000_000n },
  { Aspen: 200_000_000n, Cedar: 400_000_000n },
];
/** What somebody who knows nothing of Surety pays an operator, in the token's smallest unit. */
export const PURCHASE = 500_000n;

/** One answer of so many is falsified by the operator that cheats. */
const CHEATS_ONE_IN = 9;
const CLIENTS = 6;

/** The local chain's accounts that are operators; others publish, delegate, pay and watch. */
const OPERATORS = [2, 3, 4, 5, 16, 17, 18, 19, 20];

/** Hardhat's and anvil's well-known accounts: rich on local chains, and nowhere else. */
const LOCAL_MNEMONIC = Mnemonic.fromPhrase("test test test test test test test test test test test junk");

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
  /** Models that anyone may run. */
  readonly models: readonly PublishedModel[];
}

/** Publishes models, registers and bonds operators, starts their nodes, delegates to them, funds clients. @throws ChainError */
export async function assemble(stage: Stage): Promise<Cast> {
  const account = localAccounts(stage.provider);
  const publisher = account(1);
  const publishing = connect(stage.deployment, publisher);
  const name = publisher.address.toLowerCase() as Hex;
  const models = stage.subjects.map(({ model }) => ({ publisher: name, model }));
  await publish(publishing, models);
  const iris = await publishIris(publishing, stage.lab, { ...stage, publisher: name });

  await publishEnclave(publishing, models);

  const parts = [
    ...(await openParts(stage, models)),
    await enclavePart(stage, models),
    ...(await snarkParts(stage, iris)),
  ];
  for (const part of parts) stage.onOpen(part.journal);
  const operators = await Promise.all(
    parts.map((part, index) => startOperator(stage, account(OPERATORS[index] ?? 0), part)),
  );
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
  const modes = (1 << Mode.optimistic) | (1 << Mode.signed);
  for (const { model } of models) {
    await transact(() => contracts.models.publish(weightsRoot(model), toHex(encodeSpec(model)), modes, ""));
  }
}

/** Operators of models that anyone may run: four of the optimistic mode, of which two go wrong, two of the signed mode. */
async function openParts(stage: Stage, models: readonly PublishedModel[]): Promise<OperatorPart[]> {
  const ways = stage.cheat === "mixed" ? cheats : [stage.cheat];
  const cheating = new CheatingEngine(models, { ways, oneIn: CHEATS_ONE_IN, isActive: stage.isDark });
  const journal = async (name: string) => new SqlJournal(await openSqlite(fileOf(stage, name)));
  const twice = await EquivocatingJournal.open(fileOf(stage, "Dogwood"), stage.isDark);
  const engine = new IntegerEngine(models);
  const topics = digitTopics(models, stage.subjects);
  const withholder = new Withholder(stage.isDark);
  const honest = { topics, falsified: () => 0 };
  return [
    { ...honest, name: "Aspen", engine, journal: await journal("Aspen") },
    { ...honest, name: "Birch", engine, journal: await journal("Birch") },
    { name: "Cedar", topics, engine: cheating, journal: await journal("Cedar"), falsified: () => cheating.falsified },
    { name: "Dogwood", topics, engine, journal: twice, falsified: () => twice.falsified },
    {
      ...honest,
      name: "Elm",
      topics: digitTopics(models, stage.subjects, Mode.signed),
      engine: new IntegerEngine(models, [Mode.signed]),
      journal: await journal("Elm"),
    },
    {
      name: "Juniper",
      topics: digitTopics(models, stage.subjects, Mode.signed),
      engine: new IntegerEngine(models, [Mode.signed]),
      journal: await journal("Juniper"),
      withholder,
      falsified: () => withholder.withheld,
    },
  ];
}

/** An operator whose node runs in an enclave. */
async function enclavePart(stage: Stage, models: readonly PublishedModel[]): Promise<OperatorPart> {
  return {
    name: "Fir",
    topics: enclaveTopics(models, stage.subjects),
    engine: new EnclaveEngine(models),
    journal: new SqlJournal(await openSqlite(fileOf(stage, "Fir"))),
    enclave: new Enclave(stage.clock.now()),
    falsified: () => 0,
  };
}

/** Two operators of a private model, each answer with its proof; one of them signs once what was not proven. */
async function snarkParts(stage: Stage, iris: PrivateModel): Promise<OperatorPart[]> {
  const falsifying = new FalsifyingJournal(await openSqlite(fileOf(stage, "Hazel")), stage.isDark);
  const journal = new SqlJournal(await openSqlite(fileOf(stage, "Ginkgo")));
  const [live, kept] = [irisService(iris, stage.lab, "live"), irisService(iris, stage.lab, "kept")];
  return [
    { ...live, name: "Ginkgo", journal, falsified: () => 0 },
    { ...kept, name: "Hazel", journal: falsifying, falsified: () => falsifying.falsified },
  ];
}

function fileOf({ folder }: Stage, name: string): string {
  return join(folder, `${name.toLowerCase()}.sqlite`);
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
