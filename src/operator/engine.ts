import type { Hex } from "../core/bytes.ts";
import { modelId, openingOf, type PublishedModel } from "../core/model/commitment.ts";
import { LOGIT_BYTES, type Model } from "../core/model/model.ts";
import type { ModelOpening } from "../core/model/opening.ts";
import { InputError, run } from "../core/model/run.ts";
import type { Proof } from "../core/proofs.ts";
import { Mode, type Receipt } from "../core/typedData.ts";
import { Refusal } from "./refusals.ts";

/** A model in a mode in which it is served. */
export interface Offering {
  readonly modelId: Hex;
  readonly mode: Mode;
  /** What the id is made of. */
  readonly opening: ModelOpening;
  /** What requests in OpenAI's format call it, of a model behind a server. */
  readonly name?: string;
}

/** What the price of an answer counts. */
export type Usage = Pick<Receipt, "inputUnits" | "outputUnits">;

/** What is to be computed. */
export interface Job extends Pick<Offering, "modelId" | "mode"> {
  readonly input: Uint8Array;
  /** How much the order pays for; left out where the engine cannot say beforehand what an answer takes. */
  readonly most?: Usage;
  /** Told the answer's bytes as they come, of an engine that has them one after another. */
  readonly emit?: (bytes: Uint8Array) => void;
}

/** An answer as an engine computed it: the output, and what proves it in its mode (`proofHashOf`). */
export interface Computation extends Proof, Usage {
  readonly output: Uint8Array;
  /** When it was made, in seconds, where its proof binds that; else the receipt says when the request was admitted. */
  readonly issuedAt?: bigint;
}

/** What computes answers. */
export interface Engine {
  readonly offers: readonly Offering[];
  /** Computes an answer. @throws Refusal where it does not serve that, or the input is not one of the model's */
  run(job: Job): Promise<Computation>;
  /**
   * What an answer takes at most: never more is counted. Where it does not say, nothing is sold but by voucher.
   * @throws Refusal where the input is none of the model's
   */
  quote?(job: Pick<Job, "modelId" | "mode" | "input">): Usage | undefined;
}

/** The modes in which an integer model can be served from its weights alone. */
type IntegerMode = typeof Mode.optimistic | typeof Mode.signed;

/**
 * Runs integer models in this process. Their ids are recomputed from the weights: it never serves another's promise.
 * An answer of the optimistic mode comes with its activations, one of the signed mode without any proof.
 */
export class IntegerEngine implements Engine {
  readonly offers: readonly Offering[];
  readonly #models: ReadonlyMap<Hex, Model>;

  /** @param modes in which all of them are served */
  constructor(published: readonly PublishedModel[], modes: readonly IntegerMode[] = [Mode.optimistic]) {
    this.#models = new Map(published.map(({ publisher, model }) => [modelId(publisher, model), model]));
    this.offers = published.flatMap((one) => {
      const opening = openingOf(one);
      return modes.map((mode) => ({ modelId: modelId(one.publisher, one.model), mode, opening }));
    });
  }

  quote({ modelId: id, input }: Pick<Job, "modelId" | "input">): Usage | undefined {
    return quoteOf(this.#models.get(id), input);
  }

  async run(job: Job): Promise<Computation> {
    const { modelId: id, mode, input } = job;
    const model = this.#models.get(id);
    if (model === undefined || !this.offers.some((offer) => isFor(offer, job))) throw notServed(job, this.offers);
    try {
      const { hidden, output } = run(model, input);
      return {
        output,
        hidden: mode === Mode.optimistic ? hidden : [],
        proof: new Uint8Array(),
        inputUnits: input.length,
        outputUnits: output.length / LOGIT_BYTES,
      };
    } catch (cause) {
      if (cause instanceof InputError) throw new Refusal("InputRejected", cause.message, { cause });
      throw cause;
    }
  }
}

/** Several engines as one: what more than one of them offers is the first one's. */
export class CombinedEngine implements Engine {
  readonly #engines: readonly Engine[];

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
  }

  get offers(): readonly Offering[] {
    const offers = this.#engines.flatMap((engine) => engine.offers);
    return offers.filter((offer, index) => offers.findIndex((other) => isFor(other, offer)) === index);
  }

  async run(job: Job): Promise<Computation> {
    return this.#engineFor(job).run(job);
  }

  quote(job: Pick<Job, "modelId" | "mode" | "input">): Usage | undefined {
    return this.#engineFor(job).quote?.(job);
  }

  #engineFor(job: Pick<Job, "modelId" | "mode">): Engine {
    const engine = this.#engines.find(({ offers }) => offers.some((offer) => isFor(offer, job)));
    if (engine === undefined) throw notServed(job, this.offers);
    return engine;
  }
}

/**
 * What an integer model's answer takes; undefined where there is no such model.
 * @throws Refusal where the input is not exactly as long as the model's
 */
export function quoteOf(model: Model | undefined, { length }: Uint8Array): Usage | undefined {
  if (model === undefined) return undefined;
  if (length !== model.inputWidth) {
    throw new Refusal("InputRejected", `${model.inputWidth} bytes of input expected, ${length} found`);
  }
  return { inputUnits: length, outputUnits: model.outputWidth };
}

/** Whether an offer is of that model in that mode. */
export function isFor(offer: Pick<Job, "modelId" | "mode">, { modelId: id, mode }: { modelId: Hex; mode: number }) {
  return offer.modelId === id && offer.mode === mode;
}

/** Why something that is not offered is not served: the model, or else its mode. */
export function notServed({ modelId: id, mode }: { modelId: Hex; mode: number }, offers: readonly Offering[]): Refusal {
  const isKnown = offers.some((offer) => offer.modelId === id);
  if (!isKnown) return new Refusal("ModelNotServed", `no model ${id} here`);
  return new Refusal("ModeNotServed", `model ${id} is not served in mode ${mode}`);
}
