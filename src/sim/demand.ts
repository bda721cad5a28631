/**
 * Do reliable operators win demand, and do weak ones fade? One market, with clients that care for credit more and more: from
 * not at all, where chance and their own experience decide, on.
 */
import { type Interval, intervalOf } from "./interval.ts";
import type { Runner } from "./pool.ts";
import { makeScenario, type Scenario } from "./scenario.ts";

/** A group's demand where clients care for credit so much. */
export interface DemandPoint {
  readonly creditSensitivity: number;
  readonly group: string;
  /** Its part of the operators. */
  readonly fair: number;
  /** Its part of the answers in the last week, over seeds. */
  readonly share: Interval;
}

/** Days of which demand is told: what a single one shows is chance. */
const LAST_DAYS = 7;

/** Runs a market with each sensitivity and seed. */
export async function sweepDemand(
  scenario: Scenario,
  { sensitivities, seeds }: { readonly sensitivities: readonly number[]; readonly seeds: readonly number[] },
  run: Runner,
): Promise<DemandPoint[]> {
  const jobs = sensitivities.flatMap((creditSensitivity) => {
    const clients = { ...scenario.clients, creditSensitivity };
    return seeds.map((seed) => ({ scenario: makeScenario({ ...scenario, clients }), seed }));
  });
  const results = await run(jobs);
  const all = scenario.operators.reduce((sum, { count }) => sum + count, 0);
  return sensitivities.flatMap((creditSensitivity, index) => {
    const own = results.slice(index * seeds.length, (index + 1) * seeds.length);
    return scenario.operators.map(({ name: group, count }) => ({
      creditSensitivity,
      group,
      fair: count / all,
      share: intervalOf(
        own.map(({ groups }) => {
          const last = groups.filter(({ day }) => day >= scenario.days - LAST_DAYS);
          const sum = (of: typeof last): number => of.reduce((total, { answers }) => total + answers, 0);
          return sum(last.filter((one) => one.group === group)) / Math.max(1, sum(last));
        }),
      ),
    }));
  });
}
