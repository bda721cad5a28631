/** Runs a scenario, day by day. */
import { Answers } from "./answers.ts";
import { SimClient } from "./clients.ts";
import { SimDelegator } from "./delegators.ts";
import { type Everybody, groupDay, networkDay, operatorEnd, otherEnds } from "./ledger.ts";
import { Notes } from "./notes.ts";
import { type DayBatch, type Sale, SimOperator } from "./operators.ts";
import { parametersOf } from "./parameters.ts";
import { Protocol } from "./protocol.ts";
import type { GroupDay, NetworkDay, SimulationResult } from "./result.ts";
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
    const world = new World({ scenario, seed, protocol, answers, notes: new Notes() });
    const simulation = new Simulation(world);
    await simulation.populate();
    for (; world.day < scenario.days; world.day++) {
      await simulation.runDay();
      onDay(world.day + 1, scenario.days);
    }
    return await simulation.end();
  } finally {
    await protocol.chain.close();
  }
}

function namesOf({ name, count }: Pick<OperatorGroup, "name" | "count">): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
}

class Simulation implements Everybody {
  readonly operators: SimOperator[] = [];
  readonly clients: SimClient[] = [];
  readonly delegators: SimDelegator[] = [];
  readonly watchers: SimWatcher[] = [];
  readonly #world: World;
  readonly #chance;
  readonly #network: NetworkDay[] = [];
  readonly #groups: GroupDay[] = [];
  /** Batches that some watcher has still to look at. */
  #batches: DayBatch[] = [];
  readonly #longestDelay: number;
  /** The wrong answers that somebody has gone to court for: all see that. */
  readonly #accused = new Set<Sale>();
  readonly #compared = { days: 0, balances: 0 };

  constructor(world: World) {
    this.#world = world;
    this.#chance = world.chance("the world");
    this.#longestDelay = Math.max(0, ...world.scenario.watchers.map(({ delay }) => delay));
  }

  /** Has everybody enter who is there on the first day. */
  async populate(): Promise<void> {
    const world = this.#world;
    const { operators, delegators, clients, watchers } = world.scenario;
    for (const group of operators) {
      for (const name of namesOf(group)) this.operators.push(new SimOperator(name, group, world.chance(name)));
    }
    for (const group of watchers) {
      for (const name of namesOf(group)) this.watchers.push(new SimWatcher(name, group, world.chance(name)));
    }
    for (let index = 0; index < delegators.count; index++) {
      const name = `delegator ${index + 1}`;
      this.delegators.push(new SimDelegator({ name, index, stake: delegators.stake }, world.chance(name)));
    }
    for (const agent of [...this.operators, ...this.watchers, ...this.delegators]) await agent.enter(world);
    for (let count = 0; count < clients.count; count++) await this.#addClient();
  }

  async runDay(): Promise<void> {
    const world = this.#world;
    await world.wait("morning");
    await this.#arrive();
    await this.#strike();
    await world.protocol.chain.flush();
    for (const operator of this.operators) {
      await operator.open(world);
      await operator.collectBond(world);
    }
    for (const delegator of this.delegators) await delegator.act(world, this.operators);
    const noticed = await this.#trade();
    await world.wait("evening");
    for (const operator of this.operators) {
      const batch = await operator.close(world);
      if (batch !== undefined) this.#batches.push(batch);
    }
    await world.wait("night");
    for (const accusation of this.#accusations(noticed)) {
      const verdict = await accuse(world, accusation);
      if (verdict === undefined) continue;
      const { by, in: batch } = accusation;
      const { name: operator, group } = batch.operator;
      world.notes.judged({ operator, group: group.name, day: batch.day, convictedOn: world.day, by }, verdict);
    }
    for (const agent of [...this.watchers, ...this.clients, ...this.operators]) await agent.collectAwards(world);
    await world.protocol.chain.flush();
    this.#network.push(networkDay(world, this));
    for (const { name } of world.scenario.operators) this.#groups.push(groupDay(world, name, this.operators));
    world.notes.turn();
    this.#batches = this.#batches.filter(({ day }) => day > world.day - this.#longestDelay);
    this.#compared.balances += await world.protocol.compare();
    this.#compared.days += 1;
  }

  /** Compares everything once more, and tells what came of everybody. */
  async end(): Promise<SimulationResult> {
    const world = this.#world;
    const { scenario, seed, protocol, notes } = world;
    for (const operator of this.operators) operator.standing = await protocol.standingOf(operator.address);
    this.#compared.balances += await protocol.compare(true);
    return {
      scenario,
      seed,
      network: this.#network,
      groups: this.#groups,
      operators: this.operators.map((operator) => operatorEnd(world, operator)),
      others: otherEnds(world, this),
      faults: notes.faults,
      cohorts: notes.cohorts(protocol.chain.now),
      comparisons: this.#compared,
      transactions: protocol.chain.transactions,
    };
  }

  async #arrive(): Promise<void> {
    const world = this.#world;
    const arrivals = world.day === 0 ? 0 : this.#chance.often(world.scenario.clients.arrivalsPerDay);
    for (let count = 0; count < arrivals; count++) await this.#addClient();
  }

  async #addClient(): Promise<void> {
    const name = `client ${this.clients.length + 1}`;
    const client = new SimClient(name, this.#world.chance(name));
    this.clients.push(client);
    await client.enter(this.#world);
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
        const isHonest = ({ cheating, collusion }: OperatorGroup): boolean => !cheating && !collusion;
        const honest = this.operators.filter(({ group, hasLeft }) => isHonest(group) && !hasLeft);
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
    for (const operator of this.operators) await operator.payItself(world);
    const sessions = [];
    for (const client of this.clients) {
      const session = await client.open(world, this.operators);
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
    const watchers = this.#chance.shuffled(this.watchers).flatMap((watcher) => watcher.look(world, this.#batches));
    return [...accomplices, ...clients, ...watchers].filter(({ sale }) => {
      const isNew = !this.#accused.has(sale);
      this.#accused.add(sale);
      return isNew;
    });
  }
}
