/** Operators' credit, as it stands after what changed it. */
import type { Context } from "ponder:registry";
import { creditPoint, operator } from "ponder:schema";
import { credit, FAULT_HALF_LIFE, worth } from "../../../src/core/credit.ts";
import { historyAt } from "../../../src/core/exposure.ts";
import { type Happening, idOf } from "./events.ts";
import { exposureOf, type OperatorRow } from "./operators.ts";
import { activeTime, type ProtocolRow, readProtocol } from "./protocol.ts";

type Scored = Pick<OperatorRow, "exposed" | "history" | "historyAt" | "faulted" | "faultedAt">;

/** An operator's credit at a time that is not before its last settlement and fault. */
export function creditAt(row: Scored, protocol: ProtocolRow, time: bigint) {
  const settled = historyAt(exposureOf(row), activeTime(protocol, time));
  const faulted = worth({ value: row.faulted, since: row.faultedAt }, time, FAULT_HALF_LIFE);
  const { prior, severity } = protocol;
  return { settled, faulted, ...credit({ settled, faulted, prior, severity }) };
}

/** Keeps the credit of an operator as `row` has it now. */
export async function pointCredit(
  context: Context,
  event: Happening,
  { row, cause }: { readonly row: OperatorRow; readonly cause: "settlement" | "fault" },
): Promise<void> {
  const { db } = context;
  const protocol = await readProtocol(context);
  const at = event.block.timestamp;
  const { settled, faulted, score, proven } = creditAt(row, protocol, at);
  const { address, exposed, history, historyAt: since } = row;
  await db
    .update(operator, { address })
    .set({ score, proven, scoreSettled: settled, scoreFaulted: faulted, scoredAt: at });
  const facts = { settled, faulted, score, proven, history, historyAt: since, exposed };
  const time = { at, activeTime: activeTime(protocol, at) };
  await db.insert(creditPoint).values({ id: idOf(event), operator: address, cause, ...time, ...facts });
}
