import type { Signer } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { type Demand, demandReceipt, demandState, lapseDemand } from "../chain/demands.ts";
import { ChainError } from "../chain/errors.ts";
import type { Judge } from "../chain/judge.ts";
import { query } from "../chain/transactions.ts";
import { EVIDENCE_LAPSE } from "../core/terms.ts";
import { keepFinding } from "./inspector.ts";
import type { BatchReader } from "./reader.ts";
import type { ReportSink } from "./report.ts";
import { findSilence, judgeDisclosed } from "./silence.ts";
import type { WatchedBatch } from "./store/batches.ts";
import type { WatchStore } from "./store/store.ts";

/** What a demander is made of. */
export interface DemanderOptions {
  /** Behind the reporter. */
  readonly contracts: Contracts;
  readonly reporter: Signer;
  readonly reader: BatchReader;
  readonly judge: Judge;
  readonly store: WatchStore;
  readonly report: ReportSink;
  /** How many demands to one operator may be open: more cost more each. */
  readonly maxOpen: number;
}

/** Demands what was decided to be demanded, and follows every demand to its end, whoever made it. */
export class Demander {
  readonly #options: DemanderOptions;

  constructor(options: DemanderOptions) {
    this.#options = options;
  }

  /** Does all of it that is due. @param now in seconds */
  async advance(now: bigint): Promise<void> {
    const { store } = this.#options;
    for (const disclosure of store.demands.disclosures()) {
      await this.#attempt(`the answer to demand ${disclosure.demand}`, async () => {
        const findings = await judgeDisclosed(this.#options, disclosure.exhibit, { ...disclosure, now });
        store.transaction(() => {
          for (const finding of findings) keepFinding(this.#options, finding);
          store.demands.settle(disclosure);
        });
      });
    }
    for (const demand of store.demands.due(now)) {
      await this.#attempt(`demand ${demand.id}`, async () => this.#look(demand, now));
    }
    for (const { batch, sequence } of store.demands.toMake()) {
      await this.#attempt(`a demand for ${batch.root}`, async () => this.#make(batch, sequence));
    }
  }

  /** Sees how a demand stands: finds silence, takes back what its own demands left. */
  async #look(demand: Demand, now: bigint): Promise<void> {
    const { contracts, store, reporter } = this.#options;
    const { state, deadline, lapsesAt, hasDeposit } = await demandState(contracts, demand);
    const isOwn = demand.demander === (await reporter.getAddress()).toLowerCase();
    if (state === "open") {
      store.demands.postpone(demand.id, deadline + 1n);
      return;
    }
    if (state === "silent") {
      const finding = await findSilence(contracts, demand, lapsesAt);
      // For the first hour the bounty is the demander's, who knows it too.
      if (finding !== undefined) keepFinding(this.#options, finding, isOwn ? now : deadline + EVIDENCE_LAPSE + 1n);
      store.demands.postpone(demand.id, lapsesAt + 1n);
      return;
    }
    if (hasDeposit && isOwn) await lapseDemand(contracts, demand);
    store.demands.postpone(demand.id);
  }

  async #make(batch: WatchedBatch, sequence: bigint): Promise<void> {
    const { contracts, store, report, maxOpen } = this.#options;
    const { operator, root } = batch;
    if (store.demands.openOf(operator) >= maxOpen) return;
    // Who has nothing left to lose would not answer, and nobody would gain by it.
    if ((await query(() => contracts.bonds.slashable(operator))).own === 0n) return;
    const demand = await this.#demand(batch, sequence);
    // Until it is read from the chain as everybody's, it is not counted among those that are open: a round's work at most.
    store.demands.markMade(batch.id, sequence, demand?.block ?? 0);
    report({ what: "demanded", operator, root, sequence, isFirst: demand !== undefined });
  }

  async #demand(batch: WatchedBatch, sequence: bigint): Promise<Demand | undefined> {
    const { contracts, store } = this.#options;
    const { operator, root } = batch;
    try {
      return await demandReceipt(contracts, { operator, root, sequence });
    } catch (cause) {
      const isOver = cause instanceof ChainError && ["DemandOutOfTime", "ReceiptUnknown"].includes(cause.reason);
      if (isOver) store.demands.markMade(batch.id, sequence, 0);
      throw cause;
    }
  }

  /** Does one thing; where the chain does not let it, it is tried again in the next round. */
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
