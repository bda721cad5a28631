import type { Hex } from "../core/bytes.ts";
import type { Contracts } from "./contracts.ts";
import { providerOf } from "./facts.ts";
import { NodeError } from "./http.ts";
import { logsIn, type Since } from "./logs.ts";
import { textOf } from "./text.ts";
import { query } from "./transactions.ts";

/** Where a committed batch is published, and the records of its receipts. */
export interface BatchPlace {
  readonly url: string;
  /** Where a record is, by its receipt's struct hash. */
  readonly recordUrl: (leaf: Hex) => string;
}

/** How many blocks are looked back at a time for a batch: what is asked for is seldom old. */
const STRIDE = 10_000;

/** How long an address may be. */
const MAX_URI = 2_000;

/** Where a node that is reached at `endpoint` publishes its operator's batches: each under its root. */
export function dataURIAt(endpoint: string): string {
  return `${endpoint}/v1/batches`;
}

/** Where an operator says that it publishes; empty where it has said nothing, or no text. @throws ChainError */
export async function dataURIOf({ ledger }: Contracts, operator: Hex): Promise<string> {
  const result = await query(() => ledger.dataURIOf.staticCallResult(operator));
  return textOf(() => result[0]);
}

/**
 * Finds the batch that an operator committed under `root`.
 * @throws NodeError where the operator has not said where it publishes, or names what is no web address
 * @throws ChainError where the chain cannot be read
 */
export async function findBatch(contracts: Contracts, operator: Hex, root: Hex): Promise<BatchPlace> {
  return batchPlace({ operator, root, uri: await dataURIOf(contracts, operator) });
}

/**
 * Where the batch under `root` is, of an operator that publishes at `uri`.
 * @throws NodeError where the operator has not said where it publishes, or names what is no web address
 */
export function batchPlace({ operator, root, uri }: { operator: Hex; root: Hex; uri: string }): BatchPlace {
  if (uri === "") {
    throw new NodeError({
      reason: "DataURIMissing",
      message: `${operator} has not said where it publishes its batches`,
      remedy: "have the operator call setDataURI of the ledger, which its node does before it commits",
    });
  }
  const url = URL.parse(`${uri}/${root}`);
  // What an operator writes there is not to make anybody read a file, or take what the chain says for what is published.
  if (uri.length > MAX_URI || url === null || !/^https?:$/.test(url.protocol)) {
    throw new NodeError({
      reason: "DataURIInvalid",
      message: `${operator} publishes its batches at what is no http or https address`,
      remedy: "have the operator set another, or ask another operator",
    });
  }
  return { url: url.href, recordUrl: (leaf) => new URL(`../records/${leaf}`, url).href };
}

/** A batch as its operator committed it. */
export interface CommittedBatch {
  readonly operator: Hex;
  readonly root: Hex;
  readonly firstSequence: bigint;
  readonly count: bigint;
  readonly dataHash: Hex;
  readonly block: number;
  readonly transactionHash: Hex;
}

/** What has been looked through of one operator's commitments: all blocks from `low` to `high`. */
interface Searched {
  low: number;
  high: number;
  readonly batches: CommittedBatch[];
}

/** Finds the batches of receipts, the latest first: most of what is asked for is young. What was read is not read again. */
export class BatchFinder {
  readonly #contracts: Contracts;
  readonly #fromBlock: number;
  readonly #searched = new Map<Hex, Searched>();

  /** @param fromBlock the first block in which a batch can be: the deployment's */
  constructor(contracts: Contracts, fromBlock: number) {
    this.#contracts = contracts;
    this.#fromBlock = fromBlock;
  }

  /** The batch whose range holds a sequence number; undefined where it is not committed yet. @throws ChainError */
  async find(operator: Hex, sequence: bigint): Promise<CommittedBatch | undefined> {
    const { ledger } = this.#contracts;
    const holds = ({ firstSequence, count }: CommittedBatch) =>
      firstSequence <= sequence && sequence < firstSequence + count;
    const latest = await query(() => providerOf(this.#contracts).getBlockNumber());
    const searched = this.#searched.get(operator) ?? { low: latest + 1, high: latest, batches: [] };
    this.#searched.set(operator, searched);
    const known = searched.batches.find(holds);
    if (known !== undefined) return known;
    if ((await query(() => ledger.nextSequence(operator))) <= sequence) return undefined;
    searched.batches.push(...(await listBatches(this.#contracts, { from: searched.high + 1, to: latest }, operator)));
    searched.high = Math.max(searched.high, latest);
    while (searched.low > this.#fromBlock && !searched.batches.some(holds)) {
      const to = searched.low - 1;
      const from = Math.max(this.#fromBlock, to - STRIDE + 1);
      searched.batches.push(...(await listBatches(this.#contracts, { from, to }, operator)));
      searched.low = Math.min(searched.low, from);
    }
    return searched.batches.find(holds);
  }
}

/** Every batch that was committed since a block, by one operator or by all. @throws ChainError where the chain cannot be read */
export async function listBatches(contracts: Contracts, since: Since, operator?: Hex): Promise<CommittedBatch[]> {
  const { ledger } = contracts;
  const events = await logsIn(contracts, since, async (from, to) =>
    ledger.queryFilter(ledger.filters.BatchCommitted(operator), from, to),
  );
  return events.map(({ args, blockNumber, transactionHash }) => ({
    operator: args.operator.toLowerCase() as Hex,
    root: args.root as Hex,
    firstSequence: args.firstSequence,
    count: args.count,
    dataHash: args.dataHash as Hex,
    block: blockNumber,
    transactionHash: transactionHash as Hex,
  }));
}
