/** Figures of clients, and of the money that they bring. */
import { countText, dollarText, numberText, shareText } from "../numbers.ts";
import type { SimulationResult } from "../result.ts";
import { type Cell, figureOf } from "./figure.ts";
import type { Markup } from "./markup.ts";
import { figureOverDays, networkSeries } from "./timeFigure.ts";

/** Fees and subsidies, clients, requests, retention, and what a token is worth. */
export function clientFigures(results: readonly SimulationResult[]): Markup[] {
  const shocks = results[0]?.scenario.shocks ?? [];
  return [
    figureOverDays({
      id: "fees",
      title: "Fees beside subsidies",
      said: "What was paid by voucher on a day: by clients out of their own pockets, and by operators to themselves.",
      series: networkSeries(results, {
        "clients' own": ({ fees, subsidised }) => fees - subsidised,
        subsidised: (row) => row.subsidised,
      }),
      label: "tokens a day",
      format: numberText,
      isStacked: true,
      shocks,
    }),
    figureOverDays({
      id: "protocol-fees",
      title: "Protocol fees",
      said: "The protocol's part of the day's fees.",
      series: networkSeries(results, { "protocol fees": (row) => row.protocolFees }),
      label: "tokens a day",
      format: numberText,
      shocks,
    }),
    figureOverDays({
      id: "clients",
      title: "Clients",
      said: "How many are there, and how many got an answer on the day.",
      series: networkSeries(results, { there: (row) => row.clients, "with an answer": (row) => row.activeClients }),
      label: "clients",
      format: numberText,
      shocks,
    }),
    figureOverDays({
      id: "requests",
      title: "Requests",
      said: "What clients asked for on a day, what was answered, and what nobody took or somebody refused.",
      series: networkSeries(results, {
        requests: (row) => row.requests,
        answers: (row) => row.answers,
        refused: (row) => row.refused,
      }),
      label: "a day",
      format: numberText,
      shocks,
    }),
    retention(results),
    figureOverDays({
      id: "token-price",
      title: "Token price",
      said: "What a token is worth.",
      series: networkSeries(results, { "token price": (row) => row.tokenPrice }),
      label: "dollars",
      format: dollarText,
      shocks,
    }),
  ];
}

/** How many cohorts, and weeks of each, a table has room for. */
const SHOWN = 16;

function retention(results: readonly SimulationResult[]): Markup {
  const cohorts = [
    ...Map.groupBy(
      results.flatMap((result) => result.cohorts),
      ({ week }) => week,
    ),
  ].sort(([one], [other]) => one - other);
  const shown = cohorts.slice(0, SHOWN);
  const ages = Math.min(
    SHOWN,
    Math.max(0, ...shown.flatMap(([, rows]) => rows.map(({ retained }) => retained.length))),
  );
  const left =
    cohorts.length > SHOWN || cohorts.some(([, rows]) => rows.some(({ retained }) => retained.length > SHOWN));
  return figureOf({
    id: "retention",
    title: "Retention by cohort",
    said: `Clients by the week of their first payment, and the part of them that paid in each week after it${results.length > 1 ? ", of all runs together" : ""}.`,
    isTable: true,
    table: {
      head: ["Week", "Clients", ...Array.from({ length: ages }, (_, age) => (age === 0 ? "That week" : `+${age}`))],
      rows: shown.map(([week, rows]) => {
        const clients = rows.reduce((sum, row) => sum + row.clients, 0);
        const cells = Array.from({ length: ages }, (_, age): Cell => {
          const counts = rows.map(({ retained }) => retained[age]).filter((count) => count !== undefined);
          if (counts.length === 0 || clients === 0) return "";
          const part = counts.reduce((sum, count) => sum + count, 0) / clients;
          return { name: shareText(Math.round(part * 100) / 100), share: part };
        });
        return [String(week), numberText(clients), ...cells];
      }),
      ...(left && { note: `The first ${countText(SHOWN, "week")}; all of them are in cohorts.csv.` }),
    },
  });
}
