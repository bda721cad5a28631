// The explorer in a browser, on the records of a main job, or on a chain that runs already: `npm run explorer -- --help`.
import { resolve } from "node:path";
import { Command } from "commander";
import { narrateTo } from "../src/demo/narrator.ts";
import { type Chain, openExplorer } from "./explorer/open.ts";
import { parsePort } from "./options.ts";
import { Parts, runAndClose, untilInterrupted } from "./parts.ts";

const parts = new Parts();

interface Options {
  readonly port: number;
  readonly records: string;
  readonly rpc?: string;
  readonly deployment?: string;
}

async function main({ port, records, rpc, deployment }: Options): Promise<never> {
  const chain: Chain | undefined = rpc && deployment ? { url: rpc, deployment } : undefined;
  const narrator = narrateTo(process.stderr);
  const { url } = await openExplorer({ port, records, narrator, ...(chain && { chain }) }, parts);
  process.stderr.write(`\nThe explorer is at ${url} - Ctrl-C ends it.\n`);
  return untilInterrupted();
}

function readOptions(): Options {
  const command = new Command("npm run explorer --")
    .description("Shows operators, receipts, agents and the network's health in a browser, and checks records there.")
    .option("--port <number>", "the explorer's port on loopback; 0 for any free one", parsePort, 4_170)
    .option("--records <folder>", "where the main job writes its records", resolve(import.meta.dirname, "../records"))
    .option("--rpc <url>", "a chain that runs already, instead of a main job's (with --deployment)")
    .option("--deployment <file>", "the record of Surety's deployment on it")
    .addHelpText("after", "\nExample:\n  npm run explorer -- --rpc http://127.0.0.1:8545 --deployment deployment.json")
    .exitOverride()
    .showHelpAfterError()
    .parse();
  const options = command.opts<Options>();
  if ((options.rpc === undefined) !== (options.deployment === undefined)) {
    command.error("error: --rpc and --deployment go together: the one is where, the other is what you trust there");
  }
  return options;
}

await runAndClose(parts, async () => main(readOptions()));
