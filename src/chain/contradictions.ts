import { unitsOf } from "../core/terms.ts";
import { orderHash, receiptHash } from "../core/typedData.ts";
import type { Contradiction, Exhibit } from "./evidence.ts";

/** Two receipts where there may be one. */
export interface Equivocation {
  readonly contradiction: Contradiction;
  readonly exhibits: readonly [Exhibit, Exhibit];
}

/** Remembers the receipts of one operator, and tells which contradict each other. */
export class Contradictions {
  readonly #bySequence = new Map<bigint, Exhibit>();
  readonly #byOrder = new Map<string, Exhibit>();
  readonly #byAccount = new Map<string, Exhibit[]>();

  /** Adds a receipt; returns the contradiction that it makes with an earlier one, if any. */
  add(exhibit: Exhibit): Equivocation | undefined {
    const { receipt, request } = exhibit.record;
    const sameSequence = keepFirst(this.#bySequence, receipt.sequence, exhibit);
    const sameOrder = keepFirst(this.#byOrder, `${request.payer}:${orderHash(request.order)}`, exhibit);
    const sameUnit = this.#addUnits(exhibit);
    if (sameSequence !== undefined) return { contradiction: "sequence", exhibits: [sameSequence, exhibit] };
    if (sameOrder !== undefined) return { contradiction: "order", exhibits: [sameOrder, exhibit] };
    if (sameUnit !== undefined) return { contradiction: "unit", exhibits: [sameUnit, exhibit] };
    return undefined;
  }

  #addUnits(exhibit: Exhibit): Exhibit | undefined {
    const { receipt, request } = exhibit.record;
    const { from, to } = unitsOf(receipt);
    if (from < 0n || from === to) return undefined;
    const account = `${request.payer}:${receipt.client}`;
    const known = this.#byAccount.get(account) ?? [];
    this.#byAccount.set(account, known);
    const others = known.filter((other) => differs(other, exhibit));
    // Batches may be inspected again: what is known already is not kept twice.
    if (others.length === known.length) known.push(exhibit);
    return others.find((other) => {
      const units = unitsOf(other.record.receipt);
      return units.from < to && from < units.to;
    });
  }
}

/** Keeps the first exhibit under a key; returns it where another one comes. */
function keepFirst<K>(seen: Map<K, Exhibit>, key: K, exhibit: Exhibit): Exhibit | undefined {
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, exhibit);
    return undefined;
  }
  return differs(first, exhibit) ? first : undefined;
}

function differs(a: Exhibit, b: Exhibit): boolean {
  return receiptHash(a.record.receipt) !== receiptHash(b.record.receipt);
}
