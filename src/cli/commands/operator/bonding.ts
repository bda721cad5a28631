/** An operator's money: what it puts at stake, takes out again, and has earned. */
import type { Command } from "commander";
import { query } from "../../../chain/transactions.ts";
import type { Hex } from "../../../core/bytes.ts";
import { act, eventsIn, type Plan } from "../../act.ts";
import type { Sender } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { formatAmount } from "../../format.ts";
import type { Shell } from "../../io.ts";
import { ending, keystores, sending, type SenderOptions } from "../../options.ts";
import { parseAmount, toUnits } from "../../parse.ts";
import { paymentSteps } from "../../steps.ts";
import { type Holding, type Part, unbondPlan, withdrawPlan } from "../../tickets.ts";

/** Adds what an operator does with its bond and its earnings. */
export function addBonding(operator: Command, io: Shell): void {
  const bond = operator
    .command("bond")
    .description("put tokens at stake for what you sign; a debt is burnt from them first")
    .requiredOption("--amount <amount>", "how much, in the token's units", parseAmount);
  ending(sending(bond, keystores.operator), ["surety operator bond --amount 1000 --network local"]).action(
    async (options: SenderOptions & { readonly amount: string }) =>
      act(options, io, async (sender) => bondPlan(sender, options.amount)),
  );

  const unbond = operator
    .command("unbond")
    .description("ask a part of the bond back: it leaves after the unbonding delay, and is liable until then")
    .option("--amount <amount>", "how much, in the token's units", parseAmount)
    .option("--all", "all of it");
  ending(sending(unbond, keystores.operator), [
    "surety operator unbond --amount 250",
    "surety operator unbond --all",
  ]).action(async (options: SenderOptions & Part) =>
    act(options, io, async (sender) => unbondPlan(sender, await ownHolding(sender), options)),
  );

  ending(
    sending(
      operator.command("withdraw").description("take out what has left the bond: every ticket that is mature"),
      keystores.operator,
    ),
    ["surety operator withdraw --network local"],
  ).action(async (options: SenderOptions) =>
    act(options, io, async (sender) => withdrawPlan(sender, { operator: sender.address, owner: sender.address })),
  );

  ending(
    sending(operator.command("earnings").description("send earned fees to the payout address"), keystores.operator),
    ["surety operator earnings --network local"],
  ).action(async (options: SenderOptions) => act(options, io, earningsPlan));
}

/** Puts tokens at stake. @param text the amount, in the token's units @throws ChainError, UsageError */
export async function bondPlan(sender: Sender, text: string): Promise<Plan> {
  const { contracts, deployment, address, unit } = sender;
  const { bonds } = contracts;
  await requireRegistered(sender, address);
  const amount = toUnits(text, unit);
  const steps = await paymentSteps(sender, {
    what: `bond ${formatAmount(amount, unit)}`,
    amount,
    spender: deployment.contracts.bonds,
    plain: async () => bonds.bond.populateTransaction(amount),
    permitted: async (permit) => bonds.bondWithPermit.populateTransaction(amount, permit),
  });
  const tell: Plan["tell"] = (outcomes) => {
    const [burnt] = eventsIn(outcomes, bonds.interface, "DebtBurnt");
    if (burnt === undefined) return { data: { amount }, lines: [] };
    const [of, debt] = [burnt["burnt"] as bigint, burnt["debt"] as bigint];
    const line = `${formatAmount(of, unit)} of it went into the debt; ${formatAmount(debt, unit)} are still owed.`;
    return { data: { amount, burnt: of, debt }, lines: [line] };
  };
  return { steps, tell };
}

/** What an operator holds of its own bond, and has not asked back. @throws ChainError */
export async function ownHolding({ contracts, address }: Pick<Sender, "contracts" | "address">): Promise<Holding> {
  const { own } = await query(() => contracts.bonds.operatorOf(address));
  return { operator: address, shares: own.shares - own.unbonding, assets: own.active };
}

/** Fails in words where somebody is no operator. @throws UsageError */
export async function requireRegistered({ contracts }: Pick<Sender, "contracts">, operator: Hex): Promise<void> {
  const payout = await query(() => contracts.bonds.payoutOf(operator));
  if (BigInt(payout) === 0n) {
    throw new UsageError(`${operator} is no operator: register it first, with \`surety operator register\``);
  }
}

async function earningsPlan({ contracts, address, unit }: Sender): Promise<Plan> {
  const { escrow } = contracts;
  const earned = await query(() => escrow.earningsOf(address));
  if (earned === 0n) return { steps: [], idle: "no fees have been earned since the last time" };
  const what = `send ${formatAmount(earned, unit)} of earned fees to the payout address`;
  const transaction = async () => escrow.withdrawEarnings.populateTransaction(address);
  return { steps: [{ what, transaction }], tell: () => ({ data: { earned }, lines: [] }) };
}
