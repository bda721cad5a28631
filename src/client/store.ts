/** What a client keeps of its actions, so that it can go on where an earlier process stopped, and prove what it says. */
import { z } from "zod";
import type { Hex } from "../core/bytes.ts";
import { askSchema, readText, recordSchema, write } from "../core/records.ts";

const entrySchema = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("asked"), ask: askSchema }),
  z.strictObject({ status: z.literal("accepted"), record: recordSchema }),
  z.strictObject({ status: z.literal("rejected"), record: recordSchema, why: z.string() }),
]);

/**
 * What became of an order: asked, and perhaps charged, without an answer so far; answered and verified; or answered with
 * what does not hold, which is evidence.
 */
export type Entry = z.infer<typeof entrySchema>;

/** Where a client keeps its entries, by the hash of the order. One client at a time. */
export interface RecordStore {
  /** Keeps an entry in place of the one before it: for good once the promise is fulfilled. */
  put(order: Hex, entry: Entry): Promise<void>;
  /** Forgets an order that came to nothing. */
  remove(order: Hex): Promise<void>;
  /** All that is kept, in no order. @throws RecordError where something is no entry */
  entries(): Promise<readonly Entry[]>;
}

/** Writes an entry as JSON text. */
export function serialiseEntry(entry: Entry): string {
  return write(entry);
}

/** Reads an entry. @throws RecordError where it is none */
export function parseEntry(text: string): Entry {
  return readText(entrySchema, text);
}

/** Keeps entries as long as the process lives. */
export class MemoryStore implements RecordStore {
  readonly #entries = new Map<Hex, Entry>();

  async put(order: Hex, entry: Entry): Promise<void> {
    this.#entries.set(order, entry);
  }

  async remove(order: Hex): Promise<void> {
    this.#entries.delete(order);
  }

  async entries(): Promise<readonly Entry[]> {
    return [...this.#entries.values()];
  }
}

/** What a `Storage` of the browser has, `localStorage` for one. */
export interface KeyValueStorage {
  /** How many names it has. */
  readonly length: number;
  /** The name at a place, from 0 on; null beyond the last. */
  key(index: number): string | null;
  /** What is kept under a name; null where there is nothing. */
  getItem(key: string): string | null;
  /** Keeps a text under a name, in place of what was there. */
  setItem(key: string, value: string): void;
  /** Forgets a name. */
  removeItem(key: string): void;
}

/** Keeps entries in a browser's `Storage`, under names that begin with `surety:`. */
export class WebStore implements RecordStore {
  readonly #storage: KeyValueStorage;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  async put(order: Hex, entry: Entry): Promise<void> {
    this.#storage.setItem(`${PREFIX}${order}`, serialiseEntry(entry));
  }

  async remove(order: Hex): Promise<void> {
    this.#storage.removeItem(`${PREFIX}${order}`);
  }

  async entries(): Promise<readonly Entry[]> {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? "");
    const texts = keys.filter((key) => key.startsWith(PREFIX)).map((key) => this.#storage.getItem(key) ?? "");
    return texts.map(parseEntry);
  }
}

const PREFIX = "surety:";
