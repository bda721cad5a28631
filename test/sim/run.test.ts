import { expect } from "chai";
import { near } from "../support/near.ts";
import { useNativeCurve } from "../../src/native/curve.ts";
import type { SimulationResult } from "../../src/sim/result.ts";
import { simulate } from "../../src/sim/run.ts";
import { makeScenario, type Scenario } from "../../src/sim/scenario.ts";

useNativeCurve();

const business = { bond: 2_000, price: 0.1, cost: 0.04 };
const honest = { ...business, name: "honest", count: 3 };
const lies = { rate: 0.5, by: "falsification", gain: 1 } as const;

/** A small town, with whatever a test wants otherwise. */
function town(others: Record<string, unknown> = {}): Scenario {
  return makeScenario({
    name: "town",
    days: 8,
    operators: [honest],
    clients: { count: 12, requestsPerDay: 5, checkRate: 0, churn: 0, disappointment: 0 },
    ...others,
  });
}

const all = { name: "eyes", rate: 1, delay: 1 };

const endOf = ({ operators }: SimulationResult, group: string) => operators.filter((one) => one.group === group);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("a simulation", function () {
  this.timeout(60_000);

  it("gives the same history for a seed, and another one for another", async () => {
    const scenario = town({
      operators: [honest, { ...business, name: "cheat", cheating: lies }],
      delegators: { count: 3, stake: 200, reviewEvery: 2 },
      watchers: [{ ...all, rate: 0.2 }],
      clients: { ...town().clients, arrivalsPerDay: 1, churn: 0.05 },
    });
    const [first, again, other] = [
      await simulate(scenario, 5),
      await simulate(scenario, 5),
      await simulate(scenario, 6),
    ];
    expect(again).to.deep.equal(first);
    expect(other.network).not.to.deep.equal(first.network);
  });

  it("compares its books with the chain on every day, and everybody's at the end", async () => {
    const { comparisons, network } = await simulate(town());
    expect(comparisons.days).to.equal(network.length);
    // Three sums a day at least, and two balances of everybody.
    expect(comparisons.balances).to.be.above(3 * 8 + 2 * (3 + 12));
  });

  it("convicts no honest operator, however closely it is watched, and pays it", async () => {
    const { faults, operators, network } = await simulate(town({ watchers: [all] }));
    expect(faults).to.deep.equal([]);
    for (const { own, profit, slashed } of operators) {
      expect(own).to.equal(business.bond);
      expect(slashed).to.equal(0);
      expect(profit).to.be.above(0);
    }
    // What is settled is what was answered: nothing is lost on the way, and nothing is paid twice.
    expect(sum(network.map(({ fees }) => fees))).to.satisfy(
      near(0.1 * sum(network.map(({ answers }) => answers)), 1e-6),
    );
  });

  it("convicts whoever cheats, once for each answer that is proven, and has it lose", async () => {
    const cheat = { ...business, name: "cheat", cheating: lies };
    const result = await simulate(town({ operators: [honest, cheat], watchers: [all] }));
    const [end] = endOf(result, "cheat");
    expect(end?.convicted).to.equal(result.faults.length).and.to.be.above(0);
    expect(end?.own).to.be.below(business.bond);
    expect(end?.profit).to.be.below(0);
    expect(end?.slashed).to.satisfy(near(business.bond - (end?.own ?? 0), 1e-6));
    for (const { day, convictedOn, by } of result.faults) {
      expect(convictedOn - day).to.equal(1);
      expect(by).to.equal("eyes");
    }
    expect(Math.min(...endOf(result, "honest").map(({ profit }) => profit))).to.be.above(end?.profit ?? 0);
  });

  it("says who noticed: clients on the same day, watchers when they look", async () => {
    const cheat = { ...business, name: "cheat", count: 2, cheating: lies };
    const { faults } = await simulate(town({ operators: [cheat], clients: { ...town().clients, checkRate: 0.3 } }));
    expect(faults.length).to.be.above(0);
    expect(faults.every(({ by, day, convictedOn }) => by === "clients" && day === convictedOn)).to.equal(true);
  });

  it("slashes whoever takes what it can and asks its bond back at once", async () => {
    const runner = { ...business, name: "runner", cheating: { ...lies, rate: 1 }, exitsOn: 3 };
    const result = await simulate(town({ days: 30, operators: [honest, runner], watchers: [{ ...all, delay: 5 }] }));
    const [end] = endOf(result, "runner");
    expect(Math.min(...result.faults.map(({ convictedOn }) => convictedOn))).to.be.above(3);
    expect(end?.slashed).to.be.above(0);
    expect(end?.profit).to.be.below(0);
  });

  it("gives whoever has itself convicted at most half of its loss back", async () => {
    const own = { ...business, name: "own", cheating: { ...lies, gain: 0 }, collusion: { with: "reporter" } };
    const alone = { ...business, name: "own", cheating: { ...lies, gain: 0 } };
    const result = await simulate(town({ operators: [honest, own], watchers: [all] }));
    const { faults, network } = result;
    expect(faults.every(({ by }) => by === "accomplice")).to.equal(true);
    expect(sum(network.map(({ bounties, compensated }) => bounties + compensated))).to.be.at.most(
      sum(network.map(({ slashed }) => slashed)) / 2,
    );
    expect(endOf(result, "own")[0]?.profit).to.be.below(0);
    const other = await simulate(town({ operators: [honest, alone], watchers: [{ ...all, rate: 0 }] }));
    expect(endOf(result, "own")[0]?.profit).to.be.below(endOf(other, "own")[0]?.profit ?? 0);
  });

  it("has watchers look away whom somebody bribed, and no others", async () => {
    const bribing = { ...business, name: "briber", cheating: lies, collusion: { with: "watcher", watchers: "eyes" } };
    const blind = await simulate(town({ operators: [honest, bribing], watchers: [all] }));
    expect(blind.faults).to.deep.equal([]);
    const others = [all, { ...all, name: "other" }];
    const seen = await simulate(town({ operators: [honest, bribing], watchers: others }));
    expect(new Set(seen.faults.map(({ by }) => by))).to.deep.equal(new Set(["other"]));
  });

  it("brings no evidence to court once its window is over", async () => {
    const cheat = { ...business, name: "cheat", cheating: { ...lies, until: 1 } };
    const late = async (delay: number) =>
      simulate(town({ days: 9, operators: [cheat], watchers: [{ ...all, delay }], parameters: { window: 5 } }));
    expect((await late(4)).faults.length).to.be.above(0);
    expect((await late(5)).faults).to.deep.equal([]);
  });

  it("settles with more clients than one transaction takes", async () => {
    const { network } = await simulate(
      town({ days: 1, operators: [{ ...honest, bond: 100_000 }], clients: { ...town().clients, count: 520 } }),
    );
    const [{ fees, answers }] = network as [(typeof network)[number]];
    expect(fees).to.satisfy(near(0.1 * answers, 1e-6));
  });

  it("counts what operators pay themselves as subsidies, which cost them the protocol's part", async () => {
    const wash = { ...business, name: "wash", collusion: { with: "client", perDay: 10 } };
    const { network, operators } = await simulate(
      town({ operators: [wash], clients: { ...town().clients, count: 0 } }),
    );
    for (const { fees, subsidised, protocolFees } of network) {
      expect(subsidised).to.equal(fees).and.to.satisfy(near(10, 1e-6));
      expect(protocolFees).to.satisfy(near(0.03 * fees, 1e-6));
    }
    // Nothing to compute: the bond's interest and gas are all that it costs beside.
    const interest = (8 * 0.05 * business.bond) / 365;
    expect(operators[0]?.profit).to.satisfy(near(-8 * 0.3 - interest, 0.1));
  });

  it("has nobody pay an operator for a lie to itself", async () => {
    const wash = { ...business, name: "wash", cheating: lies, collusion: { with: "client", perDay: 10 } };
    const { operators } = await simulate(town({ operators: [wash], clients: { ...town().clients, count: 0 } }));
    expect(operators[0]?.answers).to.equal(8 * 100);
    expect(operators[0]?.wrong).to.equal(0);
    expect(operators[0]?.profit).to.be.below(0);
  });

  it("has no answer given away, however much a token is worth, and none sold by whoever does not serve", async () => {
    const dear = { ...business, price: 1e-7, cost: 0 };
    const away = { ...dear, name: "away", availability: 0, collusion: { with: "client", perDay: 1e-6 } };
    // So that gas keeps nobody from settling.
    const gas = { price: 0.01, coin: 0 };
    const { network, operators } = await simulate(town({ days: 2, gas, operators: [{ ...dear, name: "up" }, away] }));
    expect(sum(network.map(({ fees }) => fees))).to.satisfy(
      near(1e-6 * sum(network.map(({ answers }) => answers)), 1e-9),
    );
    expect(operators.map(({ answers }) => answers > 0)).to.deep.equal([true, false]);
  });

  it("asks more tokens once a token is worth less", async () => {
    const { network } = await simulate(town({ shocks: [{ kind: "token price", on: 4, factor: 0.5 }] }));
    for (const { day, fees, answers, tokenPrice } of network) {
      expect(tokenPrice).to.equal(day < 4 ? 1 : 0.5);
      expect(fees).to.satisfy(near((0.1 / tokenPrice) * answers, 1e-6));
    }
  });

  it("has nobody caught while the only watchers are away", async () => {
    const cheat = { ...business, bond: 5_000_000, name: "cheat", cheating: lies };
    const shocks = [{ kind: "watchers stop", on: 2, watchers: "eyes", days: 3 }];
    const { faults, network } = await simulate(town({ operators: [cheat], watchers: [{ ...all, rate: 0.3 }], shocks }));
    const days = new Set(faults.map(({ convictedOn }) => convictedOn));
    expect([2, 3, 4].filter((day) => days.has(day))).to.deep.equal([]);
    expect([...days]).to.include.members([1, 5]);
    expect(network.slice(2, 5).every(({ wrong }) => wrong > 0)).to.equal(true);
  });

  it("lets everybody out in a mass exit, with their bonds after the unbonding delay", async () => {
    const shocks = [{ kind: "mass exit", on: 2, share: 1 }];
    const { operators, network, groups } = await simulate(town({ days: 30, shocks }));
    expect(operators.every(({ own }) => own === 0)).to.equal(true);
    expect(network.at(2)?.answers).to.equal(0);
    expect(groups.find(({ day }) => day === 2)?.active).to.equal(0);
    // 21 days later, and not before.
    expect(network.filter(({ own }) => own === 0).map(({ day }) => day)[0]).to.be.within(23, 25);
  });

  it("has delegators earn of what their operators earn", async () => {
    const { others, network } = await simulate(town({ days: 30, delegators: { count: 4, stake: 500 } }));
    expect(others.find(({ kind }) => kind === "delegators")?.profit).to.be.above(0);
    expect(network.at(-1)?.delegated).to.be.above(1_000);
  });

  it("sells no more than its bond lets it settle", async () => {
    const { network } = await simulate(
      town({
        operators: [{ ...honest, count: 1, bond: 12 }],
        clients: { ...town().clients, requestsPerDay: 10 },
        parameters: { leastOwnBond: 10 },
      }),
    );
    const answers = sum(network.map((one) => one.answers));
    expect(answers).to.equal(120);
    expect(sum(network.map(({ fees }) => fees))).to.satisfy(near(0.1 * answers, 1e-6));
  });

  it("has nobody go to court for less than that costs, or for what somebody else goes there for", async () => {
    const cheat = { ...business, name: "cheat", cheating: lies };
    const dear = await simulate(town({ operators: [cheat], watchers: [all], gas: { price: 100, coin: 3_000 } }));
    expect(dear.faults).to.deep.equal([]);
    // So rich that something is left to be had by a second case.
    const rich = { ...cheat, bond: 5_000_000 };
    const [one, two] = [
      await simulate(town({ days: 3, operators: [rich], watchers: [all] })),
      await simulate(town({ days: 3, operators: [rich], watchers: [all, { ...all, name: "other" }] })),
    ];
    expect(two.faults.length).to.equal(one.faults.length);
    // A commitment and a case more for each fault, if both went.
    expect(two.transactions - one.transactions).to.be.below(one.faults.length);
  });

  it("never has more exposed than is covered, while nobody leaves", async () => {
    const small = { ...honest, bond: 120, admits: "cover" };
    const { network } = await simulate(
      town({
        days: 20,
        operators: [small],
        delegators: { count: 1, stake: 100, reviewEvery: 365 },
        clients: { ...town().clients, requestsPerDay: 40 },
        parameters: { leastOwnBond: 100 },
      }),
    );
    for (const { exposure, cover } of network) expect(exposure).to.be.at.most(cover + 1e-6);
    expect(Math.max(...network.map(({ exposure }) => exposure))).to.be.above(300);
    expect(sum(network.map(({ refused }) => refused))).to.be.above(0);
  });

  it("keeps cohorts, which nobody joins twice", async () => {
    const { cohorts, network } = await simulate(
      town({ days: 21, clients: { ...town().clients, arrivalsPerDay: 0.5, churn: 0.03 } }),
    );
    expect(cohorts[0]).to.deep.include({ week: 0 });
    for (const { clients, retained } of cohorts) {
      expect(retained[0]).to.equal(clients);
      expect(Math.max(...retained)).to.equal(clients);
    }
    expect(sum(cohorts.map(({ clients }) => clients))).to.be.at.least(network[0]?.activeClients ?? 0);
  });
});
