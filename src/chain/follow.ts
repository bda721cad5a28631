import type { Provider } from "ethers";
import { z } from "zod";
import { ChainError } from "./errors.ts";
import { query } from "./transactions.ts";

/** Where somebody stands who follows a chain. It is plain data: whoever follows keeps it with what it read. */
export const cursorSchema = z.object({
  /** The first block of interest. */
  start: z.int().min(0),
  /** Blocks up to which everything was read, with their hashes, the newest first. */
  marks: z.array(z.object({ number: z.int().min(0), hash: z.string() })).readonly(),
});
export type Cursor = Readonly<z.infer<typeof cursorSchema>>;

/** A stretch of the chain that was read, both ends with it; nothing was there to read where `from` is above `to`. */
export interface Stretch<T> {
  readonly from: number;
  readonly to: number;
  /** Whether blocks from `from` on had been read before and were replaced: what is known of those is to be forgotten. */
  readonly isReplaced: boolean;
  /** What was read in it. */
  readonly found: readonly T[];
  /** Where one stands now. To be kept together with what was found: from an older one the same is found again. */
  readonly cursor: Cursor;
}

/** How somebody follows. */
export interface Following<T> {
  readonly cursor: Cursor;
  /** How many blocks, its own with them, a block must have to be read: 1, where left out, reads up to the latest. */
  readonly confirmations?: number;
  /** Reads what is of interest in these blocks. */
  readonly read: (from: number, to: number) => Promise<readonly T[]>;
}

/** How many blocks back a reorganisation is looked for: one that reaches further has everything read again. */
export const REORG_DEPTH = 256;

/** How often a stretch is read that was replaced meanwhile. */
const TRIES = 3;

/** Where somebody stands who has read nothing yet, and wants to know what happened from block `start` on. */
export function cursorAt(start: number): Cursor {
  return { start, marks: [] };
}

/**
 * Reads what came since, and again what a reorganisation replaced.
 * @throws ChainError where the chain cannot be read; nothing is lost by trying again
 */
export async function follow<T>(provider: Provider, following: Following<T>): Promise<Stretch<T>> {
  for (let tried = 0; tried < TRIES; tried++) {
    const { last, ...stretch } = await nextStretch(provider, following);
    if (last === undefined) return { ...stretch, found: [] };
    const found = await following.read(stretch.from, stretch.to);
    // An endpoint that has not come so far yet shows no events, and says nothing of it.
    if (await isThere(provider, last)) return { ...stretch, found };
  }
  throw new ChainError("Unsettled", "the endpoint's latest blocks change while they are read: try again");
}

type Mark = Cursor["marks"][number];

async function nextStretch(
  provider: Provider,
  { cursor: { start, marks }, confirmations = 1 }: Following<unknown>,
): Promise<Omit<Stretch<never>, "found"> & { readonly last: Mark | undefined }> {
  const head = await query(() => provider.getBlockNumber());
  const [newest] = marks;
  // A chain that is shorter than before is an endpoint that lags, until it has grown past what was read.
  const isBehind = newest !== undefined && newest.number > head;
  const standing = isBehind ? marks : await fromFirst(marks, async (mark) => isThere(provider, mark));
  const from = standing[0] === undefined ? start : standing[0].number + 1;
  const to = Math.max(head - confirmations + 1, from - 1);
  const isReplaced = standing.length < marks.length;
  if (to < from) return { from, to, isReplaced, cursor: { start, marks: standing }, last: undefined };
  const last = { number: to, hash: (await query(() => provider.getBlock(to)))?.hash ?? "" };
  const near = standing.filter(({ number }) => number > to - REORG_DEPTH);
  return { from, to, isReplaced, cursor: { start, marks: [last, ...near] }, last };
}

async function isThere(provider: Provider, { number, hash }: Mark): Promise<boolean> {
  return (await query(() => provider.getBlock(number)))?.hash === hash;
}

/** What is left of a list from the first element on that passes. */
async function fromFirst<T>(items: readonly T[], passes: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  for (const [index, item] of items.entries()) if (await passes(item)) return items.slice(index);
  return [];
}
