/** Operators and what stands behind them: profiles, pools, positions, tickets. */
import { ponder } from "ponder:registry";
import { delegation, ticket } from "ponder:schema";
import { commissionAt } from "../../src/core/bonds.ts";
import { joined, redeemed } from "../../src/core/pool.ts";
import { lower } from "./rows/events.ts";
import { changeOperator, changePools, readOperator, tieTo } from "./rows/operators.ts";
import { readProtocol } from "./rows/protocol.ts";
import { faultedBy, poolsOf } from "./rows/stored.ts";
import { addToDay } from "./rows/sums.ts";

ponder.on("OperatorBonds:OperatorRegistered", async ({ event, context }) => {
  const { operator, payout, commissionBps, metadataURI } = event.args;
  const time = event.block.timestamp;
  const protocol = await readProtocol(context);
  await changeOperator(context.db, lower(operator), (before) => ({
    payout: lower(payout),
    metadataUri: metadataURI,
    registeredAt: time,
    commission: commissionBps,
    nextCommission: commissionBps,
    // Registration writes faults anew, as they are now.
    faulted: faultedBy(before, protocol, time),
    faultedAt: time,
  }));
  await tieTo(context.db, lower(payout), { operator: lower(operator), as: "payout" });
  await addToDay(context, time, ({ newOperators }) => ({ newOperators: newOperators + 1 }));
});

ponder.on("OperatorBonds:PayoutSet", async ({ event, context }) => {
  const [operator, payout] = [lower(event.args.operator), lower(event.args.payout)];
  await changeOperator(context.db, operator, { payout });
  await tieTo(context.db, payout, { operator, as: "payout" });
});

ponder.on("OperatorBonds:CommissionSet", async ({ event, context }) => {
  const { operator, commissionBps, from } = event.args;
  await changeOperator(context.db, lower(operator), ({ commission, nextCommission, commissionFrom }) => {
    const before = { current: commission, next: nextCommission, from: commissionFrom };
    const { current } = commissionAt(before, event.block.timestamp);
    return { commission: current, nextCommission: commissionBps, commissionFrom: from };
  });
});

ponder.on("OperatorBonds:Bonded", async ({ event, context }) => {
  const { operator, assets, shares } = event.args;
  await changePools(context, { event, address: lower(operator) }, ({ own }) => ({
    own: joined(own, { cost: assets, shares }),
  }));
});

ponder.on("OperatorBonds:DebtBurnt", async ({ event, context }) => {
  await changeOperator(context.db, lower(event.args.operator), { debt: event.args.debt });
});

ponder.on("OperatorBonds:Delegated", async ({ event, context }) => {
  const { assets, shares } = event.args;
  const [operator, delegator] = [lower(event.args.operator), lower(event.args.delegator)];
  const { delegatedEpoch: epoch } = await changePools(context, { event, address: operator }, ({ delegated }) => ({
    delegated: joined(delegated, { cost: assets, shares }),
  }));
  await tieTo(context.db, delegator, { operator, as: "delegator" });
  const updatedAt = event.block.timestamp;
  await context.db
    .insert(delegation)
    .values({ operator, delegator, shares, epoch, delegated: assets, withdrawn: 0n, updatedAt })
    .onConflictDoUpdate((before) => ({
      // Shares of a pool that ended are void.
      shares: shares + (before.epoch === epoch ? before.shares : 0n),
      epoch,
      delegated: before.delegated + assets,
      updatedAt,
    }));
});

ponder.on("OperatorBonds:Rewarded", async ({ event, context }) => {
  const { assets, from } = event.args;
  const address = lower(event.args.operator);
  await changePools(context, { event, address }, ({ delegated }) => ({
    delegated: { ...delegated, assets: delegated.assets + assets },
  }));
  const isFees = lower(from) === lower(context.contracts.FeeEscrow.address);
  if (isFees) await changeOperator(context.db, address, { delegatorsFees: 0n });
  else await addToDay(context, event.block.timestamp, ({ gifts }) => ({ gifts: gifts + assets }));
});

ponder.on("OperatorBonds:UnbondingRequested", async ({ event, context }) => {
  const { shares, maturesAt } = event.args;
  const [operator, owner, openedAt] = [lower(event.args.operator), lower(event.args.owner), BigInt(event.args.ticket)];
  const isOwn = owner === operator;
  const row = await changePools(context, { event, address: operator }, ({ own, delegated }) =>
    isOwn
      ? { own: { ...own, unbonding: own.unbonding + shares } }
      : { delegated: { ...delegated, unbonding: delegated.unbonding + shares } },
  );
  const { epoch } = poolsOf(row)[isOwn ? "own" : "delegated"];
  if (!isOwn) {
    const updatedAt = event.block.timestamp;
    await context.db
      .update(delegation, { operator, delegator: owner })
      .set((before) => ({ shares: before.shares - shares, updatedAt }));
  }
  await context.db
    .insert(ticket)
    .values({ operator, owner, openedAt, isOwn, shares, epoch, maturesAt, withdrawnAt: null, paid: null })
    // A ticket of the same second grows, unless its pool ended meanwhile.
    .onConflictDoUpdate((before) => ({
      shares: shares + (before.epoch === epoch ? before.shares : 0n),
      epoch,
      maturesAt,
    }));
});

ponder.on("OperatorBonds:Withdrawn", async ({ event, context }) => {
  const { db } = context;
  const [operator, owner, openedAt] = [lower(event.args.operator), lower(event.args.owner), BigInt(event.args.ticket)];
  const { assets } = event.args;
  const { shares, epoch, isOwn } = await db
    .update(ticket, { operator, owner, openedAt })
    .set({ withdrawnAt: event.block.timestamp, paid: assets });
  const which = isOwn ? "own" : "delegated";
  const pool = poolsOf(await readOperator(db, operator))[which];
  // A ticket of a pool that ended is void, and paid nothing.
  if (pool.epoch !== epoch) return;
  await changePools(context, { event, address: operator }, () => ({ [which]: redeemed(pool, shares) }));
  if (isOwn) return;
  await db
    .update(delegation, { operator, delegator: owner })
    .set((before) => ({ withdrawn: before.withdrawn + assets, updatedAt: event.block.timestamp }));
});
