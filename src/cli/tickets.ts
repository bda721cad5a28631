/** Money on its way out of the bonds: an operator's own, or a delegator's. */
import { chainTime } from "../chain/facts.ts";
import { logsIn } from "../chain/logs.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { eventsIn, type Plan } from "./act.ts";
import type { Reader, Sender } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { formatAmount, formatDuration, formatTime } from "./format.ts";
import { toUnits } from "./parse.ts";

/** Shares that stay, and what they are worth. */
export interface Holding {
  readonly operator: Hex;
  readonly shares: bigint;
  /** In the token's smallest unit. */
  readonly assets: bigint;
}

/** How much of it is to leave. */
export interface Part {
  readonly amount?: string;
  readonly all?: boolean;
}

/** Whose tickets: `owner`'s, of what it has with `operator`. */
export interface Owned {
  readonly operator: Hex;
  readonly owner: Hex;
}

/** Shares that leave. */
export interface OpenTicket {
  /** The second in which it was opened. */
  readonly ticket: bigint;
  readonly shares: bigint;
  readonly maturesAt: bigint;
}

/** Asks a part of a holding back. @throws UsageError where there is not so much */
export async function unbondPlan({ contracts, unit }: Sender, holding: Holding, part: Part): Promise<Plan> {
  const { bonds } = contracts;
  const shares = sharesOf(holding, part, unit);
  const worth = (shares * holding.assets) / holding.shares;
  const what = `ask ${formatAmount(worth, unit)} back`;
  const transaction = async () => bonds.requestUnbond.populateTransaction(holding.operator, shares);
  const tell: Plan["tell"] = (outcomes) => {
    const [event] = eventsIn(outcomes, bonds.interface, "UnbondingRequested");
    if (event === undefined) return { data: { shares, worth }, lines: [] };
    const [ticket, maturesAt] = [event["ticket"] as bigint, event["maturesAt"] as bigint];
    const wait = formatDuration(maturesAt - ticket);
    const line = `Ticket ${ticket} can be withdrawn from ${formatTime(maturesAt)} on, ${wait} from its opening; a slash takes from it until then.`;
    return { data: { shares, worth, ticket, maturesAt }, lines: [line] };
  };
  return { steps: [{ what, transaction }], tell };
}

/** The shares that a part is, rounded up: no less leaves than was asked for. */
function sharesOf({ shares, assets }: Holding, { amount: text, all = false }: Part, unit: Reader["unit"]): bigint {
  if (all === (text !== undefined)) throw new UsageError("say how much: --amount or --all");
  if (shares === 0n || assets === 0n) throw new UsageError("there is nothing that could be asked back");
  if (text === undefined) return shares;
  const amount = toUnits(text, unit);
  if (amount > assets) throw new UsageError(`there are ${formatAmount(assets, unit)} to ask back, not ${text}`);
  return (amount * shares + assets - 1n) / assets;
}

/** Every ticket that is open, the oldest first. @throws ChainError */
export async function openTickets(
  { contracts, deployment }: Pick<Reader, "contracts" | "deployment">,
  { operator, owner }: Owned,
): Promise<OpenTicket[]> {
  const { bonds } = contracts;
  const events = await logsIn(contracts, deployment.block, async (from, to) =>
    bonds.queryFilter(bonds.filters.UnbondingRequested(operator, owner), from, to),
  );
  return query(async () => {
    const ids = [...new Set(events.map(({ args }) => args.ticket))];
    const tickets = await Promise.all(
      ids.map(async (ticket) => {
        const { shares, maturesAt } = await bonds.ticketOf(operator, owner, ticket);
        return { ticket, shares, maturesAt: await bonds.extended(ticket, maturesAt) };
      }),
    );
    return tickets.filter(({ shares }) => shares > 0n);
  });
}

/** Withdraws every ticket that is mature. @throws ChainError */
export async function withdrawPlan(sender: Sender, owned: Owned): Promise<Plan> {
  const { contracts, unit } = sender;
  const { bonds } = contracts;
  const [tickets, now] = [await openTickets(sender, owned), await chainTime(contracts)];
  const mature = tickets.filter(({ maturesAt }) => maturesAt <= now);
  const next = tickets.find(({ maturesAt }) => maturesAt > now);
  const waiting = next === undefined ? "no ticket is open" : `the next ticket matures at ${formatTime(next.maturesAt)}`;
  const steps = mature.map(({ ticket }) => ({
    what: `withdraw ticket ${ticket}`,
    transaction: async () => bonds.withdraw.populateTransaction(owned.operator, owned.owner, ticket),
  }));
  const tell: Plan["tell"] = (outcomes) => {
    const paid = eventsIn(outcomes, bonds.interface, "Withdrawn").reduce(
      (sum, args) => sum + (args["assets"] as bigint),
      0n,
    );
    const data = { tickets: tickets.map(({ ticket, maturesAt }) => ({ ticket, maturesAt })), paid };
    return { data, lines: paid === 0n ? [] : [`${formatAmount(paid, unit)} are out.`] };
  };
  return { steps, idle: waiting, tell };
}
