/** The facts that the network's health is told from, out of the index; `src/core/health` tells it. */
import type { HealthFacts } from "../../src/core/health/facts.ts";
import { type HealthReport, healthOf } from "../../src/core/health/health.ts";
import { config } from "./config.ts";
import { allOf, ask } from "./graphql.ts";
import { totalSupply } from "./rpc.ts";
import { amount, count, hex, object, oneOf } from "./shape.ts";

const clientWeekShape = object({ payer: hex, week: count, fees: amount, settlements: count });
const operatorWeekShape = object({ operator: hex, week: count, fees: amount, settlements: count, receipts: amount });
const dayShape = object({
  day: count,
  settlements: count,
  fees: amount,
  protocolFees: amount,
  gifts: amount,
  receipts: amount,
  activeClients: count,
  slashed: amount,
});
const operatorShape = object({
  address: hex,
  ownAssets: amount,
  delegatedAssets: amount,
  scoreSettled: amount,
  scoreFaulted: amount,
  settledTotal: amount,
  faults: count,
  askedTotal: amount,
});
const accountShape = object({ payer: hex, operator: hex, settled: amount });
const tieShape = object({ operator: hex, address: hex, as: oneOf("payout", "agent", "delegator", "payTo") });
const awardShape = object({ awarded: amount });
const protocolShape = object({ protocol: object({ prior: amount, severity: amount }) });
const statusShape = object({ surety: object({ block: object({ timestamp: count }) }) });

/** The network's health at the block that the index has come to. */
export async function health(): Promise<HealthReport> {
  return healthOf(await facts());
}

async function facts(): Promise<HealthFacts> {
  const [until, supply, { protocol }, clientWeeks, operatorWeeks, days, operators, accounts, ties, awards] =
    await Promise.all([
      indexedUntil(),
      config().then(totalSupply),
      ask("{ protocol(id: 0) { prior severity } }", { shape: protocolShape }),
      allOf("clientWeeks", clientWeekShape),
      allOf("operatorWeeks", operatorWeekShape),
      allOf("dailyMetrics", dayShape),
      allOf("operators", operatorShape),
      allOf("accounts", accountShape),
      allOf("ties", tieShape),
      allOf("recipients", awardShape),
    ]);
  return {
    until,
    clientWeeks,
    operatorWeeks,
    days,
    operators: operators.map((row) => ({
      operator: row.address,
      credit: { settled: row.scoreSettled, faulted: row.scoreFaulted, ...protocol },
      fees: row.settledTotal,
      faults: row.faults,
      slashed: row.askedTotal,
      own: row.ownAssets,
      delegated: row.delegatedAssets,
    })),
    payments: accounts.map(({ payer, operator, settled }) => ({ payer, operator, fees: settled })),
    ties,
    supply,
    protocolFees: sumOf(days, ({ protocolFees }) => protocolFees),
    gifts: sumOf(days, ({ gifts }) => gifts),
    awards: sumOf(awards, ({ awarded }) => awarded),
  };
}

/** The time of the block that the index has come to, in seconds. */
async function indexedUntil(): Promise<bigint> {
  const response = await fetch(`${(await config()).indexer}/status`);
  return BigInt(statusShape((await response.json()) as unknown, "status").surety.block.timestamp);
}

function sumOf<T>(all: readonly T[], amountOf: (one: T) => bigint): bigint {
  return all.reduce((sum, one) => sum + amountOf(one), 0n);
}
