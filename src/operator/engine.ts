import type { Hex } from "../core/bytes.ts";
import { modelId, type PublishedModel } from "../core/model/commitment.ts";
import type { Model } from "../core/model/model.ts";
import { InputError, run, type Trace } from "../core/model/run.ts";
import { Refusal } from "./refusals.ts";

/** What computes answers. */
export interface Engine {
  /** The ids of the models that it runs. */
  readonly modelIds: readonly Hex[];
  /** Computes an answer. @throws Refusal where it has no such model, or the input is not one of its */
  run(modelId: Hex, input: Uint8Array): Trace;
}

/** Runs integer models in this process. Their ids are recomputed from the weights: it never serves another's promise. */
export class IntegerEngine implements Engine {
  readonly #models: ReadonlyMap<Hex, Model>;

  constructor(published: readonly PublishedModel[]) {
    this.#models = new Map(published.map(({ publisher, model }) => [modelId(publisher, model), model]));
  }

  get modelIds(): readonly Hex[] {
    return [...this.#models.keys()];
  }

  run(id: Hex, input: Uint8Array): Trace {
    const model = this.#models.get(id);
    if (model === undefined) throw new Refusal("ModelNotServed", `no model ${id} here`);
    try {
      return run(model, input);
    } catch (cause) {
      if (cause instanceof InputError) throw new Refusal("InputRejected", cause.message, { cause });
      throw cause;
    }
  }
}
