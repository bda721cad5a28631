/** What computes a node's answers, as its file says: opened, and nothing of it such that its answers could not be believed. */
import { resolve } from "node:path";
import { irisVerifierHash } from "../chain/facts.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { SuretyError } from "../core/errors.ts";
import { parse } from "../core/model/file.ts";
import type { Model } from "../core/model/model.ts";
import { NO_PROOF } from "../core/proofs.ts";
import { Mode } from "../core/typedData.ts";
import { nameCommitment } from "../core/upstream.ts";
import { EnclaveEngine } from "../operator/enclaveEngine.ts";
import { type Engine, IntegerEngine, type Offering } from "../operator/engine.ts";
import { SnarkEngine } from "../operator/snarkEngine.ts";
import { UpstreamEngine } from "../operator/upstreamEngine.ts";
import type { ProofFile } from "../snark/proofs.ts";
import type { Prover } from "../snark/prover.ts";
import type { Reader } from "./connection.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";
import { ConfigError, type NodeConfig } from "./nodeConfig.ts";

/** A model that is to be served and that nobody has published for its mode. */
export class ModelNotPublishedError extends SuretyError {
  override readonly name = "ModelNotPublishedError";
}

/** A key that is to sign answers of an enclave, and that no enclave's quote was registered for. */
export class KeyNotAttestedError extends SuretyError {
  override readonly name = "KeyNotAttestedError";
}

/** An enclave whose measurement a model's publisher does not allow. */
export class MeasurementNotAllowedError extends SuretyError {
  override readonly name = "MeasurementNotAllowedError";
}

/** A network that no circuit here proves. */
export class CircuitMissingError extends SuretyError {
  override readonly name = "CircuitMissingError";
}

/** The packages are not installed that prove and verify. */
export class ProverMissingError extends SuretyError {
  override readonly name = "ProverMissingError";
}

/** Whose node it is, and where. */
export interface EngineOwner extends Pick<Reader, "contracts" | "deployment"> {
  /** Who published models that name nobody else. */
  readonly operator: Hex;
  /** The address of the key that signs receipts. */
  readonly signer: Hex;
  readonly io: Pick<Io, "env" | "fetch" | "clock" | "err">;
}

/** What computes a node's answers, until it is closed. */
export interface Engines {
  readonly engines: readonly Engine[];
  close(): Promise<void>;
}

/** A private network as a node's file names it. */
interface SnarkModel {
  readonly publisher: Hex;
  readonly model: Model;
  readonly proofs: string | undefined;
}

/**
 * Opens what computes answers, as the file says.
 * @throws FileError, ModelFileError, ProofFileError where a file cannot be read
 * @throws ConfigError where a server's key is not there
 * @throws CircuitMissingError, ProverMissingError, SrsMissingError where there is nothing to prove with
 * @throws ModelNotPublishedError, KeyNotAttestedError, MeasurementNotAllowedError where no answer could be believed
 * @throws ChainError where the chain cannot be read
 */
export async function openEngines(config: NodeConfig, owner: EngineOwner): Promise<Engines> {
  const models = config.models.map(({ file, publisher = owner.operator, modes, proofs }) => {
    const { model } = parse(readText(resolve(config.folder, file)));
    const path = proofs === undefined ? undefined : resolve(config.folder, proofs);
    return { publisher, model, modes, proofs: path };
  });
  const upstreams = config.upstreams.map((upstream) => openUpstream(upstream, owner));
  const private_ = models.filter(({ modes }) => modes.includes("snark"));
  const prover = private_.length === 0 ? undefined : await startProver(private_, owner.io);
  try {
    const engines = [
      ...models.flatMap(({ modes, ...published }) => openInteger(published, modes)),
      ...(prover === undefined ? [] : [await openSnark(private_, prover, owner)]),
      ...upstreams,
    ];
    const offers = engines.flatMap((engine) => engine.offers);
    await requirePublished(offers, owner);
    await requireAllowed(offers, owner);
    return { engines, close: async () => prover?.close() };
  } catch (cause) {
    await prover?.close();
    throw cause;
  }
}

type ModeName = NodeConfig["models"][number]["modes"][number];

/** What runs an integer network: the same weights are another model in an enclave. */
function openInteger(published: { readonly publisher: Hex; readonly model: Model }, modes: readonly ModeName[]) {
  const plain = modes.flatMap((mode) => (mode === "signed" || mode === "optimistic" ? [Mode[mode]] : []));
  return [
    ...(plain.length === 0 ? [] : [new IntegerEngine([published], plain)]),
    ...(modes.includes("enclave") ? [new EnclaveEngine([published])] : []),
  ];
}

function openUpstream(
  { url, mode, keyVariable, models, maxOutputUnits }: NodeConfig["upstreams"][number],
  { operator, io }: EngineOwner,
): UpstreamEngine {
  const apiKey = keyVariable === undefined ? undefined : apiKeyIn(io.env, keyVariable);
  return new UpstreamEngine({
    url,
    mode: Mode[mode],
    ...(apiKey !== undefined && { apiKey }),
    models: models.map(({ name, publisher = operator, commitment = nameCommitment(name) }) => {
      return { name, publisher, commitment };
    }),
    fetch: io.fetch,
    ...(maxOutputUnits !== undefined && { maxOutputUnits }),
  });
}

function apiKeyIn(env: Io["env"], variable: string): string {
  const key = env[variable];
  if (key === undefined) throw new ConfigError(`the variable ${variable} is not set: it holds the server's key`);
  return key;
}

/** Starts what proves networks: without points where there are none in reach, if all have proofs made beforehand. */
async function startProver(models: readonly SnarkModel[], { env, err }: EngineOwner["io"]): Promise<Prover> {
  const { irisCircuit: circuit } = await import("../snark/circuits.ts");
  for (const { model } of models) {
    if (model.widths.join() === circuit.widths.join()) continue;
    const message = `no circuit here proves networks of ${model.widths.join("-")}, but of ${circuit.widths.join("-")}`;
    throw new CircuitMissingError(message, { remedy: "serve it in another mode, or a network of that shape" });
  }
  const { Prover } = await importProver();
  const { loadSrs, SrsMissingError, usualSources } = await import("../snark/srs.ts");
  try {
    return await Prover.start(circuit, await loadSrs(circuit.points, usualSources(env["CRS_PATH"])));
  } catch (cause) {
    if (!(cause instanceof SrsMissingError) || models.some(({ proofs }) => proofs === undefined)) throw cause;
    err(`Only what there are proofs for is served: ${cause.message}\n`);
    return Prover.start(circuit);
  }
}

/** The prover stands on packages that few need. @throws ProverMissingError */
async function importProver() {
  try {
    return await import("../snark/prover.ts");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    if (!isMissing) throw cause;
    throw new ProverMissingError("the snark mode takes packages that are not installed here", {
      remedy: "npm install @aztec/bb.js @noir-lang/noir_js, in the versions that this package names as its peers",
      cause,
    });
  }
}

async function openSnark(
  models: readonly SnarkModel[],
  prover: Prover,
  { contracts, deployment }: EngineOwner,
): Promise<SnarkEngine> {
  const { parseProofs } = await import("../snark/proofs.ts");
  const verifierHash = await irisVerifierHash(contracts, deployment);
  const known = models.flatMap(({ proofs }): ProofFile[] =>
    proofs === undefined ? [] : [parseProofs(readText(proofs))],
  );
  const opened = models.map(({ publisher, model }) => ({ publisher, model, verifierHash }));
  return new SnarkEngine({ models: opened, prover, known });
}

/** @throws ModelNotPublishedError where a court that is to judge an answer would not know its model */
async function requirePublished(offers: readonly Offering[], { contracts }: EngineOwner): Promise<void> {
  for (const { modelId, mode, opening } of offers) {
    const { modes } = await query(() => contracts.models.get(modelId));
    if ((Number(modes) & (1 << mode)) !== 0) continue;
    const [name] = Object.entries(Mode).find(([, value]) => value === mode) ?? [mode];
    const { publisher, commitment, spec } = opening;
    const message = `model ${modelId} is not published for the mode ${name}`;
    const remedy = `have ${publisher} publish the commitment ${commitment} with the spec ${spec}, or name its publisher`;
    throw new ModelNotPublishedError(message, { remedy });
  }
}

/** @throws KeyNotAttestedError, MeasurementNotAllowedError where what the key signs of an enclave would be a fault */
async function requireAllowed(
  offers: readonly Offering[],
  { contracts, operator, signer, io }: EngineOwner,
): Promise<void> {
  const enclaved = offers.filter(({ mode }) => mode === Mode.enclave);
  if (enclaved.length === 0) return;
  const { keys, models } = contracts;
  const now = io.clock();
  const [measurement, isValid] = await query(async () =>
    Promise.all([keys.measurementOf(signer), keys.isValidAt(signer, operator, now)]),
  );
  if (measurement === NO_PROOF || !isValid) {
    const message = `the signing key ${signer} is not registered as ${operator}'s by the quote of an enclave`;
    const remedy = "make a key inside the enclave, and register it by its quote: surety operator key add --quote";
    throw new KeyNotAttestedError(message, { remedy });
  }
  for (const { modelId, opening } of enclaved) {
    if (await query(() => models.isMeasurementAllowedAt(modelId, measurement, now))) continue;
    const message = `the publisher of model ${modelId} does not allow the measurement ${measurement} of the node's enclave`;
    const remedy = `have ${opening.publisher} allow it: surety model allow ${modelId} ${measurement}`;
    throw new MeasurementNotAllowedError(message, { remedy });
  }
}
