/** Sums by week and by day, for the network's health. */
import { index, onchainTable, primaryKey } from "ponder";

/** A client's payer: what it paid in all, and the week from which its cohort counts. Weeks are since 1970-01-01. */
export const client = onchainTable(
  "client",
  (t) => ({
    payer: t.hex().primaryKey(),
    firstWeek: t.integer().notNull(),
    firstSettledAt: t.bigint().notNull(),
    lastSettledAt: t.bigint().notNull(),
    fees: t.bigint().notNull(),
    settlements: t.integer().notNull(),
  }),
  (table) => ({ byWeek: index().on(table.firstWeek) }),
);

/** What a payer paid in a week. */
export const clientWeek = onchainTable(
  "client_week",
  (t) => ({
    payer: t.hex().notNull(),
    week: t.integer().notNull(),
    fees: t.bigint().notNull(),
    settlements: t.integer().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.payer, table.week] }), byWeek: index().on(table.week) }),
);

/** What an operator settled in a week, and its faults. */
export const operatorWeek = onchainTable(
  "operator_week",
  (t) => ({
    operator: t.hex().notNull(),
    week: t.integer().notNull(),
    fees: t.bigint().notNull(),
    settlements: t.integer().notNull(),
    receipts: t.bigint().notNull(),
    faults: t.integer().notNull(),
    /** What slashes asked for. */
    slashed: t.bigint().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.week] }), byWeek: index().on(table.week) }),
);

/** The network in a day. Days are since 1970-01-01. `bonded` is what was bonded at its last change in that day. */
export const dailyMetric = onchainTable("daily_metric", (t) => ({
  day: t.integer().primaryKey(),
  settlements: t.integer().notNull(),
  fees: t.bigint().notNull(),
  protocolFees: t.bigint().notNull(),
  delegatorsFees: t.bigint().notNull(),
  /** What delegators were given that no fee paid for. */
  gifts: t.bigint().notNull(),
  funded: t.bigint().notNull(),
  refunded: t.bigint().notNull(),
  batches: t.integer().notNull(),
  receipts: t.bigint().notNull(),
  faults: t.integer().notNull(),
  /** What slashes asked for. */
  slashed: t.bigint().notNull(),
  newOperators: t.integer().notNull(),
  newClients: t.integer().notNull(),
  activeClients: t.integer().notNull(),
  bonded: t.bigint().notNull(),
}));
