import { ChainError } from "./errors.ts";
import { chainIdAt, type FailoverOptions, FailoverProvider } from "./failover.ts";
import { query } from "./transactions.ts";

const GWEI = 1_000_000_000n;

/** A chain, where it is read, and how transactions are sent there. */
export interface Network {
  readonly name: string;
  /** Undefined where its endpoints say. */
  readonly chainId: bigint | undefined;
  /** RPC endpoints by URL, the preferred first. */
  readonly endpoints: readonly string[];
  /** How many blocks, a transaction's own with them, make it certain. */
  readonly confirmations: number;
  /** The most that a unit of gas may cost, in wei. */
  readonly maxFeePerGas: bigint;
  /** After how many blocks a transaction that waits is sent again with higher fees. */
  readonly patience: number;
  /** How often the chain is asked what became of transactions, in milliseconds. */
  readonly pollMs: number;
}

/** The networks that have a name. Their endpoints are public: whoever depends on one names an endpoint of its own. */
export const networks = {
  local: {
    name: "local",
    // Whatever runs there says which chain it is.
    chainId: undefined,
    endpoints: ["http://127.0.0.1:8545"],
    confirmations: 1,
    maxFeePerGas: 1_000n * GWEI,
    patience: 5,
    pollMs: 100,
  },
  sepolia: {
    name: "sepolia",
    chainId: 11_155_111n,
    endpoints: [
      "https://ethereum-sepolia-rpc.publicnode.com",
      "https://sepolia.drpc.org",
      "https://sepolia.gateway.tenderly.co",
    ],
    confirmations: 3,
    maxFeePerGas: 200n * GWEI,
    patience: 3,
    pollMs: 4_000,
  },
  "base-sepolia": {
    name: "base-sepolia",
    chainId: 84_532n,
    endpoints: [
      "https://sepolia.base.org",
      "https://base-sepolia-rpc.publicnode.com",
      "https://base-sepolia.drpc.org",
      "https://base-sepolia.gateway.tenderly.co",
    ],
    confirmations: 5,
    maxFeePerGas: 20n * GWEI,
    patience: 15,
    pollMs: 2_000,
  },
} as const satisfies Readonly<Record<string, Network>>;

/**
 * Chains whose coin is worth nothing, by their ids: those that run on one's own machine, and Ethereum's, Base's, the OP
 * mainnet's and Arbitrum's for trying. On every other one money is taken for real.
 */
export const testnets: ReadonlySet<bigint> = new Set([
  ...[1_337n, 31_337n],
  ...[11_155_111n, 560_048n, 84_532n, 11_155_420n, 421_614n],
]);

/**
 * The network that a user means: by its name, or by the URLs of its endpoints, with commas between them.
 * @param rpc other endpoints than the named network's, written in the same way
 * @throws ChainError where there is no such network, or an endpoint is no web address
 */
export function networkOf(text: string, rpc?: string): Network {
  const named = Object.hasOwn(networks, text) ? networks[text as keyof typeof networks] : undefined;
  if (named !== undefined) return rpc === undefined ? named : { ...named, endpoints: endpointsIn(rpc) };
  if (!text.includes("://")) {
    const message = `there is no network "${text}": name one of ${Object.keys(networks).join(", ")}, or an RPC URL`;
    throw new ChainError("NetworkUnknown", message);
  }
  // Of a chain that nobody named only its endpoints are known: it is taken for a public one.
  return { ...networks.sepolia, name: "custom", chainId: undefined, endpoints: endpointsIn(rpc ?? text) };
}

/**
 * Opens a network: through the first of its endpoints that is well, and the others when that one fails. To be destroyed
 * after use.
 * @param chainId the chain that is wanted, as a deployment names it; the network's own where left out
 * @throws ChainError where the network or its endpoints are of another chain, or none answers
 */
export async function openProvider(
  network: Network,
  { chainId, ...options }: FailoverOptions & { readonly chainId?: bigint } = {},
): Promise<FailoverProvider> {
  if (chainId !== undefined && network.chainId !== undefined && chainId !== network.chainId) {
    const message = `the network ${network.name} is chain ${network.chainId}, wanted is ${chainId}: name another network`;
    throw new ChainError("WrongChain", message);
  }
  const wanted = chainId ?? network.chainId ?? (await firstChain(network.endpoints, options.timeoutMs));
  const provider = new FailoverProvider(network.endpoints, wanted, { pollMs: network.pollMs, ...options });
  try {
    await query(() => provider.getBlockNumber());
    return provider;
  } catch (thrown) {
    provider.destroy();
    throw thrown;
  }
}

/** Which chain the first endpoint that answers is of. @throws ChainError what the last one did, where none answers */
async function firstChain(endpoints: readonly string[], timeoutMs?: number): Promise<bigint> {
  const [first = "", ...others] = endpoints;
  try {
    return await chainIdAt(first, timeoutMs);
  } catch (thrown) {
    if (others.length === 0) throw thrown;
    return firstChain(others, timeoutMs);
  }
}

function endpointsIn(text: string): readonly string[] {
  return text.split(",").map((part) => {
    const url = URL.parse(part.trim());
    if (url !== null && /^https?:$/.test(url.protocol)) return url.href;
    throw new ChainError("EndpointInvalid", `"${part}" is no RPC endpoint: name http or https addresses`);
  });
}
