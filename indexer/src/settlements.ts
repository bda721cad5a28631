/** What was paid, and how it was split. The events name totals: what was paid is how far they rose. */
import { type Context, ponder } from "ponder:registry";
import { account, feeSplit, settlement } from "ponder:schema";
import { accountId } from "../../src/core/accounts.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { exposedTo } from "../../src/core/exposure.ts";
import { ZERO_ADDRESS } from "../../src/core/refusal.ts";
import { blankAccount } from "./rows/accounts.ts";
import { pointCredit } from "./rows/credit.ts";
import { type Happening, idOf, lower } from "./rows/events.ts";
import { changeOperator, readOperator } from "./rows/operators.ts";
import { activeTime, changeProtocol, readProtocol } from "./rows/protocol.ts";
import { exposureColumns, exposureOf } from "./rows/stored.ts";
import { addToClient, addToDay, addToWeek } from "./rows/sums.ts";

ponder.on("FeeEscrow:Settled", async ({ event, context }) => {
  const { account: id, total } = event.args;
  const before = await context.db.find(account, { id });
  // Every account that pays was funded, and its funding named it.
  if (before === null) throw new Error(`account ${id} has settled and was never funded`);
  const { payer, operator, signer } = before;
  const paid = total - before.settled;
  const time = event.block.timestamp;
  // Ponder changes the row that was read, too: what it was must be looked at before.
  const ofOperator = before.settled === 0n ? 1 : 0;
  await context.db.update(account, { id }).set({ balance: before.balance - paid, settled: total, settledAt: time });
  const { isNew, isFirstOfDay } = await addToClient(context.db, { payer, time, paid });
  await enter(context, event, {
    ...{ id, payer, operator, signer, paid, total, isCollected: false },
    clients: { new: isNew ? 1 : 0, today: isFirstOfDay ? 1 : 0, ofOperator },
  });
});

ponder.on("FeeEscrow:Collected", async ({ event, context }) => {
  const { total } = event.args;
  const operator = lower(event.args.operator);
  const { payTo } = await readOperator(context.db, operator);
  if (payTo === null) throw new Error(`${operator} has collected and was never to be paid`);
  const name = { payer: payTo, operator, signer: ZERO_ADDRESS };
  const id = accountId(name);
  const time = event.block.timestamp;
  const before = (await context.db.find(account, { id }))?.settled ?? 0n;
  const paid = total - before;
  await context.db
    .insert(account)
    .values({ id, ...name, ...blankAccount, funded: paid, settled: total, settledAt: time })
    .onConflictDoUpdate(({ funded }) => ({ funded: funded + paid, settled: total, settledAt: time }));
  // Who pays without a voucher, nobody says.
  const clients = { new: 0, today: 0, ofOperator: 0 };
  await enter(context, event, { id, ...name, paid, total, isCollected: true, clients });
});

ponder.on("FeeEscrow:FeesSplit", async ({ event, context }) => {
  const { paid, protocolFee, delegatorsFee } = event.args;
  const address = lower(event.args.operator);
  const { timestamp: time } = event.block;
  const protocol = await readProtocol(context);
  const row = await changeOperator(context.db, address, (before) => ({
    ...exposureColumns(exposedTo(exposureOf(before, protocol), activeTime(protocol, time), paid)),
    earnings: before.earnings + paid - protocolFee - delegatorsFee,
    // Where these were of another epoch's delegators, the next event takes them away.
    delegatorsFees: before.delegatorsFees + delegatorsFee,
    delegatorsFeesEpoch: delegatorsFee === 0n ? before.delegatorsFeesEpoch : before.delegatedEpoch,
  }));
  await changeProtocol(context, ({ protocolFees }) => ({ protocolFees: protocolFees + protocolFee }));
  await context.db.insert(feeSplit).values({
    id: idOf(event),
    operator: address,
    paid,
    protocolFee,
    delegatorsFee,
    splitAt: time,
    transactionHash: event.transaction.hash,
  });
  await addToDay(context, time, (day) => ({
    protocolFees: day.protocolFees + protocolFee,
    delegatorsFees: day.delegatorsFees + delegatorsFee,
  }));
  await pointCredit(context, event, { row, cause: "settlement" });
});

ponder.on("FeeEscrow:DelegatorsFeesForfeited", async ({ event, context }) => {
  const { operator, amount } = event.args;
  await changeOperator(context.db, lower(operator), ({ delegatorsFees }) => ({
    delegatorsFees: delegatorsFees - amount,
  }));
  await changeProtocol(context, ({ protocolFees }) => ({ protocolFees: protocolFees + amount }));
});

ponder.on("FeeEscrow:ClaimSkipped", async ({ event, context }) => {
  await changeOperator(context.db, lower(event.args.operator), ({ claimsSkipped }) => ({
    claimsSkipped: claimsSkipped + 1,
  }));
});

interface Payment {
  readonly id: Hex;
  readonly payer: Hex;
  readonly operator: Hex;
  readonly signer: Hex;
  readonly paid: bigint;
  readonly total: bigint;
  readonly isCollected: boolean;
  /** How many clients more there are by it: ever, on its day, and of its operator. */
  readonly clients: { readonly new: number; readonly today: number; readonly ofOperator: number };
}

/** Keeps a payment, and adds it to its operator's sums and the network's. */
async function enter(context: Context, event: Happening, payment: Payment): Promise<void> {
  const { id, payer, operator, signer, paid, total, isCollected, clients } = payment;
  const time = event.block.timestamp;
  await context.db.insert(settlement).values({
    id: idOf(event),
    account: id,
    payer,
    operator,
    signer,
    isCollected,
    paid,
    total,
    settledAt: time,
    block: event.block.number,
    transactionHash: event.transaction.hash,
  });
  await changeOperator(context.db, operator, (before) => ({
    settledTotal: before.settledTotal + paid,
    collectedTotal: before.collectedTotal + (isCollected ? paid : 0n),
    settlements: before.settlements + 1,
    clients: before.clients + clients.ofOperator,
  }));
  await addToDay(context, time, ({ fees, settlements, newClients, activeClients }) => ({
    fees: fees + paid,
    settlements: settlements + 1,
    newClients: newClients + clients.new,
    activeClients: activeClients + clients.today,
  }));
  await addToWeek(context.db, { operator, time }, ({ fees, settlements }) => ({
    fees: fees + paid,
    settlements: settlements + 1,
  }));
}
