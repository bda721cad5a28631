// Compiles the circuits and writes what follows from them: the artifact that src/snark proves with, the verifier in
// Solidity, and proofs of a few inputs for where there is no SRS to prove with.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { BackendType, Barretenberg } from "@aztec/bb.js";
import { compile, createFileManager } from "@noir-lang/noir_wasm";
import { fromHex, type Hex, toHex } from "../src/core/bytes.ts";
import { parse } from "../src/core/model/file.ts";
import type { Model } from "../src/core/model/model.ts";
import { snarkCommitment } from "../src/core/snark.ts";
import { loadIris } from "../src/datasets/iris.ts";
import { type Circuit, PROOF_SETTINGS } from "../src/snark/circuits.ts";
import { type KnownProof, parseProofs, serialiseProofs } from "../src/snark/proofs.ts";
import { Prover } from "../src/snark/prover.ts";
import { G2_POINT, loadSrs, SrsMissingError, usualSources } from "../src/snark/srs.ts";

const USAGE = `Compiles the circuits, writes their verifiers and proves a few inputs.

usage: tsx scripts/circuits.ts [--check]
  --check  write nothing; compare with the files and exit 1 where one is stale
`;

const root = resolve(import.meta.dirname, "..");
const NAME = "iris";
const WIDTHS = [4, 6, 3];
const CONTRACT = "IrisVerifier";
/** How many flowers of each species are proven beforehand. */
const PROVEN_PER_SPECIES = 2;

const files = {
  source: join(root, "circuits", NAME),
  artifact: join(root, "circuits", NAME, `${NAME}.json`),
  verifier: join(root, "contracts/verifiers/generated", `${CONTRACT}.sol`),
  model: join(root, "models", `${NAME}.json`),
  proofs: join(root, "models", `${NAME}-proofs.json`),
};

/** A circuit cannot be brought up to date on this machine. */
class CircuitError extends Error {
  override readonly name = "CircuitError";
}

const readIfThere = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** The SRS from wherever a machine has it; undefined where it has none. */
async function srsOf(points: number): Promise<Uint8Array | undefined> {
  try {
    return await loadSrs(points, usualSources(process.env["CRS_PATH"]));
  } catch (error) {
    if (error instanceof SrsMissingError) return undefined;
    throw error;
  }
}

async function compileCircuit(): Promise<Pick<Circuit, "bytecode" | "abi">> {
  const silent = (): void => undefined;
  const { program } = await compile(createFileManager(files.source), undefined, silent, silent);
  return { bytecode: program.bytecode, abi: program.abi };
}

/** The circuit's rows and its verification key, which takes the SRS. */
async function keyOf(bytecode: Uint8Array): Promise<Pick<Circuit, "points" | "verificationKey">> {
  const bb = await Barretenberg.new({ backend: BackendType.Wasm, threads: 1, skipSrsInit: true });
  try {
    const circuit = { name: NAME, bytecode, verificationKey: new Uint8Array() };
    const stats = await bb.circuitStats({ circuit, includeGatesPerOpcode: false, settings: PROOF_SETTINGS });
    const points = stats.numGatesDyadic + 1;
    const srs = await srsOf(points);
    if (srs === undefined) throw new CircuitError("a changed circuit needs the SRS: set CRS_PATH to a folder with it");
    await bb.srsInitSrs({ pointsBuf: srs, numPoints: points, g2Point: G2_POINT });
    const { bytes } = await bb.circuitComputeVk({ circuit, settings: PROOF_SETTINGS });
    return { points, verificationKey: toHex(bytes) };
  } finally {
    await bb.destroy();
  }
}

/** The artifact of the present source. The key is that of the file, if nothing has changed that it depends on. */
async function buildArtifact(): Promise<Circuit> {
  const compiled = await compileCircuit();
  const text = readIfThere(files.artifact);
  const old = text === undefined ? undefined : (JSON.parse(text) as Circuit);
  const key =
    old?.bytecode === compiled.bytecode
      ? { points: old.points, verificationKey: old.verificationKey }
      : await keyOf(gunzipSync(Buffer.from(compiled.bytecode, "base64")));
  return { name: NAME, widths: WIDTHS, ...key, ...compiled };
}

/** bb's native build alone writes the optimised verifier. */
async function writeVerifier(verificationKey: Hex): Promise<string> {
  const bb = await Barretenberg.new({ backend: BackendType.NativeUnixSocket, threads: 1 });
  try {
    const key = fromHex(verificationKey);
    const written = await bb.circuitWriteSolidityVerifier({ verificationKey: key, settings: PROOF_SETTINGS });
    return `${written.solidityCode.trim()}\n`.replace("contract HonkVerifier ", `contract ${CONTRACT} `);
  } finally {
    await bb.destroy();
  }
}

/** The proofs in the file where they all verify, else new ones. Each proof is another: zero knowledge takes randomness. */
async function buildProofs(circuit: Circuit, model: Model): Promise<string> {
  const text = readIfThere(files.proofs);
  if (text !== undefined && (await withProver(circuit, undefined, (prover) => areGood(prover, model, text))))
    return text;
  const srs = await srsOf(circuit.points);
  if (srs === undefined) throw new CircuitError("new proofs need the SRS: set CRS_PATH to a folder with it");
  return withProver(circuit, srs, async (prover) => {
    const proofs: KnownProof[] = [];
    for (const input of chosenInputs()) proofs.push({ input, ...(await prover.prove(model, input)) });
    return serialiseProofs({ commitment: snarkCommitment(model), proofs });
  });
}

async function withProver<T>(
  circuit: Circuit,
  srs: Uint8Array | undefined,
  use: (prover: Prover) => Promise<T>,
): Promise<T> {
  const prover = await Prover.start(circuit, srs);
  try {
    return await use(prover);
  } finally {
    await prover.close();
  }
}

async function areGood(prover: Prover, model: Model, text: string): Promise<boolean> {
  const { commitment, proofs } = parseProofs(text);
  const inputs = chosenInputs();
  if (commitment !== snarkCommitment(model) || proofs.length !== inputs.length) return false;
  for (const [index, { input, output, proof }] of proofs.entries()) {
    const isSame = toHex(input) === toHex(inputs[index] ?? new Uint8Array());
    if (!isSame || !(await prover.verify({ commitment, input, output }, proof))) return false;
  }
  return true;
}

/** The first held-out flowers of each species. */
function chosenInputs(): Uint8Array[] {
  const { heldOut } = loadIris();
  return [0, 1, 2].flatMap((species) =>
    heldOut
      .filter(({ label }) => label === species)
      .slice(0, PROVEN_PER_SPECIES)
      .map(({ pixels }) => pixels),
  );
}

async function main({ check }: { readonly check: boolean }): Promise<number> {
  const circuit = await buildArtifact();
  const { model } = parse(readFileSync(files.model, "utf8"));
  const contents = [
    [files.artifact, `${JSON.stringify(circuit, null, 2)}\n`],
    [files.verifier, await writeVerifier(circuit.verificationKey)],
    [files.proofs, await buildProofs(circuit, model)],
  ] as const;
  let stale = 0;
  for (const [path, content] of contents) {
    const isSame = readIfThere(path) === content;
    if (!isSame && !check) writeFileSync(path, content);
    if (!isSame) stale++;
    console.log(`${relative(root, path)}: ${isSame ? "as before" : check ? "STALE: npm run circuits" : "written"}`);
  }
  return check && stale > 0 ? 1 : 0;
}

try {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  process.exitCode = await main(values);
} catch (error) {
  if (error instanceof CircuitError) {
    console.error(`${error.name}: ${error.message}`);
    process.exitCode = 1;
  } else if (error instanceof TypeError && "code" in error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    throw error;
  }
}
