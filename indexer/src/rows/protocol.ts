/** The row of what holds for everyone. */
import type { Context } from "ponder:registry";
import { protocol } from "ponder:schema";
import { elapsed } from "../../../src/core/bonds.ts";

export type ProtocolRow = typeof protocol.$inferSelect;

const ID = 0;

/** The protocol's parameters and sums. What its contracts are made with, and never changes, is read once. */
export async function readProtocol({ db, client, contracts }: Context): Promise<ProtocolRow> {
  const known = await db.find(protocol, { id: ID });
  if (known !== null) return known;
  const { OperatorBonds: bonds, FeeEscrow: escrow } = contracts;
  const read = { cache: "immutable" } as const;
  const [leastOwnBond, faultHalfLife, settledHalfLife] = await Promise.all([
    client.readContract({ ...read, abi: bonds.abi, address: bonds.address, functionName: "leastOwnBond" }),
    client.readContract({ ...read, abi: bonds.abi, address: bonds.address, functionName: "faultHalfLife" }),
    client.readContract({ ...read, abi: escrow.abi, address: escrow.address, functionName: "settledHalfLife" }),
  ]);
  return db.insert(protocol).values({
    id: ID,
    leastOwnBond,
    faultHalfLife,
    settledHalfLife,
    prior: 0n,
    severity: 0n,
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
