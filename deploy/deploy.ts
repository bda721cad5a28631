import { type Deployment, DeploymentError, makeDeployment } from "../src/chain/deployment.ts";
import type { Parameters } from "../src/chain/parameters.ts";
import type { Registries } from "../src/chain/registries.ts";
import { addressesOf, type Connection, type Pace } from "./addresses.ts";
import { deployErc8004 } from "./erc8004.ts";
import HandoverModule from "./modules/Handover.ts";
import SuretyModule from "./modules/Surety.ts";
import TestTokenModule from "./modules/TestToken.ts";

/** What a deployment is, besides its parameters: who has which role, and what it stands on. */
export interface Roles {
  /** The token of bonds and fees; a TestToken is deployed where it is left out. */
  readonly token?: string;
  /** Where the protocol's part of fees goes; the deployer where it is left out. */
  readonly treasury?: string;
  /** Who governs; the deployer where it is left out. Anybody else has the deployer give up its power at the end. */
  readonly governance?: string;
  /** Who may suspend; governance where it is left out. */
  readonly guardian?: string;
  /** ERC-8004's registries, whose agents operators can be; nothing of it is deployed where they are left out. */
  readonly erc8004?: Registries;
}

/** What to deploy, where. */
export interface DeployOptions extends Roles {
  readonly connection: Connection;
  readonly parameters: Parameters;
  readonly pace?: Pace;
}

/**
 * Deploys Surety through its Ignition modules. Run again where Ignition keeps a journal, it goes on where it stopped.
 * @throws IgnitionError where a transaction fails; nothing that was done is lost
 * @throws DeploymentError where a contract is not where Ignition remembers it
 */
export async function deploy({ connection, parameters, pace, ...given }: DeployOptions): Promise<Deployment> {
  const { ethers, ignition } = connection;
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new DeploymentError("the network has no account to deploy from: configure one");
  // Nobody else's contract is among those to come; what a journal remembers is older, which `deployAndRecord` knows.
  const block = (await ethers.provider.getBlockNumber()) + 1;
  const { chainId } = await ethers.provider.getNetwork();

  const token =
    given.token ?? (await (await ignition.deploy(TestTokenModule, { ...pace?.("token") })).token.getAddress());
  const values = moduleParameters(parameters, { ...given, token, deployer: deployer.address });
  const isHandedOver = values.governance.toLowerCase() !== deployer.address.toLowerCase();
  const contracts = await ignition.deploy(isHandedOver ? HandoverModule : SuretyModule, {
    ...pace?.("surety"),
    parameters: { Surety: values },
  });
  const { governance, guardian, treasury } = values;
  const roles = { governance, guardian, treasury };
  const deployed = { chainId, block, roles, contracts: { token, ...(await addressesOf(connection, contracts)) } };
  if (given.erc8004 === undefined) return makeDeployment(deployed);
  const erc8004 = await deployErc8004(connection, deployed.contracts, {
    ...(pace && { pace }),
    registries: given.erc8004,
  });
  return makeDeployment({ ...deployed, erc8004 });
}

/** What the module of `deploy/modules/Surety.ts` is given. */
export function moduleParameters(
  parameters: Parameters,
  given: Roles & { readonly token: string; readonly deployer: string },
) {
  const governance = given.governance ?? given.deployer;
  return {
    ...parameters,
    token: given.token,
    treasury: given.treasury ?? given.deployer,
    governance,
    guardian: given.guardian ?? governance,
    policies: parameters.policies.map((policy) => ({ ...policy })),
  };
}
