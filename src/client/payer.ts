/** The side of a client that pays: it chooses whom to ask, funds, asks, keeps, and stops where it is wronged. */
import { ChainError } from "../chain/errors.ts";
import { type Fetch, NodeError } from "../chain/http.ts";
import type { Weights } from "../chain/weights.ts";
import { fromHex, type Hex } from "../core/bytes.ts";
import type { Context } from "../core/context.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import type { Offer, Record } from "../core/records.ts";
import { Mode } from "../core/typedData.ts";
import { upstreamModelOf } from "../core/upstream.ts";
import type { Archive } from "./archive.ts";
import { type Client, isUndecided, type Transport } from "./client.ts";
import {
  AnswerRejectedError,
  type Attempt,
  DoubleChargeError,
  FundingError,
  NoOperatorError,
  UnderfundedError,
} from "./errors.ts";
import type { Funds } from "./funds.ts";
import { headedTransport } from "./headed.ts";
import type { Demand, Market, Place } from "./market.ts";

/** What is asked. */
export interface AskOptions {
  /** The model's id. */
  readonly model: Hex;
  readonly input: Uint8Array;
  /** Why the answer is to be believed; optimistic where left out. No other mode will do. */
  readonly mode?: Mode;
  /** How many units the answer has at most: what the model's shape says where left out. */
  readonly outputUnits?: number;
  /** Runtime, sources, parents and so on; private, by no one in particular, where left out. */
  readonly context?: Partial<Context>;
  /** What it may cost, in the token's smallest unit; what the tariff says where left out. */
  readonly maxPrice?: bigint;
  /** Whom to ask; the best where left out. */
  readonly operator?: Hex;
}

/** An answer that holds. */
export interface Answered {
  /** All that both sides said and signed: keep it, or let the store keep it. */
  readonly record: Record;
  readonly output: Uint8Array;
  /** Whether it was computed again here. */
  readonly isRechecked: boolean;
}

/** An operator that is asked no more, and whether the money with it is on its way back. */
export interface Stopped {
  readonly operator: Hex;
  /** What keeps its thaw from starting; `dispute` tries again. */
  readonly problem: ChainError | undefined;
}

interface PayerOptions {
  readonly client: Client;
  readonly market: Market;
  readonly weights: Weights;
  readonly archive: Archive;
  readonly funds: Funds;
  readonly fetch: Fetch;
  /** Which share of the answers of the optimistic mode is computed again, 0 to 1. */
  readonly recheck: number;
  /** Whether an answer whose turn it is must be: else it is where the weights are to be had. */
  readonly isRecheckStrict: boolean;
  /** A random number from 0 to 1, without 1. */
  readonly random: () => number;
}

/** A question that is ready to go to somebody. */
interface Prepared extends Pick<AskOptions, "input"> {
  readonly demand: Demand & { readonly mode: Mode };
  readonly context: Context;
  readonly recheck: PublishedModel | undefined;
}

/** Asks for money, and stops paying where an answer does not hold. */
export class Payer {
  readonly #options: PayerOptions;
  readonly #stopped = new Map<Hex, Stopped>();
  /** The asking again of what was never answered, by operator: once for all questions that wait for it. */
  readonly #resuming = new Map<Hex, Promise<void>>();

  constructor(options: PayerOptions) {
    this.#options = options;
    for (const { record } of options.archive.evidence) {
      const { operator } = record.request;
      this.#stopped.set(operator, { operator, problem: undefined });
    }
  }

  /** Who is asked no more, since an answer of theirs did not hold. */
  get stopped(): readonly Stopped[] {
    return [...this.#stopped.values()];
  }

  /** Asks the best operator, or the next best where that one does not answer. See `Surety.ask`. */
  async ask(options: AskOptions, transport = this.#transport): Promise<Answered> {
    const prepared = await this.#prepare(options);
    const { demand, recheck } = prepared;
    const { ranked, places, attempts: before } = await this.#options.market.select(demand);
    const attempts: Attempt[] = [...before];
    let underfunded: UnderfundedError | undefined;
    for (const { operator } of ranked) {
      const place = places.get(operator);
      if (place === undefined) continue;
      try {
        if (this.#stopped.has(operator)) {
          const message = "an answer of its did not hold: it is asked no more";
          throw new NodeError({ reason: "Stopped", message, remedy: "take it to court" });
        }
        const record = await this.#askOne(place, prepared, transport);
        return { record, output: fromHex(record.output), isRechecked: recheck !== undefined };
      } catch (cause) {
        if (cause instanceof UnderfundedError) underfunded ??= cause;
        else if (!(cause instanceof NodeError)) throw cause;
        attempts.push({ operator, reason: cause.reason, message: cause.message });
      }
    }
    if (underfunded !== undefined) throw underfunded;
    // What it heard of the market did not serve: it is looked at anew the next time.
    this.#options.market.refresh();
    throw new NoOperatorError(`model ${demand.modelId} in mode ${demand.mode}`, attempts);
  }

  /** Stops asking an operator, and starts to take the money with it out. */
  async stop(operator: Hex): Promise<void> {
    this.#stopped.set(operator, { operator, problem: undefined });
    const { funds } = this.#options;
    try {
      await funds.inTurn(async () => funds.thawAll(operator));
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      this.#stopped.set(operator, { operator, problem: cause });
    }
  }

  readonly #transport = (endpoint: string): Transport => this.#options.client.transportTo(endpoint);

  async #prepare(options: AskOptions): Promise<Prepared> {
    const { model: modelId, input, mode = Mode.optimistic, outputUnits, maxPrice, operator } = options;
    const context = { runtime: "surety", version: "1", disclose: false, ...options.context };
    const recheck = mode === Mode.optimistic ? await this.#chooseRecheck(modelId) : undefined;
    const demand = { modelId, mode, inputUnits: input.length, outputUnits, maxPrice, operator };
    return { demand, input, context, recheck };
  }

  /** The model, where it is this answer's turn to be computed again: known before it is asked for, so that it can be. */
  async #chooseRecheck(modelId: Hex): Promise<PublishedModel | undefined> {
    const { random, recheck, isRecheckStrict, weights } = this.#options;
    if (random() >= recheck) return undefined;
    return isRecheckStrict ? weights.get(modelId) : weights.find(modelId);
  }

  async #askOne(
    { offer, endpoint, outputUnits, price }: Place,
    { demand: { modelId, mode }, input, context, recheck }: Prepared,
    transport: (endpoint: string) => Transport,
  ): Promise<Record> {
    const { client, archive, funds } = this.#options;
    const { operator } = offer;
    await this.#resume(offer, endpoint);
    const send = transport(endpoint);
    const question = { modelId, mode, input, outputUnits, context, ...(recheck === undefined ? {} : { recheck }) };
    return this.#keep(
      client.perform(offer, question, {
        ready: async (promised) => this.#fund(operator, promised, price),
        send: async (ask) => {
          await archive.asked(ask);
          try {
            return await send(ask);
          } catch (cause) {
            if (cause instanceof NodeError && !isUndecided(cause)) await archive.refused(ask);
            // It may have been thawed from elsewhere.
            if (cause instanceof NodeError) funds.forget(operator);
            throw cause;
          }
        },
      }),
    );
  }

  async #fund(operator: Hex, promised: bigint, price: bigint): Promise<void> {
    try {
      await this.#options.funds.ensure(operator, promised, price);
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      throw new FundingError(operator, cause);
    }
  }

  /** Keeps what came: as an answer, or as evidence. */
  async #keep(answer: Promise<Record>): Promise<Record> {
    const { archive } = this.#options;
    try {
      const record = await answer;
      await archive.accepted(record);
      return record;
    } catch (cause) {
      if (cause instanceof AnswerRejectedError || cause instanceof DoubleChargeError) {
        await archive.rejected({ record: cause.record, why: cause.message });
        await this.stop(cause.record.request.operator);
      }
      throw cause;
    }
  }

  /** Asks an operator again what an earlier process had no answer to: what was charged then is accounted for first. */
  async #resume(offer: Offer, endpoint: string): Promise<void> {
    const { operator } = offer;
    const running = this.#resuming.get(operator) ?? this.#resumeAll(offer, endpoint);
    this.#resuming.set(operator, running);
    await running;
  }

  async #resumeAll({ operator, models }: Offer, endpoint: string): Promise<void> {
    const { client, archive, fetch } = this.#options;
    for (const ask of client.unanswered.filter(({ request }) => request.operator === operator)) {
      const { order } = ask.request;
      const terms = models.find(({ modelId, mode }) => modelId === order.modelId && mode === order.mode);
      if (terms === undefined) continue;
      try {
        const isHeaded = upstreamModelOf(terms.opening.spec) !== undefined;
        const send = isHeaded ? headedTransport(fetch, endpoint) : client.transportTo(endpoint);
        await this.#keep(client.resume(ask, terms.opening, send));
      } catch (cause) {
        if (!(cause instanceof NodeError)) throw cause;
        // Where there is still no answer, what it may have cost stays promised.
        if (!isUndecided(cause)) await archive.refused(ask);
      }
    }
  }
}
