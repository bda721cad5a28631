/** What slashes took, and who got of it. */
import { index, onchainTable } from "ponder";

/** What a slash took of which pool; what it asked for more became debt. */
export const slash = onchainTable(
  "slash",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    slasher: t.hex().notNull(),
    asked: t.bigint().notNull(),
    own: t.bigint().notNull(),
    delegated: t.bigint().notNull(),
    missing: t.bigint().notNull(),
    awarded: t.bigint().notNull(),
    slashedAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator, table.slashedAt), byTime: index().on(table.slashedAt) }),
);

/** What somebody got of a slash: a compensation or a bounty. */
export const award = onchainTable(
  "award",
  (t) => ({
    id: t.text().primaryKey(),
    recipient: t.hex().notNull(),
    operator: t.hex().notNull(),
    amount: t.bigint().notNull(),
    awardedAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byRecipient: index().on(table.recipient), byTransaction: index().on(table.transactionHash) }),
);

/** What awards somebody has not claimed. */
export const recipient = onchainTable("recipient", (t) => ({
  address: t.hex().primaryKey(),
  awarded: t.bigint().notNull(),
  claimed: t.bigint().notNull(),
}));
