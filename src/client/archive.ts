import type { Hex } from "../core/bytes.ts";
import type { Ask, Record } from "../core/records.ts";
import { recover, SignatureError } from "../core/signatures.ts";
import { type Domain, orderHash, receiptHash, type Request, requestDigest } from "../core/typedData.ts";
import type { RecordStore } from "./store.ts";

interface ArchiveOptions {
  readonly store: RecordStore;
  readonly payer: Hex;
  /** The key whose accounts these are. */
  readonly key: Hex;
  readonly escrow: Domain;
}

/** A record that its client rejected, and why. */
export interface Evidence {
  readonly record: Record;
  readonly why: string;
}

/** What a client did and has to prove it: in its store, as far as it is of these accounts. */
export class Archive {
  readonly #options: ArchiveOptions;
  readonly #accepted: Record[] = [];
  readonly #unanswered = new Map<Hex, Ask>();
  readonly #evidence: Evidence[] = [];

  private constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  /** Reads what is kept. @throws RecordError where something in the store is no entry */
  static async open(options: ArchiveOptions): Promise<Archive> {
    const archive = new Archive(options);
    for (const entry of await options.store.entries()) {
      const signed = entry.status === "asked" ? entry.ask : entry.record;
      if (!archive.#isOwn(signed)) continue;
      if (entry.status === "asked") archive.#unanswered.set(orderHash(entry.ask.request.order), entry.ask);
      else if (entry.status === "accepted") archive.#accepted.push(entry.record);
      else archive.#evidence.push(entry);
    }
    return archive;
  }

  /** Answers that hold. */
  get records(): readonly Record[] {
    return this.#accepted;
  }

  /** What was asked, without an answer so far. */
  get unanswered(): readonly Ask[] {
    return [...this.#unanswered.values()];
  }

  /** Answers that do not hold. */
  get evidence(): readonly Evidence[] {
    return this.#evidence;
  }

  /** The record of a receipt, by its struct hash. */
  find(leaf: Hex): Record | undefined {
    const records = [...this.#accepted, ...this.#evidence.map(({ record }) => record)];
    return records.find(({ receipt }) => receiptHash(receipt) === leaf);
  }

  async asked(ask: Ask): Promise<void> {
    const order = orderHash(ask.request.order);
    await this.#options.store.put(order, { status: "asked", ask });
    this.#unanswered.set(order, ask);
  }

  async refused(ask: Ask): Promise<void> {
    const order = orderHash(ask.request.order);
    this.#unanswered.delete(order);
    await this.#options.store.remove(order);
  }

  async accepted(record: Record): Promise<void> {
    const order = orderHash(record.request.order);
    this.#unanswered.delete(order);
    this.#accepted.push(record);
    await this.#options.store.put(order, { status: "accepted", record });
  }

  async rejected({ record, why }: Evidence): Promise<void> {
    const order = orderHash(record.request.order);
    this.#unanswered.delete(order);
    this.#evidence.push({ record, why });
    await this.#options.store.put(order, { status: "rejected", record, why });
  }

  /** Whether a request is of these accounts: others may share the store. */
  #isOwn({ request, clientSignature }: { readonly request: Request; readonly clientSignature: Hex }): boolean {
    const { payer, key, escrow } = this.#options;
    if (request.payer !== payer) return false;
    try {
      return recover(requestDigest(request, escrow), clientSignature) === key;
    } catch (cause) {
      if (!(cause instanceof SignatureError)) throw cause;
      return false;
    }
  }
}
