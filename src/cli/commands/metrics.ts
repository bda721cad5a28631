import type { Command } from "commander";
import { readHealth } from "../../chain/health.ts";
import type { Cohort } from "../../core/health/cohorts.ts";
import type { FeesReport } from "../../core/health/fees.ts";
import { healthOf, type HealthReport } from "../../core/health/health.ts";
import { shareOf } from "../../core/health/operators.ts";
import { withReader } from "../connection.ts";
import { formatAddress, formatAmount, formatDay, formatPercent, formatRows, formatTable, print } from "../format.ts";
import type { Shell } from "../io.ts";
import { type ChainOptions, ending, reading } from "../options.ts";
import { parseCount } from "../parse.ts";

interface MetricsOptions extends ChainOptions {
  readonly weeks: number;
}

type Amount = (value: bigint) => string;

const WEEK = 7n * 86_400n;

/** Adds `surety metrics`. */
export function addMetrics(program: Command, io: Shell): void {
  const metrics = program
    .command("metrics")
    .description(
      "the network's health: clients kept by cohort, operators' quality, activity, stake, fees beside subsidies",
    )
    .option("--weeks <n>", "how many of the last weeks are shown; all of them with --json", parseCount, 12);
  ending(reading(metrics), ["surety metrics --network local", "surety metrics --weeks 52 --json"]).action(
    async (options: MetricsOptions) => showMetrics(options, io),
  );
}

async function showMetrics(options: MetricsOptions, io: Shell): Promise<void> {
  await withReader(options, async ({ contracts, deployment, unit }) => {
    const report = healthOf(await readHealth(contracts, deployment.block));
    const amount = (value: bigint): string => formatAmount(value, unit);
    print(io, options, { unit, ...report }, [
      ...cohortLines(report.cohorts, options.weeks),
      "",
      ...operatorLines(report, amount),
      "",
      ...activityLines(report, options.weeks, amount),
      "",
      ...formatRows([...stakeRows(report, amount), ...feeRows(report.fees, amount)]),
      "",
      "Subsidised is what was paid by whom the chain ties to the operator: itself, its payout address, its agents, its",
      "delegators. It is the least that it can be: an operator that pays itself from a stranger's address is not seen.",
    ]);
  });
}

/** Each week's new clients, and how many of them paid again in the weeks after. */
function cohortLines(cohorts: readonly Cohort[], weeks: number): string[] {
  if (cohorts.length === 0) return ["Nobody has paid yet."];
  const shown = cohorts.slice(-weeks);
  const ages = Math.max(...shown.map(({ retained }) => retained.length));
  const heading = ["first paid in", "clients", ...Array.from({ length: ages - 1 }, (_, age) => `+${age + 1}`)];
  const rows = shown.map(({ week, clients, retained }) => [
    weekName(week),
    String(clients),
    ...retained.slice(1).map((again) => `${Math.round((100 * again) / clients)} %`),
  ]);
  return [
    "Clients that paid again, by weeks after their first (the last one is still running):",
    ...formatTable([heading, ...rows]),
  ];
}

function operatorLines({ operators }: HealthReport, amount: Amount): string[] {
  const { registered, serving, proven, faulty, faultsBps, meanScore, each } = operators;
  const rows = each.map((one) => [
    formatAddress(one.operator),
    one.proven ? `${one.score}` : "unproven",
    amount(one.fees),
    `${one.faults}`,
    amount(one.slashed),
  ]);
  return [
    `${registered} operators are registered, ${serving} have served or were slashed; of these ${proven} are proven, ${faulty} were at fault.`,
    `Slashes asked for ${share(faultsBps)} of all fees; an average fee went to a score of ${meanScore ?? "nobody proven"}.`,
    ...(rows.length === 0 ? [] : formatTable([["operator", "credit", "fees", "slashes", "asked for"], ...rows])),
  ];
}

function activityLines({ weeks }: HealthReport, count: number, amount: Amount): string[] {
  if (weeks.length === 0) return ["Nothing has happened yet."];
  const rows = weeks
    .slice(-count)
    .map((week) => [
      weekName(week.week),
      ...[week.clients, week.newClients, week.operators, week.settlements].map(String),
      amount(week.fees),
      `${week.receipts}`,
    ]);
  return formatTable([["week from", "clients", "new", "operators", "payments", "fees", "receipts"], ...rows]);
}

function stakeRows({ stake }: HealthReport, amount: Amount): [string, string][] {
  const { own, delegated, supply, bondedBps } = stake;
  return [
    ["bonded", `${amount(own)} of their own, ${amount(delegated)} delegated`],
    ["share of the supply", `${share(bondedBps)} of ${amount(supply)}`],
  ];
}

function feeRows(fees: FeesReport, amount: Amount): [string, string][] {
  const part = (value: bigint): string => `${amount(value)}, ${share(shareOf(value, fees.total))}`;
  return [
    ["fees", amount(fees.total)],
    ["  clients'", part(fees.by.client)],
    ["  subsidised", part(fees.subsidised)],
    ["  without voucher", `${part(fees.by.payTo)}: nobody says who paid`],
    ["  greatest client", part(fees.greatestClient)],
    ["  greatest operator", part(fees.greatestOperator)],
    ["  protocol's part", amount(fees.protocol)],
    ["gifts to delegators", amount(fees.gifts)],
    ["awards out of slashes", amount(fees.awards)],
  ];
}

function weekName(week: number): string {
  return formatDay(BigInt(week) * WEEK);
}

function share(bps: bigint | undefined): string {
  return bps === undefined ? "nothing" : formatPercent(bps);
}
