/** Models, in which modes, served by whom, in which enclaves. */
import { index, onchainTable, primaryKey } from "ponder";

/** A published model. `modes` has a bit for each mode, 1 << mode. */
export const model = onchainTable(
  "model",
  (t) => ({
    id: t.hex().primaryKey(),
    publisher: t.hex().notNull(),
    commitment: t.hex().notNull(),
    spec: t.hex().notNull(),
    modes: t.integer().notNull(),
    metadataUri: t.text().notNull(),
    publishedAt: t.bigint().notNull(),
    /** How many operators serve it now. */
    operators: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byPublisher: index().on(table.publisher), byTime: index().on(table.publishedAt) }),
);

/** A mode that a model is published for, so that models can be looked up by it. */
export const modelMode = onchainTable(
  "model_mode",
  (t) => ({ modelId: t.hex().notNull(), mode: t.integer().notNull() }),
  (table) => ({ pk: primaryKey({ columns: [table.modelId, table.mode] }), byMode: index().on(table.mode) }),
);

/** Which operators serve which models, and since when they do, or do not. */
export const serving = onchainTable(
  "serving",
  (t) => ({
    operator: t.hex().notNull(),
    modelId: t.hex().notNull(),
    isServing: t.boolean().notNull(),
    since: t.bigint().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.modelId] }), byModel: index().on(table.modelId) }),
);

/** Code that a model's publisher lets enclaves run. */
export const measurement = onchainTable(
  "measurement",
  (t) => ({
    modelId: t.hex().notNull(),
    measurement: t.hex().notNull(),
    allowedFrom: t.bigint().notNull(),
    allowedUntil: t.bigint(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.modelId, table.measurement] }) }),
);
