/**
 * What the indexer keeps of the chain: Surety's state as its contracts' events tell it, and what happened, event by event.
 * Amounts are in the token's smallest unit, times in seconds, addresses and hashes in lower case. What decays is kept as
 * `src/core` takes it, so that a score can be computed for any moment after it. Rows of what happened are named
 * `<transaction>-<log index>`. Receipts are not here: `receipts/` keeps them, by batch.
 */
export * from "./schema/protocol.ts";
export * from "./schema/operators.ts";
export * from "./schema/keys.ts";
export * from "./schema/bonds.ts";
export * from "./schema/slashes.ts";
export * from "./schema/models.ts";
export * from "./schema/ledger.ts";
export * from "./schema/settlements.ts";
export * from "./schema/courts.ts";
export * from "./schema/credit.ts";
export * from "./schema/sums.ts";
export * from "./schema/relations.ts";
