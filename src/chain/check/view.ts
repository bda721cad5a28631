/** A deployment as it was at one block: its contracts, and what its governance and its roles did until then. */
import type { ContractRunner, Interface, LogDescription, Provider } from "ethers";
import {
  AccessManager__factory,
  AgentLinks__factory,
  ReceiptValidator__factory,
  ReceiptVerdicts__factory,
  ReputationPublisher__factory,
} from "../../../typechain-types/index.ts";
import { connect, type Contracts } from "../contracts.ts";
import type { Deployment } from "../deployment.ts";
import { ChainError } from "../errors.ts";
import { lower } from "../history.ts";
import { logsIn } from "../logs.ts";
import { query } from "../transactions.ts";

/** An account that nobody has: it asks what a stranger may, and what it makes in a call is its first contract. */
export const NOBODY = "0x000000000000000000000000000000000000c0de";

/** A log, read. */
export interface Happened {
  readonly contract: Watched;
  readonly name: string;
  readonly block: number;
  readonly args: LogDescription["args"];
}

/** The contracts whose logs are read, and which of them: what only some may do, and what Intel says. */
const watched = {
  authority: ["RoleGranted", "OperationScheduled"],
  bonds: ["SlasherAdded", "SlasherRemoved", "UnbondingDelaySet", "LeverageSet"],
  escrow: ["ProtocolFeeSet", "CoverageSet", "TreasurySet"],
  credit: ["ParametersSet"],
  policies: ["PolicySet"],
  snarkVerifiers: ["VerifierAdmitted"],
  collateral: ["AuthorityKept", "RevocationsKept", "TcbInfoKept", "QeIdentityKept"],
} as const;

type Watched = keyof typeof watched;

/** A deployment at a block. */
export interface View {
  readonly deployment: Deployment;
  readonly provider: Provider;
  /** The block, its hash, and its time in seconds. */
  readonly block: number;
  readonly hash: string;
  readonly time: bigint;
  readonly contracts: Contracts & ReturnType<typeof connectAuthority>;
  /** What stands between Surety and ERC-8004's registries; undefined where nothing does. */
  readonly adapters: Adapters | undefined;
  /** In the order of the chain. */
  readonly happened: readonly Happened[];
}

export type Adapters = ReturnType<typeof connectAdapters>;

/**
 * Opens a deployment at a block.
 * @param block the latest where left out
 * @throws ChainError where the chain cannot be read, or is another than the deployment's
 */
export async function viewOf(deployment: Deployment, provider: Provider, block?: number): Promise<View> {
  const [{ chainId }, at] = await query(async () =>
    Promise.all([provider.getNetwork(), provider.getBlock(block ?? "latest")]),
  );
  if (chainId !== deployment.chainId) {
    const message = `this is chain ${chainId}, the deployment is on ${deployment.chainId}: name its own network`;
    throw new ChainError("WrongChain", message);
  }
  const hash = at?.hash ?? undefined;
  if (at === null || hash === undefined) throw new ChainError("NoBlock", `the chain has no block ${block ?? "yet"}`);
  // Everything is read at this block, also what contracts read of each other.
  const runner: ContractRunner = {
    provider,
    call: async (transaction) => provider.call({ ...transaction, blockTag: at.number }),
  };
  const contracts = { ...connect(deployment, runner), ...connectAuthority(deployment, runner) };
  return {
    deployment,
    provider,
    block: at.number,
    hash,
    time: BigInt(at.timestamp),
    contracts,
    adapters: deployment.erc8004 && connectAdapters(deployment.erc8004, runner),
    happened: await readLogs({ deployment, contracts, provider, until: at.number }),
  };
}

/** Makes sure that all was read of one chain. @throws ChainError where its block is another one by now */
export async function requireUnchanged({ provider, block, hash }: View): Promise<void> {
  const now = await query(() => provider.getBlock(block));
  if (now?.hash === hash) return;
  throw new ChainError("Reorganised", `block ${block} was taken back while it was read: run the same again`);
}

/** What of a kind happened, in the order of the chain. */
export function happenedTo({ happened }: Pick<View, "happened">, contract: Watched, ...names: readonly string[]) {
  return happened.filter((one) => one.contract === contract && names.includes(one.name));
}

function connectAuthority({ contracts }: Deployment, runner: ContractRunner) {
  return { authority: AccessManager__factory.connect(contracts.authority, runner) };
}

function connectAdapters(at: NonNullable<Deployment["erc8004"]>, runner: ContractRunner) {
  return {
    links: AgentLinks__factory.connect(at.links, runner),
    publisher: ReputationPublisher__factory.connect(at.publisher, runner),
    verdicts: ReceiptVerdicts__factory.connect(at.verdicts, runner),
    validator: at.validator === undefined ? undefined : ReceiptValidator__factory.connect(at.validator, runner),
  };
}

interface Reading {
  readonly deployment: Deployment;
  readonly contracts: View["contracts"];
  readonly provider: Provider;
  readonly until: number;
}

/** All logs in one pass: on a chain that is years old each pass takes thousands of requests. */
async function readLogs({ deployment, contracts, provider, until }: Reading): Promise<readonly Happened[]> {
  const names = Object.keys(watched) as Watched[];
  const faces = new Map<string, { readonly contract: Watched; readonly face: Interface }>(
    names.map((contract) => [lower(deployment.contracts[contract]), { contract, face: contracts[contract].interface }]),
  );
  const topics = names.flatMap((contract) =>
    watched[contract].map((name) => (contracts[contract].interface as Interface).getEvent(name)?.topicHash ?? ""),
  );
  const logs = await logsIn(contracts, { from: deployment.block, to: until }, async (fromBlock, toBlock) =>
    provider.getLogs({ address: [...faces.keys()], topics: [topics], fromBlock, toBlock }),
  );
  return logs.flatMap(({ address, topics: found, data, blockNumber: block }) => {
    const source = faces.get(lower(address));
    const log = source?.face.parseLog({ topics: found, data });
    // An event of this name with other arguments is another contract's: the code tells.
    return source && log ? [{ contract: source.contract, name: log.name, block, args: log.args }] : [];
  });
}
