/** The main job on a chain of its own on loopback: what `npm start` shows, and `npm run explorer` shows in a browser. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { JsonRpcProvider } from "ethers";
import { network } from "hardhat";
import { deploy } from "../deploy/deploy.ts";
import { localParameters } from "../deploy/parameters.ts";
import { FileError } from "../src/cli/errors.ts";
import { toHex } from "../src/core/bytes.ts";
import { parse } from "../src/core/model/file.ts";
import { type DigitSize, loadDigits } from "../src/datasets/digits.ts";
import { loadIris } from "../src/datasets/iris.ts";
import { type IrisLab, openLab } from "../src/demo/iris.ts";
import { runMainJob } from "../src/demo/mainJob.ts";
import type { Narrator } from "../src/demo/narrator.ts";
import type { Report } from "../src/demo/report.ts";
import type { Cheat } from "../src/demo/rogues.ts";
import { rpcHandler } from "../src/demo/rpc.ts";
import { useNativeCurve } from "../src/native/curve.ts";
import { listen } from "../src/operator/server.ts";
import { keys } from "../src/demo/tdx/platform.ts";
import { parseProofs } from "../src/snark/proofs.ts";
import type { Parts } from "./parts.ts";

const root = resolve(import.meta.dirname, "..");

export interface LocalJobOptions {
  /** The chain's port on loopback; 0 for any free one. */
  readonly port: number;
  /** Where the folder of records is made. */
  readonly records: string;
  readonly cheat: Cheat | "mixed";
  readonly narrator: Narrator;
}

/** A main job that was run, and whose chain and nodes are still there until their parts are closed. */
export interface LocalJob {
  /** Where the chain answers. */
  readonly url: string;
  /** The folder of the records, and the record of the deployment in it. */
  readonly folder: string;
  readonly deployment: string;
  readonly report: Omit<Report, "seconds">;
}

/** Runs the main job. @param parts told of every part that must be closed at the end @throws FileError, PortInUseError */
export async function runLocalJob(
  { port, records, cheat, narrator }: LocalJobOptions,
  parts: Parts,
): Promise<LocalJob> {
  const slowness = useNativeCurve();
  if (slowness !== undefined) narrator.say(slowness.message);

  narrator.chapter("A chain on loopback, and Surety on it");
  const connection = await network.create({ network: "local", chainType: "l1" });
  parts.opened(connection);
  const server = await listen(rpcHandler(connection.provider), port);
  parts.opened(server);
  const { url } = server;
  const folder = makeFolder(records);
  // No machine here has a TDX platform that Intel vouches for: the main job certifies one of its own.
  const [intelRootX, intelRootY] = [toHex(keys.root.x), toHex(keys.root.y)];
  const deployment = await deploy({ connection, parameters: { ...localParameters, intelRootX, intelRootY } });
  narrator.say(`${Object.keys(deployment.contracts).length} contracts deployed at ${url}`);

  // ethers remembers answers for a moment by default, longer than a local block takes.
  const provider = new JsonRpcProvider(url, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 });
  provider.pollingInterval = 20;
  parts.opened({ close: () => provider.destroy() });
  const lab = await openIrisLab();
  parts.opened({ close: () => lab.prover.close() });
  const report = await runMainJob({
    provider,
    deployment,
    subjects: [subject("8x8"), subject("28x28")],
    lab,
    cheat,
    folder,
    narrator,
    onOpen: (part) => parts.opened(part),
  });
  return { url, folder, deployment: join(folder, "deployment.json"), report };
}

function subject(size: DigitSize) {
  const { model } = parse(readModel(`digits-${size}`));
  return { model, digits: loadDigits({ size }).heldOut };
}

async function openIrisLab(): Promise<IrisLab> {
  const { train, heldOut } = loadIris();
  return openLab({
    model: parse(readModel("iris")).model,
    proofs: parseProofs(readModel("iris-proofs")),
    heldOut,
    all: [...train, ...heldOut],
    crsPath: process.env["CRS_PATH"],
  });
}

function readModel(name: string): string {
  return readFileSync(join(root, "models", `${name}.json`), "utf8");
}

/** A folder of its own for each run. */
function makeFolder(parent: string): string {
  const name = new Date().toISOString().replace(/[:.]/g, "-");
  const folder = resolve(parent, name);
  try {
    // Not recursive: on file systems that are none, such as /proc, Node would try for ever.
    if (!existsSync(parent)) mkdirSync(parent);
    mkdirSync(folder);
  } catch (cause) {
    throw new FileError(`${folder} cannot be made: choose a folder in a place that exists and that you can write to`, {
      cause,
    });
  }
  return relative(process.cwd(), folder) || folder;
}
