import type { Hex } from "../bytes.ts";
import type { ClientWeek } from "./facts.ts";

/** The clients that paid first in one week, and how many of them paid again. */
export interface Cohort {
  readonly week: number;
  readonly clients: number;
  /** How many of them paid something in that week, in the next one, and so on to the last week that was asked for. */
  readonly retained: readonly number[];
  /** What they paid in each of these weeks. */
  readonly fees: readonly bigint[];
}

/**
 * Clients by the week in which they paid first, the oldest first.
 * @param rows one for each payer and week
 * @param last the last week that is looked at
 */
export function cohortsOf(rows: readonly ClientWeek[], last: number): Cohort[] {
  const paid = rows.filter(({ fees, week }) => fees > 0n && week <= last);
  const first = new Map<Hex, number>();
  for (const { payer, week } of paid) first.set(payer, Math.min(first.get(payer) ?? week, week));
  const cohorts = Map.groupBy(paid, ({ payer, week }) => first.get(payer) ?? week);
  return [...cohorts]
    .sort(([one], [other]) => one - other)
    .map(([week, theirs]) => {
      const weeks = Map.groupBy(theirs, (row) => row.week);
      const each = Array.from({ length: last - week + 1 }, (_, age) => weeks.get(week + age) ?? []);
      const retained = each.map((those) => those.length);
      const fees = each.map((those) => those.reduce((sum, row) => sum + row.fees, 0n));
      return { week, clients: retained[0] ?? 0, retained, fees };
    });
}
