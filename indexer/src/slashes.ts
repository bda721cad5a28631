/** What was taken of bonds, and who got of it. */
import { ponder } from "ponder:registry";
import { award, recipient, slash } from "ponder:schema";
import { remembered } from "../../src/core/bonds.ts";
import { slashed as slashedPool } from "../../src/core/pool.ts";
import { pointCredit } from "./rows/credit.ts";
import { idOf, lower } from "./rows/events.ts";
import { changeOperator, changePools } from "./rows/operators.ts";
import { readProtocol } from "./rows/protocol.ts";
import { faultedBy } from "./rows/stored.ts";
import { addToDay, addToWeek } from "./rows/sums.ts";

ponder.on("OperatorBonds:Slashed", async ({ event, context }) => {
  const { asked, own, delegated, awarded } = event.args;
  const [address, slasher] = [lower(event.args.operator), lower(event.args.slasher)];
  const time = event.block.timestamp;
  const [taken, missing] = [own + delegated, asked - own - delegated];
  await changePools(context, { event, address }, (pools) => ({
    own: slashedPool(pools.own, own),
    delegated: slashedPool(pools.delegated, delegated),
  }));
  const protocol = await readProtocol(context);
  const row = await changeOperator(context.db, address, (before) => ({
    ...remembered({ faulted: faultedBy(before, protocol, time), debt: before.debt }, { asked, missing }),
    faultedAt: time,
    slashedTotal: before.slashedTotal + taken,
    askedTotal: before.askedTotal + asked,
  }));
  await context.db.insert(slash).values({
    id: idOf(event),
    operator: address,
    slasher,
    asked,
    own,
    delegated,
    missing,
    awarded,
    slashedAt: time,
    transactionHash: event.transaction.hash,
  });
  await addToDay(context, time, ({ slashed }) => ({ slashed: slashed + asked }));
  await addToWeek(context.db, { operator: address, time }, ({ slashed }) => ({ slashed: slashed + asked }));
  await pointCredit(context, event, { row, cause: "fault" });
});

ponder.on("OperatorBonds:Awarded", async ({ event, context }) => {
  const { amount } = event.args;
  const [address, operator] = [lower(event.args.recipient), lower(event.args.operator)];
  await context.db.insert(award).values({
    id: idOf(event),
    recipient: address,
    operator,
    amount,
    awardedAt: event.block.timestamp,
    transactionHash: event.transaction.hash,
  });
  await context.db
    .insert(recipient)
    .values({ address, awarded: amount, claimed: 0n })
    .onConflictDoUpdate((before) => ({ awarded: before.awarded + amount }));
});

ponder.on("OperatorBonds:AwardsClaimed", async ({ event, context }) => {
  const { amount } = event.args;
  await context.db
    .update(recipient, { address: lower(event.args.recipient) })
    .set(({ claimed }) => ({ claimed: claimed + amount }));
});
