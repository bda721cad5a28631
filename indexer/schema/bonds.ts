/** What others put behind operators, and what leaves. */
import { index, onchainTable, primaryKey } from "ponder";

/** What a delegator has with an operator, without what is in tickets; void where the epoch is not the pool's. */
export const delegation = onchainTable(
  "delegation",
  (t) => ({
    operator: t.hex().notNull(),
    delegator: t.hex().notNull(),
    shares: t.bigint().notNull(),
    epoch: t.bigint().notNull(),
    /** What was paid in and out over all time. */
    delegated: t.bigint().notNull(),
    withdrawn: t.bigint().notNull(),
    updatedAt: t.bigint().notNull(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.operator, table.delegator] }),
    byDelegator: index().on(table.delegator),
  }),
);

/** Shares that leave. `paid` is null until it was withdrawn. */
export const ticket = onchainTable(
  "ticket",
  (t) => ({
    operator: t.hex().notNull(),
    owner: t.hex().notNull(),
    openedAt: t.bigint().notNull(),
    isOwn: t.boolean().notNull(),
    shares: t.bigint().notNull(),
    epoch: t.bigint().notNull(),
    /** Suspensions aside. */
    maturesAt: t.bigint().notNull(),
    withdrawnAt: t.bigint(),
    paid: t.bigint(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.operator, table.owner, table.openedAt] }),
    byOwner: index().on(table.owner),
  }),
);
