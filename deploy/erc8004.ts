import type { Registries } from "../src/chain/registries.ts";
import { addressesOf, type Connection, type Pace } from "./addresses.ts";
import Erc8004Module, { ValidationModule } from "./modules/Erc8004.ts";

/** What of Surety is read for what is written to ERC-8004's registries. */
const PARTS = [
  ...["token", "bonds", "ledger", "escrow", "credit"],
  ...["disclosureCourt", "equivocationCourt", "validityCourt"],
];

/**
 * Deploys what stands between Surety's contracts and ERC-8004's registries.
 * @returns the addresses of both, as a deployment holds them
 * @throws IgnitionError where a transaction fails, as where the registries are of different agents
 */
export async function deployErc8004(
  connection: Connection,
  contracts: Readonly<Record<string, string>>,
  { pace, registries: { validation, ...registries } }: { readonly pace?: Pace; readonly registries: Registries },
) {
  const { ignition } = connection;
  const surety = Object.fromEntries(Object.entries(contracts).filter(([name]) => PARTS.includes(name)));
  const parameters = { Erc8004: { ...surety, ...registries } };
  if (validation === undefined) {
    return {
      ...registries,
      ...(await addressesOf(connection, await ignition.deploy(Erc8004Module, { ...pace?.("erc8004"), parameters }))),
    };
  }
  const deployed = await ignition.deploy(ValidationModule, {
    ...pace?.("erc8004"),
    parameters: { ...parameters, Erc8004Validation: { validation } },
  });
  return { ...registries, validation, ...(await addressesOf(connection, deployed)) };
}
