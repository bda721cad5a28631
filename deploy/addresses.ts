import type { NetworkConnection } from "hardhat/types/network";
import { DeploymentError } from "../src/chain/deployment.ts";

/** Where deployed contracts are. @throws DeploymentError where one is not where Ignition remembers it */
export async function addressesOf(
  { ethers }: NetworkConnection<"l1">,
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
