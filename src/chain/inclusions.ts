import { type BatchFinder, findBatch } from "./batches.ts";
import type { Contracts } from "./contracts.ts";
import { callNode, type Fetch, NodeError } from "./http.ts";
import { query } from "./transactions.ts";
import { type Batch, makeBatch } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import { SuretyError } from "../core/errors.ts";
import { type Bundle, publishedBatchSchema, type Record } from "../core/records.ts";
import { receiptHash } from "../core/typedData.ts";

/** A receipt that is not in the batch that should hold it. */
export class NotIncludedError extends SuretyError {
  override readonly name = "NotIncludedError";
  readonly record: Record;

  constructor(record: Record, why: string) {
    super(`receipt ${record.receipt.sequence} of ${record.receipt.operator} is not committed: ${why}`);
    this.record = record;
  }
}

/** Where a record was committed. */
export type Inclusion = NonNullable<Bundle["inclusion"]>;

/** What became of the search for one of many records. */
export interface Confirmation {
  readonly record: Record;
  /** Where it was committed; undefined where that is not so, or cannot be seen. */
  readonly inclusion: Inclusion | undefined;
  /** Why there is none. */
  readonly problem: NotIncludedError | NodeError | undefined;
}

interface InclusionsOptions {
  readonly contracts: Contracts;
  readonly batches: BatchFinder;
  readonly fetch: Fetch;
}

/** A batch as it is published, and as the ledger has it. */
interface OpenBatch {
  readonly batch: Batch;
  /** Where in it each receipt is, by its struct hash. */
  readonly places: ReadonlyMap<Hex, number>;
  readonly firstSequence: bigint;
  /** 0 where it is not committed. */
  readonly count: bigint;
  readonly committedAt: bigint;
}

/** How many batches are kept: receipts that are looked for together are in few. */
const KEPT = 4;

/** Finds records in what their operators committed. A batch is read once for all of its receipts. */
export class Inclusions {
  readonly #options: InclusionsOptions;
  readonly #open = new Map<string, Promise<OpenBatch>>();

  constructor(options: InclusionsOptions) {
    this.#options = options;
  }

  /**
   * Finds a record in the batch that holds its number, and checks the way to the root.
   * @param root the batch's, where it is known already
   * @throws NotIncludedError where it is not there
   * @throws NodeError where the batch is not published
   * @throws ChainError where the chain cannot be read
   */
  async confirm(record: Record, root?: Hex): Promise<Inclusion> {
    const { operator, sequence, issuedAt } = record.receipt;
    const found = root ?? (await this.#options.batches.find(operator, sequence))?.root;
    if (found === undefined) throw new NotIncludedError(record, "no batch of its operator has its number yet");
    const open = await this.#read(operator, found);
    const index = open.places.get(receiptHash(record.receipt));
    if (index === undefined) throw new NotIncludedError(record, "the published batch does not have it");
    if (open.batch.root !== found) throw new NotIncludedError(record, "the published batch is not the committed one");
    const offset = sequence - open.firstSequence;
    if (offset < 0n || offset >= open.count || issuedAt > open.committedAt)
      throw new NotIncludedError(record, "the ledger does not have it in its range");
    return { root: found, proof: open.batch.proof(index) };
  }

  /** Finds many records; what is wrong with one keeps none of the others. @throws ChainError where the chain cannot be read */
  async confirmAll(records: readonly Record[]): Promise<Confirmation[]> {
    const confirmations: Confirmation[] = [];
    for (const record of records) {
      try {
        confirmations.push({ record, inclusion: await this.confirm(record), problem: undefined });
      } catch (cause) {
        if (!(cause instanceof NotIncludedError || cause instanceof NodeError)) throw cause;
        confirmations.push({ record, inclusion: undefined, problem: cause });
      }
    }
    return confirmations;
  }

  /** What can still change, or has failed, is read again the next time. */
  async #read(operator: Hex, root: Hex): Promise<OpenBatch> {
    const id = `${operator}:${root}`;
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const reading = this.#download(operator, root);
    this.#open.set(id, reading);
    const [oldest] = this.#open.keys();
    if (this.#open.size > KEPT && oldest !== undefined) this.#open.delete(oldest);
    try {
      const open = await reading;
      if (open.count === 0n || open.batch.root !== root) this.#open.delete(id);
      return open;
    } catch (cause) {
      this.#open.delete(id);
      throw cause;
    }
  }

  async #download(operator: Hex, root: Hex): Promise<OpenBatch> {
    const { contracts, fetch } = this.#options;
    const { url } = await findBatch(contracts, operator, root);
    const { receipts } = await callNode(fetch, { url, schema: publishedBatchSchema });
    const { firstSequence, count, committedAt } = await query(() => contracts.ledger.batch(operator, root));
    const places = new Map(receipts.map((receipt, index) => [receiptHash(receipt), index]));
    return { batch: makeBatch(receipts), places, firstSequence, count, committedAt };
  }
}
