/** Deploying to a network that lasts: what was deployed is written down, and found again. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Deployment, parseDeployment, serialiseDeployment } from "../src/chain/deployment.ts";
import { deploy, type DeployOptions } from "./deploy.ts";

/**
 * Deploys, and writes the deployment's file. Run again, it goes on where it stopped, and does nothing where all is done.
 * @param fileOf where the deployment of a chain is kept
 * @throws as `deploy` does; DeploymentError where the file is there and is none
 */
export async function deployAndRecord(
  options: DeployOptions,
  fileOf: (chainId: bigint) => string,
): Promise<{ readonly file: string; readonly deployment: Deployment; readonly isNew: boolean }> {
  const deployed = await deploy(options);
  const file = fileOf(deployed.chainId);
  const known = existsSync(file) ? parseDeployment(readFileSync(file, "utf8")) : undefined;
  const isOther = known?.contracts.bonds !== deployed.contracts.bonds;
  const isNew = isOther || (deployed.erc8004 !== undefined && known.erc8004?.links !== deployed.erc8004.links);
  // The first deployment's block stays, since history is read from there; and so does what was added to it.
  const deployment = isOther ? deployed : { ...known, ...deployed, block: known.block };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, serialiseDeployment(deployment));
  return { file, deployment, isNew };
}
