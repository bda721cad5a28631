import type { NetworkConnection } from "hardhat/types/network";
import { DeploymentError } from "../src/chain/deployment.ts";

/** A chain to deploy to: Ethereum's kind, or a rollup of the OP stack. */
export type Connection = NetworkConnection<"l1"> | NetworkConnection<"op">;

/** What has a journal of its own: Ignition ends one at the first module that is not done, were it another's. */
export type Part = "token" | "surety" | "erc8004";

/** How Ignition goes about a part where it keeps journals. */
export type Pace = (part: Part) => {
  /** The journal's name. */
  readonly deploymentId: string;
  readonly config: {
    /** How many blocks make a transaction certain. */
    readonly requiredConfirmations: number;
    /** How often the chain is asked, in milliseconds. */
    readonly blockPollingInterval: number;
  };
};

/** Where deployed contracts are. @throws DeploymentError where one is not where Ignition remembers it */
export async function addressesOf(
  { ethers }: Connection,
  contracts: Readonly<Record<string, { getAddress(): Promise<string> }>>,
): Promise<Record<string, string>> {
  const addresses = await Promise.all(
    Object.entries(contracts).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
  );
  for (const [name, address] of addresses) {
    if ((await ethers.provider.getCode(address)) === "0x") {
      throw new DeploymentError(
        `${name} is not at ${address}: the journal in deploy/deployments is of another chain; remove it and deploy anew`,
      );
    }
  }
  return Object.fromEntries(addresses);
}
