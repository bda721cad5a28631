/** Clients' accounts: what comes in, and what leaves at their payers' wish. */
import { ponder } from "ponder:registry";
import { account } from "ponder:schema";
import { accountId } from "../../src/core/accounts.ts";
import { lower } from "./rows/events.ts";
import { changeOperator, tieTo } from "./rows/operators.ts";
import { addToDay } from "./rows/sums.ts";
import { blankAccount } from "./rows/accounts.ts";

ponder.on("FeeEscrow:Funded", async ({ event, context }) => {
  const { amount } = event.args;
  const name = nameIn(event.args);
  await context.db
    .insert(account)
    .values({ id: accountId(name), ...name, ...blankAccount, balance: amount, funded: amount })
    .onConflictDoUpdate(({ balance, funded }) => ({ balance: balance + amount, funded: funded + amount }));
  await addToDay(context, event.block.timestamp, ({ funded }) => ({ funded: funded + amount }));
});

ponder.on("FeeEscrow:ThawStarted", async ({ event, context }) => {
  const { amount, maturesAt } = event.args;
  const id = accountId(nameIn(event.args));
  await context.db.update(account, { id }).set({ thawing: amount, thawMaturesAt: maturesAt });
});

ponder.on("FeeEscrow:ThawCancelled", async ({ event, context }) => {
  const id = accountId(nameIn(event.args));
  await context.db.update(account, { id }).set({ thawing: 0n, thawMaturesAt: 0n });
});

ponder.on("FeeEscrow:Refunded", async ({ event, context }) => {
  const { amount } = event.args;
  const id = accountId(nameIn(event.args));
  await context.db.update(account, { id }).set(({ balance, refunded }) => ({
    balance: balance - amount,
    refunded: refunded + amount,
    thawing: 0n,
    thawMaturesAt: 0n,
  }));
  await addToDay(context, event.block.timestamp, ({ refunded }) => ({ refunded: refunded + amount }));
});

ponder.on("FeeEscrow:PayToOpened", async ({ event, context }) => {
  const [operator, payTo] = [lower(event.args.operator), lower(event.args.payTo)];
  await changeOperator(context.db, operator, { payTo });
  await tieTo(context.db, payTo, { operator, as: "payTo" });
});

ponder.on("FeeEscrow:AgentSet", async ({ event, context }) => {
  const [operator, escrowAgent] = [lower(event.args.operator), lower(event.args.agent)];
  await changeOperator(context.db, operator, { escrowAgent });
  await tieTo(context.db, escrowAgent, { operator, as: "agent" });
});

ponder.on("FeeEscrow:EarningsWithdrawn", async ({ event, context }) => {
  const { operator, amount } = event.args;
  await changeOperator(context.db, lower(operator), ({ earnings }) => ({ earnings: earnings - amount }));
});

function nameIn({ payer, operator, signer }: { payer: `0x${string}`; operator: `0x${string}`; signer: `0x${string}` }) {
  return { payer: lower(payer), operator: lower(operator), signer: lower(signer) };
}
