import { greatest } from "../core/numbers.ts";
import { unitsOf } from "../core/terms.ts";
import { orderHash, receiptHash } from "../core/typedData.ts";
import type { Contradiction, Exhibit } from "./evidence.ts";

/** Two receipts where there may be one. */
export interface Equivocation {
  readonly contradiction: Contradiction;
  readonly exhibits: readonly [Exhibit, Exhibit];
  /** Since when it can be challenged, in seconds: it arises with the later of the two. */
  readonly countsFrom: bigint;
}

/** What remembers receipts, in memory or on disk, and tells which contradict each other. */
export interface ReceiptMemory {
  /**
   * Adds receipts, one after another; returns of each the contradiction that it makes with an earlier one, if any.
   * @param countsFrom when they began to count, in seconds
   */
  add(exhibits: readonly Exhibit[], countsFrom: bigint): readonly (Equivocation | undefined)[];
}

interface Kept {
  readonly exhibit: Exhibit;
  readonly countsFrom: bigint;
}

/** Remembers receipts as long as it lives itself. */
export class Contradictions implements ReceiptMemory {
  readonly #bySequence = new Map<string, Kept>();
  readonly #byOrder = new Map<string, Kept>();
  readonly #byAccount = new Map<string, Kept[]>();

  add(exhibits: readonly Exhibit[], countsFrom: bigint): (Equivocation | undefined)[] {
    return exhibits.map((exhibit) => this.#add({ exhibit, countsFrom }));
  }

  #add(kept: Kept): Equivocation | undefined {
    const { receipt, request } = kept.exhibit.record;
    const { operator, sequence } = receipt;
    const others = {
      sequence: keepFirst(this.#bySequence, `${operator}:${sequence}`, kept),
      order: keepFirst(this.#byOrder, `${operator}:${request.payer}:${orderHash(request.order)}`, kept),
      unit: this.#addUnits(kept),
    };
    for (const contradiction of ["sequence", "order", "unit"] as const) {
      const other = others[contradiction];
      if (other !== undefined) return equivocationOf(contradiction, other, kept);
    }
    return undefined;
  }

  #addUnits(kept: Kept): Kept | undefined {
    const { receipt, request } = kept.exhibit.record;
    const { from, to } = unitsOf(receipt);
    if (from < 0n || from === to) return undefined;
    const account = `${receipt.operator}:${request.payer}:${receipt.client}`;
    const known = this.#byAccount.get(account) ?? [];
    this.#byAccount.set(account, known);
    const others = known.filter((other) => differs(other, kept));
    // Batches may be inspected again: what is known already is not kept twice.
    if (others.length === known.length) known.push(kept);
    return others.find((other) => {
      const units = unitsOf(other.exhibit.record.receipt);
      return units.from < to && from < units.to;
    });
  }
}

/** The contradiction that a receipt makes with one that was there before. */
export function equivocationOf(contradiction: Contradiction, first: Kept, second: Kept): Equivocation {
  const countsFrom = greatest(first.countsFrom, second.countsFrom);
  return { contradiction, exhibits: [first.exhibit, second.exhibit], countsFrom };
}

/** Keeps the first one under a key; returns it where another one comes. */
function keepFirst(seen: Map<string, Kept>, key: string, kept: Kept): Kept | undefined {
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, kept);
    return undefined;
  }
  return differs(first, kept) ? first : undefined;
}

function differs(a: Kept, b: Kept): boolean {
  return receiptHash(a.exhibit.record.receipt) !== receiptHash(b.exhibit.record.receipt);
}
