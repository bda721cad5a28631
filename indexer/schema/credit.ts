/** Credit over time, and what it is computed by. */
import { index, onchainTable } from "ponder";

/** P and K of the score, from when they were set until the next are. */
export const creditParameter = onchainTable("credit_parameter", (t) => ({
  since: t.bigint().primaryKey(),
  prior: t.bigint().notNull(),
  severity: t.bigint().notNull(),
}));

/** An operator's credit after each settlement and fault. What lies between is a matter of time: the curve has that, too. */
export const creditPoint = onchainTable(
  "credit_point",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    at: t.bigint().notNull(),
    cause: t.text({ enum: ["settlement", "fault"] }).notNull(),
    /** The score then, and its S and F. */
    score: t.bigint().notNull(),
    proven: t.boolean().notNull(),
    scoreSettled: t.bigint().notNull(),
    scoreFaulted: t.bigint().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator, table.at) }),
);
