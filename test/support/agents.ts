/** ERC-8004's registries beside a stage: the tests' own, which behave as the ERC's text says. */
import { Contract, ContractFactory } from "ethers";
import { deployErc8004 } from "../../deploy/erc8004.ts";
import { type Deployment, makeDeployment } from "../../src/chain/deployment.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { compileContract } from "./solc.ts";
import { actors, connection, type Stage } from "./stage.ts";

const compiled = ["Identity", "Reputation", "Validation"].map((name) =>
  compileContract(`test/support/Test${name}Registry.sol`),
);

/** The registries, and a deployment that knows them. */
export interface AgentStage {
  readonly deployment: Deployment;
  readonly identity: Contract;
  readonly reputation: Contract;
  readonly validation: Contract;
}

/** Deploys registries, and what writes to them from the stage's contracts. */
export async function openAgents({ deployment }: Stage): Promise<AgentStage> {
  const contracts: Contract[] = [];
  for (const { abi, bytecode } of compiled) {
    const [identity] = contracts;
    const factory = new ContractFactory<never[], Contract>(abi, bytecode, actors.deployer);
    const parameters = identity === undefined ? [] : [await identity.getAddress()];
    contracts.push(await factory.deploy(...(parameters as never[])));
  }
  const [identity, reputation, validation] = contracts;
  if (identity === undefined || reputation === undefined || validation === undefined) throw new Error("three expected");
  const addressOf = async (contract: Contract) => (await contract.getAddress()).toLowerCase() as Hex;
  const erc8004 = await deployErc8004(connection, deployment.contracts, {
    registries: {
      identity: await addressOf(identity),
      reputation: await addressOf(reputation),
      validation: await addressOf(validation),
    },
  });
  return { deployment: makeDeployment({ ...deployment, erc8004 }), identity, reputation, validation };
}

/** A registry as an actor calls it. */
export function registryOf({ target, interface: methods }: Contract, who: keyof typeof actors): Contract {
  return new Contract(target, methods, actors[who]);
}

/** Registers an agent of an actor's. @returns its number */
export async function registerAgent({ identity }: AgentStage, who: keyof typeof actors): Promise<bigint> {
  const register = registryOf(identity, who).getFunction("register");
  const agentId = (await register.staticCall("https://agent.example/agent.json")) as bigint;
  await register("https://agent.example/agent.json");
  return agentId;
}
