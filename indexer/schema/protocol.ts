/** The protocol's parameters, clocks, prices and verifiers. */
import { onchainTable, primaryKey } from "ponder";

/** The protocol's parameters and sums: one row, 0. */
export const protocol = onchainTable("protocol", (t) => ({
  id: t.integer().primaryKey(),
  leastOwnBond: t.bigint().notNull(),
  unbondingDelay: t.bigint().notNull(),
  leverage: t.bigint().notNull(),
  /** P and K of the score. */
  prior: t.bigint().notNull(),
  severity: t.bigint().notNull(),
  /** How long what is settled, and a fault, take to lose half of their weight. */
  settledHalfLife: t.bigint().notNull(),
  faultHalfLife: t.bigint().notNull(),
  protocolFeeBps: t.bigint().notNull(),
  coverageBps: t.bigint().notNull(),
  treasury: t.hex(),
  /** The last suspension, and the length of all before it. */
  suspensionStart: t.bigint().notNull(),
  suspensionEnd: t.bigint().notNull(),
  suspendedBefore: t.bigint().notNull(),
  /** All that is bonded now: own and delegated, unbonding included. */
  bonded: t.bigint().notNull(),
  /** The protocol's fees not yet withdrawn. */
  protocolFees: t.bigint().notNull(),
}));

/** Times in which the protocol's clocks stood still; `end` is exclusive. */
export const suspension = onchainTable("suspension", (t) => ({
  start: t.bigint().primaryKey(),
  end: t.bigint().notNull(),
}));

/** What faults cost: rows 0 to 3 are the modes, 4 equivocation, 5 silence. */
export const policy = onchainTable(
  "policy",
  (t) => ({
    row: t.integer().notNull(),
    effectiveFrom: t.bigint().notNull(),
    window: t.bigint().notNull(),
    slashBps: t.bigint().notNull(),
    priceMultiple: t.bigint().notNull(),
    compensationMultiple: t.bigint().notNull(),
    bountyBps: t.bigint().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.row, table.effectiveFrom] }) }),
);

/** Code that verifies proofs for the snark mode. */
export const verifier = onchainTable("verifier", (t) => ({
  codeHash: t.hex().primaryKey(),
  address: t.hex().notNull(),
  admittedAt: t.bigint().notNull(),
}));
