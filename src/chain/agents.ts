/** ERC-8004: an operator's agent, and the facts of it that stand in the registry of feedback. */
import type { ContractRunner } from "ethers";
import {
  AgentLinks__factory,
  IValidationRegistry__factory,
  ReceiptValidator__factory,
  ReputationPublisher__factory,
} from "../../typechain-types/index.ts";
import type { Hex } from "../core/bytes.ts";
import { greatest } from "../core/numbers.ts";
import { type Bundle, RecordError } from "../core/records.ts";
import { type Deployment, DeploymentError } from "./deployment.ts";
import { ChainError, isUnread } from "./errors.ts";
import { requestStruct } from "./evidence.ts";
import { query } from "./transactions.ts";

/** What a deployment has of ERC-8004, typed, behind one runner. */
export type AgentContracts = ReturnType<typeof connectAgents>;

/** Connects to what a deployment has of ERC-8004. @throws DeploymentError where it has nothing of it */
export function connectAgents({ chainId, erc8004 }: Deployment, runner: ContractRunner) {
  if (erc8004 === undefined) {
    const remedy = "add it with `surety deploy --erc8004`, or name a deployment that has it";
    throw new DeploymentError(`the deployment on chain ${chainId} has nothing of ERC-8004: ${remedy}`);
  }
  return {
    links: AgentLinks__factory.connect(erc8004.links, runner),
    publisher: ReputationPublisher__factory.connect(erc8004.publisher, runner),
  };
}

/**
 * Connects to what answers agents' questions about receipts.
 * @throws DeploymentError where the deployment has nothing of it: most chains have no registry of validations
 */
export function connectValidation({ chainId, erc8004 }: Deployment, runner: ContractRunner) {
  if (erc8004?.validation === undefined || erc8004.validator === undefined) {
    const remedy = "name one with `surety deploy --erc8004 identity,reputation,validation`";
    throw new DeploymentError(`the deployment on chain ${chainId} knows no registry of validations: ${remedy}`);
  }
  return {
    registry: IValidationRegistry__factory.connect(erc8004.validation, runner),
    validator: ReceiptValidator__factory.connect(erc8004.validator, runner),
  };
}

/**
 * `IReceiptVerdicts.Question`, about a bundle's receipt.
 * @param contested where the units begin that it and another receipt own; its own first one where left out
 * @throws RecordError where the bundle does not hold the receipt's batch
 */
export function questionOf({ record: { receipt, request }, inclusion }: Bundle, contested?: bigint) {
  if (inclusion === undefined)
    throw new RecordError("the bundle does not say in which batch the receipt is: ask again");
  const { root, proof } = inclusion;
  const contestedFrom = contested ?? greatest(receipt.charged - receipt.price, 0n);
  return { receipt, request: requestStruct(request), root, proof, contestedFrom };
}

/** Facts as `ReputationPublisher` writes them. Amounts in the token's smallest unit. */
export interface PublishedFacts {
  readonly score: bigint;
  readonly settled: bigint;
  readonly faulted: bigint;
  readonly cover: bigint;
  readonly debt: bigint;
  readonly proven: boolean;
}

/** How an operator stands in ERC-8004's registries. */
export interface AgentStanding {
  /** The agent that it is; undefined where it is none, or the registry of agents does not confirm it. */
  readonly agentId?: bigint;
  /** What is true now. */
  readonly facts: PublishedFacts;
  /** When the facts that stand were written, in seconds; undefined where none of its facts stand. */
  readonly publishedAt?: bigint;
  /** Why nothing can be published now, by the error's name; undefined where it can be. */
  readonly obstacle?: string;
}

/** Reads how an operator stands in ERC-8004's registries. @throws ChainError where the chain cannot be read */
export async function readAgent(agents: AgentContracts, operator: Hex): Promise<AgentStanding> {
  const { publisher } = agents;
  const agentId = await readAgentId(agents, operator);
  const { score, settled, faulted, cover, debt, proven } = await query(() => publisher.factsOf(operator));
  const facts = { score, settled, faulted, cover, debt, proven };
  if (agentId === undefined) return { facts, obstacle: "NotLinked" };
  const standing = await query(() => publisher.standingOf(agentId));
  const obstacle = await obstacleTo(async () => publisher.publish.staticCall(operator));
  return {
    agentId,
    facts,
    ...(standing.operator.toLowerCase() === operator && { publishedAt: standing.publishedAt }),
    ...(obstacle !== undefined && { obstacle }),
  };
}

/** The agent that an operator is now; undefined where it is none. @throws ChainError where the chain cannot be read */
export async function readAgentId(
  { links }: Pick<AgentContracts, "links">,
  operator: Hex,
): Promise<bigint | undefined> {
  const obstacle = await obstacleTo(async () => links.agentIdOf(operator));
  return obstacle === undefined ? query(() => links.agentIdOf(operator)) : undefined;
}

/** Why a contract refuses a call, by its error's name; undefined where it does not. */
export async function obstacleTo(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await query(call);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof ChainError && !isUnread(thrown)) return thrown.reason;
    throw thrown;
  }
}
