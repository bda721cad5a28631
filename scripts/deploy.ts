// Deploys Surety with a test token to a network of hardhat.config.ts, and writes deployments/<chainId>.json. Run again,
// it goes on where it stopped.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command } from "commander";
import { network } from "hardhat";
import { deploy } from "../deploy/deploy.ts";
import { localParameters } from "../deploy/parameters.ts";
import { parseDeployment, serialiseDeployment } from "../src/chain/deployment.ts";
import { endQuietlyOnClosedPipe, reportFailure } from "../src/cli/errors.ts";

const folder = resolve(import.meta.dirname, "../deployments");

async function main(networkName: string): Promise<void> {
  const connection = await network.create({ network: networkName, chainType: "l1" });
  try {
    const deployment = await deploy({ connection, parameters: localParameters });
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

endQuietlyOnClosedPipe();
try {
  const { network: networkName } = new Command("npm run deploy --")
    .description("Deploys Surety with a test token and writes deployments/<chainId>.json.")
    .option("--network <name>", "a network of hardhat.config.ts", "localhost")
    .addHelpText("after", "\nExample:\n  npx hardhat node\n  npm run deploy -- --network localhost")
    .exitOverride()
    .showHelpAfterError()
    .parse()
    .opts<{ network: string }>();
  await main(networkName);
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
