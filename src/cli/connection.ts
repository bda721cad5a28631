/** Opens what commands read and send through: the network, the contracts on it that are trusted, the account. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Signer, Wallet } from "ethers";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Deployment, DeploymentError, parseDeployment } from "../chain/deployment.ts";
import { ChainError } from "../chain/errors.ts";
import type { FailoverProvider } from "../chain/failover.ts";
import { type Network, networkOf, openProvider } from "../chain/networks.ts";
import { Sender as TransactionSender } from "../chain/sender.ts";
import { textOf } from "../chain/text.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { isLoopback } from "../native/fetch.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { formatAddress, printable } from "./format.ts";
import type { Io } from "./io.ts";
import { openKeystore, readPassword } from "./keystore.ts";
import type { AccountOptions, ChainOptions, SenderOptions } from "./options.ts";
import type { Unit } from "./parse.ts";

/** A chain with Surety on it, to read from. */
export interface Reader {
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  /** What the token is counted in. */
  readonly unit: Unit;
}

/** The same, and an account that sends; or only says what it would send. */
export interface Sender extends Reader {
  readonly signer: Signer;
  readonly address: Hex;
  readonly isDryRun: boolean;
  readonly io: Io;
}

/** The network that is meant. @throws UsageError where there is none of that name, or an endpoint is no address */
export function networkIn({ network, rpc }: Pick<ChainOptions, "network" | "rpc">): Network {
  try {
    // A chain on this machine is somebody's own: nobody else's blocks would make a transaction more certain.
    const isOwn = rpc === undefined && network.split(",").every(isLoopback);
    return isOwn ? networkOf("local", network) : networkOf(network, rpc);
  } catch (cause) {
    if (cause instanceof ChainError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** Does work with a network's provider, and closes it. @throws ChainError where it does not answer */
export async function withProvider<T>(
  options: Pick<ChainOptions, "network" | "rpc">,
  work: (provider: FailoverProvider, network: Network) => Promise<T>,
): Promise<T> {
  const network = networkIn(options);
  const provider = await openProvider(network);
  try {
    return await work(provider, network);
  } finally {
    provider.destroy();
  }
}

/** Does work with a chain to read from. @throws ChainError, DeploymentError */
export async function withReader<T>(options: ChainOptions, work: (reader: Reader) => Promise<T>): Promise<T> {
  return withProvider(options, async (provider) => work(await openReader(options, provider)));
}

/** Does work with an account. @throws ChainError, DeploymentError, KeystoreError, UsageError */
export async function withSender<T>(options: SenderOptions, io: Io, work: (sender: Sender) => Promise<T>): Promise<T> {
  return withProvider(options, async (provider, network) => {
    const reader = await openReader(options, provider);
    const signer = await openSigner(options, io, { provider, network });
    return work(await makeSender(reader, signer, { io, isDryRun: options.dryRun === true }));
  });
}

/** An account of any kind that sends. */
export async function makeSender(
  { deployment, unit }: Reader,
  signer: Signer,
  rest: Pick<Sender, "io" | "isDryRun">,
): Promise<Sender> {
  const address = (await signer.getAddress()).toLowerCase() as Hex;
  return { deployment, contracts: connect(deployment, signer), unit, signer, address, ...rest };
}

/** A deployment as it can be read through a runner, and what its token is counted in. @throws ChainError */
export async function makeReader(deployment: Deployment, contracts: Contracts): Promise<Reader> {
  const { token } = contracts;
  const [decimals, names] = await query(async () =>
    Promise.all([token.decimals(), token.symbol.staticCallResult().catch(() => undefined)]),
  );
  const symbol = printable(textOf(() => names?.[0] ?? ""));
  return { deployment, contracts, unit: { symbol: symbol || "tokens", decimals: Number(decimals) } };
}

/** The account that sends: one place for its nonces and fees, behind what an earlier command has sent. */
async function openSigner(
  { keystore, ...options }: AccountOptions,
  io: Io,
  { provider, network }: { readonly provider: FailoverProvider; readonly network: Network },
): Promise<Signer> {
  const password = await readPassword(options, io, { files: [keystore] });
  const sender = await TransactionSender.open(new Wallet(await openKeystore(keystore, password)), provider, network);
  if ((await sender.waitForEarlier()) > 0) {
    const message = `transactions that ${formatAddress(sender.address)} sent earlier still wait: try again later`;
    throw new ChainError("EarlierPending", message);
  }
  return sender;
}

async function openReader(options: ChainOptions, provider: FailoverProvider): Promise<Reader> {
  const { chainId } = await query(() => provider.getNetwork());
  const deployment = readDeployment(options, chainId);
  return makeReader(deployment, connect(deployment, provider));
}

/** Where the deployment of a chain is kept. */
export function deploymentFile(chainId: bigint): string {
  return resolve(import.meta.dirname, "../../deployments", `${chainId}.json`);
}

/** The deployment that is trusted. @throws DeploymentError where there is none, ChainError where it is of another chain */
export function readDeployment({ network, deployment: file }: ChainOptions, chainId: bigint): Deployment {
  const path = file ?? deploymentFile(chainId);
  if (file === undefined && !existsSync(path)) {
    const remedy = "deploy with `surety deploy`, or name the contracts that you trust with --deployment";
    throw new DeploymentError(`nothing is known to be deployed on chain ${chainId}, there is no ${path}: ${remedy}`);
  }
  const deployment = parseDeployment(readText(path));
  if (deployment.chainId !== chainId) {
    const message = `${network} is chain ${chainId}, the deployment is on ${deployment.chainId}: name its own network`;
    throw new ChainError("WrongChain", message);
  }
  return deployment;
}
