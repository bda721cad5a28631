/** A simulation's days and agents, as its result tells them. */
import { credit } from "../core/credit.ts";
import type { SimClient } from "./clients.ts";
import type { SimDelegator } from "./delegators.ts";
import type { SimOperator } from "./operators.ts";
import { toTokens } from "./parameters.ts";
import type { GroupDay, NetworkDay, OperatorEnd, OtherEnd } from "./result.ts";
import type { SimWatcher } from "./watchers.ts";
import type { World } from "./world.ts";

/** All agents of a simulation. */
export interface Everybody {
  readonly operators: readonly SimOperator[];
  readonly clients: readonly SimClient[];
  readonly delegators: readonly SimDelegator[];
  readonly watchers: readonly SimWatcher[];
}

/** The network on the day that ends. */
export function networkDay(world: World, { operators, clients }: Everybody): NetworkDay {
  const { protocol, notes, day, tokenPrice } = world;
  const { fees, subsidised, protocolFees, asked, slashed, bounties, compensated, ...counts } = notes.today();
  const { gas, fees: gasFees } = protocol.takeGas();
  const sum = (amount: (operator: SimOperator) => bigint): number =>
    toTokens(operators.reduce((total, operator) => total + amount(operator), 0n));
  return {
    day,
    clients: clients.filter(({ hasLeft }) => !hasLeft).length,
    ...counts,
    fees: toTokens(fees),
    subsidised: toTokens(subsidised),
    protocolFees: toTokens(protocolFees),
    asked: toTokens(asked),
    slashed: toTokens(slashed),
    bounties: toTokens(bounties),
    compensated: toTokens(compensated),
    burnt: toTokens(slashed - bounties - compensated),
    own: sum(({ standing }) => standing.own),
    delegated: sum(({ standing }) => standing.delegated),
    cover: sum(({ standing }) => standing.cover),
    exposure: sum(({ standing }) => standing.exposure),
    tokenPrice,
    gas: Number(gas),
    gasDollars: world.coinDollars(gasFees),
  };
}

/** A group of operators on the day that ends. */
export function groupDay(world: World, group: string, operators: readonly SimOperator[]): GroupDay {
  const each = operators.filter((operator) => operator.group.name === group);
  const mean = (value: (operator: SimOperator) => number): number => meanOf(each, value);
  const { answers, wrong } = world.notes.answered(group);
  const { answers: all } = world.notes.today();
  const scores = each.map(({ standing }) => credit(standing.credit)).filter(({ proven }) => proven);
  return {
    day: world.day,
    group,
    answers,
    wrong,
    demandShare: all === 0 ? 0 : answers / all,
    profit: mean((operator) => operator.profit(world)),
    own: mean(({ standing }) => toTokens(standing.own)),
    delegated: mean(({ standing }) => toTokens(standing.delegated)),
    cover: mean(({ standing }) => toTokens(standing.cover)),
    exposure: mean(({ standing }) => toTokens(standing.exposure)),
    credit: scores.length === 0 ? 0 : meanOf(scores, ({ score }) => Number(score)),
    proven: scores.length,
    active: each.filter((operator) => operator.isListed()).length,
  };
}

/** An operator, as it stands at the end. */
export function operatorEnd(world: World, operator: SimOperator): OperatorEnd {
  const { name, group, totals, standing } = operator;
  const { score, proven } = credit(standing.credit);
  return {
    operator: name,
    group: group.name,
    answers: totals.answers,
    wrong: totals.wrong,
    convicted: totals.convicted,
    fees: toTokens(totals.fees),
    slashed: toTokens(totals.slashed),
    profit: operator.profit(world),
    own: toTokens(standing.own),
    delegated: toTokens(standing.delegated),
    credit: Number(score),
    isProven: proven,
  };
}

/** How everybody fared who is no operator. */
export function otherEnds(world: World, { watchers, delegators, clients }: Everybody): OtherEnd[] {
  const gasOf = ({ address }: { readonly address: SimClient["address"] }): number =>
    world.coinDollars(world.protocol.gasPaidBy(address));
  const watching = [...Map.groupBy(watchers, ({ group }) => group.name)].map(([group, each]): OtherEnd => ({
    kind: "watchers",
    group,
    count: each.length,
    profit: meanOf(each, (watcher) => watcher.dollars - gasOf(watcher)),
  }));
  const others: OtherEnd[] = [
    ...watching,
    {
      kind: "delegators",
      group: "delegators",
      count: delegators.length,
      profit: meanOf(delegators, (one) => world.dollars(one.worth(world) - one.brought) - gasOf(one)),
    },
    {
      kind: "clients",
      group: "clients",
      count: clients.length,
      profit: meanOf(clients, (client) => client.dollars - gasOf(client)),
    },
  ];
  return others.filter(({ count }) => count > 0);
}

function meanOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
