import type { Signer } from "ethers";
import { type BatchPlace, listBatches } from "../chain/batches.ts";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Demand, demandReceipt, demandState, listDemands, type Place } from "../chain/demands.ts";
import type { Deployment } from "../chain/deployment.ts";
import { listDisclosures } from "../chain/disclosures.ts";
import { chainTime, providerOf } from "../chain/facts.ts";
import { REORG_DEPTH } from "../chain/follow.ts";
import { type Fetch, NodeError } from "../chain/http.ts";
import { type Finding, type Held, Judge } from "../chain/judge.ts";
import type { Since } from "../chain/logs.ts";
import { prosecute, type Verdict } from "../chain/prosecution.ts";
import type { BatchTerms, Page } from "../chain/published.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import { useNativeCurve } from "../native/curve.ts";
import { BatchReader, type Missing, nameOf, unproven } from "./reader.ts";
import { findSilence, judgeDisclosed } from "./silence.ts";

/** What a watcher is made of. */
export interface WatcherOptions {
  /** Who reports and demands, and gets the bounties. */
  readonly reporter: Signer;
  readonly deployment: Deployment;
  /** The models that it can run. */
  readonly models: readonly PublishedModel[];
  /** 32 fresh bytes: what hides evidence until it is opened, and what is demanded until it is. */
  readonly salt: () => Hex;
  readonly fetch: Fetch;
}

/** What an inspection saw. */
export interface Inspection {
  readonly batches: number;
  readonly receipts: number;
  /** How many answers were computed again, or had their proof verified. */
  readonly reexecuted: number;
  readonly findings: readonly Finding[];
  /** What could not be inspected, and why. */
  readonly withheld: readonly string[];
  /** What of that an operator can be made to show, or be slashed for its silence: a few of each batch. */
  readonly demandable: readonly Place[];
}

/** What became of demands. */
export interface FollowUp {
  /** What is wrong with what was shown, and who showed nothing in time. */
  readonly findings: readonly Finding[];
  /** How many demands still wait for their answer. */
  readonly open: number;
  /** Answers that could not be read, and why. */
  readonly unread: readonly string[];
  /** From which block on demands are to be looked at next time: all before are over. */
  readonly resumeAt: number;
}

/** How many records are fetched at once. */
const PARALLEL = 8;

/**
 * Looks once, at whatever somebody wants looked at: reads committed batches, computes their answers again, demands what is
 * withheld, takes what is wrong to court. `WatchService` does the same for years.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #contracts: Contracts;
  readonly #reader: BatchReader;
  readonly #judge: Judge;

  constructor(options: WatcherOptions) {
    useNativeCurve();
    this.#options = options;
    this.#contracts = connect(options.deployment, options.reporter);
    this.#reader = new BatchReader({ ...options, contracts: this.#contracts });
    this.#judge = new Judge({ ...options, contracts: this.#contracts });
  }

  /**
   * Inspects every batch committed since a block. Faults whose time to be challenged is over are no findings: a
   * court would keep the deposit.
   * @throws ChainError where the chain cannot be read
   */
  async inspect(since: Since): Promise<Inspection> {
    const findings: Finding[] = [];
    const withheld: string[] = [];
    const demandable: Place[] = [];
    let [receipts, reexecuted] = [0, 0];
    const now = await chainTime(this.#contracts);
    const batches = await listBatches(this.#contracts, since);
    for (const batch of batches) {
      const { committedAt } = await query(() => this.#contracts.ledger.batch(batch.operator, batch.root));
      const { held, missing } = await this.#fetchBatch(batch);
      receipts += held.length;
      for (const one of held) {
        const judgement = await this.#judge.judge(one, { countsFrom: committedAt }, now);
        findings.push(...judgement.findings);
        if (judgement.isChecked) reexecuted++;
        if (judgement.isUnproven) missing.push(unproven(one));
      }
      withheld.push(...new Set(missing.map(({ problem }) => problem)));
      demandable.push(...this.#reader.choose(batch, missing));
    }
    return { batches: batches.length, receipts, reexecuted, findings, withheld, demandable };
  }

  /**
   * Demands what an inspection found withheld; `followUp` tells what became of it.
   * @returns the demands that were made: what was demanded before is not demanded again
   * @throws ChainError where the court refuses: it is too late, or the deposit is more than the reporter has
   */
  async demand({ demandable }: Pick<Inspection, "demandable">): Promise<Demand[]> {
    const made: Demand[] = [];
    for (const place of demandable) {
      const demand = await demandReceipt(this.#contracts, place);
      if (demand !== undefined) made.push(demand);
    }
    return made;
  }

  /**
   * Looks at every demand that anyone made since a block: judges what was shown, and finds silence.
   * @throws ChainError where the chain cannot be read
   */
  async followUp(since: Since): Promise<FollowUp> {
    const head = await query(async () => providerOf(this.#contracts).getBlockNumber());
    const [now, demands, disclosures] = await Promise.all([
      chainTime(this.#contracts),
      listDemands(this.#contracts, since),
      listDisclosures(this.#contracts, since),
    ]);
    const bench = { contracts: this.#contracts, reader: this.#reader, judge: this.#judge };
    const findings: Finding[] = [];
    const unread: string[] = [];
    let open = 0;
    let resumeAt = Math.max(typeof since === "number" ? since : since.from, head - REORG_DEPTH);
    for (const disclosure of disclosures) {
      if (disclosure.exhibit === undefined) unread.push(`demand ${disclosure.demand}: its answer is in no calldata`);
      else findings.push(...(await judgeDisclosed(bench, disclosure.exhibit, { ...disclosure, now })));
    }
    for (const demand of demands.filter(({ id }) => disclosures.every((disclosure) => disclosure.demand !== id))) {
      const { state, lapsesAt } = await demandState(this.#contracts, demand);
      if (state === "open") open++;
      if (state !== "over") resumeAt = Math.min(resumeAt, demand.block);
      const finding = state === "silent" ? await findSilence(this.#contracts, demand, lapsesAt) : undefined;
      if (finding !== undefined) findings.push(finding);
    }
    return { findings, open, unread, resumeAt };
  }

  /**
   * Takes a finding to its court. Where that failed on the way, it can be tried again.
   * @returns undefined where somebody else was faster
   * @throws ChainError where the court refuses
   */
  async prosecute(finding: Finding): Promise<Verdict | undefined> {
    return prosecute(finding.case, this.#options.reporter);
  }

  /** The records of a batch with their ways to its root, and what is missing of it. */
  async #fetchBatch(committed: BatchTerms): Promise<{ readonly held: Held[]; readonly missing: Missing[] }> {
    const reader = this.#reader;
    let place: BatchPlace;
    let page: Page;
    try {
      place = await reader.find(committed);
      page = await reader.readPage(committed, place);
    } catch (cause) {
      if (!(cause instanceof NodeError)) throw cause;
      return { held: [], missing: reader.missingReceipts(committed, [], `${nameOf(committed)}: ${cause.message}`) };
    }
    const { receipts } = page;
    const held: Held[] = [];
    const gap = `${nameOf(committed)}: a receipt of its range is not in it`;
    const missing = reader.missingReceipts(committed, receipts, gap);
    for (let start = 0; start < receipts.length; start += PARALLEL) {
      const part = receipts.slice(start, start + PARALLEL);
      const fetched = await Promise.all(
        part.map((_, index) => reader.readRecord(committed, page, { index: start + index, place })),
      );
      for (const one of fetched) {
        if (one.missing !== undefined) missing.push(one.missing);
        if (one.held !== undefined) held.push(one.held);
      }
    }
    return { held, missing };
  }
}
