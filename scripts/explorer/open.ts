/** Opens the explorer: a chain with its records, the index of it, the site. */
import { join, resolve } from "node:path";
import { startIndexer } from "../../indexer/start.ts";
import { withReader } from "../../src/cli/connection.ts";
import type { Narrator } from "../../src/demo/narrator.ts";
import { isLoopback } from "../../src/native/fetch.ts";
import { listen } from "../../src/operator/server.ts";
import { runLocalJob } from "../localJob.ts";
import type { Parts } from "../parts.ts";
import { buildExplorer } from "./build.ts";
import { explorerSite } from "./site.ts";

const files = resolve(import.meta.dirname, "../../cache/explorer");

/** A chain with Surety on it. */
export interface Chain {
  /** Where it answers. */
  readonly url: string;
  /** The file of the deployment's record. */
  readonly deployment: string;
}

export interface ExplorerOptions {
  /** The explorer's port on loopback; 0 for any free one. */
  readonly port: number;
  /** Where a main job writes its records. */
  readonly records: string;
  /** A chain that runs already; one with a main job on it where left out. */
  readonly chain?: Chain;
  readonly narrator: Narrator;
}

/** An explorer that runs until its parts are closed. */
export interface OpenExplorer {
  readonly url: string;
  /** The folder of the records that it shows. */
  readonly records: string;
}

/**
 * Opens the explorer.
 * @param parts told of every part that must be closed at the end
 * @throws IndexerError, PortInUseError, DeploymentError, ChainError, FileError
 */
export async function openExplorer(options: ExplorerOptions, parts: Parts): Promise<OpenExplorer> {
  const { narrator, chain } = options;
  // What is wrong with a chain is said before anything is built.
  if (chain !== undefined)
    await withReader({ network: chain.url, deployment: chain.deployment }, async () => undefined);
  await buildExplorer(files);
  const { url: rpc, deployment } = chain ?? (await runLocalJob({ ...options, port: 0, cheat: "mixed" }, parts));
  narrator.chapter("The index reads the chain");
  const indexer = await startIndexer({
    deployment,
    rpc,
    // On a chain of this machine's own, nodes are at its own addresses.
    allowsPrivate: isLoopback(rpc),
    onProblem: (line) => narrator.say(line),
  });
  parts.opened({ close: async () => indexer.stop() });
  await indexer.caughtUp();
  const site = await explorerSite({ files, rpc, indexer: indexer.url, deployment });
  const server = await listen(site.fetch, options.port);
  parts.opened(server);
  return { url: server.url, records: join(deployment, "..") };
}
