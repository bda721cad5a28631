/** What the API asks Ponder's tables, and the chain. */
import { and, asc, eq, gte, inArray, sql } from "ponder";
import { db, publicClients } from "ponder:api";
import schema from "ponder:schema";
import type { Commitments } from "../../receipts/collector.ts";
import type { KeptReceipt } from "../../receipts/reader.ts";
import { canHold } from "../../../src/chain/published.ts";
import type { Period } from "../../../src/core/bonds.ts";
import type { Hex } from "../../../src/core/bytes.ts";
import { activeTimeAt } from "../../../src/core/creditCurve.ts";

type ProtocolRow = typeof schema.protocol.$inferSelect;

/** The chain's time, in seconds. */
export async function chainTime(): Promise<bigint> {
  return (await publicClients.surety.getBlock()).timestamp;
}

/** The protocol's row; undefined while nothing is indexed. */
export async function readProtocol(): Promise<ProtocolRow | undefined> {
  const [row] = await db.select().from(schema.protocol);
  return row;
}

/** The times in which the protocol's clocks stood still, the oldest first. */
export async function readSuspensions(): Promise<readonly Period[]> {
  return db.select().from(schema.suspension).orderBy(asc(schema.suspension.start));
}

/** The protocol's clocks: what they say at any time. */
export async function readClocks(): Promise<(time: bigint) => bigint> {
  const suspensions = await readSuspensions();
  return (time) => activeTimeAt(time, suspensions);
}

/** Batches as the collector of receipts wants to know of them. @param name the schema of Ponder's tables */
export function commitmentsIn(name: string): Commitments {
  const { batch, operator: operators } = schema;
  const isReady = sql.raw(`SELECT value ->> 'is_ready' AS ready FROM "${name}"._ponder_meta`);
  return {
    async isReady() {
      const { rows } = await db.execute(isReady);
      return rows[0]?.["ready"] === "1";
    },
    async batches(fromBlock, { limit, offset }) {
      const rows = await db
        .select()
        .from(batch)
        .where(gte(batch.block, fromBlock))
        .orderBy(asc(batch.block), asc(batch.operator), asc(batch.firstSequence))
        .limit(limit)
        .offset(offset);
      return rows;
    },
    async isCommitted(operator, root) {
      return (await findBatch(operator, root)) !== undefined;
    },
    async dataUriOf(operator) {
      const [row] = await db.select({ uri: operators.dataUri }).from(operators).where(eq(operators.address, operator));
      return row?.uri ?? "";
    },
  };
}

export async function findBatch(operator: Hex, root: Hex) {
  const { batch } = schema;
  const [row] = await db
    .select()
    .from(batch)
    .where(and(eq(batch.operator, operator), eq(batch.root, root)));
  return row;
}

/** Those receipts whose batch is committed now, and holds them. */
export async function onlyCommitted<T extends Pick<KeptReceipt, "root" | "receipt">>(
  receipts: readonly T[],
): Promise<readonly T[]> {
  if (receipts.length === 0) return [];
  const roots = [...new Set(receipts.map(({ root }) => root))];
  const { batch } = schema;
  const rows = await db.select().from(batch).where(inArray(batch.root, roots));
  const known = new Map(rows.map((row) => [`${row.operator} ${row.root}`, row]));
  return receipts.filter(({ root, receipt }) => {
    const committed = known.get(`${receipt.operator} ${root}`);
    return committed !== undefined && canHold(committed, receipt);
  });
}
