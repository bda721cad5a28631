/** Keys that sign receipts, and keys that enclaves sign answers by. */
import { index, onchainTable, primaryKey } from "ponder";

/** A key that signs receipts. `validUntil` is null while no end is set; `measurement` where an enclave's quote vouched. */
export const key = onchainTable(
  "key",
  (t) => ({
    address: t.hex().primaryKey(),
    operator: t.hex().notNull(),
    validFrom: t.bigint().notNull(),
    validUntil: t.bigint(),
    measurement: t.hex(),
  }),
  (table) => ({ byOperator: index().on(table.operator) }),
);

/** An RSA key by which an operator's enclaves sign answers. */
export const rsaKey = onchainTable(
  "rsa_key",
  (t) => ({
    operator: t.hex().notNull(),
    modulusHash: t.hex().notNull(),
    modulus: t.hex().notNull(),
    validFrom: t.bigint().notNull(),
    validUntil: t.bigint(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.modulusHash] }) }),
);
