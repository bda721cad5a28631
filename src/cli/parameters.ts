/** Which parameters a network was to be deployed with: a checkout knows them, the published package does not. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Network, networks } from "../chain/networks.ts";
import type { Parameters } from "../chain/parameters.ts";
import { CheckoutNeededError } from "./errors.ts";

/** Whose parameters are a chain's: by its id, however it was named. Undefined where none are known. */
export function parametersName(network: Network, chainId: bigint): string | undefined {
  const { name } = Object.values<Network>(networks).find((one) => one.chainId === chainId) ?? network;
  return Object.hasOwn(networks, name) ? name : undefined;
}

/** Of which chain parameters are wanted. */
export interface Wanted {
  readonly network: Network;
  readonly chainId: bigint;
  /** The file that is named, instead of the network's own. */
  readonly file?: string | undefined;
  /** Of the deployment's token. */
  readonly decimals: number;
}

/**
 * What a deployment was asked to be, as far as that is known here.
 * @throws ParametersError where a file is none
 * @throws CheckoutNeededError where a file is named in the published package, which cannot read it
 */
export async function parametersHere({ network, chainId, file, decimals }: Wanted): Promise<Parameters | undefined> {
  if (!existsSync(resolve(import.meta.dirname, "../../deploy/parameters"))) {
    if (file !== undefined) throw new CheckoutNeededError();
    return undefined;
  }
  const { parameterFile, readParameters } = await import("../../deploy/parameterFile.ts");
  const name = parametersName(network, chainId);
  const path = file ?? (name && parameterFile(name));
  return path === undefined ? undefined : readParameters(path, decimals);
}
