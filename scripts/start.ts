// The main job: see README.md. `npm start -- --help` lists the options.
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { exitCodes } from "../src/cli/errors.ts";
import { narrateTo, silent } from "../src/demo/narrator.ts";
import { checkLines, isSuccess, toJsonLine, toText } from "../src/demo/report.ts";
import { type Cheat, cheats } from "../src/demo/rogues.ts";
import { parsePort } from "./options.ts";
import { type LocalJob, runLocalJob } from "./localJob.ts";
import { Parts, runAndClose, untilInterrupted } from "./parts.ts";

const root = resolve(import.meta.dirname, "..");
const started = performance.now();
const parts = new Parts();

interface Options {
  readonly json: boolean;
  readonly keep: boolean;
  readonly port: number;
  readonly records: string;
  readonly cheat: Cheat | "mixed";
}

async function main(options: Options): Promise<boolean> {
  const narrator = options.json && !process.stderr.isTTY ? silent : narrateTo(process.stderr);
  const job = await runLocalJob({ ...options, narrator }, parts);
  const report = { ...job.report, seconds: Number(((performance.now() - started) / 1000).toFixed(1)) };
  if (options.json && !isSuccess(report)) process.stderr.write(`${checkLines(report).join("\n")}\n`);
  process.stdout.write(`${options.json ? toJsonLine(report) : `\n${toText(report)}`}\n`);
  if (options.keep) await keepRunning(job);
  return isSuccess(report);
}

async function keepRunning({ url, deployment }: LocalJob): Promise<never> {
  process.stderr.write(`\nThe chain stays at ${url}, deployed as ${deployment} says. Ctrl-C ends it.\n`);
  return untilInterrupted();
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

await runAndClose(parts, async () => ((await main(readOptions())) ? exitCodes.ok : exitCodes.failure));
