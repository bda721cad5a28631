import type { BatchPlace } from "../chain/batches.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Place } from "../chain/demands.ts";
import { convictSequence, sequenceFault } from "../chain/evidence.ts";
import { type Fetch, NodeError } from "../chain/http.ts";
import type { Finding, Judge, Judgement } from "../chain/judge.ts";
import type { Page } from "../chain/published.ts";
import { EQUIVOCATION, evidenceClosesAt } from "../chain/windows.ts";
import { makeBatch } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import { greatest, least } from "../core/numbers.ts";
import type { Record } from "../core/records.ts";
import { backoff } from "./backoff.ts";
import { type BatchReader, type Fetched, type Missing, nameOf, unproven } from "./reader.ts";
import type { Report, ReportSink } from "./report.ts";
import type { DueReceipt, WatchedBatch } from "./store/batches.ts";
import type { WatchStore } from "./store/store.ts";

/** How batches are inspected. */
export interface InspectionTerms {
  /** How long a node may keep something from a watcher before it is demanded on the chain, in seconds. */
  readonly patience: bigint;
  /** How long before it is too late whatever is missing is demanded, in seconds. */
  readonly reserve: bigint;
  /** How long one operator's nodes are read in one round, in milliseconds: nobody stalls the inspection of others. */
  readonly budgetMs: number;
  /** How many operators are read at once. */
  readonly parallel: number;
}

/** What an inspector is made of. */
export interface InspectorOptions {
  readonly contracts: Contracts;
  readonly reader: BatchReader;
  readonly judge: Judge;
  readonly store: WatchStore;
  readonly fetch: Fetch;
  readonly salt: () => Hex;
  readonly report: ReportSink;
  readonly terms: InspectionTerms;
}

/** How many records of a batch are fetched at once. */
const PARALLEL = 8;

/** How many records are judged and kept together: what is kept of one alone costs more than to judge it. */
const CHUNK = 256;

/** How much of a node's answers is held for that, in characters: no more where records are large. */
const MAX_HELD = 4 * 1024 * 1024;

/** The longest time between two tries, in seconds. */
const MAX_WAIT = 3_600n;

/** A batch under inspection: what it holds, and what is still missing of it. */
interface Look {
  readonly batch: WatchedBatch;
  readonly now: bigint;
  readonly fetch: Fetch;
  /** Aborted when the operator's time is over, or the watcher ends. */
  readonly signal: AbortSignal;
  readonly end: AbortSignal;
}

/** What came of asking for the record of the receipt at a place of the batch. */
interface Shown extends Fetched {
  readonly index: number;
}

/** The same, judged, with what of it must be demanded. */
interface Judged extends Shown {
  readonly judgement: Judgement | undefined;
  readonly lacks: readonly Missing[];
}

/** Inspects committed batches, receipt by receipt, until all of each was seen that can be. */
export class Inspector {
  readonly #options: InspectorOptions;
  /** How often in a row operators used up all their time. */
  readonly #slow = new Map<Hex, number>();

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /**
   * Looks at every batch that is due, operators side by side.
   * @param now in seconds
   * @param end ends it early; what was seen is kept
   */
  async inspect(now: bigint, end: AbortSignal): Promise<void> {
    const byOperator = Map.groupBy(this.#options.store.batches.due(now), ({ operator }) => operator);
    // Who was slow before comes last; among the others who must be judged first.
    const waiting = [...byOperator].sort(([a], [b]) => (this.#slow.get(a) ?? 0) - (this.#slow.get(b) ?? 0));
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && !end.aborted; next = waiting.shift()) {
        await this.#inspectOperator(...next, { now, end });
      }
    };
    await Promise.all(Array.from({ length: this.#options.terms.parallel }, work));
  }

  async #inspectOperator(
    operator: Hex,
    batches: readonly WatchedBatch[],
    { now, end }: Pick<Look, "now" | "end">,
  ): Promise<void> {
    const signal = AbortSignal.any([end, AbortSignal.timeout(this.#options.terms.budgetMs)]);
    const fetch: Fetch = async (input, init) =>
      this.#options.fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal });
    for (const batch of batches) {
      if (signal.aborted) break;
      await this.#inspectBatch({ batch, now, fetch, signal, end });
    }
    if (end.aborted) return;
    if (signal.aborted) this.#slow.set(operator, (this.#slow.get(operator) ?? 0) + 1);
    else this.#slow.delete(operator);
  }

  async #inspectBatch(look: Look): Promise<void> {
    const { batch } = look;
    const { reader, store } = this.#options;
    let missing: Missing[];
    try {
      const place = await reader.find(batch);
      const page = await this.#pageOf(look, place);
      missing = await this.#inspectReceipts(look, place, page);
      missing.push(
        ...reader.missingReceipts(batch, page.receipts, `${nameOf(batch)}: a receipt of its range is not in it`),
      );
    } catch (cause) {
      if (!(cause instanceof NodeError)) throw cause;
      const problem = `${nameOf(batch)}: ${cause.message}`;
      const due = store.batches.dueReceipts(batch).map(({ sequence }) => ({ problem, sequence }));
      missing = batch.isRead ? due : reader.missingReceipts(batch, [], problem);
    }
    // What broke off because the watcher ends is not missing.
    if (look.end.aborted) return;
    const due = store.batches.dueReceipts(batch);
    if (missing.length === 0 && due.length === 0) {
      store.batches.finish(batch);
      return;
    }
    await this.#miss(look, missing, due);
  }

  /** What a batch holds: as it was read before, or as its operator publishes it now. */
  async #pageOf({ batch, fetch }: Look, place: BatchPlace): Promise<Page> {
    const { reader, store } = this.#options;
    if (batch.isRead) {
      const receipts = store.batches.page(batch);
      return { receipts, batch: makeBatch(receipts) };
    }
    const page = await reader.readPage(batch, place, fetch);
    store.batches.keepPage(batch, page.receipts);
    return page;
  }

  /** Judges the receipts that are due, until all is seen or the time is over. @returns what is missing of them */
  async #inspectReceipts(look: Look, place: BatchPlace, page: Page): Promise<Missing[]> {
    const { batch, signal } = look;
    const { store, report } = this.#options;
    const isOver = (): boolean => signal.aborted;
    const due = store.batches.dueReceipts(batch);
    const missing: Missing[] = [];
    let [receipts, reexecuted] = [0, 0];
    for (let done = 0; done < due.length && !isOver();) {
      const chunk = await this.#fetchChunk(look, due.slice(done, done + CHUNK), { place, page });
      const judged = await this.#judge(look, chunk);
      missing.push(...judged.missing);
      receipts += judged.receipts;
      reexecuted += judged.reexecuted;
      done += chunk.length;
    }
    const { operator, root } = batch;
    const left = store.batches.dueReceipts(batch).length;
    if (receipts > 0) report({ what: "inspected", operator, root, receipts, reexecuted, missing: left });
    return missing;
  }

  /** Fetches records of a batch, as many as are to be held at once; fewer where the time is over. */
  async #fetchChunk(
    { batch, fetch, signal }: Look,
    due: readonly DueReceipt[],
    { place, page }: { readonly place: BatchPlace; readonly page: Page },
  ): Promise<Shown[]> {
    const chunk: Shown[] = [];
    let size = 0;
    for (let start = 0; start < due.length && size < MAX_HELD; start += PARALLEL) {
      const part = due.slice(start, start + PARALLEL).map(async ({ index }) => {
        return { index, ...(await this.#options.reader.readRecord(batch, page, { index, place, fetch })) };
      });
      const shown = await Promise.all(part);
      // What broke off because the time was over is not missing.
      if (signal.aborted) break;
      chunk.push(...shown);
      size += shown.reduce((sum, { held }) => sum + (held === undefined ? 0 : sizeOf(held.exhibit.record)), 0);
    }
    return chunk;
  }

  /** Judges records that were shown, and keeps what is found of them. @returns what is missing, and how many it was */
  async #judge({ batch, now }: Look, chunk: readonly Shown[]) {
    const { judge, store, report } = this.#options;
    const held = chunk.flatMap((shown) => shown.held ?? []);
    const judgements = judge.judgeAll(held, { countsFrom: batch.committedAt }, now);
    const judged: Judged[] = [];
    try {
      for (const shown of chunk) {
        const judgement = shown.held && (await judgements.next()).value;
        judged.push({ ...shown, judgement, lacks: lacksOf(shown, judgement) });
      }
    } finally {
      // What was judged before the chain could not be read any more is kept too.
      store.transaction(() => {
        for (const { judgement } of judged)
          for (const finding of judgement?.findings ?? []) keepFinding({ store, report }, finding);
        const done = judged.filter(({ lacks }) => lacks.length === 0);
        store.batches.settle(
          batch,
          done.map(({ index }) => index),
        );
      });
    }
    return {
      missing: judged.flatMap(({ lacks }) => lacks),
      receipts: held.length,
      reexecuted: judged.filter(({ judgement }) => judgement?.isChecked === true).length,
    };
  }

  /** Something of a batch is missing: asks again later, and decides what to demand when it is time to. */
  async #miss({ batch, now, signal }: Look, missing: readonly Missing[], due: readonly DueReceipt[]): Promise<void> {
    const { store, report, terms } = this.#options;
    const { operator, root, demandableUntil } = batch;
    for (const problem of new Set(missing.map((one) => one.problem)))
      report({ what: "withheld", operator, root, problem });
    const since = batch.missingSince ?? now;
    const last = greatest(demandableUntil - terms.reserve, batch.committedAt);
    const isLast = now >= last;
    if (isLast || (missing.length > 0 && now >= since + terms.patience)) {
      // At the last moment all counts as missing that was not seen, for whatever reason.
      const places = isLast ? [...missing, ...due.map(({ sequence }) => ({ problem: "", sequence }))] : missing;
      await this.#decide(batch, this.#options.reader.choose(batch, places));
    }
    // Where the time was over, it goes on in the next round.
    const isUnderWay = signal.aborted && missing.length === 0;
    const wait = isUnderWay ? 0n : backoff(batch.tries, MAX_WAIT);
    const turns = [since + terms.patience, last].filter((turn) => turn > now);
    store.batches.postpone(batch, {
      nextTry: turns.reduce(least, now + wait),
      ...(isUnderWay ? {} : { missingSince: since }),
    });
  }

  /** Decides what to demand; and has two receipts for one number speak for themselves, whatever is said of them. */
  async #decide(batch: WatchedBatch, places: readonly Place[]): Promise<void> {
    const { contracts, store, salt, report } = this.#options;
    store.demands.want(batch.id, places);
    for (const exhibits of store.receipts.twins(batch.id)) {
      const [{ record }] = exhibits;
      const { operator, sequence } = record.receipt;
      keepFinding(
        { store, report },
        {
          operator,
          fault: sequenceFault(record.receipt),
          description: `two receipts for one sequence (receipt ${sequence}), not all of them shown`,
          records: [],
          closesAt: await evidenceClosesAt(contracts, EQUIVOCATION, { countsFrom: batch.committedAt }),
          case: {
            name: "EquivocationCourt",
            court: contracts.equivocationCourt,
            data: convictSequence(exhibits, salt()),
          },
        },
      );
    }
  }
}

/** What of a record must be demanded: what no court could be shown is not asked for again. */
function lacksOf({ held, missing }: Fetched, judgement: Judgement | undefined): Missing[] {
  const lacks = [missing, held && judgement?.isUnproven === true ? unproven(held) : undefined];
  return lacks.filter((lack) => lack !== undefined).filter(({ sequence }) => sequence !== undefined);
}

/** How many characters of an answer are held with a record. */
function sizeOf({ input, output, hidden, proof }: Record): number {
  return [input, output, proof, ...hidden].reduce((sum, { length }) => sum + length, 0);
}

/** Keeps a finding as a case, and reports it where it is new. @param notBefore from when on it is worth bringing, in seconds */
export function keepFinding(
  { store, report }: { readonly store: WatchStore; readonly report: ReportSink },
  finding: Finding,
  notBefore?: bigint,
): void {
  if (!store.cases.add(finding, notBefore)) return;
  const { operator, fault, description, closesAt } = finding;
  const line: Report = { what: "found", operator, court: finding.case.name, fault, description, closesAt };
  report(line);
}
