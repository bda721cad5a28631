import type { Signer } from "ethers";
import { listBatches } from "../chain/batches.ts";
import { connect, type Contracts } from "../chain/contracts.ts";
import { claimCoin, listDemands } from "../chain/demands.ts";
import type { Deployment } from "../chain/deployment.ts";
import { listDisclosures } from "../chain/disclosures.ts";
import { ChainError } from "../chain/errors.ts";
import { chainTime, gasPriceOf, providerOf } from "../chain/facts.ts";
import { follow } from "../chain/follow.ts";
import type { Fetch } from "../chain/http.ts";
import { Judge } from "../chain/judge.ts";
import { Sender } from "../chain/sender.ts";
import { query, transact } from "../chain/transactions.ts";
import { DISCLOSURE } from "../chain/windows.ts";
import type { Hex } from "../core/bytes.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import { EVIDENCE_AFTER_ANSWER, EVIDENCE_LAPSE, MAX_ANSWER_TIME, MAX_SUSPENSION, MAX_WINDOW } from "../core/terms.ts";
import { useNativeCurve } from "../native/curve.ts";
import { Demander } from "./demander.ts";
import { Docket } from "./docket.ts";
import { type InspectionTerms, Inspector } from "./inspector.ts";
import { BatchReader } from "./reader.ts";
import type { ReportSink } from "./report.ts";
import type { SeenBatch } from "./store/batches.ts";
import { WatchStore } from "./store/store.ts";

/** How a watcher works, where it matters to whoever runs it. */
export interface WatchTerms extends InspectionTerms {
  /** The part of the answers that are computed again, or whose proofs are verified: 0 to 1. All else is checked of all. */
  readonly share: number;
  /** How many blocks, its own with them, a block must have to be read. */
  readonly confirmations: number;
  /** How many demands to one operator may be open: more cost more each. */
  readonly maxOpenDemands: number;
  /** What a whole coin of the chain is worth in the token's smallest unit: awards are claimed where they are worth the gas. */
  readonly unitsPerCoin: bigint;
}

/** How a watcher works where nobody says otherwise. */
export const usualTerms: WatchTerms = {
  share: 1,
  patience: 6n * 3_600n,
  reserve: 12n * 3_600n,
  budgetMs: 60_000,
  parallel: 8,
  confirmations: 1,
  maxOpenDemands: 24,
  unitsPerCoin: 0n,
};

/** What a watcher is made of. */
export interface ServiceOptions {
  /** Who reports and demands, and gets the bounties; on public networks a `Sender`. */
  readonly reporter: Signer;
  readonly deployment: Deployment;
  /** The models that it can run. */
  readonly models: readonly PublishedModel[];
  /** The file of its store, or `:memory:`. */
  readonly store: string;
  /** The first block of interest, where the store is new: the deployment's where left out. */
  readonly fromBlock?: number;
  /** 32 fresh bytes: what hides evidence, and chooses what is computed again and what is demanded. */
  readonly salt: () => Hex;
  readonly fetch: Fetch;
  readonly report: ReportSink;
  readonly terms?: Partial<WatchTerms>;
}

/** The longest that anything can come of a demand, and of a batch, in seconds, a suspension with it. */
const DEMAND_LIFE = MAX_ANSWER_TIME + EVIDENCE_AFTER_ANSWER + EVIDENCE_LAPSE + MAX_SUSPENSION;
const BATCH_LIFE = MAX_WINDOW + DEMAND_LIFE;

/** How many batches are looked up at once. */
const PARALLEL = 20;

/** What claiming takes at most, in gas. */
const CLAIM_GAS = 80_000n;
const WEI_PER_COIN = 10n ** 18n;

/** Watches a deployment for years: all that it must not forget is in its store, so it can be stopped and killed at any time. */
export class WatchService {
  readonly #options: ServiceOptions;
  readonly #terms: WatchTerms;
  readonly #contracts: Contracts;
  readonly #store: WatchStore;
  readonly #inspector: Inspector;
  readonly #demander: Demander;
  readonly #docket: Docket;

  /**
   * Opens a watcher.
   * @throws StoreMismatchError where the store is another deployment's or reporter's
   * @throws ChainError where what an earlier process sent cannot be looked after
   */
  static async open(options: ServiceOptions): Promise<WatchService> {
    const { reporter, deployment } = options;
    const address = (await reporter.getAddress()).toLowerCase();
    const owner = `${address} on chain ${deployment.chainId}, ledger ${deployment.contracts.ledger}`;
    const store = WatchStore.open(options.store, { owner, fromBlock: options.fromBlock ?? deployment.block });
    try {
      // What was sent and not written down any more is on the chain before anything else is done.
      if (reporter instanceof Sender) await reporter.waitForEarlier();
    } catch (cause) {
      store.close();
      throw cause;
    }
    return new WatchService(options, store);
  }

  private constructor(options: ServiceOptions, store: WatchStore) {
    useNativeCurve();
    const terms = { ...usualTerms, ...options.terms };
    const contracts = connect(options.deployment, options.reporter);
    const reader = new BatchReader({ ...options, contracts });
    const picks = (): boolean => fractionOf(options.salt()) < terms.share;
    const judge = new Judge({ ...options, contracts, memory: store.receipts, picks });
    const parts = { ...options, contracts, reader, judge, store };
    this.#options = options;
    this.#terms = terms;
    this.#contracts = contracts;
    this.#store = store;
    this.#inspector = new Inspector({ ...parts, terms });
    this.#demander = new Demander({ ...parts, maxOpen: terms.maxOpenDemands });
    this.#docket = new Docket({ ...parts, cases: store.cases });
  }

  /** One round of all that is due: follows the chain, inspects, demands, goes to court, claims. @param end ends it early */
  async round(end: AbortSignal = new AbortController().signal): Promise<void> {
    await this.act();
    await this.inspect(end);
    await this.act();
  }

  /** What has to be done on the chain: never waits for anybody's node. */
  async act(): Promise<void> {
    await this.#attempt("following the chain", async () => this.#follow());
    await this.#attempt("demands", async () => this.#demander.advance(await this.#now()));
    await this.#attempt("cases", async () => this.#docket.advance(await this.#now()));
    await this.#attempt("claims", async () => this.#claim());
    await this.#attempt("forgetting", async () => this.#prune());
  }

  /** Reads what operators publish, and judges it. @param end ends it early; what was judged is kept */
  async inspect(end: AbortSignal = new AbortController().signal): Promise<void> {
    await this.#attempt("inspecting", async () => this.#inspector.inspect(await this.#now(), end));
  }

  close(): void {
    this.#store.close();
  }

  /** Reads what came since, and again what was replaced. */
  async #follow(): Promise<void> {
    const store = this.#store;
    const contracts = this.#contracts;
    const now = await this.#now();
    const { to, from, isReplaced, cursor, found } = await follow(providerOf(contracts), {
      cursor: store.cursor,
      confirmations: this.#terms.confirmations,
      read: async (from, to) => [
        {
          batches: await this.#seeBatches({ from, to }),
          demands: await listDemands(contracts, { from, to }),
          disclosures: await listDisclosures(contracts, { from, to }),
        },
      ],
    });
    const [read = { batches: [], demands: [], disclosures: [] }] = found;
    store.transaction(() => {
      if (isReplaced) store.forgetFrom(from);
      for (const batch of read.batches) store.batches.add(batch);
      for (const demand of read.demands) store.demands.add(demand, now + DEMAND_LIFE);
      for (const disclosure of read.disclosures) store.demands.answer(disclosure, now + DEMAND_LIFE);
      store.moveTo(cursor);
    });
    for (const { demand, exhibit } of read.disclosures)
      if (exhibit === undefined) this.#options.report({ what: "unread", demand });
    if (read.batches.length === 0 && !isReplaced) return;
    const replaced = isReplaced ? { replaced: from } : {};
    this.#options.report({ what: "followed", block: to, batches: read.batches.length, ...replaced });
  }

  /** The batches of some blocks, with the times in which something can come of them. */
  async #seeBatches(blocks: { readonly from: number; readonly to: number }): Promise<SeenBatch[]> {
    const { ledger, policies, bonds } = this.#contracts;
    const batches = await listBatches(this.#contracts, blocks);
    const seen: SeenBatch[] = [];
    for (let start = 0; start < batches.length; start += PARALLEL) {
      const part = batches.slice(start, start + PARALLEL).map(async (batch) => {
        const { committedAt } = await ledger.batch(batch.operator, batch.root);
        const { window } = await policies.policyAt(DISCLOSURE, committedAt);
        const demandableUntil = await bonds.extended(committedAt, committedAt + window);
        return { ...batch, committedAt, demandableUntil, forgottenAt: committedAt + BATCH_LIFE };
      });
      seen.push(...(await query(async () => Promise.all(part))));
    }
    return seen;
  }

  /** Takes what verdicts awarded, and what demands left, where that is worth its gas. */
  async #claim(): Promise<void> {
    const { bonds, disclosureCourt } = this.#contracts;
    const address = await this.#options.reporter.getAddress();
    const [awards, coin] = await query(async () =>
      Promise.all([bonds.awardsOf(address), disclosureCourt.coinOf(address)]),
    );
    if (awards === 0n && coin === 0n) return;
    const cost = CLAIM_GAS * (await gasPriceOf(this.#contracts));
    const isWorthIt = awards > 0n && awards * WEI_PER_COIN > cost * this.#terms.unitsPerCoin;
    if (isWorthIt) await transact(() => bonds.claimAwards());
    if (coin > cost) await claimCoin(this.#contracts);
    if (isWorthIt || coin > cost)
      this.#options.report({ what: "claimed", awards: isWorthIt ? awards : 0n, coin: coin > cost ? coin : 0n });
  }

  async #prune(): Promise<void> {
    const batches = this.#store.prune(await this.#now());
    if (batches > 0) this.#options.report({ what: "pruned", batches });
  }

  async #now(): Promise<bigint> {
    return chainTime(this.#contracts);
  }

  /** Does a part of a round; where the chain does not let it, the others go on, and it is tried again in the next. */
  async #attempt(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      const { reason, message } = cause;
      this.#options.report({ what: "failed", doing, reason, message });
    }
  }
}

/** A number from 0 to below 1 that nobody foresees, from fresh bytes. */
function fractionOf(salt: Hex): number {
  return Number(BigInt.asUintN(32, BigInt(salt))) / 2 ** 32;
}
