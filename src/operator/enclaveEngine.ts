import type { Hex } from "../core/bytes.ts";
import { ATTESTED_KEY_SPEC } from "../core/enclave/kinds.ts";
import { type PublishedModel, weightsRoot } from "../core/model/commitment.ts";
import { LOGIT_BYTES, type Model } from "../core/model/model.ts";
import { type ModelOpening, openedId } from "../core/model/opening.ts";
import { InputError, run } from "../core/model/run.ts";
import { Mode } from "../core/typedData.ts";
import {
  type Computation,
  type Engine,
  isFor,
  type Job,
  notServed,
  type Offering,
  quoteOf,
  type Usage,
} from "./engine.ts";
import { Refusal } from "./refusals.ts";

/** What makes the id of an integer model that an enclave runs which holds the key of its node. */
export function enclaveOpening({ publisher, model }: PublishedModel): ModelOpening {
  return { publisher, commitment: weightsRoot(model), spec: ATTESTED_KEY_SPEC };
}

/**
 * Runs integer models for a node that runs in the same enclave: the receipt's signature is all the proof there is, by a
 * key that never leaves it.
 */
export class EnclaveEngine implements Engine {
  readonly offers: readonly Offering[];
  readonly #models: ReadonlyMap<Hex, Model>;

  constructor(published: readonly PublishedModel[]) {
    const openings = published.map((one) => ({ model: one.model, opening: enclaveOpening(one) }));
    this.offers = openings.map(({ opening }) => ({ modelId: openedId(opening), mode: Mode.enclave, opening }));
    this.#models = new Map(openings.map(({ model, opening }) => [openedId(opening), model]));
  }

  quote({ modelId, input }: Pick<Job, "modelId" | "input">): Usage | undefined {
    return quoteOf(this.#models.get(modelId), input);
  }

  async run(job: Job): Promise<Computation> {
    const { modelId, input } = job;
    const model = this.#models.get(modelId);
    if (model === undefined || !this.offers.some((offer) => isFor(offer, job))) throw notServed(job, this.offers);
    try {
      const { output } = run(model, input);
      const [inputUnits, outputUnits] = [input.length, output.length / LOGIT_BYTES];
      return { output, hidden: [], proof: new Uint8Array(), inputUnits, outputUnits };
    } catch (cause) {
      if (cause instanceof InputError) throw new Refusal("InputRejected", cause.message, { cause });
      throw cause;
    }
  }
}
