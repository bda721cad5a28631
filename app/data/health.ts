/** The network's health, as the index tells it by `src/core/health`. */
import type { HealthReport } from "../../src/core/health/health.ts";
import { fetchIndex } from "./graphql.ts";
import { amount, count, flag, hex, list, nullable, object, type Shape } from "./shape.ts";

const cohort = object({ week: count, clients: count, retained: list(count), fees: list(amount) });
const week = object({
  week: count,
  clients: count,
  newClients: count,
  operators: count,
  settlements: count,
  fees: amount,
  receipts: amount,
});
const day = object({
  day: count,
  settlements: count,
  fees: amount,
  receipts: amount,
  activeClients: count,
  slashed: amount,
});
const operator = object({
  operator: hex,
  credit: object({ settled: amount, faulted: amount, prior: amount, severity: amount }),
  fees: amount,
  faults: count,
  slashed: amount,
  own: amount,
  delegated: amount,
  score: amount,
  proven: flag,
  faultsBps: nullable(amount),
});
const report: Shape<HealthReport> = object({
  until: amount,
  cohorts: list(cohort),
  weeks: list(week),
  days: list(day),
  operators: object({
    registered: count,
    serving: count,
    proven: count,
    faulty: count,
    faultsBps: nullable(amount),
    meanScore: nullable(amount),
    each: list(operator),
  }),
  stake: object({ own: amount, delegated: amount, supply: amount, bondedBps: nullable(amount) }),
  fees: object({
    total: amount,
    by: object({ operator: amount, payTo: amount, payout: amount, agent: amount, delegator: amount, client: amount }),
    subsidised: amount,
    gifts: amount,
    awards: amount,
    protocol: amount,
    greatestClient: amount,
    greatestOperator: amount,
  }),
});

/** The network's health at the block that the index has come to. */
export async function health(): Promise<HealthReport> {
  return fetchIndex("/v1/health", report);
}
