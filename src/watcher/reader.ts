import { type BatchPlace, findBatch } from "../chain/batches.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Place } from "../chain/demands.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import type { Exhibit } from "../chain/evidence.ts";
import { callNode, type Fetch, NodeError } from "../chain/http.ts";
import type { Held } from "../chain/judge.ts";
import { type BatchTerms, canHold, type Page, readBatch } from "../chain/published.ts";
import type { Hex } from "../core/bytes.ts";
import { recordSchema } from "../core/records.ts";
import { type Receipt, receiptHash } from "../core/typedData.ts";
import { type RecordLink, recordLinks } from "../core/verify.ts";

/** What is missing from a batch: in words, and where a court would have to be shown it. */
export interface Missing {
  readonly problem: string;
  readonly sequence?: bigint;
}

/** What came of asking for a record: it counts against its operator, or something is missing; both, where it is not whole. */
export interface Fetched {
  readonly held?: Held;
  readonly missing?: Missing;
}

/** What a reader is made of. */
export interface ReaderOptions {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  /** 32 fresh bytes: they choose what is demanded. */
  readonly salt: () => Hex;
  readonly fetch: Fetch;
}

/** How many receipts of a batch are demanded at most: one that is met with silence is enough. */
const DEMANDS = 3;

/** Reads what operators publish, and believes none of it that does not lead to what they committed. */
export class BatchReader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Where a batch is published. @throws NodeError where that is nowhere */
  async find({ operator, root }: Pick<BatchTerms, "operator" | "root">): Promise<BatchPlace> {
    return findBatch(this.#options.contracts, operator, root);
  }

  /**
   * Reads the receipts of a batch.
   * @param fetch what to read them with, where not as always
   * @throws NodeError where they cannot be had
   */
  async readPage(committed: BatchTerms, place: BatchPlace, fetch = this.#options.fetch): Promise<Page> {
    return readBatch(fetch, committed, place);
  }

  /** Asks for the record of the receipt at `index` of a page. @throws ChainError where the chain cannot be read */
  async readRecord(
    committed: BatchTerms,
    { receipts, batch }: Page,
    { index, place, fetch = this.#options.fetch }: { index: number; place: BatchPlace; fetch?: Fetch },
  ): Promise<Fetched> {
    const receipt = receipts[index];
    if (receipt === undefined) throw new RangeError(`the batch has ${receipts.length} receipts`);
    const leaf = receiptHash(receipt);
    const { sequence } = receipt;
    // No court would take such a receipt for committed, and the evidence's deposit would be lost.
    if (!canHold(committed, receipt)) {
      return {
        missing: { problem: `receipt ${leaf}: the batch ${committed.root} of ${committed.operator} cannot hold it` },
      };
    }
    try {
      const record = await callNode(fetch, { url: place.recordUrl(leaf), schema: recordSchema });
      const held = this.hold({ record, committed: { root: committed.root, proof: batch.proof(index) } });
      if (receiptHash(record.receipt) !== leaf || !held.holds("request")) {
        return { missing: { problem: `record ${leaf}: another record came`, sequence } };
      }
      // No court judges it by itself, but it is what a unit's receipt must be shown with.
      if (!held.holds("client")) return { held, missing: { problem: `record ${leaf}: its client did not sign it` } };
      if (held.holds("input")) return { held };
      return { held, missing: { problem: `record ${leaf}: its input is not the one that was ordered`, sequence } };
    } catch (cause) {
      if (!(cause instanceof NodeError)) throw cause;
      const problem = `record ${leaf}: ${cause.message}`;
      // What its client keeps to itself is not withheld, and its client has it.
      return { missing: cause.reason === "NotDisclosed" ? { problem } : { problem, sequence } };
    }
  }

  /** A record as a court would see it, and which of its links hold. */
  hold(exhibit: Exhibit): Held {
    const links = recordLinks(exhibit.record, domainsOf(this.#options.deployment));
    const known = new Map<string, boolean>();
    const holds = (name: RecordLink): boolean => {
      const isHeld = known.get(name) ?? links[name]().status === "holds";
      known.set(name, isHeld);
      return isHeld;
    };
    return { exhibit, holds };
  }

  /** Receipts that a batch claims by its range and does not show: a few of them, chosen so that nobody foresees which. */
  missingReceipts({ firstSequence, count }: BatchTerms, shown: readonly Receipt[], problem: string): Missing[] {
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

  /** The places of a few of what is missing of a batch. */
  choose({ operator, root }: BatchTerms, missing: readonly Missing[]): Place[] {
    const sequences = [...new Set(missing.flatMap(({ sequence }) => sequence ?? []))];
    if (sequences.length === 0) return [];
    const start = Number(BigInt(this.#options.salt()) % BigInt(sequences.length));
    const chosen = [...sequences.slice(start), ...sequences.slice(0, start)].slice(0, DEMANDS);
    return chosen.map((sequence) => ({ operator, root, sequence }));
  }
}

/** A batch in words. */
export function nameOf({ operator, root }: Pick<BatchTerms, "operator" | "root">): string {
  return `batch ${root} of ${operator}`;
}

/** What a record that was judged hands out too little for: it must be demanded. */
export function unproven({ exhibit: { record } }: Held): Missing {
  const { receipt } = record;
  const problem = `record ${receiptHash(receipt)}: what it hands out is not what it committed to`;
  return { problem, sequence: receipt.sequence };
}
