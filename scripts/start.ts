// The main job: see README.md. `npm start -- --help` lists the options.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { JsonRpcProvider } from "ethers";
import { network } from "hardhat";
import { deploy } from "../deploy/deploy.ts";
import { localParameters } from "../deploy/parameters.ts";
import { endQuietlyOnClosedPipe, exitCodes, FileError, reportFailure } from "../src/cli/errors.ts";
import { toHex } from "../src/core/bytes.ts";
import { parse } from "../src/core/model/file.ts";
import { type DigitSize, loadDigits } from "../src/datasets/digits.ts";
import { loadIris } from "../src/datasets/iris.ts";
import { type IrisLab, openLab } from "../src/demo/iris.ts";
import { runMainJob } from "../src/demo/mainJob.ts";
import { narrateTo, silent } from "../src/demo/narrator.ts";
import { checkLines, isSuccess, toJsonLine, toText } from "../src/demo/report.ts";
import { type Cheat, cheats } from "../src/demo/rogues.ts";
import { rpcHandler } from "../src/demo/rpc.ts";
import { useNativeCurve } from "../src/native/curve.ts";
import { keys } from "../src/sim/tdxPlatform.ts";
import { parseProofs } from "../src/snark/proofs.ts";
import { listen } from "../src/operator/server.ts";

const root = resolve(import.meta.dirname, "..");
const started = performance.now();

interface Options {
  readonly json: boolean;
  readonly keep: boolean;
  readonly port: number;
  readonly records: string;
  readonly cheat: Cheat | "mixed";
}

/** What must be closed at the end, last opened first. */
const open: { close(): unknown }[] = [];

async function main(options: Options): Promise<boolean> {
  const narrator = options.json && !process.stderr.isTTY ? silent : narrateTo(process.stderr);
  const slowness = useNativeCurve();
  if (slowness !== undefined) narrator.say(slowness.message);

  narrator.chapter("A chain on loopback, and Surety on it");
  const connection = await network.create({ network: "local", chainType: "l1" });
  open.push(connection);
  const server = await listen(rpcHandler(connection.provider), options.port);
  open.push(server);
  const { url } = server;
  const folder = makeFolder(options.records);
  // No machine here has a TDX platform that Intel vouches for: the main job certifies one of its own.
  const [intelRootX, intelRootY] = [toHex(keys.root.x), toHex(keys.root.y)];
  const deployment = await deploy({ connection, parameters: { ...localParameters, intelRootX, intelRootY } });
  narrator.say(`${Object.keys(deployment.contracts).length} contracts deployed at ${url}`);

  // ethers remembers answers for a moment by default, longer than a local block takes.
  const provider = new JsonRpcProvider(url, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 });
  provider.pollingInterval = 20;
  open.push({ close: () => provider.destroy() });
  const lab = await openIrisLab();
  open.push({ close: () => lab.prover.close() });
  const report = {
    ...(await runMainJob({
      provider,
      deployment,
      subjects: [subject("8x8"), subject("28x28")],
      lab,
      cheat: options.cheat,
      folder,
      narrator,
      onOpen: (part) => open.push(part),
    })),
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
  };
  if (options.json && !isSuccess(report)) process.stderr.write(`${checkLines(report).join("\n")}\n`);
  process.stdout.write(`${options.json ? toJsonLine(report) : `\n${toText(report)}`}\n`);
  if (options.keep) await keepRunning(url, join(folder, "deployment.json"));
  return isSuccess(report);
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

async function keepRunning(url: string, deployment: string): Promise<void> {
  process.stderr.write(`\nThe chain stays at ${url}, deployed as ${deployment} says. Ctrl-C ends it.\n`);
  await new Promise(() => setInterval(() => undefined, 60_000));
}

async function closeAll(): Promise<void> {
  for (const part of open.splice(0).reverse()) {
    try {
      await part.close();
    } catch (cause) {
      process.stderr.write(`could not close a part: ${String(cause)}\n`);
    }
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("a port is a number from 0 to 65535.");
  return port;
}

function readOptions(): Options {
  return new Command("npm start --")
    .description("Shows the whole life of an AI action on a local chain, and checks every step.")
    .option("--json", "print one JSON line at the end, and nothing else on stdout", false)
    .option("--keep", "leave the chain running until Ctrl-C, to look at the records with it", false)
    .option("--port <number>", "the chain's port on loopback; 0 for any free one", parsePort, 0)
    .option("--records <folder>", "where to write the records", join(root, "records"))
    .addOption(new Option("--cheat <way>", "how the cheat cheats").choices([...cheats, "mixed"]).default("mixed"))
    .addHelpText("after", "\nExample:\n  npm start -- --cheat first --records /tmp/records")
    .exitOverride()
    .showHelpAfterError()
    .parse()
    .opts<Options>();
}

/** Once set, whatever fails fails because its parts are closed. */
let interruptedBy: NodeJS.Signals | undefined;

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => {
    interruptedBy = signal;
    process.stderr.write("\nStopping ...\n");
    process.exitCode = code;
    void closeAll().finally(() => process.exit(code));
  });
}

endQuietlyOnClosedPipe();
try {
  process.exitCode = (await main(readOptions())) ? exitCodes.ok : exitCodes.failure;
} catch (thrown) {
  if (interruptedBy === undefined) process.exitCode = reportFailure(thrown);
} finally {
  await closeAll();
}
