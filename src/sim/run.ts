/** Runs a scenario, day by day. */
import { Answers } from "./answers.ts";
import { SimClient } from "./clients.ts";
import { SimDelegator } from "./delegators.ts";
import { Ledger, operatorEnd } from "./ledger.ts";
import { type DayBatch, type Sale, SimOperator } from "./operators.ts";
import { parametersOf } from "./parameters.ts";
import { Protocol } from "./protocol.ts";
import type { OtherEnd, SimulationResult } from "./result.ts";
import type { OperatorGroup, Scenario, Shock } from "./scenario.ts";
import { accuse, type Accusation, SimWatcher } from "./watchers.ts";
import { identityOf, World } from "./world.ts";

/** Who publishes the model that all operators serve. */
const publisher = identityOf("publisher");

/** Those of every simulation of a process: to read the digits takes longer than to simulate a day. */
let answers: Answers | undefined;

/** Told of every day that is over. */
export type OnDay = (day: number, days: number) => void;

/**
 * Runs a scenario on a chain of its own. The same scenario and seed give the same result every time.
 * @throws AccountingError where the chain and the books of what was done on it do not agree
 */
export async function simulate(scenario: Scenario, seed = scenario.seed, onDay: OnDay = () => undefined) {
  answers ??= new Answers(publisher.address);
  const gasPrice = BigInt(Math.round(scenario.gas.price * 1e9));
  const protocol = await Protocol.open(parametersOf(scenario), gasPrice);
  try {
    await protocol.admit(publisher.address);
    await protocol.publish(answers.published);
    const world = new World({ scenario, seed, protocol, answers, ledger: new Ledger() });
    await populate(world);
    const simulation = new Simulation(world);
    for (; world.day < scenario.days; world.day++) {
      await simulation.runDay();
      onDay(world.day + 1, scenario.days);
    }
    return await simulation.end();
  } finally {
    await protocol.chain.close();
  }
}

/** Has everybody enter who is there on the first day. */
async function populate(world: World): Promise<void> {
  const { operators, delegators, clients, watchers } = world.scenario;
  for (const group of operators) {
    for (const name of namesOf(group)) world.operators.push(new SimOperator(name, group, world.chance(name)));
  }
  for (const group of watchers) {
    for (const name of namesOf(group)) world.watchers.push(new SimWatcher(name, group, world.chance(name)));
  }
  for (let index = 0; index < delegators.count; index++) {
    const name = `delegator ${index + 1}`;
    world.delegators.push(new SimDelegator({ name, index, stake: delegators.stake }, world.chance(name)));
  }
  for (const agent of [...world.operators, ...world.watchers, ...world.delegators]) await agent.enter(world);
  for (let count = 0; count < clients.count; count++) await addClient(world);
}

function namesOf({ name, count }: Pick<OperatorGroup, "name" | "count">): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
}

async function addClient(world: World): Promise<void> {
  const name = `client ${world.clients.length + 1}`;
  const client = new SimClient(name, world.chance(name));
  world.clients.push(client);
  await client.enter(world);
}

class Simulation {
  readonly #world: World;
  readonly #chance;
  /** Batches that some watcher has still to look at. */
  #batches: DayBatch[] = [];
  readonly #longestDelay: number;
  #compared = { days: 0, balances: 0 };

  constructor(world: World) {
    this.#world = world;
    this.#chance = world.chance("the world");
    this.#longestDelay = Math.max(0, ...world.scenario.watchers.map(({ delay }) => delay));
  }

  async runDay(): Promise<void> {
    const world = this.#world;
    await world.wait("morning");
    await this.#arrive();
    await this.#strike();
    await world.protocol.chain.flush();
    for (const operator of world.operators) {
      await operator.open(world);
      await operator.collectBond(world);
    }
    for (const delegator of world.delegators) await delegator.act(world);
    const noticed = await this.#trade();
    await world.wait("evening");
    for (const operator of world.operators) {
      const batch = await operator.close(world);
      if (batch !== undefined) this.#batches.push(batch);
    }
    await world.wait("night");
    for (const accusation of this.#accusations(noticed)) {
      const verdict = await accuse(world, accusation);
      if (verdict !== undefined) world.ledger.judged(world, accusation, verdict);
    }
    for (const agent of [...world.watchers, ...world.clients, ...world.operators]) await agent.collectAwards(world);
    await world.protocol.chain.flush();
    world.ledger.close(world);
    this.#batches = this.#batches.filter(({ day }) => day > world.day - this.#longestDelay);
    this.#compared.balances += await world.protocol.compare();
    this.#compared.days += 1;
  }

  /** Compares everything once more, and tells what came of everybody. */
  async end(): Promise<SimulationResult> {
    const world = this.#world;
    const { scenario, seed, protocol, ledger } = world;
    for (const operator of world.operators) operator.standing = await protocol.standingOf(operator.address);
    this.#compared.balances += await protocol.compare(true);
    return {
      scenario,
      seed,
      network: ledger.network,
      groups: ledger.groups,
      operators: world.operators.map((operator) => operatorEnd(world, operator)),
      others: this.#others(),
      faults: ledger.faults,
      cohorts: ledger.cohorts(world),
      comparisons: this.#compared,
      transactions: protocol.chain.transactions,
    };
  }

  async #arrive(): Promise<void> {
    const world = this.#world;
    const arrivals = world.day === 0 ? 0 : this.#chance.often(world.scenario.clients.arrivalsPerDay);
    for (let count = 0; count < arrivals; count++) await addClient(world);
  }

  async #strike(): Promise<void> {
    for (const shock of this.#world.scenario.shocks) {
      if (shock.on === this.#world.day) await this.#meet(shock);
    }
  }

  async #meet(shock: Shock): Promise<void> {
    const world = this.#world;
    switch (shock.kind) {
      case "token price":
        world.tokenPrice *= shock.factor;
        break;
      case "demand":
        world.demand *= shock.factor;
        break;
      case "mass exit": {
        const honest = world.operators.filter(({ group, hasLeft }) => group.cheating === undefined && !hasLeft);
        for (const operator of honest) if (this.#chance.happens(shock.share)) await operator.leave(world);
        break;
      }
      case "watchers stop":
        // They know by themselves.
        break;
    }
  }

  /** Everybody asks. @returns the wrong answers that clients noticed themselves */
  async #trade(): Promise<Sale[]> {
    const world = this.#world;
    for (const operator of world.operators) await operator.payItself(world);
    const sessions = [];
    for (const client of world.clients) {
      const session = await client.open(world);
      if (session !== undefined) sessions.push(session);
    }
    await world.wait("noon");
    const noticed = [];
    for (const session of sessions) noticed.push(...(await session.client.ask(world, session)));
    return noticed;
  }

  /** Everybody's, in the order in which they come to court; a wrong answer is accused of once. */
  #accusations(noticed: readonly Sale[]): Accusation[] {
    const world = this.#world;
    const today = this.#batches.filter(({ day }) => day === world.day);
    const accomplices = today.flatMap((batch) => {
      const { group, puppet } = batch.operator;
      if (group.collusion?.with !== "reporter" || puppet === undefined) return [];
      const wrong = batch.sales.filter(({ answer }) => !answer.isRight);
      return wrong.map((sale) => ({ by: "accomplice", reporter: puppet.address, sale, in: batch }));
    });
    const clients = noticed.flatMap((sale) => {
      const batch = today.find(({ operator }) => operator.address === sale.receipt.operator);
      return batch === undefined ? [] : [{ by: "clients", reporter: sale.client.address, sale, in: batch }];
    });
    const watchers = this.#chance.shuffled(world.watchers).flatMap((watcher) => watcher.look(world, this.#batches));
    return [...accomplices, ...clients, ...watchers].filter(({ sale }) => {
      const isNew = !world.accused.has(sale);
      world.accused.add(sale);
      return isNew;
    });
  }

  #others(): OtherEnd[] {
    const world = this.#world;
    const { protocol } = world;
    const meanOf = <Agent>(agents: readonly Agent[], profit: (agent: Agent) => number): number =>
      agents.reduce((sum, agent) => sum + profit(agent), 0) / agents.length;
    const gasOf = ({ address }: { address: `0x${string}` }): number => world.coinDollars(protocol.gasPaidBy(address));
    const watchers = [...Map.groupBy(world.watchers, ({ group }) => group.name)].map(([group, each]) => ({
      kind: "watchers" as const,
      group,
      count: each.length,
      profit: meanOf(each, (watcher) => watcher.dollars - gasOf(watcher)),
    }));
    const { delegators, clients } = world;
    return [
      ...watchers,
      ...(delegators.length === 0
        ? []
        : [
            {
              kind: "delegators" as const,
              group: "delegators",
              count: delegators.length,
              profit: meanOf(delegators, (one) => world.dollars(one.worth(world) - one.brought) - gasOf(one)),
            },
          ]),
      {
        kind: "clients" as const,
        group: "clients",
        count: clients.length,
        profit: meanOf(clients, (client) => client.dollars - gasOf(client)),
      },
    ];
  }
}
