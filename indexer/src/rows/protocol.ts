/** The row of what holds for everyone. */
import type { Context } from "ponder:registry";
import { protocol } from "ponder:schema";
import { elapsed } from "../../../src/core/bonds.ts";
import { FAULT_HALF_LIFE, SETTLED_HALF_LIFE } from "../../../src/core/credit.ts";

export type ProtocolRow = typeof protocol.$inferSelect;

const ID = 0;

/** The protocol's parameters and sums. What its contracts are made with, and never changes, is read once. */
export async function readProtocol({ db, client, contracts }: Context): Promise<ProtocolRow> {
  const known = await db.find(protocol, { id: ID });
  if (known !== null) return known;
  const { OperatorBonds, CreditHistory } = contracts;
  const read = { cache: "immutable" } as const;
  const [leastOwnBond, prior, severity] = await Promise.all([
    client.readContract({
      ...read,
      abi: OperatorBonds.abi,
      address: OperatorBonds.address,
      functionName: "leastOwnBond",
    }),
    client.readContract({ ...read, abi: CreditHistory.abi, address: CreditHistory.address, functionName: "prior" }),
    client.readContract({ ...read, abi: CreditHistory.abi, address: CreditHistory.address, functionName: "severity" }),
  ]);
  return db.insert(protocol).values({
    id: ID,
    leastOwnBond,
    prior,
    severity,
    settledHalfLife: SETTLED_HALF_LIFE,
    faultHalfLife: FAULT_HALF_LIFE,
    unbondingDelay: 0n,
    leverage: 0n,
    protocolFeeBps: 0n,
    coverageBps: 0n,
    treasury: null,
    suspensionStart: 0n,
    suspensionEnd: 0n,
    suspendedBefore: 0n,
    bonded: 0n,
    protocolFees: 0n,
  });
}

/** Changes the protocol's row. */
export async function changeProtocol(
  context: Context,
  change: (before: ProtocolRow) => Partial<ProtocolRow>,
): Promise<ProtocolRow> {
  const before = await readProtocol(context);
  return context.db.update(protocol, { id: ID }).set(change(before));
}

/** The time of the protocol's clocks at a time: suspensions do not count. */
export function activeTime({ suspensionStart, suspensionEnd, suspendedBefore }: ProtocolRow, time: bigint): bigint {
  return time - suspendedBefore - elapsed({ start: suspensionStart, end: suspensionEnd }, time);
}
