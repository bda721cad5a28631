import { type Hex, toHex } from "../core/bytes.ts";
import type { Model } from "../core/model/model.ts";
import { openedId } from "../core/model/opening.ts";
import { InputError, run } from "../core/model/run.ts";
import { type PrivateModel, snarkOpening } from "../core/snark.ts";
import { Mode } from "../core/typedData.ts";
import type { ProofFile } from "../snark/proofs.ts";
import type { Proven, Prover } from "../snark/prover.ts";
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

/** How many proofs are kept for whoever asks the same again: some 6.5 kB each. */
const KEPT_PROOFS = 1_000;

/** What a snark engine serves, and by what. */
export interface SnarkEngineOptions {
  /** All of a shape that the prover's circuit proves, and judged by that circuit's verifier. */
  readonly models: readonly PrivateModel[];
  readonly prover: Prover;
  /** Proofs made beforehand: what they are for is served even by a prover that has no points to prove with. */
  readonly known?: readonly ProofFile[];
}

/** A model with what of it is public. */
interface Served extends PrivateModel {
  readonly offer: Offering;
}

/**
 * Serves private models, each answer with a proof in zero knowledge. The commitments are recomputed from the weights. No
 * proof leaves that has not been verified, wherever it comes from: a wrong one would cost the bond.
 */
export class SnarkEngine implements Engine {
  readonly offers: readonly Offering[];
  readonly #models: ReadonlyMap<Hex, Served>;
  readonly #prover: Prover;
  readonly #known: ReadonlyMap<string, Proven>;
  /** Answers under way and given, the oldest first. */
  readonly #answers = new Map<string, Promise<Proven>>();

  constructor({ models, prover, known = [] }: SnarkEngineOptions) {
    const served = models.map((model): Served => {
      const opening = snarkOpening(model);
      return { ...model, offer: { modelId: openedId(opening), mode: Mode.snark, opening } };
    });
    this.offers = served.map(({ offer }) => offer);
    this.#models = new Map(served.map((model) => [model.offer.modelId, model]));
    this.#prover = prover;
    this.#known = new Map(
      known.flatMap(({ commitment, proofs }) =>
        proofs.map((proof) => [nameOf(commitment, proof.input), proof] as const),
      ),
    );
  }

  quote({ modelId, input }: Pick<Job, "modelId" | "input">): Usage | undefined {
    return quoteOf(this.#models.get(modelId)?.model, input);
  }

  async run(job: Job): Promise<Computation> {
    const served = this.#models.get(job.modelId);
    if (served === undefined || !isFor(served.offer, job)) throw notServed(job, this.offers);
    const { output, proof } = await this.#answer(served, job.input);
    const { length: inputUnits } = job.input;
    return { output, proof, hidden: [], inputUnits, outputUnits: served.model.outputWidth };
  }

  /** An answer from memory, or else a new one; one that fails is forgotten. */
  #answer(served: Served, input: Uint8Array): Promise<Proven> {
    const name = nameOf(served.offer.opening.commitment, input);
    const kept = this.#answers.get(name);
    if (kept !== undefined) return kept;
    const answer = this.#prove(served, input);
    this.#answers.set(name, answer);
    answer.catch(() => this.#answers.delete(name));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > KEPT_PROOFS && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }

  async #prove({ model, offer }: Served, input: Uint8Array): Promise<Proven> {
    const { commitment } = offer.opening;
    const output = outputOf(model, input);
    const known = this.#known.get(nameOf(commitment, input));
    if (known !== undefined && (await this.#prover.verify({ commitment, input, output }, known.proof))) {
      return { output, proof: known.proof };
    }
    if (this.#prover.canProve) return this.#prover.prove(model, input);
    throw new Refusal("ProofUnavailable", "this node has no points of the SRS, and no proof for this input beforehand");
  }
}

function outputOf(model: Model, input: Uint8Array): Uint8Array {
  try {
    return run(model, input).output;
  } catch (cause) {
    if (cause instanceof InputError) throw new Refusal("InputRejected", cause.message, { cause });
    throw cause;
  }
}

/** What tells answers apart. */
function nameOf(commitment: Hex, input: Uint8Array): string {
  return `${commitment} ${toHex(input)}`;
}
