/** What a simulation found, as a page of plots. */
import { ResultError } from "../csv.ts";
import { countText, dollarText, numberText, shareText } from "../numbers.ts";
import type { SimulationResult } from "../result.ts";
import type { Scenario } from "../scenario.ts";
import { shockText, strategyText } from "../words.ts";
import { clientFigures } from "./clients.ts";
import { faultFigures } from "./faults.ts";
import { type Table, tableOf } from "./figure.ts";
import { htmlPage } from "./html.ts";
import { markup, type Markup } from "./markup.ts";
import { operatorFigures } from "./operators.ts";
import { spreadOf, spreadText } from "./series.ts";

/**
 * The page of one run, or of several runs of one scenario: then lines are means, in bands from the least to the most.
 * @returns a whole HTML file, which needs no other and no network
 * @throws ResultError where there is no result, or where results are of different scenarios
 */
export function pageOf(results: readonly SimulationResult[]): string {
  const [first] = results;
  if (first === undefined) throw new ResultError("there is no result to draw: run the scenario first");
  if (results.some(({ scenario }) => textOf(scenario) !== textOf(first.scenario))) {
    throw new ResultError("the results are of different scenarios: draw each scenario on a page of its own");
  }
  return htmlPage(`Simulation: ${first.scenario.name}`, [
    head(first.scenario, results),
    groupTable(first.scenario, results),
    otherTable(results),
    section("Operators", operatorFigures(results)),
    section("Faults", faultFigures(results)),
    section("Clients and money", clientFigures(results)),
  ]);
}

/** A scenario, whatever its seed. */
function textOf(scenario: Scenario): string {
  return JSON.stringify({ ...scenario, seed: 0 });
}

function section(title: string, figures: readonly Markup[]): Markup {
  return markup`<h2>${title}</h2>
<div class="figures">
${figures}</div>
`;
}

function head({ description, days, shocks }: Scenario, results: readonly SimulationResult[]): Markup {
  const sum = (of: (result: SimulationResult) => number): number => results.reduce((all, one) => all + of(one), 0);
  const wrong = sum(({ network }) => network.reduce((all, day) => all + day.wrong, 0));
  const convicted = sum(({ faults }) => faults.length);
  const facts: readonly (readonly [string, string])[] = [
    ["Days", numberText(days)],
    [results.length === 1 ? "Seed" : "Seeds", results.map(({ seed }) => seed).join(", ")],
    ["Transactions", numberText(sum((result) => result.transactions))],
    ["Answers", numberText(sum(({ network }) => network.reduce((all, day) => all + day.answers, 0)))],
    ["Wrong answers", numberText(wrong)],
    ["Convictions", wrong === 0 ? "0" : `${numberText(convicted)} (${shareText(convicted / wrong)})`],
  ];
  const checked = [sum((result) => result.comparisons.days), sum((result) => result.comparisons.balances)] as const;
  const coming = shocks.filter(({ on }) => on < days);
  return markup`<p class="intro">${description}</p>
${results.length > 1 ? markup`<p>Of ${countText(results.length, "run")}: lines are means, and bands reach from the least to the most.</p>` : undefined}
<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p>The books were compared with the chain on ${countText(checked[0], "day")}, ${countText(checked[1], "balance")}; all agreed.</p>
${coming.length > 0 ? markup`<h2>What happens</h2><ul class="words">${coming.map((shock) => markup`<li>Day ${shock.on}: ${shockText(shock).sentence}</li>`)}</ul>` : undefined}
`;
}

function groupTable({ operators }: Scenario, results: readonly SimulationResult[]): Markup {
  const rows = operators.map((group): Table["rows"][number] => {
    const ends = results.map(({ groups }) => groups.findLast((row) => row.group === group.name));
    const known = ends.filter((end) => end !== undefined);
    const faults = results.map((result) => result.faults.filter((fault) => fault.group === group.name).length);
    return [
      group.name,
      { words: strategyText(group) },
      numberText(group.count),
      numberText(group.bond),
      dollarText(group.price),
      spreadText(spreadOf(known.map(({ profit }) => profit)), dollarText),
      spreadText(spreadOf(known.map(({ active }) => active)), numberText),
      spreadText(spreadOf(faults), numberText),
    ];
  });
  const names = ["Group", "Strategy", "Operators", "Bond, tokens", "Price", "Profit an operator", "Active at the end"];
  return tableSection("Operators by strategy", [...names, "Convictions"], rows);
}

function otherTable(results: readonly SimulationResult[]): Markup {
  const rows = [
    ...Map.groupBy(
      results.flatMap(({ others }) => others),
      ({ kind, group }) => `${kind} ${group}`,
    ).values(),
  ].flatMap((same): Table["rows"] => {
    const [one] = same;
    if (one === undefined) return [];
    const name = one.kind === one.group ? one.kind : `${one.kind}: ${one.group}`;
    const count = spreadText(spreadOf(same.map((other) => other.count)), numberText);
    return [[name, count, spreadText(spreadOf(same.map(({ profit }) => profit)), dollarText)]];
  });
  return tableSection("Everybody else", ["Who", "How many", "Profit of each"], rows);
}

function tableSection(title: string, names: readonly string[], rows: Table["rows"]): Markup {
  return markup`<h2>${title}</h2>${tableOf(title, { head: names, rows })}
`;
}
