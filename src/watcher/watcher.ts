import type { Signer } from "ethers";
import { type BatchPlace, findBatch } from "../chain/batches.ts";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import {
  convictEquivocation,
  convictOutput,
  convictTerms,
  type Exhibit,
  neuronEvidence,
  rerunEvidence,
} from "../chain/evidence.ts";
import { chainTime } from "../chain/facts.ts";
import { callNode, type Fetch, NodeError } from "../chain/http.ts";
import { type Case, prosecute, type Verdict } from "../chain/prosecution.ts";
import { query } from "../chain/transactions.ts";
import { type Batch, makeBatch } from "../core/batch.ts";
import { fromHex, type Hex } from "../core/bytes.ts";
import { modelId, outputHash, proofHash, type PublishedModel } from "../core/model/commitment.ts";
import { findFault } from "../core/model/fault.ts";
import { run } from "../core/model/run.ts";
import { publishedBatchSchema, type Record, recordSchema } from "../core/records.ts";
import { breachOf } from "../core/terms.ts";
import { Mode, type Receipt, receiptHash } from "../core/typedData.ts";
import { claimedTrace, describeFault, verifyRecord } from "../core/verify.ts";
import { Contradictions } from "./contradictions.ts";

/** What a watcher is made of. */
export interface WatcherOptions {
  /** Who reports, and gets the bounties. */
  readonly reporter: Signer;
  readonly deployment: Deployment;
  /** The models that it can run. */
  readonly models: readonly PublishedModel[];
  /** 32 fresh bytes: what hides evidence until it is opened. */
  readonly salt: () => Hex;
  readonly fetch: Fetch;
}

/** A fault, in words, and the case that proves it. */
export interface Finding {
  readonly operator: Hex;
  readonly description: string;
  readonly records: readonly Record[];
  readonly case: Case;
}

/** What an inspection saw. */
export interface Inspection {
  readonly batches: number;
  readonly receipts: number;
  /** How many answers were computed again. */
  readonly reexecuted: number;
  readonly findings: readonly Finding[];
  /** What could not be inspected, and why. */
  readonly withheld: readonly string[];
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

/** A record that a batch holds, and which of its links hold. */
interface Held {
  readonly exhibit: Exhibit;
  readonly holds: (link: string) => boolean;
}

/** How many records are fetched at once. */
const PARALLEL = 8;

/** The row of CourtPolicies that equivocation has; those before it are the modes'. */
const EQUIVOCATION = 4;

/** Reads every committed batch, computes its answers again, and takes what is wrong to court. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #contracts: Contracts;
  readonly #models: ReadonlyMap<Hex, PublishedModel>;
  readonly #seen = new Map<Hex, Contradictions>();

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#contracts = connect(options.deployment, options.reporter);
    this.#models = new Map(options.models.map((known) => [modelId(known.publisher, known.model), known]));
  }

  /**
   * Inspects every batch committed since `fromBlock`. Faults whose time to be challenged is over are no findings: a
   * court would keep the deposit.
   * @throws ChainError where the chain cannot be read
   */
  async inspect(fromBlock: number): Promise<Inspection> {
    const findings: Finding[] = [];
    const withheld: string[] = [];
    let [receipts, reexecuted] = [0, 0];
    const now = await chainTime(this.#contracts);
    const batches = await this.#committedSince(fromBlock);
    for (const batch of batches) {
      try {
        const held = await this.#fetchBatch(batch, withheld);
        receipts += held.length;
        for (const one of held) {
          if (this.#modelOf(one) !== undefined) reexecuted++;
          findings.push(...(await this.#judge(one, batch, now)));
        }
      } catch (cause) {
        if (!(cause instanceof NodeError)) throw cause;
        withheld.push(`batch ${batch.root} of ${batch.operator}: ${cause.message}`);
      }
    }
    return { batches: batches.length, receipts, reexecuted, findings, withheld };
  }

  /**
   * Takes a finding to its court. Where that failed on the way, it can be tried again.
   * @returns undefined where somebody else was faster
   * @throws ChainError where the court refuses
   */
  async prosecute(finding: Finding): Promise<Verdict | undefined> {
    return prosecute(finding.case, this.#options.reporter);
  }

  async #committedSince(fromBlock: number): Promise<CommittedBatch[]> {
    const { ledger } = this.#contracts;
    return query(async () => {
      const events = await ledger.queryFilter(ledger.filters.BatchCommitted(), fromBlock);
      return Promise.all(
        events.map(async ({ args: { operator, root, firstSequence, count, dataHash } }) => ({
          operator: operator.toLowerCase() as Hex,
          root: root as Hex,
          firstSequence,
          count,
          dataHash: dataHash as Hex,
          committedAt: (await ledger.batch(operator, root)).committedAt,
        })),
      );
    });
  }

  /** The records of a batch with their ways to its root; what is missing is noted. @throws NodeError */
  async #fetchBatch(committed: CommittedBatch, withheld: string[]): Promise<Held[]> {
    const { fetch } = this.#options;
    const place = await findBatch(this.#contracts, committed.operator, committed.root);
    const { receipts } = await callNode(fetch, { url: place.url, schema: publishedBatchSchema });
    const batch = makeBatch(receipts);
    if (batch.root !== committed.root || batch.dataHash !== committed.dataHash) {
      withheld.push(`batch ${committed.root} of ${committed.operator}: what it publishes is not what it committed`);
      return [];
    }
    const records: Held[] = [];
    for (let start = 0; start < receipts.length; start += PARALLEL) {
      const part = receipts.slice(start, start + PARALLEL);
      const fetched = await Promise.all(
        part.map((receipt, index) => this.#fetchHeld(committed, { place, batch }, { receipt, index: start + index })),
      );
      for (const { problem, held } of fetched) {
        if (problem !== undefined) withheld.push(problem);
        if (held !== undefined) records.push(held);
      }
    }
    return records;
  }

  async #fetchHeld(
    { operator, firstSequence, count, root }: CommittedBatch,
    { place, batch }: { readonly place: BatchPlace; readonly batch: Batch },
    { receipt, index }: { readonly receipt: Receipt; readonly index: number },
  ): Promise<{ readonly held?: Held; readonly problem?: string }> {
    const leaf = receiptHash(receipt);
    const offset = receipt.sequence - firstSequence;
    // No court would take such a receipt for committed, and the evidence's deposit would be lost.
    if (receipt.operator !== operator || offset < 0n || offset >= count) {
      return { problem: `receipt ${leaf}: the batch ${root} of ${operator} cannot hold it` };
    }
    try {
      const record = await callNode(this.#options.fetch, { url: place.recordUrl(leaf), schema: recordSchema });
      const links = verifyRecord(record, domainsOf(this.#options.deployment));
      const holds = (name: string) => links.some((link) => link.name === name && link.status === "holds");
      if (receiptHash(record.receipt) !== leaf || !holds("request")) {
        return { problem: `record ${leaf}: another record came` };
      }
      const held = { exhibit: { record, committed: { root, proof: batch.proof(index) } }, holds };
      return holds("input") ? { held } : { held, problem: `record ${leaf}: its input is not the one that was ordered` };
    } catch (cause) {
      if (cause instanceof NodeError) return { problem: `record ${leaf}: ${cause.message}` };
      throw cause;
    }
  }

  /** What is wrong with a record: with its place among others, and with itself. */
  async #judge(held: Held, batch: CommittedBatch, now: bigint): Promise<Finding[]> {
    const found = [this.#findEquivocation(held, batch), await this.#findInvalidity(held, batch)];
    const findings: Finding[] = [];
    for (const candidate of found) {
      if (candidate === undefined) continue;
      const { row, finding } = candidate;
      if (now <= (await this.#closesAt(row, batch))) findings.push(finding);
    }
    return findings;
  }

  /** Until when a court takes evidence about a batch, in seconds: suspended time does not count. */
  async #closesAt(row: number, { committedAt }: CommittedBatch): Promise<bigint> {
    const { policies, bonds } = this.#contracts;
    return query(async () => {
      const { window } = await policies.policyAt(row, committedAt);
      return bonds.extended(committedAt, committedAt + window);
    });
  }

  #findEquivocation({ exhibit }: Held, { operator }: CommittedBatch): Candidate | undefined {
    const seen = this.#seen.get(operator) ?? new Contradictions();
    this.#seen.set(operator, seen);
    const equivocation = seen.add(exhibit);
    if (equivocation === undefined) return undefined;
    const { contradiction, exhibits } = equivocation;
    const data = convictEquivocation(contradiction, exhibits, this.#options.salt());
    return {
      row: EQUIVOCATION,
      finding: {
        operator,
        description: `two receipts for one ${contradiction} (${describePlace(exhibit)})`,
        records: exhibits.map(({ record }) => record),
        case: { name: "EquivocationCourt", court: this.#contracts.equivocationCourt, data },
      },
    };
  }

  async #findInvalidity(held: Held, { operator, committedAt }: CommittedBatch): Promise<Candidate | undefined> {
    const { exhibit } = held;
    const { request, receipt } = exhibit.record;
    const salt = this.#options.salt();
    const breach = breachOf(receipt, request, committedAt) ?? (await this.#keyBreach(receipt));
    const wrong = breach === undefined ? this.#findWrongOutput(held) : undefined;
    if (breach === undefined && wrong === undefined) return undefined;
    return {
      // As the court does: an order of no mode at all is judged as the one that promises least.
      row: request.order.mode < EQUIVOCATION ? request.order.mode : Mode.signed,
      finding: {
        operator,
        description: `${breach ?? wrong?.description ?? ""} (${describePlace(exhibit)})`,
        records: [exhibit.record],
        case: {
          name: "ValidityCourt",
          court: this.#contracts.validityCourt,
          data: wrong === undefined ? convictTerms(exhibit, salt) : convictOutput(exhibit, wrong.evidence, salt),
        },
      },
    };
  }

  /** Whether a committed receipt's key was its operator's, which only the chain knows. */
  async #keyBreach({ signer, operator, issuedAt }: Receipt): Promise<"KeyNotOperators" | undefined> {
    const isValid = await query(() => this.#contracts.keys.isValidAt(signer, operator, issuedAt));
    return isValid ? undefined : "KeyNotOperators";
  }

  /** The model to compute an answer again with. */
  #modelOf({ exhibit, holds }: Held): PublishedModel | undefined {
    const { request, input } = exhibit.record;
    if (request.order.mode !== Mode.optimistic || !holds("input")) return undefined;
    const published = this.#models.get(request.order.modelId);
    // A client can order an input that is no model's; then there is no right answer, and no wrong one.
    return fromHex(input).length === published?.model.inputWidth ? published : undefined;
  }

  /** Computes an answer again; where it is wrong, the smallest evidence that shows it. */
  #findWrongOutput(held: Held): { description: string; evidence: Hex } | undefined {
    const published = this.#modelOf(held);
    if (published === undefined) return undefined;
    const { record } = held.exhibit;
    if (held.holds("output") && held.holds("proof")) {
      const fault = findFault(published.model, claimedTrace(record));
      if (fault === undefined) return undefined;
      return { description: describeFault(fault), evidence: neuronEvidence(published, record, fault) };
    }
    // The vectors handed out are not those committed to: only the whole run can speak.
    const right = run(published.model, fromHex(record.input));
    const { receipt } = record;
    if (outputHash(right) === receipt.outputHash && proofHash(right) === receipt.proofHash) return undefined;
    return { description: "the output or its proof is not the model's", evidence: rerunEvidence(published, record) };
  }
}

/** What would be a finding, if it is still in time: by the window that `row` of CourtPolicies had at the commitment. */
interface Candidate {
  readonly row: number;
  readonly finding: Finding;
}

function describePlace({ record: { receipt } }: Exhibit): string {
  return `receipt ${receipt.sequence}`;
}
