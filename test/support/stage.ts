/** A chain in this process with Surety on it and named actors, and the parts that tests open on it. */
import { readFileSync } from "node:fs";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import { deploy, type DeployOptions } from "../../deploy/deploy.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import { type Deployment, domainsOf } from "../../src/chain/deployment.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { secretKey } from "../../src/chain/requestKeys.ts";
import { Client, type ClientOptions, type Question } from "../../src/client/client.ts";
import { type Hex, keccakHex, toHex } from "../../src/core/bytes.ts";
import { canonicalContext, type Context, contextHash } from "../../src/core/context.ts";
import { modelId, type PublishedModel, weightsRoot } from "../../src/core/model/commitment.ts";
import { parse } from "../../src/core/model/file.ts";
import { encodeSpec } from "../../src/core/model/spec.ts";
import type { Ask } from "../../src/core/records.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { Mode, type Order, registrationDigest, type Request, requestDigest } from "../../src/core/typedData.ts";
import { type Engine, IntegerEngine } from "../../src/operator/engine.ts";
import type { Journal } from "../../src/operator/journal.ts";
import { type NodeOptions, OperatorNode, type Tariff } from "../../src/operator/node.ts";
import type { SettlementPolicy } from "../../src/operator/settlement.ts";
import { openSqlite } from "../../src/operator/sqlite.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { api, type Handler, listen, type Listening } from "../../src/operator/server.ts";
import { Watcher } from "../../src/watcher/watcher.ts";
import { PRICE, secretNamed, secrets, tariff } from "./constants.ts";
import { keys as certified } from "./tdx.ts";

export { PRICE, secretNamed, secrets, tariff } from "./constants.ts";

/** The chain in this process, as Hardhat has it. */
export const connection = await network.create({ network: "local", chainType: "l1" });
const { ethers, networkHelpers } = connection;
const signers = await ethers.getSigners();

/** The chain itself, and how ethers reads it. */
export const provider = connection.provider;
export const chain = ethers.provider;

/** The small digit model: 64-16-10. */
const { model } = parse(readFileSync(new URL("../../models/digits-8x8.json", import.meta.url), "utf8"));

/** Everybody's account. `olive` and `otto` operate, `alice` and `bob` pay, `wendy` and `will` report. */
export const actors = {
  deployer: signer(0),
  publisher: signer(1),
  olive: signer(2),
  otto: signer(3),
  alice: signer(4),
  bob: signer(5),
  wendy: signer(6),
  will: signer(7),
};

/** The root that platforms of enclaves are certified by here: the tests' own. */
const { root } = certified;

/** What operators keep of their delegators' part of the fees, in hundredths of a percent. */
export const COMMISSION = 1_000n;

/** What each operator bonds, and each payer funds with each operator. Six decimals. */
export const BOND = 1_000_000_000n;
export const FUNDS = 10_000_000n;
export const published: PublishedModel = { publisher: addressed(actors.publisher), model };
export const smallId = modelId(published.publisher, model);

/** The time of nodes and clients, in seconds; `advance` keeps it with the chain's. */
export const clock = { now: 0n };

/** What lies on the chain at the start of every test. */
export interface Stage {
  readonly deployment: Deployment;
  /** The contracts behind the deployer. */
  readonly contracts: Contracts;
}

/** Something that is closed after the test that opened it. */
const opened: { close(): unknown }[] = [];

/** Who has which role, where it is not the deployer. */
type Roles = Pick<DeployOptions, "governance" | "guardian">;

/** Registers what makes every test of a suite begin on a fresh stage, and closes what it opened. */
export function useStage(roles?: Roles): Stage {
  const stage: { current?: Stage } = {};
  // A fixture is known by its function: the usual one is set once for all suites.
  const governed = async (): Promise<Stage> => prepare(roles);
  const fixture = roles === undefined ? usual : governed;
  beforeEach(async () => {
    stage.current = await networkHelpers.loadFixture(fixture);
    // The chain's time goes on while tests run, and its latest block is as old as the fixture.
    await networkHelpers.mine();
    clock.now = BigInt(await networkHelpers.time.latest());
  });
  afterEach(closeOpened);
  const current = (): Stage => {
    if (stage.current === undefined) throw new Error("the stage is there within a test only");
    return stage.current;
  };
  return {
    get deployment() {
      return current().deployment;
    },
    get contracts() {
      return current().contracts;
    },
  };
}

/** Where an operator says that it is: `directed` leads from there to its house. */
export function endpointOf(who: "olive" | "otto"): string {
  return `http://${who}.test`;
}

/** Reaches the houses of operators under the addresses that they registered, and everything else as it is. */
export function directed(houses: Partial<Record<"olive" | "otto", { readonly url: string }>>): Fetch {
  return async (input, init) => {
    const { url } = sent([input, init]);
    for (const who of ["olive", "otto"] as const) {
      if (!url.startsWith(endpointOf(who))) continue;
      const house = houses[who];
      if (house === undefined) throw new TypeError("fetch failed");
      return fetch(url.replace(endpointOf(who), house.url), init);
    }
    return fetch(input, init);
  };
}

/** Moves the chain and the clock on. */
export async function advance(seconds: bigint | number): Promise<void> {
  await networkHelpers.time.increase(seconds);
  clock.now = BigInt(await networkHelpers.time.latest());
}

/** Keeps the chain as it is now. @returns what brings it back to that, as often as wanted */
export async function snapshot(): Promise<() => Promise<void>> {
  const kept = await networkHelpers.takeSnapshot();
  return async () => {
    await kept.restore();
    await catchUp();
  };
}

/** Has the chain's next block be of this second. */
export async function nextBlockAt(seconds: bigint): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(seconds);
}

/** Brings the clock to the chain's time, which runs ahead where blocks follow each other fast. */
export async function catchUp(): Promise<void> {
  clock.now = BigInt(await networkHelpers.time.latest());
}

/** Closes what the test opened. */
export async function closeOpened(): Promise<void> {
  for (const part of opened.splice(0).reverse()) await part.close();
}

/** Closes it after the test. */
export function close<T extends { close(): unknown }>(part: T): T {
  opened.push(part);
  return part;
}

/** Serves a handler on loopback until the test ends. */
export async function open(handler: Handler): Promise<Listening> {
  return close(await listen(handler, 0));
}

/** An operator's node behind real HTTP. */
export interface House {
  readonly operator: Hex;
  readonly node: OperatorNode;
  readonly journal: Journal;
  readonly url: string;
  /** What its server reported as unexpected. */
  readonly errors: Error[];
}

/** What a test wants to be otherwise. */
export interface HouseOptions {
  readonly who?: "olive" | "otto";
  readonly journal?: Journal;
  readonly engine?: Engine;
  readonly secret?: Hex;
  readonly contracts?: Contracts;
  readonly clock?: () => bigint;
  readonly tariff?: Tariff;
  readonly tariffs?: NodeOptions["tariffs"];
  readonly settlement?: Partial<SettlementPolicy>;
  readonly countsDelegatedCover?: boolean;
}

/** Opens a journal: in a file, or in memory. */
export async function openJournal(file = ":memory:"): Promise<SqlJournal> {
  return new SqlJournal(await openSqlite(file));
}

/** Opens an operator's node. */
export async function openHouse({ deployment }: Stage, options: HouseOptions = {}): Promise<House> {
  const who = options.who ?? "olive";
  const journal = options.journal ?? close(await openJournal());
  let handler: Handler = () => new Response(null, { status: 503 });
  const { url } = await open((request) => handler(request));
  const node = await OperatorNode.open({
    operator: addressed(actors[who]),
    secret: options.secret ?? secrets[who],
    engine: options.engine ?? new IntegerEngine([published]),
    tariff: options.tariff ?? tariff,
    ...(options.tariffs === undefined ? {} : { tariffs: options.tariffs }),
    journal,
    contracts: options.contracts ?? connect(deployment, actors[who]),
    domains: domainsOf(deployment),
    endpoint: url,
    clock: options.clock ?? (() => clock.now),
    settlement: { period: 3_600n, unitsPerCoin: 0n, ...options.settlement },
    ...(options.countsDelegatedCover === undefined ? {} : { countsDelegatedCover: options.countsDelegatedCover }),
  });
  const errors: Error[] = [];
  handler = api(node, (error) => errors.push(error)).fetch;
  return { operator: addressed(actors[who]), node, journal, url, errors };
}

/** A client of one of the payers. Its salts count up from the test's own seed. */
export function makeClient({ deployment }: Stage, who: "alice" | "bob", options: Partial<ClientOptions> = {}): Client {
  return new Client({
    payer: actors[who],
    key: secretKey(secrets[who]),
    deployment,
    clock: () => clock.now,
    salt: saltsOf(who),
    fetch: globalThis.fetch,
    ...options,
  });
}

/** A watcher that can run the small model. */
export function makeWatcher({ deployment }: Stage, who: "wendy" | "will" = "wendy", fetch?: Fetch): Watcher {
  return new Watcher({
    reporter: actors[who],
    deployment,
    models: [published],
    salt: saltsOf(who),
    fetch: fetch ?? globalThis.fetch,
  });
}

/** The context of a record that anybody may see. */
export const openContext: Context = { runtime: "test", version: "1", disclose: true };

/** A question about a digit-like input, another one for each number. */
export function question(number = 0, changes: Partial<Question> = {}): Question {
  return { modelId: smallId, input: inputNumbered(number), outputUnits: 10, context: openContext, ...changes };
}

/** 64 bytes that look like a digit to nobody but the model. */
export function inputNumbered(number: number): Uint8Array {
  return Uint8Array.from({ length: 64 }, (_, index) => (index * 67 + number * 29 + 13) % 256);
}

/** What is otherwise in an ask; everything else follows from it. */
export interface AskChanges {
  readonly who?: "alice" | "bob";
  readonly secret?: Hex;
  readonly client?: Hex;
  readonly context?: string;
  readonly input?: Uint8Array;
  readonly order?: Partial<Order>;
  readonly request?: Partial<Request>;
  readonly chainId?: bigint;
  readonly escrow?: Hex;
}

let salts = 0;

/** An ask as an honest client signs it, but for the changes. Each has a salt of its own. */
export function makeAsk({ deployment }: Stage, changes: AskChanges = {}): Ask {
  const who = changes.who ?? "alice";
  const secret = changes.secret ?? secrets[who];
  const input = changes.input ?? inputNumbered(0);
  const context = changes.context ?? canonicalContext(openContext);
  const request: Request = {
    payer: addressed(actors[who]),
    operator: addressed(actors.olive),
    ceiling: PRICE,
    deadline: clock.now + 600n,
    ...changes.request,
    order: {
      modelId: smallId,
      inputHash: keccakHex(input),
      contextHash: contextHash(context),
      mode: Mode.optimistic,
      maxPrice: PRICE,
      ...tariff,
      salt: secretNamed(`salt ${salts++}`),
      ...changes.order,
    },
  };
  const { escrow } = domainsOf(deployment);
  const domain = { chainId: changes.chainId ?? escrow.chainId, contract: changes.escrow ?? escrow.contract };
  return {
    request,
    clientSignature: sign(requestDigest(request, domain), secret),
    client: changes.client ?? addressOf(secret),
    input: toHex(input),
    context,
  };
}

/** An account's address as the protocol's messages hold it. */
export function addressed({ address }: { readonly address: string }): Hex {
  return address.toLowerCase() as Hex;
}

/** Contracts behind an actor. */
export function contractsOf({ deployment }: Stage, who: keyof typeof actors): Contracts {
  return connect(deployment, actors[who]);
}

/** Olive's contracts, which say that her bond covers just so much. */
export function coveredBy({ deployment }: Stage, cover: bigint): Contracts {
  const contracts = connect(deployment, actors.olive);
  const termsOf = async (operator: string) => {
    const { delegatorsRate, delegatedEpoch, activeTime } = await contracts.bonds.termsOf(operator);
    return { cover, ownCover: cover, delegatorsRate, delegatedEpoch, activeTime };
  };
  const bonds = new Proxy(contracts.bonds, {
    get: (target, name) => (name === "termsOf" ? termsOf : (Reflect.get(target, name, target) as unknown)),
  });
  return { ...contracts, bonds };
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
    throw new Error("something that is no Error was thrown", { cause: thrown });
  }
  throw new Error("a rejection expected");
}

/** What a promise is rejected with, which must be of this kind. */
export async function rejectionOf<E extends Error>(
  kind: new (...parameters: never[]) => E,
  promise: Promise<unknown>,
): Promise<E> {
  const error = await rejection(promise);
  if (!(error instanceof kind)) throw new Error(`${kind.name} expected, not ${String(error)}`, { cause: error });
  return error;
}

/** Where a call of `fetch` goes, and what it sends. */
export function sent([input, init]: Parameters<Fetch>): { readonly url: string; readonly body: string } {
  const url = input instanceof Request ? input.url : input.toString();
  return { url, body: typeof init?.body === "string" ? init.body : "" };
}

function saltsOf(name: string): () => Hex {
  let count = 0;
  return () => secretNamed(`${name} ${count++}`);
}

function signer(index: number): HardhatEthersSigner {
  const found = signers[index];
  if (found === undefined) throw new Error(`the local chain has no account ${index}`);
  return found;
}

async function usual(): Promise<Stage> {
  return prepare();
}

async function prepare(roles: Roles = {}): Promise<Stage> {
  const parameters = { ...localParameters, intelRootX: toHex(root.x), intelRootY: toHex(root.y) };
  const deployment = await deploy({ connection, parameters, ...roles });
  const contracts = connect(deployment, actors.deployer);
  const spec = toHex(encodeSpec(model));
  await connect(deployment, actors.publisher).models.publish(weightsRoot(model), spec, 1 << Mode.optimistic, "");
  for (const who of ["olive", "otto"] as const) await register(deployment, who);
  for (const who of ["alice", "bob"] as const) {
    const { token, escrow } = connect(deployment, actors[who]);
    await token.faucet(10n * FUNDS);
    await token.approve(deployment.contracts.escrow, 10n * FUNDS);
    await escrow.fund(FUNDS, actors.olive.address, addressOf(secrets[who]));
    await escrow.fund(FUNDS, actors.otto.address, addressOf(secrets[who]));
  }
  return { deployment, contracts };
}

async function register(deployment: Deployment, who: "olive" | "otto"): Promise<void> {
  const { token, bonds, keys, models } = connect(deployment, actors[who]);
  await token.faucet(BOND);
  await token.approve(deployment.contracts.bonds, BOND);
  await bonds.register(actors[who].address, COMMISSION, endpointOf(who));
  await bonds.bond(BOND);
  const key = addressOf(secrets[who]);
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.keys };
  await keys.register(key, sign(registrationDigest({ key, operator: addressed(actors[who]) }, domain), secrets[who]));
  await models.setServing(smallId, true);
}
