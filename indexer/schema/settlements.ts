/** Accounts, what they paid, and how it was split. */
import { index, onchainTable } from "ponder";

/** Money of a payer that an operator earns by vouchers of one key; what x402 pays an operator is in an account of no key. */
export const account = onchainTable(
  "account",
  (t) => ({
    id: t.hex().primaryKey(),
    payer: t.hex().notNull(),
    operator: t.hex().notNull(),
    signer: t.hex().notNull(),
    balance: t.bigint().notNull(),
    settled: t.bigint().notNull(),
    settledAt: t.bigint().notNull(),
    funded: t.bigint().notNull(),
    refunded: t.bigint().notNull(),
    /** What leaves at its payer's wish, and when; 0 where nothing does. */
    thawing: t.bigint().notNull(),
    thawMaturesAt: t.bigint().notNull(),
  }),
  (table) => ({
    byPayer: index().on(table.payer),
    byOperator: index().on(table.operator),
    bySigner: index().on(table.signer),
  }),
);

/** What an account paid by one voucher, or what was collected of plain payments: `total` is the account's with it. */
export const settlement = onchainTable(
  "settlement",
  (t) => ({
    id: t.text().primaryKey(),
    account: t.hex().notNull(),
    payer: t.hex().notNull(),
    operator: t.hex().notNull(),
    signer: t.hex().notNull(),
    isCollected: t.boolean().notNull(),
    paid: t.bigint().notNull(),
    total: t.bigint().notNull(),
    settledAt: t.bigint().notNull(),
    block: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    byAccount: index().on(table.account, table.total),
    byOperator: index().on(table.operator, table.settledAt),
    byPayer: index().on(table.payer, table.settledAt),
    byTime: index().on(table.settledAt),
  }),
);

/** How the fees of one call were split. */
export const feeSplit = onchainTable(
  "fee_split",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    paid: t.bigint().notNull(),
    protocolFee: t.bigint().notNull(),
    delegatorsFee: t.bigint().notNull(),
    splitAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator, table.splitAt) }),
);
