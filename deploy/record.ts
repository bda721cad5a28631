/** Deploying to a network that lasts: what was deployed is written down, and found again. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { codeHashesOf } from "../src/chain/check.ts";
import { type Deployment, DeploymentError, parseDeployment, serialiseDeployment } from "../src/chain/deployment.ts";
import { ChainError } from "../src/chain/errors.ts";
import type { Connection, Pace } from "./addresses.ts";
import { deploy, type DeployOptions } from "./deploy.ts";
import { type DeploymentJournal } from "./journal.ts";
import { type SendingOptions, writingAhead } from "./sending.ts";

/** What to deploy where, from an account whose key is here. */
export interface RecordOptions
  extends Omit<DeployOptions, "pace">, Pick<SendingOptions, "secret" | "chainId" | "journal" | "beforeEach"> {
  /** How many blocks make a transaction certain. */
  readonly confirmations: number;
  /** How often the chain is asked, in milliseconds. */
  readonly pollMs: number;
  /** Where the deployment is written down. */
  readonly file: string;
}

/**
 * Deploys, and writes the deployment's file. Run again, it goes on where it stopped, and does nothing where all is done.
 * @throws as `deploy` does
 * @throws DeploymentError where the file is there and is none, or another deployment's; where it was begun otherwise
 * @throws ChainError where the account has too little coin: with more of it the same goes on
 */
export async function deployAndRecord(
  options: RecordOptions,
): Promise<{ readonly deployment: Deployment; readonly isNew: boolean }> {
  const { secret, chainId, journal, beforeEach, confirmations, pollMs, file, ...what } = options;
  const known = await recorded(options);
  const config = { requiredConfirmations: confirmations, blockPollingInterval: pollMs };
  const pace: Pace = (part) => ({ deploymentId: journal.nameOf(part), config });
  const deployed = await explaining(journal, async () => {
    await journal.recover(what.connection.provider);
    const sending = { secret, chainId, journal, ...(beforeEach && { beforeEach }) };
    return writingAhead(what.connection, sending, async () => deploy({ ...what, pace }));
  });
  const isOther = known?.contracts.bonds !== deployed.contracts.bonds;
  const isNew = isOther || (deployed.erc8004 !== undefined && known.erc8004?.links !== deployed.erc8004.links);
  // What was added to it stays. History is read from the first contract on, whenever it was finished.
  const kept = { ...(isOther ? {} : known), ...deployed, block: journal.firstBlock ?? deployed.block };
  const found = await codeHashesOf(kept, what.connection.ethers.provider);
  // What code was when it was deployed is not written anew: a check would see no difference.
  const deployment: Deployment = { ...kept, codeHashes: { ...found, ...kept.codeHashes } };
  mkdirSync(dirname(file), { recursive: true });
  // Whoever is killed while writing leaves the file as it was.
  writeFileSync(`${file}.new`, serialiseDeployment(deployment), { flush: true });
  renameSync(`${file}.new`, file);
  return { deployment, isNew };
}

/** The deployment in the file. @throws DeploymentError where it is there on the chain, and not of this journal */
async function recorded({ file, journal, connection }: RecordOptions): Promise<Deployment | undefined> {
  if (!existsSync(file)) return undefined;
  const known = parseDeployment(readFileSync(file, "utf8"));
  if (journal.hasDeployed(known.contracts.bonds) || (await codeAt(connection, known.contracts.bonds)) === "0x")
    return known;
  const remedy = "name another file with --deployment to deploy another one beside it";
  throw new DeploymentError(
    `${file} is a deployment that is there, and not of ${journal.folderOf("surety")}: use it, or ${remedy}`,
  );
}

async function codeAt({ ethers }: Connection, address: string): Promise<string> {
  return ethers.provider.getCode(address);
}

/** Does Ignition's work, and says its failures as ours where there is something to do about them. */
async function explaining<T>(journal: DeploymentJournal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    if (/insufficient funds|doesn't have enough funds|lack of funds/i.test(cause.message)) {
      const message = "the account has too little of the chain's coin: give it more, and run the same command again";
      throw new ChainError("InsufficientFunds", message, { cause });
    }
    if (/reconciliation errors/i.test(cause.message)) {
      const remedy = "give it those again, or begin another deployment with another name for --journal";
      const message = `the deployment in ${journal.folderOf("surety")} began with other parameters, roles or contracts: ${remedy}`;
      throw new DeploymentError(`${message}\n${cause.message}`, { cause });
    }
    throw cause;
  }
}
