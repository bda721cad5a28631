/**
 * Sweeps: one scenario with many bonds, watch rates and cheat rates, to see from where on a wrong answer loses, beside what
 * p * S > g says. Each cell is measured against the same operators under the same seeds when they are honest: so nothing
 * but cheating tells them apart.
 */
import { deterringBond, deterringBondFor, detectionRate, expectedAdvantage, type Offence } from "./closedForm.ts";
import type { FrontierFigure } from "./plots/frontier.ts";
import type { FrontierPage } from "./plots/frontierPage.ts";
import { parametersOf, policyOf, toTokens } from "./parameters.ts";
import { type Interval, intervalOf, meanOf } from "./interval.ts";
import type { Runner } from "./pool.ts";
import type { SimulationResult } from "./result.ts";
import { makeScenario, type OperatorGroup, type Scenario, ScenarioError } from "./scenario.ts";

/** What is varied. */
export interface Grid {
  /** Own bonds, in tokens. */
  readonly bonds: readonly number[];
  /** Shares of all answers that a watcher computes again. */
  readonly watchRates: readonly number[];
  /** Shares of answers that are wrong. */
  readonly cheatRates: readonly number[];
  readonly seeds: readonly number[];
}

/** A bond, a watch rate and a cheat rate. */
export interface Cell {
  readonly bond: number;
  readonly watchRate: number;
  readonly cheatRate: number;
  /** How many operators were measured, and how many wrong answers each sold on average. */
  readonly samples: number;
  readonly faults: number;
  /** What cheating gains an operator against its honest self, in dollars. */
  readonly measured: Interval;
  /** What is expected of so many wrong answers. */
  readonly expected: number;
}

/** A bond in tokens; or that each of those tried is enough, or that none is. */
export type DeterringBond = number | "below" | "beyond";

/** From which bond on a wrong answer loses, at a watch rate. */
export interface FrontierPoint {
  readonly watchRate: number;
  readonly cheatRate: number;
  /** Where p * S = g. */
  readonly simple: DeterringBond;
  /** The same for as many wrong answers as there were, with what is left of the bond after each conviction. */
  readonly exact: DeterringBond;
  /** Where the measured advantage crosses 0, and where the ends of its interval do. */
  readonly measured: DeterringBond;
  readonly low: DeterringBond;
  readonly high: DeterringBond;
}

/** What a sweep found. */
export interface Sweep {
  readonly scenario: Scenario;
  readonly grid: Grid;
  readonly cells: readonly Cell[];
  readonly frontier: readonly FrontierPoint[];
}

/**
 * Measures a grid.
 * @param scenario with one group of operators, which cheats, and one of watchers
 * @throws ScenarioError where it is no such scenario
 */
export async function sweep(scenario: Scenario, grid: Grid, run: Runner): Promise<Sweep> {
  const { watchers, group, cheating } = testedIn(scenario);
  const variant = (bond: number, watchRate: number, cheatRate: number): Scenario =>
    makeScenario({
      ...scenario,
      operators: [{ ...group, bond, cheating: { ...cheating, rate: cheatRate } }],
      watchers: [{ ...watchers, rate: watchRate }],
    });
  const { bonds, watchRates, cheatRates, seeds } = grid;
  const places = bonds.flatMap((bond) =>
    cheatRates.flatMap((cheatRate) => watchRates.map((watchRate) => ({ bond, watchRate, cheatRate }))),
  );
  const honest = bonds.flatMap((bond) => seeds.map((seed) => ({ scenario: variant(bond, 0, 0), seed })));
  const cheats = places.flatMap(({ bond, watchRate, cheatRate }) =>
    seeds.map((seed) => ({ scenario: variant(bond, watchRate, cheatRate), seed })),
  );
  const results = await run([...honest, ...cheats]);
  const measurements = places.map((place, index) => {
    const before = bonds.indexOf(place.bond) * seeds.length;
    const after = honest.length + index * seeds.length;
    const pairs = seeds.map((_, seed) => [results[before + seed], results[after + seed]] as const);
    return measure(variant(place.bond, place.watchRate, place.cheatRate), place, pairs);
  });
  const cells = measurements.map(({ cell }) => cell);
  const frontier = cheatRates.flatMap((cheatRate) =>
    watchRates.map((watchRate) => {
      const place = { watchRate, cheatRate };
      const column = measurements.filter(({ cell }) => cell.watchRate === watchRate && cell.cheatRate === cheatRate);
      return frontierPoint(variant(bonds[0] ?? 0, watchRate, cheatRate), place, column);
    }),
  );
  return { scenario, grid, cells, frontier };
}

/** The group that is tested, and who watches it. @throws ScenarioError */
export function testedIn({ operators, watchers }: Scenario) {
  const [group, ...others] = operators;
  const [watching, ...more] = watchers;
  const cheating = group?.cheating;
  if (group === undefined || cheating === undefined || watching === undefined || others.length + more.length > 0) {
    throw new ScenarioError("a sweep takes a scenario with one group of operators, which cheats, and one of watchers");
  }
  return { group, cheating, watchers: watching };
}

/** What a wrong answer of a scenario's group brings and risks. */
export function offenceOf(scenario: Scenario, { price, cost, cheapCost, bond, cheating }: OperatorGroup): Offence {
  const parameters = parametersOf(scenario);
  const { slashBps, priceMultiple } = policyOf(parameters);
  const saved = { cache: cost, "cheaper model": cost * (1 - cheapCost), falsification: 0 };
  return {
    gain: (cheating?.gain ?? 0) + (cheating === undefined ? 0 : saved[cheating.by]),
    price,
    bond,
    leastBond: toTokens(parameters.leastOwnBond),
    slash: Number(slashBps) / 10_000,
    priceMultiple: Number(priceMultiple),
  };
}

/** The chance that somebody looks at an answer of a scenario. */
export function detectionIn({ watchers, clients }: Scenario): number {
  return detectionRate([...watchers, { rate: clients.checkRate, count: 1 }]);
}

/** A cell, and how many wrong answers each of its operators sold. */
interface Measurement {
  readonly cell: Cell;
  readonly faults: readonly number[];
}

function measure(
  scenario: Scenario,
  place: Pick<Cell, "bond" | "watchRate" | "cheatRate">,
  pairs: readonly (readonly [SimulationResult | undefined, SimulationResult | undefined])[],
): Measurement {
  const { group } = testedIn(scenario);
  const samples = pairs.flatMap(([honest, cheating]) =>
    (cheating?.operators ?? []).map(({ profit, wrong }, index) => ({
      advantage: profit - (honest?.operators[index]?.profit ?? Number.NaN),
      wrong,
    })),
  );
  const faults = samples.map(({ wrong }) => wrong);
  const [offence, rate] = [offenceOf(scenario, group), detectionIn(scenario)];
  const cell = {
    ...place,
    samples: samples.length,
    faults: meanOf(faults),
    measured: intervalOf(samples.map(({ advantage }) => advantage)),
    expected: meanOf(faults.map((count) => expectedAdvantage(offence, count, rate))),
  };
  return { cell, faults };
}

function frontierPoint(
  scenario: Scenario,
  place: Pick<Cell, "watchRate" | "cheatRate">,
  measurements: readonly Measurement[],
): FrontierPoint {
  const offence = offenceOf(scenario, testedIn(scenario).group);
  const cells = measurements.map(({ cell }) => cell);
  const faults = measurements.flatMap((one) => one.faults);
  const rate = detectionIn(scenario);
  return {
    ...place,
    simple: deterringBond(offence, rate) ?? "beyond",
    exact: deterringBondFor(offence, faults, rate) ?? "beyond",
    measured: crossing(cells, ({ mean }) => mean),
    low: crossing(cells, ({ low }) => low),
    high: crossing(cells, ({ high }) => high),
  };
}

/** The bond at which a figure of the advantage crosses 0, on a line between the two bonds beside it. */
function crossing(cells: readonly Cell[], figure: (advantage: Interval) => number): DeterringBond {
  const points = cells
    .map(({ bond, measured }) => ({ bond, value: figure(measured) }))
    .sort((one, other) => one.bond - other.bond);
  for (const [index, after] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined || before.value <= 0 || after.value > 0) continue;
    return before.bond + ((after.bond - before.bond) * before.value) / (before.value - after.value);
  }
  return points.every(({ value }) => value <= 0) ? "below" : "beyond";
}

/** A sweep as its page shows it. */
export function sweepPage({ scenario, grid, cells, frontier }: Sweep): FrontierPage {
  const point = (watchRate: number, bond: DeterringBond, band?: FrontierFigure["measured"][number]["band"]) =>
    typeof bond === "string" ? [] : [{ watchRate, bond, ...(band !== undefined && { band }) }];
  return {
    name: scenario.name,
    description: scenario.description,
    seeds: grid.seeds.length,
    figures: grid.cheatRates.map((cheatRate) => {
      const points = frontier.filter((one) => one.cheatRate === cheatRate);
      return {
        cheatRate,
        cells: cells
          .filter((cell) => cell.cheatRate === cheatRate)
          .map(({ watchRate, bond, measured: { mean, low, high } }) => ({
            watchRate,
            bond,
            advantage: mean,
            low,
            high,
          })),
        measured: points.flatMap(({ watchRate, measured, low, high }) =>
          point(watchRate, measured, typeof low === "string" || typeof high === "string" ? undefined : { low, high }),
        ),
        closedForm: points.flatMap(({ watchRate, simple }) => point(watchRate, simple)),
      };
    }),
  };
}
