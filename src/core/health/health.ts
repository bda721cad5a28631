/**
 * A network's health as a sceptic wants to see it: who comes back, how good operators are, what goes on, how much is at
 * stake, and whose money the fees are. One code: the command line, the indexer and the explorer say the same by it.
 */
import type { Hex } from "../bytes.ts";
import { type Cohort, cohortsOf } from "./cohorts.ts";
import { type ClientWeek, type DayFacts, dayOf, type HealthFacts, type OperatorWeek, weekOf } from "./facts.ts";
import { type FeesReport, feesOf } from "./fees.ts";
import { type OperatorsReport, qualityOf, shareOf } from "./operators.ts";

/** What went on in a week. */
export interface WeekActivity {
  readonly week: number;
  /** How many clients paid something, and how many of them for the first time. */
  readonly clients: number;
  readonly newClients: number;
  /** How many operators were paid or committed something. */
  readonly operators: number;
  readonly settlements: number;
  readonly fees: bigint;
  readonly receipts: bigint;
}

/** What is at stake. Shares in hundredths of a percent. */
export interface StakeReport {
  readonly own: bigint;
  readonly delegated: bigint;
  readonly supply: bigint;
  /** The share of all tokens that is bonded; undefined where there are none. */
  readonly bondedBps: bigint | undefined;
}

/** All of it. The last day and the last week are still running. */
export interface HealthReport {
  readonly until: bigint;
  /** Without what came without a voucher: who paid that, nobody says. */
  readonly cohorts: readonly Cohort[];
  /** Every week and every day from the first in which something happened to the last. */
  readonly weeks: readonly WeekActivity[];
  readonly days: readonly DayFacts[];
  readonly operators: OperatorsReport;
  readonly stake: StakeReport;
  readonly fees: FeesReport;
}

/** Tells a network's health from facts. */
export function healthOf(facts: HealthFacts): HealthReport {
  const { until, clientWeeks, ties, operators, supply } = facts;
  const payTos = new Set<Hex>(ties.filter(({ as }) => as === "payTo").map(({ address }) => address));
  const named = clientWeeks.filter(({ payer }) => !payTos.has(payer));
  const cohorts = cohortsOf(named, weekOf(until));
  const own = operators.reduce((sum, one) => sum + one.own, 0n);
  const delegated = operators.reduce((sum, one) => sum + one.delegated, 0n);
  return {
    until,
    cohorts,
    weeks: weeksOf(facts, named, cohorts),
    days: daysOf(facts),
    operators: qualityOf(operators),
    stake: { own, delegated, supply, bondedBps: shareOf(own + delegated, supply) },
    fees: feesOf(facts),
  };
}

function weeksOf({ operatorWeeks, until }: HealthFacts, named: readonly ClientWeek[], cohorts: readonly Cohort[]) {
  const clients = Map.groupBy(
    named.filter(({ fees }) => fees > 0n),
    ({ week }) => week,
  );
  const operators = Map.groupBy(operatorWeeks, ({ week }) => week);
  const newClients = new Map(cohorts.map((cohort) => [cohort.week, cohort.clients]));
  return range([...clients.keys(), ...operators.keys()], weekOf(until)).map((week): WeekActivity => {
    const active = (operators.get(week) ?? []).filter(({ fees, receipts }) => fees > 0n || receipts > 0n);
    return {
      week,
      clients: clients.get(week)?.length ?? 0,
      newClients: newClients.get(week) ?? 0,
      operators: active.length,
      ...totalsOf(active),
    };
  });
}

function totalsOf(rows: readonly OperatorWeek[]): Pick<WeekActivity, "settlements" | "fees" | "receipts"> {
  return rows.reduce(
    (sum, row) => ({
      settlements: sum.settlements + row.settlements,
      fees: sum.fees + row.fees,
      receipts: sum.receipts + row.receipts,
    }),
    { settlements: 0, fees: 0n, receipts: 0n },
  );
}

/** Days in order, those without anything too. */
function daysOf({ days, until }: HealthFacts): DayFacts[] {
  const known = new Map(days.map((facts) => [facts.day, facts]));
  return range([...known.keys()], dayOf(until)).map(
    (day) => known.get(day) ?? { day, settlements: 0, fees: 0n, receipts: 0n, activeClients: 0, slashed: 0n },
  );
}

/** Numbers from the least of some to the last one. */
function range(some: readonly number[], last: number): number[] {
  const first = some.reduce((least, one) => Math.min(least, one), last + 1);
  return Array.from({ length: last - first + 1 }, (_, step) => first + step);
}
