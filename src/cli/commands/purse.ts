import type { Command } from "commander";
import { chainTime } from "../../chain/facts.ts";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { REFUND_LAPSE } from "../../core/terms.ts";
import { act, eventsIn, type Plan } from "../act.ts";
import type { Sender } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { formatAddress, formatAmount, formatTime } from "../format.ts";
import type { Shell } from "../io.ts";
import { keystoreAddress } from "../keystore.ts";
import { ending, sending, type SenderOptions } from "../options.ts";
import { parseAddress, parseAmount, toUnits } from "../parse.ts";
import { paymentSteps } from "../steps.ts";
import { requireRegistered } from "./operator/bonding.ts";

/** Which key signs requests, and so which of a payer's accounts is meant. */
export interface KeyOptions {
  /** Its keystore; the account's own key where left out. */
  readonly requestKeystore?: string;
}

interface RefundOptions extends SenderOptions, KeyOptions {
  readonly amount?: string;
  readonly cancel?: boolean;
}

/** Money of a payer's with an operator, for a key. */
interface Account {
  readonly operator: Hex;
  readonly key: Hex;
}

/** Adds `surety fund` and `surety refund`. */
export function addPurse(program: Command, io: Shell): void {
  const fund = program
    .command("fund")
    .description("put tokens into your account with an operator, for your requests to draw on")
    .argument("<operator>", "the operator's address", parseAddress)
    .requiredOption("--amount <amount>", "how much, in the token's units", parseAmount);
  ending(sending(keyed(fund)), [
    "surety fund 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --amount 20 --network local",
  ]).action(async (operator: Hex, options: SenderOptions & KeyOptions & { readonly amount: string }) =>
    act(options, io, async (sender) => fundPlan(sender, accountOf(operator, sender, options), options.amount)),
  );

  const refund = program
    .command("refund")
    .description("take tokens out of an account: the first time starts their thaw, after it the same takes them out")
    .argument("<operator>", "the operator's address", parseAddress)
    .option("--amount <amount>", "how much, in the token's units (default: all)", parseAmount)
    .option("--cancel", "end the thaw that is under way: the tokens stay");
  ending(sending(keyed(refund)), [
    "surety refund 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --amount 5",
    "surety refund 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC    # again, once it has thawed",
  ]).action(async (operator: Hex, options: RefundOptions) =>
    act(options, io, async (sender) => refundPlan(sender, accountOf(operator, sender, options), options)),
  );
}

/** Adds the option that names the key that signs requests. */
export function keyed(command: Command): Command {
  return command.option("--request-keystore <file>", "the key that signs requests (default: the account's own)");
}

function accountOf(operator: Hex, { address }: Sender, { requestKeystore }: KeyOptions): Account {
  return { operator, key: requestKeystore === undefined ? address : keystoreAddress(requestKeystore) };
}

async function fundPlan(sender: Sender, { operator, key }: Account, text: string): Promise<Plan> {
  const { contracts, deployment, address, unit } = sender;
  const { escrow } = contracts;
  await requireRegistered(sender, operator);
  const amount = toUnits(text, unit);
  const steps = await paymentSteps(sender, {
    what: `fund the account with ${formatAddress(operator)} by ${formatAmount(amount, unit)}`,
    amount,
    spender: deployment.contracts.escrow,
    plain: async () => escrow.fund.populateTransaction(amount, operator, key),
    permitted: async (permit) => escrow.fundWithPermit.populateTransaction(amount, operator, key, permit),
  });
  const tell: Plan["tell"] = async () => {
    const { balance, settled } = await query(() => escrow.account(address, operator, key));
    const line = `The account has ${formatAmount(balance, unit)}; ${formatAmount(settled, unit)} were settled from it.`;
    return { data: { operator, key, amount, balance, settled }, lines: [line] };
  };
  return { steps, tell };
}

/** The next step on the way out: the thaw's start, or the refund, or nothing until it has thawed. */
async function refundPlan(
  sender: Sender,
  account: Account,
  { amount: text, cancel = false }: RefundOptions,
): Promise<Plan> {
  const { contracts, address } = sender;
  const { escrow } = contracts;
  const { operator, key } = account;
  if (cancel && text !== undefined) throw new UsageError("--cancel ends the whole thaw: leave --amount out");
  const [thaw, now] = await Promise.all([query(() => escrow.thawOf(address, operator, key)), chainTime(contracts)]);
  const isUnderWay = thaw.amount > 0n && now <= thaw.maturesAt + REFUND_LAPSE;
  if (cancel) {
    if (thaw.amount === 0n) return { steps: [], idle: "no thaw is under way" };
    const transaction = async () => escrow.cancelThaw.populateTransaction(operator, key);
    return { steps: [{ what: "end the thaw: the tokens stay", transaction }] };
  }
  if (!isUnderWay) return thawPlan(sender, account, text);
  if (text !== undefined && toUnits(text, sender.unit) !== thaw.amount) {
    const thawing = formatAmount(thaw.amount, sender.unit);
    throw new UsageError(`${thawing} are thawing: leave --amount out, or end that thaw first with --cancel`);
  }
  return thaw.maturesAt <= now ? takePlan(sender, account) : waitPlan(sender, thaw);
}

async function thawPlan(
  { contracts, address, unit }: Sender,
  { operator, key }: Account,
  text?: string,
): Promise<Plan> {
  const { escrow } = contracts;
  const { balance } = await query(() => escrow.account(address, operator, key));
  if (balance === 0n) throw new UsageError("the account is empty: there is nothing to take out");
  const amount = text === undefined ? balance : toUnits(text, unit);
  const what = `start the thaw of ${formatAmount(amount, unit)}`;
  const transaction = async () => escrow.thaw.populateTransaction(amount, operator, key);
  const tell: Plan["tell"] = (outcomes) => {
    const [started] = eventsIn(outcomes, escrow.interface, "ThawStarted");
    if (started === undefined) return { data: { amount }, lines: [] };
    const maturesAt = started["maturesAt"] as bigint;
    const line = `It can be taken out from ${formatTime(maturesAt)} on, for a day; vouchers can use it until then.`;
    return { data: { amount, maturesAt }, lines: [line] };
  };
  return { steps: [{ what, transaction }], tell };
}

function takePlan({ contracts, unit }: Sender, { operator, key }: Account): Plan {
  const { escrow } = contracts;
  const transaction = async () => escrow.refund.populateTransaction(operator, key);
  const tell: Plan["tell"] = (outcomes) => {
    const [refunded] = eventsIn(outcomes, escrow.interface, "Refunded");
    if (refunded === undefined) return { data: {}, lines: [] };
    const amount = refunded["amount"] as bigint;
    return { data: { refunded: amount }, lines: [`${formatAmount(amount, unit)} are out.`] };
  };
  return { steps: [{ what: "take out what has thawed", transaction }], tell };
}

function waitPlan({ unit }: Sender, thaw: { readonly amount: bigint; readonly maturesAt: bigint }): Plan {
  const { amount, maturesAt } = thaw;
  const idle = `${formatAmount(amount, unit)} are thawing until ${formatTime(maturesAt)}`;
  return { steps: [], idle, tell: () => ({ data: { amount, maturesAt }, lines: [] }) };
}
