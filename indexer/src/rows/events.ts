/** What every event says of itself, and how its row is named. */
import type { Context } from "ponder:registry";
import type { Hex } from "../../../src/core/bytes.ts";

export type Database = Context["db"];

/** The part of an event that all have. */
export interface Happening {
  readonly block: { readonly number: bigint; readonly timestamp: bigint };
  readonly transaction: { readonly hash: Hex };
  readonly log: { readonly logIndex: number };
}

/** The name of what happened at a place in a transaction's logs; `before` it by so many. */
export function idOf({ transaction, log }: Happening, before = 0): string {
  return `${transaction.hash}-${log.logIndex - before}`;
}

/** An address as everything here holds it. */
export function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex;
}
