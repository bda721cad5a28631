/** What operators committed, and where they publish it. */
import { index, onchainTable, primaryKey } from "ponder";

/** A committed batch. Its receipts are where its operator publishes them. */
export const batch = onchainTable(
  "batch",
  (t) => ({
    operator: t.hex().notNull(),
    root: t.hex().notNull(),
    firstSequence: t.bigint().notNull(),
    count: t.bigint().notNull(),
    dataHash: t.hex().notNull(),
    committedAt: t.bigint().notNull(),
    block: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.operator, table.root] }),
    byRoot: index().on(table.root),
    bySequence: index().on(table.operator, table.firstSequence),
    byTime: index().on(table.committedAt),
  }),
);

/** Where an operator said that it publishes its batches, each time. */
export const dataUri = onchainTable(
  "data_uri",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    uri: t.text().notNull(),
    setAt: t.bigint().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator) }),
);
