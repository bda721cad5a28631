/** Sums by day and by week. */
import type { Context } from "ponder:registry";
import { client, clientWeek, dailyMetric, operatorWeek } from "ponder:schema";
import type { Hex } from "../../../src/core/bytes.ts";
import type { Database } from "./events.ts";
import { readProtocol } from "./protocol.ts";

export type Day = typeof dailyMetric.$inferSelect;
type Week = typeof operatorWeek.$inferSelect;

const DAY = 86_400n;
const WEEK = 7n * DAY;

const blankDay = {
  settlements: 0,
  fees: 0n,
  protocolFees: 0n,
  delegatorsFees: 0n,
  gifts: 0n,
  funded: 0n,
  refunded: 0n,
  batches: 0,
  receipts: 0n,
  faults: 0,
  slashed: 0n,
  newOperators: 0,
  newClients: 0,
  activeClients: 0,
};
const blankWeek = { fees: 0n, settlements: 0, receipts: 0n, faults: 0, slashed: 0n };

/** Changes the figures of the day of a time. */
export async function addToDay(context: Context, time: bigint, change: (before: Day) => Partial<Day>): Promise<void> {
  const { db } = context;
  const day = Number(time / DAY);
  const before =
    (await db.find(dailyMetric, { day })) ??
    (await db.insert(dailyMetric).values({ day, ...blankDay, bonded: (await readProtocol(context)).bonded }));
  await db.update(dailyMetric, { day }).set(change(before));
}

/** Changes an operator's figures of the week of a time. */
export async function addToWeek(
  db: Database,
  { operator: address, time }: { readonly operator: Hex; readonly time: bigint },
  change: (before: Week) => Partial<Week>,
): Promise<void> {
  const id = { operator: address, week: weekOf(time) };
  const before = (await db.find(operatorWeek, id)) ?? (await db.insert(operatorWeek).values({ ...id, ...blankWeek }));
  await db.update(operatorWeek, id).set(change(before));
}

/** Enters what a payer paid. @returns whether it is new, and whether it paid something before on the same day */
export async function addToClient(
  db: Database,
  { payer, time, paid }: ClientPayment,
): Promise<{ readonly isNew: boolean; readonly isFirstOfDay: boolean }> {
  const week = weekOf(time);
  const known = await db.find(client, { payer });
  // Ponder changes the row that was read, too: what it was must be looked at before.
  const isFirstOfDay = known === null || known.lastSettledAt / DAY !== time / DAY;
  if (known === null) {
    const first = { firstWeek: week, firstSettledAt: time, lastSettledAt: time, fees: paid, settlements: 1 };
    await db.insert(client).values({ payer, ...first });
  } else {
    const { fees, settlements } = known;
    await db.update(client, { payer }).set({ fees: fees + paid, settlements: settlements + 1, lastSettledAt: time });
  }
  await db
    .insert(clientWeek)
    .values({ payer, week, fees: paid, settlements: 1 })
    .onConflictDoUpdate((row) => ({ fees: row.fees + paid, settlements: row.settlements + 1 }));
  return { isNew: known === null, isFirstOfDay };
}

export interface ClientPayment {
  readonly payer: Hex;
  readonly time: bigint;
  readonly paid: bigint;
}

function weekOf(time: bigint): number {
  return Number(time / WEEK);
}
