/** Faults and demands. */
import { index, onchainTable } from "ponder";

/** A fault that a court punished; again where more of its price was settled later. In the validity court it is the leaf. */
export const fault = onchainTable(
  "fault",
  (t) => ({
    id: t.text().primaryKey(),
    fault: t.hex().notNull(),
    court: t.text({ enum: ["validity", "equivocation", "disclosure"] }).notNull(),
    operator: t.hex().notNull(),
    reporter: t.hex().notNull(),
    asked: t.bigint().notNull(),
    slashed: t.bigint().notNull(),
    compensated: t.bigint().notNull(),
    bounty: t.bigint().notNull(),
    slash: t.text().notNull(),
    punishedAt: t.bigint().notNull(),
    block: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    byFault: index().on(table.fault),
    byOperator: index().on(table.operator, table.punishedAt),
    byTime: index().on(table.punishedAt),
  }),
);

/** A demand. It is silent where a court punished silence about it. */
export const demand = onchainTable(
  "demand",
  (t) => ({
    id: t.hex().primaryKey(),
    kind: t.text({ enum: ["receipt", "payload", "unit"] }).notNull(),
    operator: t.hex().notNull(),
    demander: t.hex().notNull(),
    root: t.hex(),
    sequence: t.bigint(),
    leaf: t.hex(),
    payer: t.hex(),
    client: t.hex(),
    unit: t.bigint(),
    openedAt: t.bigint().notNull(),
    /** Suspensions aside. */
    deadline: t.bigint().notNull(),
    answeredAt: t.bigint(),
    /** The receipt that answered it. */
    answer: t.hex(),
    isSilent: t.boolean().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    byOperator: index().on(table.operator, table.openedAt),
    byLeaf: index().on(table.leaf),
    byAnswer: index().on(table.answer),
    byTime: index().on(table.openedAt),
  }),
);
