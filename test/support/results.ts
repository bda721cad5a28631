/** Results of simulations that were never run: well-formed, with numbers from a seed, for tests of what is written of them. */
import { SeededRandom } from "../../src/core/model/random.ts";
import type { CohortRow, ConvictedFault, GroupDay, NetworkDay, SimulationResult } from "../../src/sim/result.ts";
import { makeScenario, type Scenario } from "../../src/sim/scenario.ts";

/** A scenario with a group of every kind and a shock of every kind. */
export function scenarioOf({ days = 90, description = "Everybody is there." } = {}): Scenario {
  const group = { bond: 5_000, price: 0.02, cost: 0.01 };
  return makeScenario({
    name: "everybody",
    description,
    days,
    operators: [
      { ...group, name: "honest", count: 60 },
      { ...group, name: "lazy", count: 20, cheating: { rate: 0.1, by: "cache" } },
      { ...group, name: "cheating", count: 10, cheating: { rate: 0.5, by: "falsification", gain: 0.5, from: 20 } },
      { ...group, name: "colluding", count: 5, collusion: { with: "client", perDay: 5, until: 30 } },
      { ...group, name: "leaving", count: 5, cheating: { rate: 1 }, exitsOn: 40, availability: 0.8 },
    ],
    clients: { count: 1_000, requestsPerDay: 2 },
    watchers: [{ name: "eyes", rate: 0.05 }],
    shocks: [
      { kind: "token price", on: 30, factor: 0.5 },
      { kind: "watchers stop", on: 32, watchers: "eyes", days: 10 },
      { kind: "mass exit", on: 60, share: 0.3 },
      { kind: "demand", on: 85, factor: 2 },
    ].filter(({ on }) => on < days),
  });
}

/** A result of it. */
export function resultOf(scenario: Scenario, seed: number): SimulationResult {
  const random = new SeededRandom(seed);
  const whole = (bound: number): number => random.below(bound);
  const days = Array.from({ length: scenario.days }, (_, index) => index);
  const weights = scenario.operators.map(() => 1 + random.fraction());
  const groups = days.flatMap((day) =>
    scenario.operators.map(({ name, count, bond, cheating }, index): GroupDay => {
      const answers = Math.round(1_000 * (weights[index] ?? 1) * (0.8 + 0.4 * random.fraction()));
      return {
        day,
        group: name,
        answers,
        wrong: Math.round(answers * (cheating?.rate ?? 0) * 0.1),
        demandShare: 0,
        profit: (0.1 - (cheating?.rate ?? 0) * 0.3) * day + random.fraction(),
        own: bond * (1 - (cheating?.rate ?? 0) * (day / scenario.days)),
        delegated: bond * random.fraction(),
        cover: bond * 1.5,
        exposure: bond * random.fraction(),
        credit: 1_000 * (day / (day + 10)),
        proven: day > 5 ? count : 0,
        active: count,
      };
    }),
  );
  const perDay = Map.groupBy(groups, ({ day }) => day);
  const sum = (day: number, of: (row: GroupDay) => number): number =>
    (perDay.get(day) ?? []).reduce((all, row) => all + of(row), 0);
  const faults = groups.flatMap(({ day, group, wrong }): ConvictedFault[] =>
    Array.from({ length: Math.floor(wrong * 0.2) }, () => day + 1 + whole(6))
      .filter((convictedOn) => convictedOn < scenario.days)
      .map((convictedOn) => {
        const by = random.fraction() < 0.8 ? "eyes" : "clients";
        return { operator: `${group} 1`, group, day, convictedOn, by, asked: 500, slashed: 450 + random.fraction() };
      }),
  );
  const network = days.map((day): NetworkDay => {
    const [answers, wrong, refused] = [sum(day, (row) => row.answers), sum(day, (row) => row.wrong), whole(50)];
    const convicted = faults.filter(({ convictedOn }) => convictedOn === day).length;
    const fees = answers * 0.02;
    return {
      day,
      clients: 1_000 - day,
      activeClients: 900 - day - whole(50),
      requests: answers + refused,
      answers,
      refused,
      wrong,
      convicted,
      fees,
      subsidised: fees * 0.1 * random.fraction(),
      protocolFees: fees * 0.02,
      asked: convicted * 500,
      slashed: convicted * 450,
      bounties: convicted * 50,
      compensated: convicted * 1,
      burnt: convicted * 399,
      own: sum(day, (row) => row.own),
      delegated: sum(day, (row) => row.delegated),
      cover: sum(day, (row) => row.cover),
      exposure: sum(day, (row) => row.exposure),
      tokenPrice: day < 30 ? 1 : 0.5,
      gas: 1e6 + whole(1e6),
      gasDollars: random.fraction(),
    };
  });
  return {
    scenario,
    seed,
    network,
    groups: groups.map((row) => ({ ...row, demandShare: row.answers / sum(row.day, ({ answers }) => answers) })),
    operators: scenario.operators.flatMap(({ name, count, bond }) =>
      Array.from({ length: count }, (_, index) => ({
        operator: `${name} ${index + 1}`,
        group: name,
        answers: whole(9_000),
        wrong: whole(90),
        convicted: whole(9),
        fees: random.fraction(),
        slashed: random.fraction(),
        profit: random.fraction() - 0.5,
        own: bond * random.fraction(),
        delegated: bond * random.fraction(),
        credit: whole(1_000),
        isProven: random.fraction() < 0.5,
      })),
    ),
    others: [
      { kind: "watchers", group: "eyes", count: 1, profit: random.fraction() * 100 },
      { kind: "clients", group: "clients", count: 1_000, profit: -random.fraction() },
    ],
    faults,
    cohorts: cohortsOf(scenario.days, random),
    comparisons: { days: scenario.days, balances: scenario.days * 1_234 },
    transactions: 10_000 + whole(1_000),
  };
}

function cohortsOf(days: number, random: SeededRandom): CohortRow[] {
  const weeks = Math.ceil(days / 7);
  return Array.from({ length: weeks }, (_, week) => {
    const clients = week === 0 ? 700 : 20;
    const rate = 0.9 + 0.08 * random.fraction();
    return {
      week,
      clients,
      retained: Array.from({ length: weeks - week }, (_, age) => Math.round(clients * rate ** age)),
    };
  });
}
