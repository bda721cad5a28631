/** What happened in a simulation, day by day and group by group, as its result tells it. */
import type { Hex } from "../core/bytes.ts";
import { credit } from "../core/credit.ts";
import { cohortsOf } from "../core/health/cohorts.ts";
import { type ClientWeek, weekOf } from "../core/health/facts.ts";
import { START } from "./chain.ts";
import type { Sale, SimOperator } from "./operators.ts";
import { toTokens } from "./parameters.ts";
import type { Settled, Verdict } from "./protocol.ts";
import type { CohortRow, ConvictedFault, GroupDay, NetworkDay, OperatorEnd } from "./result.ts";
import type { Accusation } from "./watchers.ts";
import type { World } from "./world.ts";

/** Sums of a day. Amounts in the token's smallest unit. */
const noSums = {
  requests: 0,
  answers: 0,
  refused: 0,
  wrong: 0,
  convicted: 0,
  fees: 0n,
  subsidised: 0n,
  protocolFees: 0n,
  asked: 0n,
  slashed: 0n,
  bounties: 0n,
  compensated: 0n,
};

export class Ledger {
  readonly network: NetworkDay[] = [];
  readonly groups: GroupDay[] = [];
  readonly faults: ConvictedFault[] = [];
  #today = { ...noSums };
  #served = new Set<Hex>();
  #answers = new Map<string, { readonly answers: number; readonly wrong: number }>();
  readonly #weeks = new Map<string, ClientWeek>();

  /** Requests that got no answer. */
  refused(requests: number): void {
    this.#today.requests += requests;
    this.#today.refused += requests;
  }

  sold({ group }: SimOperator, { client, answer }: Sale): void {
    const today = this.#today;
    const wrong = answer.isRight ? 0 : 1;
    today.requests += 1;
    today.answers += 1;
    today.wrong += wrong;
    this.#served.add(client.address);
    const theirs = this.#answers.get(group.name) ?? { answers: 0, wrong: 0 };
    this.#answers.set(group.name, { answers: theirs.answers + 1, wrong: theirs.wrong + wrong });
  }

  settled({ protocolFee }: Settled): void {
    this.#today.protocolFees += protocolFee;
  }

  /** A payment by voucher. @param paid whether it is an operator's own */
  paid(world: World, { payer, amount, isOwn }: { payer: Hex; amount: bigint; isOwn: boolean }): void {
    this.#today.fees += amount;
    if (isOwn) {
      this.#today.subsidised += amount;
      return;
    }
    const week = weekOf(world.protocol.chain.now);
    const key = `${payer} ${week}`;
    const before = this.#weeks.get(key) ?? { payer, week, fees: 0n, settlements: 0 };
    this.#weeks.set(key, { ...before, fees: before.fees + amount, settlements: before.settlements + 1 });
  }

  judged(world: World, { by, in: { operator, day } }: Accusation, verdict: Verdict): void {
    const { asked, fromOwn, fromDelegated, bounty, compensated } = verdict;
    const slashed = fromOwn + fromDelegated;
    const today = this.#today;
    today.convicted += 1;
    today.asked += asked;
    today.slashed += slashed;
    today.bounties += bounty;
    today.compensated += compensated;
    this.faults.push({
      operator: operator.name,
      group: operator.group.name,
      day,
      convictedOn: world.day,
      by,
      asked: toTokens(asked),
      slashed: toTokens(slashed),
    });
  }

  /** Writes the day down. */
  close(world: World): void {
    const { operators, clients, scenario, protocol, day, tokenPrice } = world;
    const { fees, subsidised, protocolFees, asked, slashed, bounties, compensated, ...counts } = this.#today;
    const { gas, fees: gasFees } = protocol.takeGas();
    const sum = (amount: (operator: SimOperator) => bigint): number =>
      toTokens(operators.reduce((total, operator) => total + amount(operator), 0n));
    this.network.push({
      day,
      clients: clients.filter(({ hasLeft }) => !hasLeft).length,
      activeClients: this.#served.size,
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
    });
    const seen = new Set<string>();
    for (const { name } of scenario.operators) {
      if (!seen.has(name)) this.groups.push(this.#groupDay(world, name));
      seen.add(name);
    }
    this.#today = { ...noSums };
    this.#served = new Set();
    this.#answers = new Map();
  }

  /** Clients by the week of their first payment, weeks counted from the first. */
  cohorts(world: World): CohortRow[] {
    const first = weekOf(START);
    return cohortsOf([...this.#weeks.values()], weekOf(world.protocol.chain.now)).map(
      ({ week, clients, retained }) => ({
        week: week - first,
        clients,
        retained,
      }),
    );
  }

  #groupDay(world: World, group: string): GroupDay {
    const each = world.operators.filter((operator) => operator.group.name === group);
    const mean = (value: (operator: SimOperator) => number): number =>
      each.reduce((sum, operator) => sum + value(operator), 0) / each.length;
    const { answers, wrong } = this.#answers.get(group) ?? { answers: 0, wrong: 0 };
    const scores = each.map(({ standing }) => credit(standing.credit)).filter(({ proven }) => proven);
    return {
      day: world.day,
      group,
      answers,
      wrong,
      demandShare: this.#today.answers === 0 ? 0 : answers / this.#today.answers,
      profit: mean((operator) => operator.profit(world)),
      own: mean(({ standing }) => toTokens(standing.own)),
      delegated: mean(({ standing }) => toTokens(standing.delegated)),
      cover: mean(({ standing }) => toTokens(standing.cover)),
      exposure: mean(({ standing }) => toTokens(standing.exposure)),
      credit: scores.length === 0 ? 0 : scores.reduce((sum, { score }) => sum + Number(score), 0) / scores.length,
      proven: scores.length,
      active: each.filter((operator) => operator.isListed()).length,
    };
  }
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
