// What the scripts for `npx hardhat run` share: Hardhat's network and account, the command line's functions, and settings
// from the environment, since Hardhat passes a script no arguments.
import { network } from "hardhat";
import { connect } from "../src/chain/contracts.ts";
import { parseDeployment } from "../src/chain/deployment.ts";
import { perform, type Plan } from "../src/cli/act.ts";
import { deploymentFile, makeReader, makeSender, type Sender } from "../src/cli/connection.ts";
import { endQuietlyOnClosedPipe, reportFailure, UsageError } from "../src/cli/errors.ts";
import { readText } from "../src/cli/files.ts";
import { processIo } from "../src/cli/terminal.ts";

/** A setting that must be there. @throws UsageError where it is not */
type Settings = (name: string) => string;

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new UsageError(`${name} is not set: see the head of the script`);
  return value;
}

/** Does work with the network's first account, says what went wrong, and sets the exit code. */
export async function withScriptSender(work: (sender: Sender, env: Settings) => Promise<void>): Promise<void> {
  endQuietlyOnClosedPipe();
  try {
    const connection = await network.create({ chainType: "l1" });
    try {
      const [signer] = await connection.ethers.getSigners();
      if (signer === undefined) throw new UsageError("the network has no account: configure one in hardhat.config.ts");
      const { chainId } = await connection.ethers.provider.getNetwork();
      const deployment = parseDeployment(readText(process.env["SURETY_DEPLOYMENT"] ?? deploymentFile(chainId)));
      const reader = await makeReader(deployment, connect(deployment, signer));
      const isDryRun = process.env["SURETY_DRY_RUN"] === "1";
      await work(await makeSender(reader, signer, { io: processIo(), isDryRun }), setting);
    } finally {
      await connection.close();
    }
  } catch (thrown) {
    process.exitCode = reportFailure(thrown);
  }
}

/** Makes a plan with the network's first account, and carries it out. */
export async function runAsScript(makePlan: (sender: Sender, env: Settings) => Promise<Plan>): Promise<void> {
  await withScriptSender(async (sender, env) => perform(sender, {}, await makePlan(sender, env)));
}
