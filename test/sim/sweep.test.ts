import { expect } from "chai";
import { countChildren, untilChildrenAre } from "../support/children.ts";
import { sweepDemand } from "../../src/sim/demand.ts";
import { intervalOf, meanOf } from "../../src/sim/interval.ts";
import { loadScenario } from "../../src/sim/library.ts";
import { frontierPage } from "../../src/sim/plots/frontierPage.ts";
import { type Job, runAll, SimulationError } from "../../src/sim/pool.ts";
import { makeScenario, ScenarioError } from "../../src/sim/scenario.ts";
import { detectionIn, offenceOf, sweep, sweepPage, testedIn } from "../../src/sim/sweep.ts";

const never = new AbortController().signal;
const run = async (jobs: readonly Job[]) => runAll(jobs, { processes: 2, signal: never });

describe("a sweep", function () {
  this.timeout(240_000);

  it("finds the frontier where the closed form has it, within its confidence interval", async () => {
    const frontier = loadScenario("frontier");
    const grid = { bonds: [200, 400, 800], watchRates: [0.02], cheatRates: [0.05], seeds: [1, 2, 3, 4] };
    const found = await sweep(frontier, grid, run);
    expect(found.cells.length).to.equal(3);
    for (const { samples, faults, measured, expected } of found.cells) {
      expect(samples).to.equal(40);
      expect(faults).to.be.above(20);
      // Twice as wide: of many intervals of 95 % some miss.
      expect(Math.abs(expected - measured.mean)).to.be.below(2 * (measured.high - measured.mean) + 1e-6);
    }
    const [slow] = found.frontier;
    expect(slow?.simple).to.be.within(499, 501);
    expect(slow?.measured).to.be.within(slow?.low ?? Infinity, slow?.high ?? -Infinity);
    expect(slow?.simple).to.be.within(slow?.low ?? 0, slow?.high ?? Infinity);
    expect(slow?.exact).to.be.within(slow?.low ?? 0, slow?.high ?? Infinity);
    const page = frontierPage(sweepPage(found));
    expect(page).to.include("Cheating on 5 % of the answers").and.include("4 seeds");
  });

  it("tells where each bond that was tried is enough from where none is", async () => {
    const short = makeScenario({ ...loadScenario("frontier"), days: 3 });
    const grid = { bonds: [1_000, 2_000], watchRates: [0, 1], cheatRates: [0.5], seeds: [1] };
    const { frontier } = await sweep(short, grid, run);
    expect(frontier).to.deep.equal([
      {
        watchRate: 0,
        cheatRate: 0.5,
        simple: "beyond",
        exact: "beyond",
        measured: "beyond",
        low: "beyond",
        high: "beyond",
      },
      { ...frontier[1], watchRate: 1, cheatRate: 0.5, measured: "below", low: "below", high: "below" },
    ]);
    expect(frontier[1]?.simple).to.be.within(9, 11);
  });

  it("says what a wrong answer of a scenario gains and risks, by the parameters that are deployed", () => {
    const scenario = makeScenario({ ...loadScenario("frontier"), parameters: { slash: 0.3, leastOwnBond: 7 } });
    const { group } = testedIn(scenario);
    expect(offenceOf(scenario, group)).to.include({ gain: 2, slash: 0.3, leastBond: 7, priceMultiple: 1_000 });
    const lazy = { ...group, cheating: { ...group.cheating, by: "cheaper model", gain: 0, rate: 1, from: 0 } } as const;
    expect(Math.abs(offenceOf(scenario, lazy).gain - 0.03)).to.be.below(1e-12);
    expect(detectionIn({ ...scenario, clients: { ...scenario.clients, checkRate: 0.5 } })).to.equal(0.51);
  });

  it("takes one group that cheats and one that watches", () => {
    expect(() => testedIn(loadScenario("market"))).to.throw(ScenarioError, "one group");
    expect(() => testedIn(makeScenario({ ...loadScenario("frontier"), watchers: [] }))).to.throw(ScenarioError);
  });

  it("tells demand by how much clients care for credit", async () => {
    const market = loadScenario("market");
    const small = makeScenario({ ...market, days: 3, clients: { ...market.clients, count: 20 } });
    const points = await sweepDemand(small, { sensitivities: [0, 4], seeds: [1, 2] }, run);
    expect(points.length).to.equal(2 * small.operators.length);
    for (const sensitivity of [0, 4]) {
      const own = points.filter(({ creditSensitivity }) => creditSensitivity === sensitivity);
      expect(Math.abs(own.reduce((sum, { share }) => sum + share.mean, 0) - 1)).to.be.below(1e-9);
      expect(Math.abs(own.reduce((sum, { fair }) => sum + fair, 0) - 1)).to.be.below(1e-9);
    }
  });

  it("knows how well a mean is known", () => {
    expect(meanOf([1, 2, 3])).to.equal(2);
    const { mean, low, high } = intervalOf([1, 2, 3]);
    expect(mean).to.equal(2);
    expect(Math.abs(high - 2 - 4.303 / Math.sqrt(3))).to.be.below(1e-12);
    expect(Math.abs(high + low - 2 * mean)).to.be.below(1e-12);
    expect(intervalOf([2])).to.deep.equal({ mean: 2, low: -Infinity, high: Infinity });
    const many = intervalOf(Array.from({ length: 100 }, (_, index) => index % 2));
    expect(Math.abs(many.high - 0.5 - 1.96 * Math.sqrt(25 / 99 / 100))).to.be.below(1e-9);
  });
});

describe("simulations in processes of their own", function () {
  this.timeout(60_000);
  const quick = makeScenario({
    name: "quick",
    days: 2,
    operators: [{ name: "one", bond: 1_000, price: 0.1, cost: 0.04 }],
    clients: { count: 2, requestsPerDay: 2 },
  });

  it("give their results in the jobs' order, with progress", async () => {
    const heard: number[] = [];
    const jobs = [3, 1, 2].map((seed) => ({ scenario: quick, seed }));
    const results = await runAll(jobs, { processes: 2, signal: never, onProgress: (days) => heard.push(days) });
    expect(results.map(({ seed }) => seed)).to.deep.equal([3, 1, 2]);
    expect(heard.at(-1)).to.equal(6);
  });

  it("fail where one fails, and say why", async () => {
    // What no schema lets through: the chain itself refuses it.
    const broken = { ...quick, parameters: { leverage: 9 } };
    const failure = await runAll([{ scenario: broken, seed: 1 }], { processes: 1, signal: never }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(SimulationError);
    expect(String(failure)).to.include("LeverageOutOfRange");
  });

  it("do not begin where they are told to stop before", async () => {
    const before = countChildren();
    const jobs = [{ scenario: quick, seed: 1 }];
    const failure = await runAll(jobs, { processes: 1, signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(SimulationError);
    expect(countChildren()).to.equal(before);
  });

  it("end when they are told to, and leave no process behind", async () => {
    const before = countChildren();
    const controller = new AbortController();
    const long = makeScenario({ ...quick, days: 700 });
    const started = runAll([{ scenario: long, seed: 1 }], {
      processes: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    }).catch((error: unknown) => error);
    expect(await started).to.be.instanceOf(SimulationError);
    await untilChildrenAre(before);
  });
});
