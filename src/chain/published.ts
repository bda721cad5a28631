/** Reading what operators publish of what they committed, and believing none of it that does not lead there. */
import { type Batch, makeBatch } from "../core/batch.ts";
import { publishedBatchSchema } from "../core/records.ts";
import type { Receipt } from "../core/typedData.ts";
import type { BatchPlace, CommittedBatch } from "./batches.ts";
import { callNode, type Fetch, NodeError } from "./http.ts";

/** A batch as its operator committed it: what must be known of it to read it. */
export type BatchTerms = Pick<CommittedBatch, "operator" | "root" | "firstSequence" | "count" | "dataHash">;

/** What a batch holds: its receipts, which lead to its root. */
export interface Page {
  readonly receipts: readonly Receipt[];
  readonly batch: Batch;
}

/** Reads the receipts of a batch. @throws NodeError where they cannot be had, or are not what was committed */
export async function readBatch(fetch: Fetch, committed: BatchTerms, { url }: BatchPlace): Promise<Page> {
  const { receipts } = await callNode(fetch, { url, schema: publishedBatchSchema });
  const batch = makeBatch(receipts);
  if (batch.root === committed.root && batch.dataHash === committed.dataHash) return { receipts, batch };
  const message = "what it publishes is not what it committed";
  throw new NodeError({ reason: "BatchMismatch", message, remedy: "demand its receipts on the chain" });
}

/** Whether a court would take a receipt for one of a batch. */
export function canHold(
  { operator, firstSequence, count }: Pick<BatchTerms, "operator" | "firstSequence" | "count">,
  receipt: Pick<Receipt, "operator" | "sequence">,
): boolean {
  const offset = receipt.sequence - firstSequence;
  return receipt.operator === operator && 0n <= offset && offset < count;
}
