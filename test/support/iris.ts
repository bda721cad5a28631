/** The private iris model on the stage, and the proofs that were made of it beforehand. */
import { readFileSync } from "node:fs";
import { irisVerifierHash } from "../../src/chain/facts.ts";
import type { ModelOpening } from "../../src/core/model/opening.ts";
import { openedId } from "../../src/core/model/opening.ts";
import { parse } from "../../src/core/model/file.ts";
import { snarkOpening } from "../../src/core/snark.ts";
import { Mode } from "../../src/core/typedData.ts";
import type { Computation, Engine, Offering } from "../../src/operator/engine.ts";
import { type KnownProof, parseProofs } from "../../src/snark/proofs.ts";
import { actors, addressed, contractsOf, type Stage } from "./stage.ts";

const read = (name: string): string => readFileSync(new URL(`../../models/${name}`, import.meta.url), "utf8");

export const { model: irisModel } = parse(read("iris.json"));
export const { proofs: irisProofs } = parseProofs(read("iris-proofs.json"));

/** Publishes the model under the publisher's name, to be judged by the deployment's verifier. */
export async function publishIris(stage: Stage): Promise<ModelOpening> {
  const contracts = contractsOf(stage, "publisher");
  const publisher = addressed(actors.publisher);
  const verifierHash = await irisVerifierHash(contracts, stage.deployment);
  const opening = snarkOpening({ publisher, model: irisModel, verifierHash });
  await contracts.models.publish(opening.commitment, opening.spec, 1 << Mode.snark, "");
  return opening;
}

/** Serves the inputs whose proofs are known; a test may change what it answers. */
export class KnownProofs implements Engine {
  readonly offers: readonly Offering[];
  readonly #change: (honest: KnownProof) => Partial<KnownProof>;

  constructor(opening: ModelOpening, change: (honest: KnownProof) => Partial<KnownProof> = () => ({})) {
    this.offers = [{ modelId: openedId(opening), mode: Mode.snark, opening }];
    this.#change = change;
  }

  async run({ input }: { readonly input: Uint8Array }): Promise<Computation> {
    const known = irisProofs.find((one) => one.input.every((byte, index) => byte === input[index]));
    if (known === undefined) throw new Error("no proof for this input");
    const { output, proof } = { ...known, ...this.#change(known) };
    return { output, proof, hidden: [], inputUnits: input.length, outputUnits: output.length / 4 };
  }
}

/** One of the known proofs. */
export function irisProof(index = 0): KnownProof {
  const known = irisProofs[index];
  if (known === undefined) throw new Error(`no proof ${index}`);
  return known;
}
