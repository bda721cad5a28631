import type { Signer } from "ethers";
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
  readonly dataHash: Hex;
  readonly dataURI: string;
  readonly committedAt: bigint;
}

/** How many records are fetched at once. */
const PARALLEL = 8;

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

  /** Inspects every batch committed since `fromBlock`. @throws ChainError where the chain cannot be read */
  async inspect(fromBlock: number): Promise<Inspection> {
    const findings: Finding[] = [];
    const withheld: string[] = [];
    let [receipts, reexecuted] = [0, 0];
    const batches = await this.#committedSince(fromBlock);
    for (const batch of batches) {
      try {
        const records = await this.#fetchBatch(batch, withheld);
        receipts += records.length;
        for (const exhibit of records) {
          const isRun = this.#modelOf(exhibit.record) !== undefined;
          if (isRun) reexecuted++;
          const finding = this.#judge(exhibit, batch);
          if (finding !== undefined) findings.push(finding);
        }
      } catch (cause) {
        if (!(cause instanceof NodeError)) throw cause;
        withheld.push(`batch ${batch.root} of ${batch.operator}: ${cause.message}`);
      }
    }
    return { batches: batches.length, receipts, reexecuted, findings, withheld };
  }

  /**
   * Takes a finding to its court.
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
        events.map(async ({ args: { operator, root, dataHash, dataURI } }) => ({
          operator: operator.toLowerCase() as Hex,
          root: root as Hex,
          dataHash: dataHash as Hex,
          dataURI,
          committedAt: (await ledger.batch(operator, root)).committedAt,
        })),
      );
    });
  }

  /** The records of a batch with their ways to its root; what is missing is noted. @throws NodeError */
  async #fetchBatch(committed: CommittedBatch, withheld: string[]): Promise<Exhibit[]> {
    const { fetch } = this.#options;
    const { receipts } = await callNode(fetch, { url: committed.dataURI, schema: publishedBatchSchema });
    const batch = makeBatch(receipts);
    if (batch.root !== committed.root || batch.dataHash !== committed.dataHash) {
      withheld.push(`batch ${committed.root} of ${committed.operator}: what it publishes is not what it committed`);
      return [];
    }
    const exhibits: Exhibit[] = [];
    for (let start = 0; start < receipts.length; start += PARALLEL) {
      const part = receipts.slice(start, start + PARALLEL);
      const fetched = await Promise.all(
        part.map((receipt, index) => this.#fetchExhibit(committed, batch, { receipt, index: start + index })),
      );
      for (const result of fetched) {
        if (typeof result === "string") withheld.push(result);
        else exhibits.push(result);
      }
    }
    return exhibits;
  }

  async #fetchExhibit(
    { dataURI, root }: CommittedBatch,
    batch: Batch,
    { receipt, index }: { readonly receipt: Receipt; readonly index: number },
  ): Promise<Exhibit | string> {
    const leaf = receiptHash(receipt);
    const url = dataURI.replace(/\/batches\/.*$/, `/records/${leaf}`);
    try {
      const record = await callNode(this.#options.fetch, { url, schema: recordSchema });
      const broken = verifyRecord(record, domainsOf(this.#options.deployment)).filter(
        ({ name, status }) => status === "fails" && name === "request",
      );
      if (receiptHash(record.receipt) !== leaf || broken.length > 0) return `record ${leaf}: another record came`;
      return { record, committed: { root, proof: batch.proof(index) } };
    } catch (cause) {
      if (cause instanceof NodeError) return `record ${leaf}: ${cause.message}`;
      throw cause;
    }
  }

  #judge(exhibit: Exhibit, { operator, committedAt }: CommittedBatch): Finding | undefined {
    const { record } = exhibit;
    const seen = this.#seen.get(operator) ?? new Contradictions();
    this.#seen.set(operator, seen);
    const { equivocationCourt, validityCourt } = this.#contracts;
    const salt = this.#options.salt();

    const equivocation = seen.add(exhibit);
    if (equivocation !== undefined) {
      const { contradiction, exhibits } = equivocation;
      const data = convictEquivocation(contradiction, exhibits, salt);
      return {
        operator,
        description: `two receipts for one ${contradiction} (${describePlace(exhibit)})`,
        records: exhibits.map(({ record: shown }) => shown),
        case: { name: "EquivocationCourt", court: equivocationCourt, data },
      };
    }
    const breach = breachOf(record.receipt, record.request, committedAt);
    const wrong = breach === undefined ? this.#findWrongOutput(record) : undefined;
    if (breach === undefined && wrong === undefined) return undefined;
    return {
      operator,
      description: `${breach ?? wrong?.description ?? ""} (${describePlace(exhibit)})`,
      records: [record],
      case: {
        name: "ValidityCourt",
        court: validityCourt,
        data: wrong === undefined ? convictTerms(exhibit, salt) : convictOutput(exhibit, wrong.evidence, salt),
      },
    };
  }

  #modelOf({ request }: Record): PublishedModel | undefined {
    return request.order.mode === Mode.optimistic ? this.#models.get(request.order.modelId) : undefined;
  }

  /** Computes an answer again; where it is wrong, the smallest evidence that shows it. */
  #findWrongOutput(record: Record): { description: string; evidence: Hex } | undefined {
    const published = this.#modelOf(record);
    if (published === undefined) return undefined;
    const links = verifyRecord(record, domainsOf(this.#options.deployment));
    const holds = (name: string) => links.some((link) => link.name === name && link.status === "holds");
    // A client can order an input that is no model's; then there is no right answer, and no wrong one.
    if (!holds("input") || fromHex(record.input).length !== published.model.inputWidth) return undefined;

    if (holds("output") && holds("proof")) {
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

function describePlace({ record: { receipt } }: Exhibit): string {
  return `receipt ${receipt.sequence}`;
}
