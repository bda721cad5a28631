// Deploys Surety with a test token to a network of hardhat.config.ts, and writes deployments/<chainId>.json. Run again,
// it goes on where it stopped.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { isAddress } from "ethers";
import { network } from "hardhat";
import { deploy } from "../deploy/deploy.ts";
import { localParameters } from "../deploy/parameters.ts";
import { parseDeployment, serialiseDeployment } from "../src/chain/deployment.ts";
import { endQuietlyOnClosedPipe, reportFailure } from "../src/cli/errors.ts";

const folder = resolve(import.meta.dirname, "../deployments");

interface Options {
  readonly network: string;
  readonly governance?: string;
  readonly guardian?: string;
}

async function main({ network: networkName, ...roles }: Options): Promise<void> {
  const connection = await network.create({ network: networkName, chainType: "l1" });
  try {
    const deployment = await deploy({ connection, parameters: localParameters, ...roles });
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${deployment.chainId}.json`);
    const known = existsSync(file) ? parseDeployment(readFileSync(file, "utf8")) : undefined;
    // Where nothing was to do, the first deployment's block stays: history is read from there.
    const block = known?.contracts.bonds === deployment.contracts.bonds ? known.block : deployment.block;
    writeFileSync(file, serialiseDeployment({ ...deployment, block }));
    process.stdout.write(`${relative(process.cwd(), file)}\n`);
  } finally {
    await connection.close();
  }
}

function toAddress(text: string): string {
  if (!isAddress(text)) throw new InvalidArgumentError("It is no address, or its checksum is wrong.");
  return text;
}

endQuietlyOnClosedPipe();
try {
  const options = new Command("npm run deploy --")
    .description("Deploys Surety with a test token and writes deployments/<chainId>.json.")
    .option("--network <name>", "a network of hardhat.config.ts", "localhost")
    .option(
      "--governance <address>",
      "who sets parameters, after a delay; the deployer where it is left out",
      toAddress,
    )
    .option("--guardian <address>", "who may suspend at once; governance where it is left out", toAddress)
    .addHelpText("after", "\nExample:\n  npx hardhat node\n  npm run deploy -- --network localhost")
    .exitOverride()
    .showHelpAfterError()
    .parse()
    .opts<Options>();
  await main(options);
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
