// Deploys Surety with a test token to a network of hardhat.config.ts, and writes deployments/<chainId>.json. Run again,
// it goes on where it stopped.
import { relative } from "node:path";
import { Command } from "commander";
import { network } from "hardhat";
import { localParameters } from "../deploy/parameters.ts";
import { deployAndRecord } from "../deploy/record.ts";
import { deploymentFile } from "../src/cli/connection.ts";
import { endQuietlyOnClosedPipe, reportFailure } from "../src/cli/errors.ts";
import { parseAddress } from "../src/cli/parse.ts";

interface Options {
  readonly network: string;
  readonly governance?: string;
  readonly guardian?: string;
}

async function main({ network: networkName, ...roles }: Options): Promise<void> {
  const connection = await network.create({ network: networkName, chainType: "l1" });
  try {
    const { file } = await deployAndRecord({ connection, parameters: localParameters, ...roles }, deploymentFile);
    process.stdout.write(`${relative(process.cwd(), file)}\n`);
  } finally {
    await connection.close();
  }
}

endQuietlyOnClosedPipe();
try {
  const options = new Command("npm run deploy --")
    .description("Deploys Surety with a test token and writes deployments/<chainId>.json.")
    .option("--network <name>", "a network of hardhat.config.ts", "localhost")
    .option(
      "--governance <address>",
      "who sets parameters, after a delay; the deployer where it is left out",
      parseAddress,
    )
    .option("--guardian <address>", "who may suspend at once; governance where it is left out", parseAddress)
    .addHelpText("after", "\nExample:\n  npx hardhat node\n  npm run deploy -- --network localhost")
    .exitOverride()
    .showHelpAfterError()
    .parse()
    .opts<Options>();
  await main(options);
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
