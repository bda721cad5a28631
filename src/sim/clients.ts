/** Clients of a simulation: they choose by credit, price and what they have met with, pay, check a part, and leave. */
import { trustOf } from "../core/choice.ts";
import { greatest } from "../core/numbers.ts";
import type { Hex } from "../core/bytes.ts";
import { REFUND_LAPSE } from "../core/terms.ts";
import type { Sale, SimOperator } from "./operators.ts";
import type { Chance } from "./random.ts";
import { type Identity, identityOf, type World } from "./world.ts";

/** How many operators it tries on a day. */
const TRIES = 3;

/** For how many days it funds an account. */
const FUNDED_DAYS = 7;

/** What it asks on a day, and whom. */
export interface Session {
  readonly client: SimClient;
  readonly operator: SimOperator;
  readonly requests: number;
}

export class SimClient {
  readonly identity: Identity;
  readonly address: Hex;
  hasLeft = false;
  /** What it was awarded, less what it paid for answers that it found wrong: in dollars, gas and checking aside. */
  dollars = 0;
  /** Whom it asks, until it has a reason to choose anew. */
  #operator: SimOperator | undefined;
  /** Those that sold it a wrong answer: never again. */
  readonly #distrusted = new Set<SimOperator>();
  /** When money that it takes back can be had, by operator. */
  readonly #thaws = new Map<SimOperator, bigint>();
  readonly #chance: Chance;

  constructor(name: string, chance: Chance) {
    this.identity = identityOf(name);
    this.address = this.identity.address;
    this.#chance = chance;
  }

  async enter({ protocol }: World): Promise<void> {
    await protocol.admit(this.address);
    await protocol.approve(this.address, "escrow");
  }

  /** Decides what to ask today, and whom, and sees that there is money for it. */
  async open(world: World, operators: readonly SimOperator[]): Promise<Session | undefined> {
    const { clients } = world.scenario;
    await this.#takeBack(world);
    if (this.#chance.happens(clients.churn)) this.hasLeft = true;
    if (this.hasLeft) {
      await this.#abandon(world);
      return undefined;
    }
    const requests = this.#chance.often(clients.requestsPerDay * world.demand);
    if (requests === 0) return undefined;
    if (this.#chance.happens(clients.reconsiders)) await this.#abandon(world);
    const operator = this.#find(world, operators, requests);
    if (operator === undefined) {
      world.notes.refused(requests);
      await this.#disappointed(world);
      return undefined;
    }
    await this.#fund(world, operator, requests);
    return { client: this, operator, requests };
  }

  /** Asks, and computes a part of the answers again. */
  async ask(world: World, { operator, requests }: Session): Promise<Sale[]> {
    const wrong: Sale[] = [];
    for (let asked = 0; asked < requests; asked++) {
      const sale = operator.sell(world, this.identity, this.#chance.below(world.answers.questions));
      if (sale === undefined) {
        world.notes.refused(requests - asked);
        await this.#abandon(world);
        break;
      }
      world.notes.sold({ group: operator.group.name, client: this.address, isRight: sale.answer.isRight });
      if (!this.#chance.happens(world.scenario.clients.checkRate) || sale.answer.isRight) continue;
      wrong.push(sale);
      this.dollars -= operator.group.price;
      this.#distrusted.add(operator);
      await this.#disappointed(world);
      break;
    }
    return wrong;
  }

  /** Takes what it was awarded. */
  async collectAwards(world: World): Promise<void> {
    this.dollars += world.dollars(await world.protocol.claimAwards(this.address));
  }

  /** Leaves its operator, if it has one, and asks back what it has not spent there. */
  async #abandon(world: World): Promise<void> {
    const operator = this.#operator;
    this.#operator = undefined;
    if (operator === undefined || this.#thaws.has(operator)) return;
    const unpromised = operator.unpromised(world, this.address);
    if (unpromised <= 0n) return;
    this.#thaws.set(operator, await world.protocol.thaw(this.address, operator.address, unpromised));
  }

  /** Takes what has thawed; what nobody took in time is good for vouchers again. */
  async #takeBack({ protocol }: World): Promise<void> {
    for (const [operator, maturesAt] of this.#thaws) {
      if (protocol.chain.now < maturesAt) continue;
      this.#thaws.delete(operator);
      const { balance } = protocol.books.escrow.account(this.address, operator.address, this.address);
      if (protocol.chain.now + 1n > maturesAt + REFUND_LAPSE || balance === 0n) continue;
      await protocol.refund(this.address, operator.address);
    }
  }

  async #disappointed(world: World): Promise<void> {
    await this.#abandon(world);
    if (this.#chance.happens(world.scenario.clients.disappointment)) this.hasLeft = true;
  }

  /** The operator that it had, where that still serves; or another. */
  #find(world: World, operators: readonly SimOperator[], requests: number): SimOperator | undefined {
    const { maxPrice, creditSensitivity, priceSensitivity } = world.scenario.clients;
    const wants = (operator: SimOperator): boolean =>
      operator.group.price <= maxPrice && !this.#distrusted.has(operator) && !this.#thaws.has(operator);
    const serves = (operator: SimOperator): boolean =>
      operator.roomLeft() >= operator.priceOn(world) * BigInt(requests);
    if (this.#operator !== undefined && serves(this.#operator)) return this.#operator;
    let candidates = operators.filter((operator) => wants(operator) && operator.isListed());
    for (let tried = 0; tried < TRIES; tried++) {
      const chosen = this.#chance.pick(
        candidates,
        ({ standing, group }) =>
          (Number(trustOf(standing.credit)) / 1_000) ** creditSensitivity / group.price ** priceSensitivity,
      );
      if (chosen === undefined) break;
      if (serves(chosen)) {
        this.#operator = chosen;
        return chosen;
      }
      candidates = candidates.filter((other) => other !== chosen);
    }
    this.#operator = undefined;
    return undefined;
  }

  async #fund(world: World, operator: SimOperator, requests: number): Promise<void> {
    const { protocol, scenario } = world;
    const price = operator.priceOn(world);
    const missing = price * BigInt(requests) - operator.unpromised(world, this.address);
    if (missing <= 0n) return;
    const days = price * BigInt(Math.ceil(scenario.clients.requestsPerDay * FUNDED_DAYS));
    const amount = greatest(missing, days);
    const held = protocol.books.tokens.of(this.address);
    if (held < amount) await protocol.mint(this.address, amount - held);
    await protocol.fund(this.address, operator.address, amount);
  }
}
