import { type Filter, isError, type Log, type Provider } from "ethers";
import { query } from "./transactions.ts";

/** Which logs are read: those of a contract, by topics, from one block to another, both with them. */
export interface LogRange {
  readonly address: string;
  readonly topics?: NonNullable<Filter["topics"]>;
  readonly fromBlock: number;
  /** The latest where it is left out. */
  readonly toBlock?: number;
}

/** How many blocks are asked for at once at first: what most public endpoints allow. */
const FIRST_SPAN = 10_000;

/** How many blocks an endpoint was seen to give at once. */
const spans = new WeakMap<Provider, number>();

/**
 * Reads logs, in as many parts as it takes: endpoints bound the blocks, and the logs, of one answer, each in its own way.
 * @returns in the order of the chain
 * @throws ChainError where the chain cannot be read, or refuses even a single block
 */
export async function logsIn(provider: Provider, { address, topics, fromBlock, toBlock }: LogRange): Promise<Log[]> {
  return query(async () => {
    const last = toBlock ?? (await provider.getBlockNumber());
    const found: Log[] = [];
    for (let start = fromBlock; start <= last;) {
      const span = Math.min(spans.get(provider) ?? FIRST_SPAN, last - start + 1);
      try {
        const range = { address, fromBlock: start, toBlock: start + span - 1, ...(topics && { topics }) };
        found.push(...(await provider.getLogs(range)));
        start += span;
        if (span === spans.get(provider)) spans.set(provider, Math.min(2 * span, FIRST_SPAN));
      } catch (thrown) {
        if (span === 1 || !isTooMuch(thrown)) throw thrown;
        spans.set(provider, Math.ceil(span / 2));
      }
    }
    return found;
  });
}

/** Whether an endpoint may have meant that it was asked for too much: they say it in too many words to tell. */
function isTooMuch(thrown: unknown): boolean {
  if (isError(thrown, "SERVER_ERROR")) return thrown.response !== undefined && thrown.response.statusCode !== 429;
  return !isError(thrown, "TIMEOUT") && !isError(thrown, "NETWORK_ERROR") && !isUnanswered(thrown);
}

function isUnanswered(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && /^E[A-Z]+$/.test(String(thrown.code));
}
