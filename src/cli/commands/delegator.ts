import type { Command } from "commander";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { least } from "../../core/numbers.ts";
import { eventsIn, perform, act, type Plan } from "../act.ts";
import { type Sender, withSender } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { formatAddress, formatAmount, formatRows } from "../format.ts";
import type { Io, Shell } from "../io.ts";
import { confirming, type ConfirmOptions, ending, sending, type SenderOptions } from "../options.ts";
import { parseAddress, parseAmount, toUnits } from "../parse.ts";
import { readStanding, standingRows } from "../standing.ts";
import { paymentSteps } from "../steps.ts";
import { type Holding, type Part, unbondPlan, withdrawPlan } from "../tickets.ts";

/** What a share may become dearer until the transaction is in a block: a part of as many. */
const TOLERANCE = 100n;

/** Adds what a delegator types. */
export function addDelegator(program: Command, io: Shell): void {
  const delegate = program
    .command("delegate")
    .description("put tokens behind an operator: you earn a part of its fees, and are slashed after its own bond")
    .argument("<operator>", "the operator's address", parseAddress)
    .requiredOption("--amount <amount>", "how much, in the token's units", parseAmount);
  ending(confirming(sending(delegate)), [
    "surety delegate 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --amount 500 --network local",
  ]).action(async (operator: Hex, options: SenderOptions & ConfirmOptions & { readonly amount: string }) =>
    withSender(options, io, async (sender) => {
      await showOperator(sender, operator);
      const plan = await delegatePlan(sender, operator, options.amount);
      if (!sender.isDryRun) await confirm(io, `Delegate ${options.amount} ${sender.unit.symbol}?`, options);
      await perform(sender, options, plan);
    }),
  );

  const undelegate = program
    .command("undelegate")
    .description("ask back what you delegated: it leaves after the unbonding delay, and is liable until then")
    .argument("<operator>", "the operator's address", parseAddress)
    .option("--amount <amount>", "how much, in the token's units", parseAmount)
    .option("--all", "all of it");
  ending(sending(undelegate), ["surety undelegate 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --all"]).action(
    async (operator: Hex, options: SenderOptions & Part) =>
      act(options, io, async (sender) => unbondPlan(sender, await holdingOf(sender, operator), options)),
  );

  const withdraw = program
    .command("withdraw")
    .description("take out what has left an operator's delegation: every ticket that is mature")
    .argument("<operator>", "the operator's address", parseAddress);
  ending(sending(withdraw), ["surety withdraw 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"]).action(
    async (operator: Hex, options: SenderOptions) =>
      act(options, io, async (sender) => withdrawPlan(sender, { operator, owner: sender.address })),
  );
}

/** Has a person say yes. @throws UsageError where nobody can be asked, or says no */
async function confirm(io: Io, question: string, { yes = false }: ConfirmOptions): Promise<void> {
  if (yes) return;
  if (!io.isTerminal) throw new UsageError(`nobody can be asked "${question}": say --yes`);
  const answer = await io.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError("nothing was done, as you wish");
}

/** Words for who is about to trust an operator: on stderr, because they are no result. */
async function showOperator(sender: Sender, operator: Hex): Promise<void> {
  const standing = await readStanding(sender, operator);
  sender.io.err(`${formatRows(standingRows(standing, sender.unit)).join("\n")}\n`);
}

async function delegatePlan(sender: Sender, operator: Hex, text: string): Promise<Plan> {
  const { contracts, deployment, unit } = sender;
  const { bonds } = contracts;
  const asked = toUnits(text, unit);
  const room = await query(() => bonds.delegationRoom(operator));
  // Where there is no room at all, the contract says so itself.
  const amount = room === 0n ? asked : least(asked, room);
  const { shares } = await query(() => bonds.quoteDelegation(operator, amount));
  const leastShares = shares - shares / TOLERANCE;
  const steps = await paymentSteps(sender, {
    what: `delegate ${formatAmount(amount, unit)} to ${formatAddress(operator)}`,
    amount,
    spender: deployment.contracts.bonds,
    plain: async () => bonds.delegate.populateTransaction(operator, amount, leastShares),
    permitted: async (permit) => bonds.delegateWithPermit.populateTransaction(operator, amount, leastShares, permit),
  });
  const tell: Plan["tell"] = (outcomes) => {
    const [event] = eventsIn(outcomes, bonds.interface, "Delegated");
    if (event === undefined) return { data: { operator, amount, shares }, lines: [] };
    const [assets, bought] = [event["assets"] as bigint, event["shares"] as bigint];
    const whole = assets < asked ? `There was room for ${formatAmount(assets, unit)} of it. ` : "";
    const data = { operator, amount: assets, shares: bought };
    return { data, lines: [`${whole}You own ${bought} shares more of what is delegated.`] };
  };
  return { steps, tell };
}

async function holdingOf({ contracts, address }: Sender, operator: Hex): Promise<Holding> {
  const [shares, assets] = await query(() => contracts.bonds.positionOf(operator, address));
  return { operator, shares, assets };
}
