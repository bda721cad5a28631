// Runs the indexer of a deployment until it is told to end. `npm run indexer -- --help` lists the options.
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { startIndexer } from "../indexer/start.ts";
import { networkOf } from "../src/chain/networks.ts";
import { withReader } from "../src/cli/connection.ts";
import { endQuietlyOnClosedPipe, exitCodes, reportFailure } from "../src/cli/errors.ts";

/** Hardhat's chain is gone with its process, and so is what was made of it. */
const HARDHAT = 31_337n;

interface Options {
  readonly deployment: string;
  readonly network: string;
  readonly rpc?: string;
  readonly port: number;
  readonly folder?: string;
  readonly schema: string;
  readonly json: boolean;
}

async function main({ deployment, network, rpc, port, folder, schema, json }: Options): Promise<number> {
  const { chainId } = await withReader(
    { network, deployment, ...(rpc && { rpc }) },
    async (reader) => reader.deployment,
  );
  const { name, endpoints } = networkOf(network, rpc);
  const isLocal = chainId === HARDHAT || name === "local";
  const kept = folder ?? join(resolve(import.meta.dirname, ".."), "records", `index-${chainId}`);
  const indexer = await startIndexer({
    deployment,
    rpc: endpoints[0] ?? "",
    databaseUrl: process.env["DATABASE_URL"],
    schema,
    folder: folder === undefined && isLocal ? undefined : kept,
    port,
    allowsPrivate: isLocal,
    pollMs: isLocal ? 200 : 2_000,
    onProblem: (line) => process.stderr.write(`${line}\n`),
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void indexer.stop());
  process.stderr.write(`The indexer serves at ${indexer.url}: /graphql, /sql, /v1. Ctrl-C ends it.\n`);
  const ready = indexer
    .caughtUp()
    .then(() => process.stdout.write(json ? `${JSON.stringify({ url: indexer.url })}\n` : "caught up\n"));
  const code = await indexer.ended;
  await ready.catch(() => undefined);
  return code ?? exitCodes.failure;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port === 0 || port > 65_535)
    throw new InvalidArgumentError("a port is a number from 1 to 65535.");
  return port;
}

endQuietlyOnClosedPipe();
try {
  const options = new Command("npm run indexer --")
    .description("Indexes a deployment's contracts and its operators' receipts, and serves what pages need.")
    .requiredOption("--deployment <file>", "the deployment's record")
    .option("--network <name or URL>", "the chain", "local")
    .option("--rpc <URL>", "its endpoint, where it is not the network's own")
    .option("--port <number>", "on loopback", parsePort, 42_069)
    .option("--folder <folder>", "where PGlite keeps its files; DATABASE_URL names a PostgreSQL instead")
    .option("--schema <name>", "the database's schema, one for each deployment", "surety")
    .option("--json", "print where it serves as JSON, once it has caught up", false)
    .addHelpText(
      "after",
      "\nExample:\n  npm run indexer -- --deployment records/<run>/deployment.json --rpc http://127.0.0.1:8545",
    )
    .exitOverride()
    .showHelpAfterError()
    .parse()
    .opts<Options>();
  process.exitCode = await main(options);
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
