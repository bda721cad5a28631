import type { Contracts } from "../chain/contracts.ts";
import { type Demand, demandState, listDemands } from "../chain/demands.ts";
import { answerDemand } from "../chain/disclosures.ts";
import { ChainError } from "../chain/errors.ts";
import type { CommittedExhibit } from "../chain/evidence.ts";
import { providerOf } from "../chain/facts.ts";
import { REORG_DEPTH } from "../chain/follow.ts";
import { query } from "../chain/transactions.ts";
import { makeBatch } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import type { Record } from "../core/records.ts";
import { receiptHash } from "../core/typedData.ts";
import type { Journal, UnsignedRecord } from "./journal.ts";

interface AnswersOptions {
  readonly operator: Hex;
  readonly journal: Journal;
  readonly contracts: Contracts;
}

/** What became of the demands that an operator had to answer. */
export interface Answering {
  readonly answered: readonly { readonly demand: Demand; readonly gas: bigint }[];
  /** What was not answered, and why. Silence is slashed after `deadline`, in seconds. */
  readonly unanswered: readonly { readonly demand: Demand; readonly deadline: bigint; readonly reason: string }[];
  /** From which block on demands are to be looked for next time: all before are over. */
  readonly resumeAt: number;
}

/** A demand that waits for its answer. */
interface Waiting {
  readonly demand: Demand;
  readonly deadline: bigint;
}

/** Answers what is demanded of an operator, from its journal. */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /**
   * Answers every open demand that was made since `fromBlock`, what is due first. One that cannot be answered keeps none
   * of the others from its answer.
   * @param sign makes a record whole
   * @throws ChainError where the chain cannot be read
   */
  async answer(fromBlock: number, sign: (record: UnsignedRecord) => Record): Promise<Answering> {
    const answered: { demand: Demand; gas: bigint }[] = [];
    const unanswered: { demand: Demand; deadline: bigint; reason: string }[] = [];
    const { waiting, resumeAt } = await this.#waiting(fromBlock);
    for (const { demand, deadline } of waiting) {
      const exhibit = await this.#find(demand, sign);
      if (exhibit === undefined) {
        unanswered.push({ demand, deadline, reason: "the journal has no committed record of it" });
        continue;
      }
      try {
        const { gasUsed } = await answerDemand(this.#options.contracts, demand, exhibit);
        answered.push({ demand, gas: gasUsed });
      } catch (cause) {
        if (!(cause instanceof ChainError)) throw cause;
        // Somebody else has just answered it.
        if (cause.reason !== "DemandNotOpen") unanswered.push({ demand, deadline, reason: cause.message });
      }
    }
    return { answered, unanswered, resumeAt };
  }

  async #waiting(fromBlock: number): Promise<{ readonly waiting: Waiting[]; readonly resumeAt: number }> {
    const { contracts, operator } = this.#options;
    const head = await query(async () => providerOf(contracts).getBlockNumber());
    const resumeAt = Math.max(fromBlock, head - REORG_DEPTH);
    if ((await query(() => contracts.disclosureCourt.openDemandsOf(operator))) === 0n) return { waiting: [], resumeAt };
    const waiting: Waiting[] = [];
    for (const demand of await listDemands(contracts, fromBlock, operator)) {
      const { state, deadline } = await demandState(contracts, demand);
      if (state === "open") waiting.push({ demand, deadline });
    }
    waiting.sort((a, b) => Number(a.deadline - b.deadline));
    return { waiting, resumeAt: Math.min(resumeAt, ...waiting.map(({ demand }) => demand.block)) };
  }

  /** The record that a demand asks for, with its way to the root of its batch. */
  async #find({ subject }: Demand, sign: (record: UnsignedRecord) => Record): Promise<CommittedExhibit | undefined> {
    const { journal } = this.#options;
    const found =
      subject.kind === "unit"
        ? await journal.byUnit(subject, subject.unit)
        : subject.kind === "payload"
          ? await journal.byLeaf(subject.leaf)
          : (await journal.byRoot(subject.root)).find(({ receipt }) => receipt.sequence === subject.sequence);
    const leaf = found && receiptHash(found.receipt);
    const root = leaf && (await journal.rootOf(leaf));
    if (found === undefined || root === undefined) return undefined;
    const receipts = (await journal.byRoot(root)).map(({ receipt }) => receipt);
    const index = receipts.findIndex(({ sequence }) => sequence === found.receipt.sequence);
    return { record: sign(found), committed: { root, proof: makeBatch(receipts).proof(index) } };
  }
}
