import type { Signer } from "ethers";
import { type BatchPlace, findBatch } from "../chain/batches.ts";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Demand, demandReceipt, demandState, listDemands, type Place } from "../chain/demands.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import { demandedExhibit, type Disclosure, listDisclosures } from "../chain/disclosures.ts";
import { convictSilence, type Exhibit } from "../chain/evidence.ts";
import { chainTime, providerOf } from "../chain/facts.ts";
import { REORG_DEPTH } from "../chain/follow.ts";
import { callNode, type Fetch, NodeError } from "../chain/http.ts";
import { type Finding, type Held, Judge } from "../chain/judge.ts";
import { logsIn, type Since } from "../chain/logs.ts";
import { prosecute, type Verdict } from "../chain/prosecution.ts";
import { query } from "../chain/transactions.ts";
import { type Batch, makeBatch } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import { publishedBatchSchema, recordSchema } from "../core/records.ts";
import { type Receipt, receiptHash } from "../core/typedData.ts";
import { verifyRecord } from "../core/verify.ts";
import { useNativeCurve } from "../native/curve.ts";

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

/** A batch as its operator committed it. */
interface CommittedBatch {
  readonly operator: Hex;
  readonly root: Hex;
  readonly firstSequence: bigint;
  readonly count: bigint;
  readonly dataHash: Hex;
  readonly committedAt: bigint;
}

/** What is missing from a batch: in words, and where a court would have to be shown it. */
interface Missing {
  readonly problem: string;
  readonly sequence?: bigint;
}

/** How many records are fetched at once. */
const PARALLEL = 8;

/** How many receipts of a batch are demanded at most: one that is met with silence is enough. */
const DEMANDS = 3;

/** Reads every committed batch, computes its answers again, demands what is withheld, takes what is wrong to court. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #contracts: Contracts;
  readonly #judge: Judge;

  constructor(options: WatcherOptions) {
    useNativeCurve();
    this.#options = options;
    this.#contracts = connect(options.deployment, options.reporter);
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
    const batches = await this.#committedSince(since);
    for (const batch of batches) {
      const { held, missing } = await this.#fetchBatch(batch);
      receipts += held.length;
      for (const one of held) {
        const judgement = await this.#judge.judge(one, { countsFrom: batch.committedAt }, now);
        findings.push(...judgement.findings);
        if (judgement.isChecked) reexecuted++;
        if (!judgement.isUnproven) continue;
        const { receipt } = one.exhibit.record;
        const problem = `record ${receiptHash(receipt)}: what it hands out is not what it committed to`;
        missing.push({ problem, sequence: receipt.sequence });
      }
      withheld.push(...new Set(missing.map(({ problem }) => problem)));
      demandable.push(...this.#choose(batch, missing));
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
    const findings: Finding[] = [];
    const unread: string[] = [];
    let open = 0;
    let resumeAt = Math.max(typeof since === "number" ? since : since.from, head - REORG_DEPTH);
    for (const disclosure of disclosures) {
      if (disclosure.exhibit === undefined) unread.push(`demand ${disclosure.demand}: its answer is in no calldata`);
      else findings.push(...(await this.#judgeDisclosure(disclosure, disclosure.exhibit, now)));
    }
    for (const demand of demands.filter(({ id }) => disclosures.every((disclosure) => disclosure.demand !== id))) {
      const { state } = await demandState(this.#contracts, demand);
      if (state === "open") open++;
      if (state !== "over") resumeAt = Math.min(resumeAt, demand.block);
      const finding = state === "silent" ? await this.#findSilence(demand) : undefined;
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

  async #judgeDisclosure({ disclosedAt }: Disclosure, exhibit: Exhibit, now: bigint): Promise<readonly Finding[]> {
    const { receipt } = exhibit.record;
    const root = exhibit.committed?.root ?? "0x";
    const { committedAt } = await query(() => this.#contracts.ledger.batch(receipt.operator, root));
    const { findings } = await this.#judge.judge(this.#hold(exhibit), { countsFrom: committedAt, disclosedAt }, now);
    return findings;
  }

  async #findSilence(demand: Demand): Promise<Finding | undefined> {
    const shown = await demandedExhibit(this.#contracts, demand);
    const data = convictSilence(demand, shown);
    if (data === undefined) return undefined;
    return {
      operator: demand.operator,
      description: `silence on a demand for a ${demand.subject.kind}`,
      records: shown === undefined ? [] : [shown.record],
      case: { name: "DisclosureCourt", court: this.#contracts.disclosureCourt, data },
    };
  }

  async #committedSince(since: Since): Promise<CommittedBatch[]> {
    const { ledger } = this.#contracts;
    const events = await logsIn(this.#contracts, since, async (from, to) =>
      ledger.queryFilter(ledger.filters.BatchCommitted(), from, to),
    );
    return query(async () =>
      Promise.all(
        events.map(async ({ args: { operator, root, firstSequence, count, dataHash } }) => ({
          operator: operator.toLowerCase() as Hex,
          root: root as Hex,
          firstSequence,
          count,
          dataHash: dataHash as Hex,
          committedAt: (await ledger.batch(operator, root)).committedAt,
        })),
      ),
    );
  }

  /** The records of a batch with their ways to its root, and what is missing of it. */
  async #fetchBatch(committed: CommittedBatch): Promise<{ readonly held: Held[]; readonly missing: Missing[] }> {
    const name = `batch ${committed.root} of ${committed.operator}`;
    let place: BatchPlace;
    let receipts: readonly Receipt[];
    try {
      place = await findBatch(this.#contracts, committed.operator, committed.root);
      ({ receipts } = await callNode(this.#options.fetch, { url: place.url, schema: publishedBatchSchema }));
    } catch (cause) {
      if (!(cause instanceof NodeError)) throw cause;
      return { held: [], missing: this.#missingReceipts(committed, [], `${name}: ${cause.message}`) };
    }
    const batch = makeBatch(receipts);
    if (batch.root !== committed.root || batch.dataHash !== committed.dataHash) {
      const problem = `${name}: what it publishes is not what it committed`;
      return { held: [], missing: this.#missingReceipts(committed, [], problem) };
    }
    const held: Held[] = [];
    const missing = this.#missingReceipts(committed, receipts, `${name}: a receipt of its range is not in it`);
    for (let start = 0; start < receipts.length; start += PARALLEL) {
      const part = receipts.slice(start, start + PARALLEL);
      const fetched = await Promise.all(
        part.map((receipt, index) => this.#fetchHeld(committed, { place, batch }, { receipt, index: start + index })),
      );
      for (const one of fetched) {
        if (one.missing !== undefined) missing.push(one.missing);
        if (one.held !== undefined) held.push(one.held);
      }
    }
    return { held, missing };
  }

  /** Receipts that a batch claims by its range and does not show: a few of them, chosen so that nobody foresees which. */
  #missingReceipts({ firstSequence, count }: CommittedBatch, shown: readonly Receipt[], problem: string): Missing[] {
    const known = new Set(shown.map(({ sequence }) => sequence));
    const start = BigInt(this.#options.salt()) % count;
    const missing: Missing[] = [];
    // What is known is passed over once at most, so the way is no longer than the batch that was read.
    for (let step = 0n; step < count && missing.length < DEMANDS; step++) {
      const sequence = firstSequence + ((start + step) % count);
      if (!known.has(sequence)) missing.push({ problem, sequence });
    }
    return missing;
  }

  async #fetchHeld(
    { operator, firstSequence, count, root }: CommittedBatch,
    { place, batch }: { readonly place: BatchPlace; readonly batch: Batch },
    { receipt, index }: { readonly receipt: Receipt; readonly index: number },
  ): Promise<{ readonly held?: Held; readonly missing?: Missing }> {
    const leaf = receiptHash(receipt);
    const { sequence } = receipt;
    const offset = sequence - firstSequence;
    // No court would take such a receipt for committed, and the evidence's deposit would be lost.
    if (receipt.operator !== operator || offset < 0n || offset >= count) {
      return { missing: { problem: `receipt ${leaf}: the batch ${root} of ${operator} cannot hold it` } };
    }
    try {
      const record = await callNode(this.#options.fetch, { url: place.recordUrl(leaf), schema: recordSchema });
      const held = this.#hold({ record, committed: { root, proof: batch.proof(index) } });
      if (receiptHash(record.receipt) !== leaf || !held.holds("request")) {
        return { missing: { problem: `record ${leaf}: another record came`, sequence } };
      }
      if (held.holds("input")) return { held };
      return { held, missing: { problem: `record ${leaf}: its input is not the one that was ordered`, sequence } };
    } catch (cause) {
      if (!(cause instanceof NodeError)) throw cause;
      const problem = `record ${leaf}: ${cause.message}`;
      // What its client keeps to itself is not withheld, and its client has it.
      return { missing: cause.reason === "NotDisclosed" ? { problem } : { problem, sequence } };
    }
  }

  #hold(exhibit: Exhibit): Held {
    const links = verifyRecord(exhibit.record, domainsOf(this.#options.deployment));
    return { exhibit, holds: (name) => links.some((link) => link.name === name && link.status === "holds") };
  }

  /** The places of a few of what is missing of a batch. */
  #choose({ operator, root }: CommittedBatch, missing: readonly Missing[]): Place[] {
    const sequences = [...new Set(missing.flatMap(({ sequence }) => sequence ?? []))];
    if (sequences.length === 0) return [];
    const start = Number(BigInt(this.#options.salt()) % BigInt(sequences.length));
    const chosen = [...sequences.slice(start), ...sequences.slice(0, start)].slice(0, DEMANDS);
    return chosen.map((sequence) => ({ operator, root, sequence }));
  }
}
