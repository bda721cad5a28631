import { fromHex, type Hex } from "../core/bytes.ts";
import { allRows, modelId, outputHash, proofHash, type PublishedModel } from "../core/model/commitment.ts";
import { findFault } from "../core/model/fault.ts";
import type { ModelOpening } from "../core/model/opening.ts";
import { run } from "../core/model/run.ts";
import { least } from "../core/numbers.ts";
import type { Record } from "../core/records.ts";
import { breachOf } from "../core/terms.ts";
import { Mode, type Receipt, receiptHash } from "../core/typedData.ts";
import { claimedTrace, describeFault, type RecordLink } from "../core/verify.ts";
import { isFaulty, isProven, proofEvidence } from "./checkers.ts";
import type { Contracts } from "./contracts.ts";
import { Contradictions, type Equivocation, type ReceiptMemory } from "./contradictions.ts";
import type { Deployment } from "./deployment.ts";
import { ChainError, isUnread } from "./errors.ts";
import {
  convictEquivocation,
  convictOutput,
  convictTerms,
  equivocationFault,
  type Exhibit,
  neuronEvidence,
  rerunEvidence,
} from "./evidence.ts";
import { publicationOf } from "./models.ts";
import type { Case } from "./prosecution.ts";
import { query } from "./transactions.ts";
import { EQUIVOCATION, evidenceClosesAt, policyRow, type Times } from "./windows.ts";

/** A fault, in words, and the case that proves it. */
export interface Finding {
  readonly operator: Hex;
  readonly description: string;
  readonly records: readonly Record[];
  /** What the court knows the fault by: it punishes it once. */
  readonly fault: Hex;
  /** Until when the court takes the case, in seconds, suspended time aside. */
  readonly closesAt: bigint;
  readonly case: Case;
}

/** A record that counts against its operator, and which of its links hold. */
export interface Held {
  readonly exhibit: Exhibit;
  readonly holds: (link: RecordLink) => boolean;
}

/** What is wrong with a record. */
export interface Judgement {
  readonly findings: readonly Finding[];
  /** Whether it was computed again, or its proof verified. */
  readonly isChecked: boolean;
  /** Whether what was handed out is too little to judge it by: what it stands for must be demanded. */
  readonly isUnproven: boolean;
}

interface JudgeOptions {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  readonly models: readonly PublishedModel[];
  readonly salt: () => Hex;
  /** Remembers receipts, so that contradictions show; in memory where left out. */
  readonly memory?: ReceiptMemory;
  /** Whether the next answer is computed again, or its proof verified: every one where left out. */
  readonly picks?: () => boolean;
}

/** When what is judged began to count, and when it is judged, in seconds. */
interface TimesNow extends Times {
  readonly now: bigint;
}

/** What would be a finding, if it is in time: within each of the windows that `row` of CourtPolicies had at these times. */
interface Candidate {
  readonly row: number;
  readonly windows: readonly Times[];
  readonly finding: Omit<Finding, "closesAt">;
}

/** What is wrong with an answer: in words, and as its mode's checker takes it. */
interface Wrong {
  readonly description: string;
  readonly evidence: Hex;
}

/** What is wrong with an answer, whatever its terms and its place. */
interface AnswerJudgement extends Omit<Judgement, "findings"> {
  readonly wrong?: Wrong;
}

/** How many keys are remembered at most. */
const MAX_KEYS = 10_000;

/** How many bytes of weights can be run again on the chain. */
const MAX_RERUN = 100_000;

/** Judges records as the courts would, and finds the cheapest evidence of what is wrong. */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #models: ReadonlyMap<Hex, PublishedModel>;
  readonly #openings = new Map<Hex, ModelOpening>();
  readonly #memory: ReceiptMemory;
  /** By key: whose it was, and when, as far as that was past when it was read. */
  readonly #keys = new Map<Hex, { readonly operator: string; readonly from: bigint; readonly upTo: bigint }>();

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#memory = options.memory ?? new Contradictions();
    this.#models = new Map(options.models.map((known) => [modelId(known.publisher, known.model), known]));
  }

  /**
   * What is wrong with a record: with its place among others, and with itself. Faults whose time to be challenged is over
   * are no findings: a court would keep the deposit.
   * @param now in seconds
   * @throws ChainError where the chain cannot be read
   */
  async judge(held: Held, times: Times, now: bigint): Promise<Judgement> {
    return this.#judge(held, { ...times, now }, this.remember(held.exhibit, times.countsFrom));
  }

  /**
   * The same of many records of one time, which are remembered together before any of them is judged. Each judgement comes
   * as soon as it is there.
   * @throws ChainError where the chain cannot be read: what came before that stands
   */
  async *judgeAll(held: readonly Held[], times: Times, now: bigint): AsyncGenerator<Judgement, undefined> {
    const exhibits = held.map(({ exhibit }) => exhibit);
    const equivocations = this.#memory.add(exhibits, times.countsFrom);
    for (const [index, one] of held.entries()) yield this.#judge(one, { ...times, now }, equivocations[index]);
  }

  async #judge(held: Held, times: TimesNow, equivocation: Equivocation | undefined): Promise<Judgement> {
    const { now } = times;
    const answer = await this.#judgeAnswer(held);
    const found = [
      equivocation && this.#findEquivocation(held, times, equivocation),
      await this.#findInvalidity(held, times, answer.wrong),
    ];
    const findings: Finding[] = [];
    for (const candidate of found) {
      if (candidate === undefined || candidate.windows.some(({ countsFrom }) => countsFrom > now)) continue;
      const closesAt = await this.#closesAt(candidate);
      if (now <= closesAt) findings.push({ ...candidate.finding, closesAt });
    }
    const { isChecked, isUnproven } = answer;
    return { findings, isChecked, isUnproven };
  }

  /**
   * Remembers a receipt without judging it: later ones may contradict it.
   * @param countsFrom when it began to count, in seconds: its own time where it was only signed
   */
  remember(exhibit: Exhibit, countsFrom = exhibit.record.receipt.issuedAt): Equivocation | undefined {
    return this.#memory.add([exhibit], countsFrom)[0];
  }

  async #closesAt({ row, windows }: Candidate): Promise<bigint> {
    const ends = await Promise.all(windows.map(async (times) => evidenceClosesAt(this.#options.contracts, row, times)));
    return ends.reduce(least);
  }

  #findEquivocation({ exhibit }: Held, times: Times, equivocation: Equivocation): Candidate {
    const { operator } = exhibit.record.receipt;
    const { contradiction, exhibits, countsFrom } = equivocation;
    // A signature alone counts for its own window, whatever it contradicts.
    const signed = exhibits.filter(({ committed }) => committed === undefined);
    const windows = [
      { ...times, countsFrom },
      ...signed.map(({ record }) => ({ countsFrom: record.receipt.issuedAt })),
    ];
    const data = convictEquivocation(contradiction, exhibits, this.#options.salt());
    return {
      row: EQUIVOCATION,
      windows,
      finding: {
        operator,
        fault: equivocationFault(contradiction, exhibits),
        description: `two receipts for one ${contradiction} (${describePlace(exhibit)})`,
        records: exhibits.map(({ record }) => record),
        case: { name: "EquivocationCourt", court: this.#options.contracts.equivocationCourt, data },
      },
    };
  }

  async #findInvalidity({ exhibit }: Held, { now, ...times }: TimesNow, wrong?: Wrong): Promise<Candidate | undefined> {
    const { request, receipt } = exhibit.record;
    const salt = this.#options.salt();
    const isCommitted = exhibit.committed !== undefined;
    const breach =
      breachOf(receipt, request, isCommitted ? times.countsFrom : undefined) ??
      (isCommitted ? await this.#keyBreach(receipt, now) : undefined);
    if (breach === undefined && wrong === undefined) return undefined;
    const data =
      breach === undefined && wrong !== undefined
        ? convictOutput(exhibit, wrong.evidence, salt)
        : convictTerms(exhibit, salt);
    return {
      row: policyRow(request.order.mode),
      windows: [times],
      finding: {
        operator: receipt.operator,
        fault: receiptHash(receipt),
        description: `${breach ?? wrong?.description ?? ""} (${describePlace(exhibit)})`,
        records: [exhibit.record],
        case: { name: "ValidityCourt", court: this.#options.contracts.validityCourt, data },
      },
    };
  }

  /** Whether a committed receipt's key was its operator's, which only the chain knows. @param now in seconds */
  async #keyBreach({ signer, operator, issuedAt }: Receipt, now: bigint): Promise<"KeyNotOperators" | undefined> {
    const { keys } = this.#options.contracts;
    const known = this.#keys.get(signer);
    // What is past of a key never changes; what was ahead of it when it was read may have.
    if (known?.operator === operator && known.from <= issuedAt && issuedAt < known.upTo) return undefined;
    const { operator: owner, validFrom, validUntil } = await query(() => keys.get(signer));
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
    this.#keys.set(signer, { operator: owner.toLowerCase(), from: validFrom, upTo: least(validUntil, now) });
    const isValid = owner.toLowerCase() === operator && validFrom <= issuedAt && issuedAt < validUntil;
    return isValid ? undefined : "KeyNotOperators";
  }

  #picks(): boolean {
    return this.#options.picks?.() ?? true;
  }

  /** Looks at the answer itself, in the way of its mode. */
  async #judgeAnswer(held: Held): Promise<AnswerJudgement> {
    const { request } = held.exhibit.record;
    if (isProven(request.order.mode)) return this.#judgeProof(held);
    if (request.order.mode !== Mode.optimistic) return { isChecked: false, isUnproven: false };
    const published = this.#models.get(request.order.modelId);
    const isWhole = held.holds("output") && held.holds("proof");
    // A client can order an input that is no model's; then there is no right answer, and no wrong one.
    const isInput = published !== undefined && held.exhibit.record.input.length === 2 + 2 * published.model.inputWidth;
    if (!isInput || !held.holds("input") || !this.#picks()) return { isChecked: false, isUnproven: !isWhole };
    const wrong = isWhole ? this.#findWrongNeuron(held, published) : this.#rerun(held, published);
    // Too large to be run again where a court can see it: only the activations themselves can speak.
    const isUnproven = wrong !== undefined && !isWhole && allRows(published.model).length > MAX_RERUN;
    return { isChecked: true, isUnproven, ...(wrong === undefined || isUnproven ? {} : { wrong }) };
  }

  #findWrongNeuron({ exhibit: { record } }: Held, published: PublishedModel): Wrong | undefined {
    const fault = findFault(published.model, claimedTrace(record));
    if (fault === undefined) return undefined;
    return { description: describeFault(fault), evidence: neuronEvidence(published, record, fault) };
  }

  /** Where the vectors handed out are not those committed to, only the whole run can speak. */
  #rerun({ exhibit: { record } }: Held, published: PublishedModel): Wrong | undefined {
    const right = run(published.model, fromHex(record.input));
    const { receipt } = record;
    if (outputHash(right) === receipt.outputHash && proofHash(right) === receipt.proofHash) return undefined;
    return { description: "the output or its proof is not the model's", evidence: rerunEvidence(published, record) };
  }

  /** Asks the chain's own checker, which needs nothing but what was handed out and what was published. */
  async #judgeProof({ exhibit: { record }, holds }: Held): Promise<AnswerJudgement> {
    const { mode, modelId: id } = record.request.order;
    const opening = await this.#openingOf(id);
    const parts: readonly RecordLink[] = mode === Mode.snark ? ["proof", "input", "output"] : ["proof"];
    if (opening === undefined || !parts.every(holds)) return { isChecked: false, isUnproven: opening !== undefined };
    if (!this.#picks()) return { isChecked: false, isUnproven: false };
    const evidence = proofEvidence(opening, record);
    try {
      const isWrong = await isFaulty(this.#options.contracts, record, evidence);
      const description =
        mode === Mode.snark ? "the proof does not verify" : "no enclave of the model's stands behind it";
      return { isChecked: true, isUnproven: false, ...(isWrong ? { wrong: { description, evidence } } : {}) };
    } catch (cause) {
      // What the checker does not take is no evidence: the model is not of this mode, or nobody judges it.
      if (!(cause instanceof ChainError) || isUnread(cause)) throw cause;
      return { isChecked: false, isUnproven: false };
    }
  }

  async #openingOf(id: Hex): Promise<ModelOpening | undefined> {
    const { contracts, deployment } = this.#options;
    const opening = this.#openings.get(id) ?? (await publicationOf(contracts, id, deployment.block))?.opening;
    if (opening !== undefined) this.#openings.set(id, opening);
    return opening;
  }
}

function describePlace({ record: { receipt } }: Exhibit): string {
  return `receipt ${receipt.sequence}`;
}
