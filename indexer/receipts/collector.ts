/** Brings receipts and records from operators' nodes, and keeps what leads to what they committed. */
import { setTimeout as sleep } from "node:timers/promises";
import { batchPlace } from "../../src/chain/batches.ts";
import { callNode, type Fetch, NodeError } from "../../src/chain/http.ts";
import { type BatchTerms, readBatch } from "../../src/chain/published.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { recordSchema } from "../../src/core/records.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { type Domains, verifyRecord } from "../../src/core/verify.ts";
import type { ReceiptStore, Source, Wanted } from "./store.ts";

/** What the chain says of batches, as Ponder has it. */
export interface Commitments {
  /** Whether all of the past is known. */
  isReady(): Promise<boolean>;
  /** Batches from a block on, in order of blocks: so many, after so many. */
  batches(
    fromBlock: bigint,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<readonly CommittedSource[]>;
  isCommitted(operator: Hex, root: Hex): Promise<boolean>;
  /** Where an operator publishes; empty where it has not said. */
  dataUriOf(operator: Hex): Promise<string>;
}

export interface CommittedSource extends BatchTerms {
  readonly committedAt: bigint;
  readonly block: bigint;
}

export interface CollectorOptions {
  readonly store: ReceiptStore;
  readonly commitments: Commitments;
  readonly domains: Domains;
  readonly fetch: Fetch;
  /** In milliseconds. */
  readonly clock: () => number;
  /** How long to rest when nothing is to be had, in milliseconds. */
  readonly restMs: number;
  /** Told of what went wrong with the collector's own work; nodes' faults are noted beside what they concern. */
  readonly onError: (error: unknown) => void;
}

/** How many blocks are looked through again: the chain may have put others in their place. */
const OVERLAP = 300n;

const PAGE = 1_000;
/** What is under way is in memory: of each operator some answers, of up to 16 MiB each. */
const OPERATORS_AT_ONCE = 32;
const BATCHES_AT_ONCE = 4;
const RECORDS_AT_ONCE = 64;

/** How long to wait after a failure, in milliseconds: twice as long each time. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 3_600_000;

/** Links that a record must have to be kept. Terms are the operator's own affair: that they are broken is worth seeing. */
const JUDGED = "terms";

export class Collector {
  readonly #options: CollectorOptions;
  #followed = 0n;
  /** What is under way, by operator. */
  readonly #busy = new Map<Hex, Promise<void>>();

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Collects until it is told to end. */
  async run(signal: AbortSignal): Promise<void> {
    const isEnded = (): boolean => signal.aborted;
    while (!isEnded()) {
      const found = await this.collect().catch((error: unknown) => {
        if (!isEnded()) this.#options.onError(error);
        return 0;
      });
      await this.#rest(signal, found > 0 ? [...this.#busy.values()] : []);
    }
  }

  /** Rests until one of these is done, but no longer than there is nothing to be had: others may have something by then. */
  async #rest(signal: AbortSignal, under: readonly Promise<void>[]): Promise<void> {
    const woken = new AbortController();
    const ends = AbortSignal.any([signal, woken.signal]);
    const rest = sleep(this.#options.restMs, undefined, { signal: ends }).catch(() => undefined);
    await Promise.race([rest, ...under]);
    woken.abort();
  }

  /** Looks what is to be had, and begins to ask for it. @returns of how many operators */
  async collect(): Promise<number> {
    const { store, clock, commitments } = this.#options;
    // What is not known of the chain yet comes first: there is one processor for both.
    if (!(await commitments.isReady())) return 0;
    await this.#follow();
    if (this.#busy.size >= OPERATORS_AT_ONCE) return 0;
    // Of an operator whose node is slow nobody waits for the next thing but itself.
    const [now, busy] = [clock(), [...this.#busy.keys()]];
    const sources = await store.dueSources({ now, except: busy, limit: BATCHES_AT_ONCE });
    // Of each operator receipts first: what they say is known of every action, records are not.
    const except = [...busy, ...sources.map(({ operator }) => operator)];
    const wanted = await store.dueRecords({ now, except, limit: RECORDS_AT_ONCE });
    const operators = new Set([...sources, ...wanted].map(({ operator }) => operator));
    for (const operator of operators) {
      const isOf = (one: { readonly operator: Hex }) => one.operator === operator;
      const batches = sources.filter(isOf).map(async (source) => this.#collectBatch(source));
      const job = Promise.all([...batches, this.#collectRecords(operator, wanted.filter(isOf))])
        .then(() => undefined, this.#options.onError)
        .finally(() => this.#busy.delete(operator));
      this.#busy.set(operator, job);
    }
    return operators.size;
  }

  /** Resolves when nothing that was begun is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  async #follow(): Promise<void> {
    const { store, commitments } = this.#options;
    const from = this.#followed > OVERLAP ? this.#followed - OVERLAP : 0n;
    for (let offset = 0; ; offset += PAGE) {
      const batches = await commitments.batches(from, { limit: PAGE, offset });
      if (batches.length > 0) await store.follow(batches);
      const last = batches.at(-1);
      if (last !== undefined && last.block > this.#followed) this.#followed = last.block;
      if (batches.length < PAGE) return;
    }
  }

  async #collectBatch(source: Source): Promise<void> {
    const { store, commitments, fetch } = this.#options;
    const { operator, root } = source;
    if (!(await commitments.isCommitted(operator, root))) return store.forget(source);
    try {
      const place = batchPlace({ operator, root, uri: await commitments.dataUriOf(operator) });
      const { receipts } = await readBatch(fetch, source, place);
      await store.keepBatch(source, receipts);
    } catch (cause) {
      await store.postponeBatch(source, problemOf(cause), this.#nextTry(source));
    }
  }

  async #collectRecords(operator: Hex, wanted: readonly Wanted[]): Promise<void> {
    if (wanted.length === 0) return;
    const uri = await this.#options.commitments.dataUriOf(operator);
    const withheld = await Promise.all(
      wanted.map(async (one) => ((await this.#collectRecord(one, uri)) ? [] : [one.leaf])),
    );
    if (withheld.flat().length > 0) await this.#options.store.withhold(withheld.flat());
  }

  /** Asks for a record. @returns false where it is kept from strangers */
  async #collectRecord(wanted: Wanted, uri: string): Promise<boolean> {
    const { store, fetch, domains } = this.#options;
    const { operator, root, leaf } = wanted;
    try {
      const { recordUrl } = batchPlace({ operator, root, uri });
      const record = await callNode(fetch, { url: recordUrl(leaf), schema: recordSchema });
      if (receiptHash(record.receipt) !== leaf) throw recordError("another record came");
      const broken = verifyRecord(record, domains).find(({ name, status }) => status === "fails" && name !== JUDGED);
      if (broken !== undefined) throw recordError(`${broken.name}: ${broken.detail}`);
      await store.keepRecord(wanted, record);
    } catch (cause) {
      if (cause instanceof NodeError && cause.reason === "NotDisclosed") return false;
      await store.postponeRecord(wanted, problemOf(cause), this.#nextTry(wanted));
    }
    return true;
  }

  #nextTry({ attempts }: { readonly attempts: number }): number {
    return this.#options.clock() + Math.min(FIRST_WAIT * 2 ** attempts, LONGEST_WAIT);
  }
}

function recordError(message: string): NodeError {
  return new NodeError({ reason: "RecordMismatch", message, remedy: "ask its client for the record" });
}

/** What a node did wrong, in words; whatever else went wrong is not the node's doing. */
function problemOf(cause: unknown): string {
  if (cause instanceof NodeError) return cause.message;
  throw cause;
}
