/** Operators' rows: found, made and changed. */
import type { Context } from "ponder:registry";
import { operator, tie } from "ponder:schema";
import type { Hex } from "../../../src/core/bytes.ts";
import { emptyPool } from "../../../src/core/pool.ts";
import type { Database, Happening } from "./events.ts";
import { changeProtocol } from "./protocol.ts";
import { poolColumns, type Pools, poolsOf } from "./stored.ts";
import { addToDay } from "./sums.ts";

export type OperatorRow = typeof operator.$inferSelect;

type Tie = (typeof tie.$inferSelect)["as"];

/** What an address has that never did anything. Some act before they register, in contracts that do not ask. */
const blank: Omit<OperatorRow, "address"> = {
  payout: null,
  metadataUri: "",
  registeredAt: null,
  commission: 0n,
  nextCommission: 0n,
  commissionFrom: 0n,
  ...poolColumns({ own: emptyPool, delegated: emptyPool }),
  debt: 0n,
  faulted: 0n,
  faultedAt: 0n,
  history: 0n,
  historyAt: 0n,
  exposed: [],
  score: 0n,
  proven: false,
  scoreSettled: 0n,
  scoreFaulted: 0n,
  scoredAt: 0n,
  earnings: 0n,
  delegatorsFees: 0n,
  delegatorsFeesEpoch: 0n,
  settledTotal: 0n,
  collectedTotal: 0n,
  slashedTotal: 0n,
  askedTotal: 0n,
  settlements: 0,
  claimsSkipped: 0,
  faults: 0,
  batches: 0,
  clients: 0,
  nextSequence: 0n,
  dataUri: "",
  ledgerAgent: null,
  escrowAgent: null,
  payTo: null,
};

/** An operator's row; a new one where it has none. */
export async function readOperator(db: Database, address: Hex): Promise<OperatorRow> {
  return (await db.find(operator, { address })) ?? db.insert(operator).values({ address, ...blank });
}

/** Changes an operator's row, new or not. */
export async function changeOperator(
  db: Database,
  address: Hex,
  change: Partial<OperatorRow> | ((before: OperatorRow) => Partial<OperatorRow>),
): Promise<OperatorRow> {
  const before = await readOperator(db, address);
  return db.update(operator, { address }).set(typeof change === "function" ? change(before) : change);
}

/** Keeps in mind that an address belongs to an operator. */
export async function tieTo(
  db: Database,
  address: Hex,
  to: { readonly operator: Hex; readonly as: Tie },
): Promise<void> {
  await db
    .insert(tie)
    .values({ address, ...to })
    .onConflictDoNothing();
}

/** Changes an operator's pools, and with them what is bonded in all. */
export async function changePools(
  context: Context,
  { event, address }: { readonly event: Happening; readonly address: Hex },
  change: (pools: Pools, row: OperatorRow) => Partial<Pools>,
): Promise<OperatorRow> {
  const row = await readOperator(context.db, address);
  const before = poolsOf(row);
  const after = { ...before, ...change(before, row) };
  const more = assetsOf(after) - assetsOf(before);
  if (more !== 0n) {
    const { bonded } = await changeProtocol(context, (protocol) => ({ bonded: protocol.bonded + more }));
    await addToDay(context, event.block.timestamp, () => ({ bonded }));
  }
  return context.db.update(operator, { address }).set(poolColumns(after));
}

function assetsOf({ own, delegated }: Pools): bigint {
  return own.assets + delegated.assets;
}
