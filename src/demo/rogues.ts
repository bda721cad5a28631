/** The operators that the main job catches. Nothing here is used by an honest node. */
import { fromHex, type Hex, keccakHex, toHex } from "../core/bytes.ts";
import { modelId, type PublishedModel } from "../core/model/commitment.ts";
import type { Model } from "../core/model/model.ts";
import { decodeLogits, encodeLogits, evaluateLayer, type Trace } from "../core/model/run.ts";
import { type Computation, type Engine, IntegerEngine, type Job, type Offering } from "../operator/engine.ts";
import type { Database } from "../operator/database.ts";
import type { Draft, UnsignedRecord } from "../operator/journal.ts";
import type { Handler } from "../operator/server.ts";
import { openSqlite } from "../operator/sqlite.ts";
import { SqlJournal } from "../operator/sqlJournal.ts";

/** How an answer can be falsified so that a glance does not show it. */
export const cheats = ["first", "last", "length"] as const;
export type Cheat = (typeof cheats)[number];

/** When and how an engine cheats. */
export interface CheatPlan {
  /** The ways in turn. */
  readonly ways: readonly Cheat[];
  /** Cheats on one answer of so many, once `isActive` says so. */
  readonly oneIn: number;
  readonly isActive: () => boolean;
}

/** Falsifies a small share of its answers, and commits to the falsified vectors, so that all hashes agree. */
export class CheatingEngine implements Engine {
  readonly #honest: IntegerEngine;
  readonly #models: ReadonlyMap<Hex, Model>;
  readonly #plan: CheatPlan;
  #answers = 0;
  #falsified = 0;

  constructor(published: readonly PublishedModel[], plan: CheatPlan) {
    this.#honest = new IntegerEngine(published);
    this.#models = new Map(published.map(({ publisher, model }) => [modelId(publisher, model), model]));
    this.#plan = plan;
  }

  get offers(): readonly Offering[] {
    return this.#honest.offers;
  }

  /** How many answers it has falsified. */
  get falsified(): number {
    return this.#falsified;
  }

  async run(job: Job): Promise<Computation> {
    const honest = await this.#honest.run(job);
    const { ways, oneIn, isActive } = this.#plan;
    const model = this.#models.get(job.modelId);
    if (model === undefined || !isActive() || this.#answers++ % oneIn !== oneIn - 1) return honest;
    const way = ways[this.#falsified % ways.length];
    if (way === undefined) return honest;
    this.#falsified++;
    const { hidden, output } = falsify[way](model, { input: job.input, ...honest });
    return { ...honest, hidden, output };
  }
}

const falsify: Readonly<Record<Cheat, (model: Model, trace: Trace) => Trace>> = {
  /** Rounds one activation of the first layer down, and computes the rest from that. */
  first(model, { input, hidden }) {
    const [first = new Uint8Array(), ...rest] = hidden.map((vector) => Uint8Array.from(vector));
    const index = first.findIndex((value) => value % 8 !== 0);
    first[Math.max(index, 0)] = index === -1 ? 8 : (first[index] ?? 0) & ~7;
    const changed: Uint8Array[] = [first];
    for (let layer = 1; layer <= rest.length; layer++) {
      changed.push(evaluateLayer(model, { layer, input: changed[layer - 1] ?? first }));
    }
    const layer = changed.length;
    return { input, hidden: changed, output: evaluateLayer(model, { layer, input: changed[layer - 1] ?? first }) };
  },

  /** Lifts the second best answer just above the best. */
  last(_model, trace) {
    const logits = decodeLogits(trace.output);
    const ranked = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
    const [best = 0, second = 0] = ranked;
    logits[second] = (logits[best] ?? 0) + 1;
    return { ...trace, output: encodeLogits(logits) };
  },

  /** Leaves the last activation of the last hidden layer out. */
  length(_model, trace) {
    const last = trace.hidden.at(-1) ?? new Uint8Array();
    return { ...trace, hidden: [...trace.hidden.slice(0, -1), last.slice(0, -1)] };
  },
};

/** Sells one place in its sequence twice: its books show a receipt fewer than it sold. */
export class EquivocatingJournal extends SqlJournal {
  readonly #isActive: () => boolean;
  #answers = 0;
  #sold = 0;

  private constructor(database: Database, isActive: () => boolean) {
    super(database);
    this.#isActive = isActive;
  }

  /** Opens one in a file, or in memory for `:memory:`. */
  static async open(file: string, isActive: () => boolean): Promise<EquivocatingJournal> {
    const database = await openSqlite(file);
    // An honest journal makes this impossible.
    await database.all("DROP INDEX one_receipt_per_sequence");
    return new EquivocatingJournal(database, isActive);
  }

  /** How many places it has sold twice. */
  get falsified(): number {
    return this.#sold;
  }

  protected override numbered(next: bigint): bigint {
    if (!this.#isActive() || ++this.#answers !== 10) return next;
    this.#sold++;
    return next - 1n;
  }
}

/** Signs once what was not computed: it enters another output in its books, beside the proof of the right one. */
export class FalsifyingJournal extends SqlJournal {
  readonly #isActive: () => boolean;
  #answers = 0;
  #falsified = 0;

  constructor(database: Database, isActive: () => boolean) {
    super(database);
    this.#isActive = isActive;
  }

  /** How many outputs it has exchanged. */
  get falsified(): number {
    return this.#falsified;
  }

  override async append(draft: Draft): Promise<UnsignedRecord> {
    if (!this.#isActive() || ++this.#answers !== 10) return super.append(draft);
    this.#falsified++;
    const { record } = draft;
    const output = encodeLogits(decodeLogits(fromHex(record.output)).reverse());
    const receipt = { ...record.receipt, outputHash: keccakHex(output) };
    return super.append({ ...draft, record: { ...record, output: toHex(output), receipt } });
  }
}

/** Keeps one record from whoever asks for it, once it is active, and leaves demands unanswered. */
export class Withholder {
  readonly #isActive: () => boolean;
  #path: string | undefined;

  constructor(isActive: () => boolean) {
    this.#isActive = isActive;
  }

  /** How many records it withholds. */
  get withheld(): number {
    return this.#path === undefined ? 0 : 1;
  }

  /** Serves as `handler` does, but for the first record that anybody asks for. */
  around(handler: Handler): Handler {
    return (request) => {
      const { pathname } = new URL(request.url);
      if (!pathname.startsWith("/v1/records/") || !this.#isActive()) return handler(request);
      this.#path ??= pathname;
      if (pathname !== this.#path) return handler(request);
      return Response.json({ error: "RecordUnknown", message: "no such record", remedy: "none" }, { status: 404 });
    };
  }
}
