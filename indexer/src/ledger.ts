/** Commitments: which receipts operators stand to, and where they publish them. */
import { ponder } from "ponder:registry";
import { batch, dataUri } from "ponder:schema";
import { idOf, lower } from "./rows/events.ts";
import { changeOperator, tieTo } from "./rows/operators.ts";
import { addToDay, addToWeek } from "./rows/sums.ts";

ponder.on("ReceiptLedger:BatchCommitted", async ({ event, context }) => {
  const { root, firstSequence, dataHash } = event.args;
  const [operator, count] = [lower(event.args.operator), BigInt(event.args.count)];
  const time = event.block.timestamp;
  await context.db.insert(batch).values({
    operator,
    root,
    firstSequence,
    count,
    dataHash,
    committedAt: time,
    block: event.block.number,
    transactionHash: event.transaction.hash,
  });
  await changeOperator(context.db, operator, ({ batches }) => ({
    batches: batches + 1,
    nextSequence: firstSequence + count,
  }));
  await addToDay(context, time, ({ batches, receipts }) => ({ batches: batches + 1, receipts: receipts + count }));
  await addToWeek(context.db, { operator, time }, ({ receipts }) => ({ receipts: receipts + count }));
});

ponder.on("ReceiptLedger:DataURISet", async ({ event, context }) => {
  const { uri } = event.args;
  const operator = lower(event.args.operator);
  await changeOperator(context.db, operator, { dataUri: uri });
  await context.db.insert(dataUri).values({ id: idOf(event), operator, uri, setAt: event.block.timestamp });
});

ponder.on("ReceiptLedger:AgentSet", async ({ event, context }) => {
  const [operator, ledgerAgent] = [lower(event.args.operator), lower(event.args.agent)];
  await changeOperator(context.db, operator, { ledgerAgent });
  await tieTo(context.db, ledgerAgent, { operator, as: "agent" });
});
