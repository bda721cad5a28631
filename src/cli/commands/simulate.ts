import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import type { DemandPoint } from "../../sim/demand.ts";
import type { Job } from "../../sim/pool.ts";
import type { SimulationResult } from "../../sim/result.ts";
import type { Scenario } from "../../sim/scenario.ts";
import type { DeterringBond, FrontierPoint } from "../../sim/sweep.ts";
import { needCheckout } from "../checkout.ts";
import { UsageError } from "../errors.ts";
import { formatTable, print } from "../format.ts";
import { InterruptedError, type Shell } from "../io.ts";
import { ending, printing } from "../options.ts";
import { parseCount } from "../parse.ts";

/** What both commands take. */
interface RunOptions {
  readonly json?: boolean;
  readonly seeds: number;
  readonly jobs: number;
  readonly out: string;
}

interface SimulateOptions extends RunOptions {
  readonly seed?: number;
  readonly days?: number;
  readonly schema?: boolean;
}

interface SweepOptions extends RunOptions {
  readonly bonds: readonly number[];
  readonly watch: readonly number[];
  readonly cheat: readonly number[];
  readonly market: string;
  readonly credit: readonly number[];
}

/** Adds `surety simulate`. */
export function addSimulate(program: Command, io: Shell): void {
  const simulate = program
    .command("simulate")
    .description("months of a network in minutes, on the real contracts: what each strategy earns; CSV, JSON and plots")
    .argument("[scenarios...]", "names or files of scenarios (see docs/economics.md)", ["market"])
    .option("--seed <n>", "the first seed (default: the scenario's)", parseCount)
    .option("--days <n>", "how long (default: as long as the scenario says)", parseAtLeastOne)
    .option("--schema", "print the JSON Schema of scenario files, and simulate nothing");
  ending(running(simulate, 1), [
    "surety simulate",
    "surety simulate market collusion --seeds 4 --jobs 2",
    "surety simulate my-scenario.json --out /tmp/mine",
  ]).action(async (names: readonly string[], options: SimulateOptions) => simulateAll(names, options, io));
}

/** Adds `surety sweep`. */
export function addSweep(program: Command, io: Shell): void {
  const sweep = program
    .command("sweep")
    .description("from which bond and watch rate on a wrong answer loses, measured beside p * S > g")
    .argument("[scenario]", "with one group of operators, which cheats, and one of watchers", "frontier")
    .option("--bonds <list>", "own bonds, in tokens", parseNumbers, [125, 250, 500, 1_000, 2_000])
    .option("--watch <list>", "shares of the answers that are computed again", parseShares, [0.01, 0.02, 0.04])
    .option("--cheat <list>", "shares of the answers that are wrong", parseShares, [0.05, 0.5]);
  sweep
    .option("--market <scenario>", "where reliable operators and weak ones compete", "market")
    .option("--credit <list>", "how much its clients care for credit, from 0 on", parseNumbers, [0, 2, 4, 8]);
  ending(running(sweep, 8), [
    "surety sweep",
    "surety sweep --bonds 500,1000,2000 --watch 0.01,0.02 --cheat 0.1 --seeds 4",
  ]).action(async (name: string, options: SweepOptions) => sweepOne(name, options, io));
}

function running(command: Command, seeds: number): Command {
  return printing(command)
    .option("--seeds <n>", "how many seeds, one after the other", parseAtLeastOne, seeds)
    .option("--jobs <n>", "how many run at once, each in a process", parseAtLeastOne, availableParallelism())
    .option("--out <folder>", "where the files are written", "records/simulations");
}

/**
 * Simulations and Hardhat under them, which nothing else here needs.
 * @throws CheckoutNeededError in the published package
 * @throws FileError without built contracts
 */
async function loadSim() {
  needCheckout();
  const [library, pool, files, page, frontier, sweeps, demand, scenario] = await Promise.all([
    import("../../sim/library.ts"),
    import("../../sim/pool.ts"),
    import("../../sim/files.ts"),
    import("../../sim/plots/page.ts"),
    import("../../sim/plots/frontierPage.ts"),
    import("../../sim/sweep.ts"),
    import("../../sim/demand.ts"),
    import("../../sim/scenario.ts"),
  ]);
  return { ...library, ...pool, ...files, ...page, ...frontier, ...sweeps, ...demand, ...scenario };
}

type Sim = Awaited<ReturnType<typeof loadSim>>;

async function simulateAll(names: readonly string[], options: SimulateOptions, io: Shell): Promise<void> {
  const sim = await loadSim();
  if (options.schema === true) {
    io.out(`${JSON.stringify(sim.scenarioSchema(), null, 2)}\n`);
    return;
  }
  const scenarios = names.map((name) => {
    const scenario = sim.loadScenario(name);
    return options.days === undefined ? scenario : sim.makeScenario({ ...scenario, days: options.days });
  });
  const twice = scenarios.find(({ name }, index) => scenarios.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new UsageError(`two scenarios are called ${twice.name}: run one after the other`);
  const jobs = scenarios.flatMap((scenario) =>
    seedsFrom(options.seed ?? scenario.seed, options.seeds).map((seed) => ({ scenario, seed })),
  );
  const results = await run(sim, jobs, options, io);
  const written = scenarios.map((scenario, index) => {
    const own = results.slice(index * options.seeds, (index + 1) * options.seeds);
    const folder = join(options.out, scenario.name.replaceAll(" ", "-"));
    for (const result of own) {
      sim.writeResult(own.length === 1 ? folder : join(folder, `seed-${result.seed}`), result);
    }
    sim.writeFiles(folder, { "index.html": sim.pageOf(own) });
    return { scenario: scenario.name, folder, page: join(folder, "index.html"), groups: groupsOf(scenario, own) };
  });
  print(io, options, written, written.flatMap(summaryOf));
}

async function sweepOne(name: string, options: SweepOptions, io: Shell): Promise<void> {
  const sim = await loadSim();
  const scenario = sim.loadScenario(name);
  const { bonds, watch: watchRates, cheat: cheatRates } = options;
  const grid = { bonds, watchRates, cheatRates, seeds: seedsFrom(scenario.seed, options.seeds) };
  const market = sim.loadScenario(options.market);
  const runner = async (jobs: readonly Job[]) => run(sim, jobs, options, io);
  const found = await sim.sweep(scenario, grid, runner);
  const demand = await sim.sweepDemand(market, { sensitivities: options.credit, seeds: grid.seeds }, runner);
  const folder = join(options.out, `sweep-${scenario.name.replaceAll(" ", "-")}`);
  const page = join(folder, "index.html");
  sim.writeFiles(folder, {
    "sweep.json": `${JSON.stringify({ ...found, demand }, null, 2)}\n`,
    "index.html": sim.frontierPage(sim.sweepPage(found)),
  });
  print(io, options, { scenario: scenario.name, folder, page, frontier: found.frontier, demand }, [
    "The bond from which on a wrong answer loses, in tokens; measured with its 95 % confidence interval, or outside of what was tried:",
    ...frontierTable(found.frontier),
    "",
    `Demand in ${market.name}'s last week, by how much clients care for credit:`,
    ...demandTable(market, demand),
    "",
    pathToFileURL(page).href,
  ]);
}

/** Runs jobs, with progress on a terminal. @throws InterruptedError on Ctrl-C: nothing is written then */
async function run(sim: Sim, jobs: readonly Job[], { jobs: processes }: RunOptions, io: Shell) {
  let shown = -1;
  const onProgress = (days: number, of: number): void => {
    const percent = Math.floor((100 * days) / of);
    if (!io.isTerminal || percent === shown) return;
    shown = percent;
    io.err(`\r${jobs.length} runs: ${percent} % `);
  };
  return io.uninterrupted(async () => {
    try {
      const results = await sim.runAll(jobs, { processes, signal: io.signal, onProgress });
      if (shown >= 0) io.err("\r\u001b[K");
      return results;
    } catch (cause) {
      if (io.signal.aborted) throw new InterruptedError();
      throw cause;
    }
  });
}

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Each group at the end, over all seeds. */
function groupsOf(scenario: Scenario, results: readonly SimulationResult[]) {
  const last = results.flatMap(({ groups }) => groups.filter(({ day }) => day === scenario.days - 1));
  return scenario.operators.map(({ name: group, count }) => {
    const own = last.filter((one) => one.group === group);
    const mean = (value: (one: (typeof own)[number]) => number): number =>
      own.reduce((sum, one) => sum + value(one), 0) / own.length;
    const convicted = results.flatMap(({ faults }) => faults.filter((fault) => fault.group === group)).length;
    return {
      group,
      operators: count,
      profit: mean(({ profit }) => profit),
      demandShare: mean(({ demandShare }) => demandShare),
      bond: mean((one) => one.own),
      credit: mean(({ credit }) => credit),
      active: mean(({ active }) => active),
      convicted: convicted / results.length,
    };
  });
}

function summaryOf({
  scenario,
  page,
  groups,
}: {
  scenario: string;
  page: string;
  groups: ReturnType<typeof groupsOf>;
}) {
  const heading = ["", "operators", "still active", "profit each, $", "demand, %", "bond", "credit", "convictions"];
  const rows = groups.map((one) => [
    one.group,
    `${one.operators}`,
    ...[one.active, one.profit, 100 * one.demandShare, one.bond, one.credit, one.convicted].map((value) =>
      value.toFixed(1),
    ),
  ]);
  return [`${scenario}:`, ...formatTable([heading, ...rows]), pathToFileURL(page).href, ""];
}

function frontierTable(frontier: readonly FrontierPoint[]): string[] {
  const text = (bond: DeterringBond): string => (typeof bond === "string" ? bond : bond.toFixed(0));
  const heading = ["cheats", "watch rate", "p S = g", "with what is left", "measured", "from", "to"];
  const rows = frontier.map(({ cheatRate, watchRate, simple, exact, measured, low, high }) => [
    `${100 * cheatRate} %`,
    `${100 * watchRate} %`,
    ...[simple, exact, measured, low, high].map(text),
  ]);
  return formatTable([heading, ...rows]);
}

function demandTable(market: Scenario, demand: readonly DemandPoint[]): string[] {
  const sensitivities = [...new Set(demand.map(({ creditSensitivity }) => creditSensitivity))];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows = market.operators.map(({ name }) => {
    const own = demand.filter(({ group }) => group === name);
    const cells = own.map(({ share: { mean, high } }) => `${percent(mean)} ± ${(100 * (high - mean)).toFixed(1)}`);
    return [name, percent(own[0]?.fair ?? 0), ...cells];
  });
  return formatTable([["", "of the operators", ...sensitivities.map((one) => `credit^${one}`)], ...rows]);
}

function parseAtLeastOne(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new InvalidArgumentError("At least 1 is expected.");
  return count;
}

/** Numbers with commas between them. @throws InvalidArgumentError */
function parseNumbers(text: string): number[] {
  return text.split(",").map((part) => {
    if (!/^\d+(\.\d+)?$/.test(part.trim())) throw new InvalidArgumentError("Numbers with commas between are expected.");
    return Number(part);
  });
}

function parseShares(text: string): number[] {
  const shares = parseNumbers(text);
  if (shares.some((share) => share > 1)) throw new InvalidArgumentError("Shares from 0 to 1 are expected.");
  return shares;
}
