/** Opens what commands read and send through: the network, the contracts on it that are trusted, the account. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { JsonRpcProvider, type Signer, Wallet } from "ethers";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Deployment, DeploymentError, parseDeployment } from "../chain/deployment.ts";
import { ChainError } from "../chain/errors.ts";
import { textOf } from "../chain/text.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { printable } from "./format.ts";
import type { Io } from "./io.ts";
import { openKeystore, readPassword } from "./keystore.ts";
import type { ChainOptions, SenderOptions } from "./options.ts";
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

/** Networks by name; everything else is an address. */
const networks: Readonly<Record<string, string>> = {
  local: "http://127.0.0.1:8545",
  localhost: "http://127.0.0.1:8545",
};

/** How often a chain is asked whether a transaction is in a block, in milliseconds: nobody else uses a local one. */
const POLLING_MS = { local: 100, remote: 2_000 };

/** The address of a network. @throws UsageError where there is none of that name, and it is no address */
export function endpointOf(network: string): string {
  const url = Object.hasOwn(networks, network) ? networks[network] : network;
  if (url === undefined || !/^https?:\/\/./.test(url)) {
    const names = Object.keys(networks).join(", ");
    throw new UsageError(`there is no network ${network}: name one of ${names}, or the address of an RPC endpoint`);
  }
  return url;
}

/** Does work with a network's provider, and closes it. @throws ChainError where it does not answer */
export async function withProvider<T>(
  { network }: Pick<ChainOptions, "network">,
  work: (provider: JsonRpcProvider, chainId: bigint) => Promise<T>,
): Promise<T> {
  const url = endpointOf(network);
  const chainId = await chainIdOf(url);
  const provider = new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1 });
  provider.pollingInterval = /^https?:\/\/(127\.|localhost)/.test(url) ? POLLING_MS.local : POLLING_MS.remote;
  try {
    return await work(provider, chainId);
  } finally {
    provider.destroy();
  }
}

/** Does work with a chain to read from. @throws ChainError, DeploymentError */
export async function withReader<T>(options: ChainOptions, work: (reader: Reader) => Promise<T>): Promise<T> {
  return withProvider(options, async (provider, chainId) => work(await openReader(options, provider, chainId)));
}

/** Does work with an account. @throws ChainError, DeploymentError, KeystoreError, UsageError */
export async function withSender<T>(options: SenderOptions, io: Io, work: (sender: Sender) => Promise<T>): Promise<T> {
  return withProvider(options, async (provider, chainId) => {
    const reader = await openReader(options, provider, chainId);
    const password = await readPassword(options, io, { files: [options.keystore] });
    const signer = new Wallet(await openKeystore(options.keystore, password), provider);
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

async function openReader(options: ChainOptions, provider: JsonRpcProvider, chainId: bigint): Promise<Reader> {
  const deployment = readDeployment(options, chainId);
  return makeReader(deployment, connect(deployment, provider));
}

/** Where the deployment of a chain is kept. */
export function deploymentFile(chainId: bigint): string {
  return resolve(import.meta.dirname, "../../deployments", `${chainId}.json`);
}

function readDeployment({ network, deployment: file }: ChainOptions, chainId: bigint): Deployment {
  const path = file ?? deploymentFile(chainId);
  if (file === undefined && !existsSync(path)) {
    const remedy = "deploy with `surety deploy`, or name the contracts that you trust with --deployment";
    throw new DeploymentError(`nothing is known to be deployed on chain ${chainId}, there is no ${path}: ${remedy}`);
  }
  const deployment = parseDeployment(readText(path));
  if (deployment.chainId !== chainId) {
    const message = `${network} is chain ${chainId}, ${path} is of ${deployment.chainId}: name the network it is on`;
    throw new ChainError("WrongChain", message);
  }
  return deployment;
}

async function chainIdOf(url: string): Promise<bigint> {
  // Which network it is said to be is of no account to the one call that asks.
  const provider = new JsonRpcProvider(url, 1n, { staticNetwork: true });
  try {
    return BigInt(await query(async () => (await provider.send("eth_chainId", [])) as string));
  } finally {
    provider.destroy();
  }
}
