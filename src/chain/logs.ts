import type { Provider } from "ethers";
import type { Contracts } from "./contracts.ts";
import { explain } from "./errors.ts";
import { providerOf } from "./facts.ts";
import { query } from "./transactions.ts";

/** Blocks from one to another, both with them; to the latest where that is left out. */
export interface Blocks {
  readonly from: number;
  readonly to?: number;
}

/** Blocks, or all from one on. */
export type Since = number | Blocks;

/** How many blocks are asked for at once at first: what most public endpoints allow. */
const FIRST_SPAN = 10_000;

/** How many blocks an endpoint was seen to give at once. */
const spans = new WeakMap<Provider, number>();

/**
 * Reads logs, in as many parts as it takes: endpoints bound the blocks, and the logs, of one answer, each in its own way.
 * @param read reads those of a part
 * @returns in the order of the chain
 * @throws ChainError where the chain cannot be read, or refuses even a single block
 */
export async function logsIn<T>(
  contracts: Contracts,
  since: Since,
  read: (from: number, to: number) => Promise<readonly T[]>,
): Promise<T[]> {
  const provider = providerOf(contracts);
  const { from, to } = typeof since === "number" ? { from: since } : since;
  const last = to ?? (await query(() => provider.getBlockNumber()));
  const found: T[] = [];
  for (let start = from; start <= last;) {
    const usual = spans.get(provider) ?? FIRST_SPAN;
    const span = Math.min(usual, last - start + 1);
    try {
      found.push(...(await read(start, start + span - 1)));
      start += span;
      if (span === usual) spans.set(provider, Math.min(2 * usual, FIRST_SPAN));
    } catch (thrown) {
      const error = explain(thrown);
      // Endpoints say in too many words to tell that they were asked for too much.
      if (span === 1 || error.reason === "Unreachable") throw error;
      spans.set(provider, Math.ceil(span / 2));
    }
  }
  return found;
}
