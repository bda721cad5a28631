/** Operators and who is tied to them. */
import { index, onchainTable, primaryKey } from "ponder";

/** An operator: its profile, its pools, what it owes, its books, its credit. */
export const operator = onchainTable(
  "operator",
  (t) => ({
    address: t.hex().primaryKey(),
    payout: t.hex(),
    /** Where it says that its node is. */
    metadataUri: t.text().notNull(),
    registeredAt: t.bigint(),
    commission: t.bigint().notNull(),
    nextCommission: t.bigint().notNull(),
    commissionFrom: t.bigint().notNull(),
    /** The pools: assets, all shares, those of them in tickets, and how often the pool ended. */
    ownAssets: t.bigint().notNull(),
    ownShares: t.bigint().notNull(),
    ownUnbonding: t.bigint().notNull(),
    ownEpoch: t.bigint().notNull(),
    delegatedAssets: t.bigint().notNull(),
    delegatedShares: t.bigint().notNull(),
    delegatedUnbonding: t.bigint().notNull(),
    delegatedEpoch: t.bigint().notNull(),
    debt: t.bigint().notNull(),
    /** F: what slashes asked for, exact at `faultedAt`. */
    faulted: t.bigint().notNull(),
    faultedAt: t.bigint().notNull(),
    /** S: what is past its window, exact at `historyAt`, which is a time of the protocol's clocks; and what is still in it. */
    history: t.bigint().notNull(),
    historyAt: t.bigint().notNull(),
    exposed: t.jsonb().$type<readonly StoredPart[]>().notNull(),
    /** The score after the last settlement or fault, its S and F then, and when that was. Now's is a matter of `credit`. */
    score: t.bigint().notNull(),
    proven: t.boolean().notNull(),
    scoreSettled: t.bigint().notNull(),
    scoreFaulted: t.bigint().notNull(),
    scoredAt: t.bigint().notNull(),
    /** Not withdrawn, and not brought to the delegators. */
    earnings: t.bigint().notNull(),
    delegatorsFees: t.bigint().notNull(),
    delegatorsFeesEpoch: t.bigint().notNull(),
    /** Sums over all time. */
    settledTotal: t.bigint().notNull(),
    collectedTotal: t.bigint().notNull(),
    /** What slashes took, and what they asked for. */
    slashedTotal: t.bigint().notNull(),
    askedTotal: t.bigint().notNull(),
    settlements: t.integer().notNull(),
    claimsSkipped: t.integer().notNull(),
    faults: t.integer().notNull(),
    batches: t.integer().notNull(),
    clients: t.integer().notNull(),
    /** How many receipts it has committed: the next batch starts with this sequence. */
    nextSequence: t.bigint().notNull(),
    dataUri: t.text().notNull(),
    ledgerAgent: t.hex(),
    escrowAgent: t.hex(),
    payTo: t.hex(),
  }),
  (table) => ({
    byScore: index().on(table.score),
    byBond: index().on(table.ownAssets),
    bySettled: index().on(table.settledTotal),
    byPayTo: index().on(table.payTo),
  }),
);

/** A bucket of a sliding sum, as JSON holds it: both are whole numbers in decimals. */
export interface StoredPart {
  readonly bucket: string;
  readonly amount: string;
}

/** An address that the chain ties to an operator, now or ever: who pays it from there may be paying itself. */
export const tie = onchainTable(
  "tie",
  (t) => ({
    operator: t.hex().notNull(),
    address: t.hex().notNull(),
    as: t.text({ enum: ["payout", "agent", "delegator", "payTo"] }).notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.address, table.as] }) }),
);
