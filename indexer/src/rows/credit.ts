/** Operators' credit, as it stands after what changed it. */
import type { Context } from "ponder:registry";
import { creditPoint, operator } from "ponder:schema";
import { type Happening, idOf } from "./events.ts";
import type { OperatorRow } from "./operators.ts";
import { activeTime, readProtocol } from "./protocol.ts";
import { creditBy } from "./stored.ts";

/** Keeps the credit of an operator as `row` has it now. */
export async function pointCredit(
  context: Context,
  event: Happening,
  { row, cause }: { readonly row: OperatorRow; readonly cause: "settlement" | "fault" },
): Promise<void> {
  const { db } = context;
  const protocol = await readProtocol(context);
  const { address } = row;
  const at = event.block.timestamp;
  const { settled, faulted, score, proven } = creditBy(row, protocol, {
    time: at,
    activeTime: activeTime(protocol, at),
  });
  const then = { score, proven, scoreSettled: settled, scoreFaulted: faulted };
  await db.update(operator, { address }).set({ ...then, scoredAt: at });
  await db.insert(creditPoint).values({ id: idOf(event), operator: address, at, cause, ...then });
}
