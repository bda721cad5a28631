import type { Hex } from "../core/bytes.ts";
import type { Contracts } from "./contracts.ts";
import { NodeError } from "./http.ts";
import { textOf } from "./text.ts";
import { query } from "./transactions.ts";

/** Where a committed batch is published, and the records of its receipts. */
export interface BatchPlace {
  readonly url: string;
  /** Where a record is, by its receipt's struct hash. */
  readonly recordUrl: (leaf: Hex) => string;
}

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
  const uri = await dataURIOf(contracts, operator);
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
