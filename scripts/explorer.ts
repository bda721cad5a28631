// The explorer in a browser, on the records of a main job, or on a chain that runs already: `npm run explorer -- --help`.
import { join, resolve } from "node:path";
import { Command } from "commander";
import { startIndexer } from "../indexer/start.ts";
import { narrateTo } from "../src/demo/narrator.ts";
import { listen } from "../src/operator/server.ts";
import { buildExplorer } from "./explorer/build.ts";
import { explorerSite } from "./explorer/site.ts";
import { runLocalJob } from "./localJob.ts";
import { parsePort } from "./options.ts";
import { Parts, runAndClose, untilInterrupted } from "./parts.ts";

const root = resolve(import.meta.dirname, "..");
const parts = new Parts();
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Options {
  readonly port: number;
  readonly records: string;
  readonly rpc?: string;
  readonly deployment?: string;
}

/** A chain with Surety on it. */
interface Chain {
  readonly url: string;
  readonly deployment: string;
}

async function main(options: Options): Promise<number> {
  const files = join(root, "cache/explorer");
  await buildExplorer(files);
  const chain = await chainFor(options);
  say("\nThe index reads the chain ...");
  const indexer = await startIndexer({
    deployment: chain.deployment,
    rpc: chain.url,
    allowsPrivate: /^https?:\/\/(127\.|localhost|\[::1\])/.test(chain.url),
    onProblem: (line) => say(`index: ${line}`),
  });
  parts.opened({ close: async () => indexer.stop() });
  await indexer.caughtUp();
  const site = await explorerSite({ files, rpc: chain.url, indexer: indexer.url, deployment: chain.deployment });
  const server = await listen(site.fetch, options.port);
  parts.opened(server);
  say(`The explorer is at ${server.url}. Ctrl-C ends it.`);
  return untilInterrupted();
}

/** The chain that is named, or one of its own with a main job on it. */
async function chainFor({ rpc, deployment, records }: Options): Promise<Chain> {
  if (rpc !== undefined && deployment !== undefined) return { url: rpc, deployment };
  return runLocalJob({ port: 0, records, cheat: "mixed", narrator: narrateTo(process.stderr) }, parts);
}

function readOptions(): Options {
  const command = new Command("npm run explorer --")
    .description("Shows operators, receipts, agents and the network's health in a browser, and checks records there.")
    .option("--port <number>", "the explorer's port on loopback; 0 for any free one", parsePort, 4_170)
    .option("--records <folder>", "where the main job writes its records", join(root, "records"))
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
