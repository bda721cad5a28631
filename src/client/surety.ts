import type { Provider, Signer } from "ethers";
import { BatchFinder } from "../chain/batches.ts";
import { gatherBundle, shownRecord } from "../chain/bundles.ts";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import { providerOf, readFacts } from "../chain/facts.ts";
import type { Fetch } from "../chain/http.ts";
import { type Confirmation, Inclusions } from "../chain/inclusions.ts";
import type { Verdict } from "../chain/prosecution.ts";
import { secretKey, walletKey } from "../chain/requestKeys.ts";
import { type Trace, traceBundle } from "../chain/trace.ts";
import { query } from "../chain/transactions.ts";
import { Weights } from "../chain/weights.ts";
import { type Hex, toHex } from "../core/bytes.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import { type Bundle, bundleSchema, readText, type Record } from "../core/records.ts";
import { Mode } from "../core/typedData.ts";
import { isValid, type Link, verifyBundle } from "../core/verify.ts";
import { Archive, type Evidence } from "./archive.ts";
import { Client, type ClientOptions } from "./client.ts";
import { prosecuteRecord } from "./dispute.ts";
import { ReadOnlyError, RecordUnknownError, UsageError, WrongChainError } from "./errors.ts";
import { Funds } from "./funds.ts";
import { Market, type OperatorProfile, type Selection } from "./market.ts";
import { openaiFetch, type OpenAIOptions } from "./openai.ts";
import { type Answered, type AskOptions, Payer, type Stopped } from "./payer.ts";
import { MemoryStore, type RecordStore } from "./store.ts";

/** What `Surety.connect` takes. What is left out of the platform's own is the platform's. */
export interface ConnectOptions {
  /** Who pays and signs: an ethers signer of any kind, with a provider. A provider alone reads, and nothing more. */
  readonly runner: Signer | Provider;
  /** Where Surety is on the runner's chain: `parseDeployment` reads it from a file. */
  readonly deployment: Deployment;
  /** The key that signs requests, 32 bytes, where it is not the runner's own: an agent's, or a contract wallet's. */
  readonly secret?: Hex;
  /** How much asking may put into accounts, in all, in the token's smallest unit; nothing where left out. */
  readonly autoFund?: bigint;
  /**
   * Which share of the answers of the optimistic mode is computed again here, 0 to 1. A tenth where left out, of models
   * whose weights are to be had; where it is given, asking fails where they are not.
   */
  readonly recheck?: number;
  /** Models whose weights are here already; others are fetched from where their publishers say. */
  readonly models?: readonly PublishedModel[];
  /** Where records are kept: in memory where left out, and then lost with the process. */
  readonly store?: RecordStore;
  /** Verifies the proofs of the snark mode here, where the chain's checker is not to be asked. */
  readonly verifyProof?: ClientOptions["verifyProof"];
  /** By which nodes are asked. */
  readonly fetch?: Fetch;
  /** The time, in seconds. */
  readonly clock?: () => bigint;
  /** A random number from 0 to 1, without 1: which answers are computed again. */
  readonly random?: () => number;
  /** 32 fresh bytes: what makes two like orders two, and hides evidence. */
  readonly salt?: () => Hex;
}

/** What became of a bundle's check. */
export interface Verification {
  /** Whether no link fails. */
  readonly isValid: boolean;
  readonly links: readonly Link[];
}

/** How many answers are computed again where nobody says how many. */
const RECHECK = 0.1;

/** What only somebody who signs has. */
interface Paying {
  readonly signer: Signer;
  readonly client: Client;
  readonly payer: Payer;
  readonly funds: Funds;
  readonly archive: Archive;
}

/** What reading takes. */
interface Reading {
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly fetch: Fetch;
  readonly salt: () => Hex;
  readonly market: Market;
  readonly weights: Weights;
  readonly batches: BatchFinder;
  readonly inclusions: Inclusions;
}

/** Choose, pay, verify, keep, dispute: all that a client of bonded operators does. What does not verify is an error. */
export class Surety {
  readonly #reading: Reading;
  readonly #paying: Paying | undefined;

  private constructor(reading: Reading, paying: Paying | undefined) {
    this.#reading = reading;
    this.#paying = paying;
  }

  /**
   * Connects to a deployment.
   * @throws WrongChainError where the runner is on another chain
   * @throws UsageError where an option is out of its range
   * @throws RecordError where something in the store is no record
   * @throws ChainError where the chain cannot be read
   */
  static async connect(options: ConnectOptions): Promise<Surety> {
    const { runner, deployment, recheck = RECHECK } = options;
    if (!(recheck >= 0 && recheck <= 1)) throw new UsageError(`recheck is a share from 0 to 1, not ${recheck}`);
    const { fetch = platform.fetch, clock = platform.clock, salt = platform.salt, models = [] } = options;
    const contracts = connect(deployment, runner);
    const { chainId } = await query(async () => providerOf(contracts).getNetwork());
    if (chainId !== deployment.chainId) throw new WrongChainError({ expected: deployment.chainId, found: chainId });
    const batches = new BatchFinder(contracts, deployment.block);
    const reading = {
      deployment,
      contracts,
      fetch,
      salt,
      market: new Market({ contracts, deployment, fetch, clock }),
      weights: new Weights({ contracts, deployment, fetch, models }),
      batches,
      inclusions: new Inclusions({ contracts, batches, fetch }),
    };
    if (!isSigner(runner)) return new Surety(reading, undefined);
    return new Surety(reading, await openPaying(runner, reading, { ...options, clock }));
  }

  /**
   * Asks: chooses an operator by credit, price and what its bond still covers, sees to the money, pays by voucher,
   * verifies, keeps the record. An operator that refuses or cannot be reached is passed over for the next.
   * @throws NoOperatorError where nobody answers, with what each of them said
   * @throws UnderfundedError where an account holds too little, and more may not be put into it
   * @throws AnswerRejectedError, DoubleChargeError where an answer does not hold: its operator is asked no more, the
   * money with it thaws, and the record is kept as evidence for `dispute`
   * @throws ModelUnavailableError where it is to be computed again and cannot be
   * @throws UsageError where nothing says how many units the answer has
   * @throws FundingError, ChainError where the chain refuses, or cannot be read
   * @throws ReadOnlyError where there is nobody who signs
   */
  async ask(options: AskOptions): Promise<Answered> {
    return this.#payingFor("asking").payer.ask(options);
  }

  /** A `fetch` for OpenAI's client: see `openaiFetch`. @throws ReadOnlyError where there is nobody who signs */
  openaiFetch(options: OpenAIOptions = {}): Fetch {
    return openaiFetch({ ...this.#reading, payer: this.#payingFor("asking").payer }, options);
  }

  /** Every operator whose node answers: what it offers, its credit, its cap and what it has exposed. @throws ChainError */
  async operators(): Promise<readonly OperatorProfile[]> {
    return this.#reading.market.operators();
  }

  /** Whom `ask` would ask, the best first, and why; and whom it would not. @throws UsageError, ChainError */
  async choose(options: Omit<AskOptions, "context">): Promise<Selection> {
    const { model: modelId, input, mode = Mode.optimistic, outputUnits, maxPrice, operator } = options;
    return this.#reading.market.select({
      modelId,
      mode,
      inputUnits: input.length,
      outputUnits,
      maxPrice,
      operator,
    });
  }

  /** Puts money into the account with an operator, in the token's smallest unit. @throws ChainError, ReadOnlyError */
  async fund(operator: Hex, amount: bigint): Promise<void> {
    const { funds } = this.#payingFor("funding");
    await funds.inTurn(async () => funds.fund(operator, amount));
  }

  /** Starts to take all that is in the account with an operator out: `refund` can in 16 days. @throws ChainError, ReadOnlyError */
  async thaw(operator: Hex): Promise<bigint> {
    const { funds } = this.#payingFor("a thaw");
    return funds.inTurn(async () => funds.thawAll(operator));
  }

  /** Takes out what has thawed. Returns how much, in the token's smallest unit. @throws ChainError, ReadOnlyError */
  async refund(operator: Hex): Promise<bigint> {
    const { funds, client } = this.#payingFor("a refund");
    return funds.inTurn(async () => client.purse.refund(operator));
  }

  /** Answers that held. */
  get records(): readonly Record[] {
    return this.#paying?.archive.records ?? [];
  }

  /** Answers that did not hold, and why. */
  get evidence(): readonly Evidence[] {
    return this.#paying?.archive.evidence ?? [];
  }

  /** Who is asked no more. */
  get stopped(): readonly Stopped[] {
    return this.#paying?.payer.stopped ?? [];
  }

  /** Finds records in what their operators committed; all that were kept where left out. @throws ChainError */
  async confirm(records: readonly Record[] = this.records): Promise<Confirmation[]> {
    return this.#reading.inclusions.confirmAll(records);
  }

  /** All that a stranger needs to check a record: with its batch, where it is in one, and its model. @throws ChainError */
  async bundle(record: Record): Promise<Bundle> {
    return gatherBundle(record, this.#reading);
  }

  /**
   * Checks a bundle, link by link, against the chain.
   * @param bundle or its JSON text
   * @throws RecordError where the text is no bundle
   * @throws ChainError where the chain cannot be read
   */
  async verify(bundle: Bundle | string): Promise<Verification> {
    const { contracts, deployment } = this.#reading;
    const whole = typeof bundle === "string" ? readText(bundleSchema, bundle) : bundle;
    const links = verifyBundle(whole, await readFacts(whole, contracts, deployment));
    return { isValid: isValid(links), links };
  }

  /**
   * Tells a record's story in plain words, and whether each part of it holds.
   * @param what a bundle, a record, or a receipt's struct hash: of one's own, or of one that its operator shows
   * @throws RecordUnknownError where nobody shows the receipt
   * @throws ChainError where the chain cannot be read
   */
  async trace(what: Bundle | Record | Hex): Promise<Trace> {
    if (typeof what !== "string" && "format" in what) return traceBundle(what, this.#reading);
    const record = typeof what === "string" ? await this.find(what) : what;
    return traceBundle(await this.bundle(record), this.#reading);
  }

  /**
   * Takes a record to court: finds what is wrong with it, commits to the evidence, opens it. The money with its operator
   * thaws, where it does not yet.
   * @returns the verdict; undefined where somebody else had the fault punished before
   * @throws NothingToProveError where no court punishes it, and why
   * @throws ChainError where the chain cannot be read, or the court refuses
   * @throws ReadOnlyError where there is nobody who signs
   */
  async dispute(record: Record): Promise<Verdict | undefined> {
    const { signer, funds, payer, archive } = this.#payingFor("a dispute");
    const { operator, order } = record.request;
    await payer.stop(operator);
    const model = order.mode === Mode.optimistic ? await this.#reading.weights.find(order.modelId) : undefined;
    const others = [...archive.records, ...archive.evidence.map((evidence) => evidence.record)];
    const confirm = async (one: Record) => this.#reading.inclusions.confirm(one);
    return funds.inTurn(async () =>
      prosecuteRecord(record, { ...this.#reading, reporter: signer, model, others, confirm }),
    );
  }

  /**
   * Finds a record by its receipt's struct hash: one's own, or one that its operator shows to anybody.
   * @throws RecordUnknownError where nobody shows it
   * @throws ChainError where the chain cannot be read
   */
  async find(leaf: Hex): Promise<Record> {
    const own = this.#paying?.archive.find(leaf);
    if (own !== undefined) return own;
    const { market, fetch } = this.#reading;
    const endpoints = (await market.directory()).map(({ endpoint }) => endpoint);
    const record = await shownRecord(fetch, endpoints, leaf);
    if (record === undefined) throw new RecordUnknownError(leaf);
    return record;
  }

  #payingFor(what: string): Paying {
    if (this.#paying === undefined) throw new ReadOnlyError(what);
    return this.#paying;
  }
}

/** What the platform has of itself: Node and browsers alike. */
const platform = {
  fetch: async (...call: Parameters<Fetch>) => globalThis.fetch(...call),
  clock: () => BigInt(Math.floor(Date.now() / 1000)),
  random: () => Math.random(),
  salt: () => toHex(crypto.getRandomValues(new Uint8Array(32))),
};

function isSigner(runner: Signer | Provider): runner is Signer {
  return "signTypedData" in runner;
}

async function openPaying(
  signer: Signer,
  { deployment, contracts, fetch, salt, market, weights }: Reading,
  options: ConnectOptions & { readonly clock: () => bigint },
): Promise<Paying> {
  const { secret, autoFund, recheck = RECHECK, clock, verifyProof } = options;
  const { random = platform.random, store = new MemoryStore() } = options;
  const key = secret === undefined ? await walletKey(signer) : secretKey(secret);
  const payer = (await signer.getAddress()).toLowerCase() as Hex;
  const { escrow } = domainsOf(deployment);
  const archive = await Archive.open({ store, payer, key: key.address, escrow });
  const { records, unanswered } = archive;
  const proofs = verifyProof === undefined ? {} : { verifyProof };
  const client = new Client({ payer: signer, key, deployment, clock, salt, fetch, records, unanswered, ...proofs });
  const funds = new Funds({ contracts, purse: client.purse, key: key.address, autoFund });
  const strict = { isRecheckStrict: options.recheck !== undefined };
  return {
    signer,
    client,
    archive,
    funds,
    payer: new Payer({ client, market, weights, archive, funds, fetch, recheck, random, ...strict }),
  };
}
