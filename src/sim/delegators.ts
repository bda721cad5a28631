/** Delegators of a simulation: they put their money behind whoever earns them most, and move it when others earn more. */
import type { Hex } from "../core/bytes.ts";
import { least } from "../core/numbers.ts";
import type { SimOperator } from "./operators.ts";
import { toUnits } from "./parameters.ts";
import type { Chance } from "./random.ts";
import { identityOf, type World } from "./world.ts";

/** How many operators it looks at for an offer, since nobody reads all of them every week. */
const LOOKED_AT = 10;

const WEEKS = 52;

/** Less is not worth a transaction, in the token's smallest unit. */
const LEAST_STAKE = 1_000_000n;

export class SimDelegator {
  readonly address: Hex;
  /** What it brought, in the token's smallest unit. */
  readonly brought: bigint;
  /** Where its money is, and what is on its way back. */
  #operator: SimOperator | undefined;
  #ticket: { readonly operator: SimOperator; readonly id: bigint } | undefined;
  readonly #chance: Chance;

  readonly #index: number;

  /** @param index which day is its own */
  constructor({ name, index, stake }: { name: string; index: number; stake: number }, chance: Chance) {
    this.address = identityOf(name).address;
    this.#index = index;
    this.brought = toUnits(stake);
    this.#chance = chance;
  }

  async enter({ protocol }: World): Promise<void> {
    await protocol.admit(this.address);
    await protocol.mint(this.address, this.brought);
    await protocol.approve(this.address, "bonds");
  }

  /** Takes what it may have back, and on its day looks whether others earn more. */
  async act(world: World, operators: readonly SimOperator[]): Promise<void> {
    const { reviewEvery, leastGain } = world.scenario.delegators;
    await this.#takeBack(world);
    if ((world.day + this.#index) % reviewEvery !== 0 || this.#ticket !== undefined) return;
    const idle = world.protocol.books.tokens.of(this.address);
    if (this.#operator === undefined) {
      if (idle >= LEAST_STAKE) await this.#join(world, operators, idle);
      return;
    }
    const here = yieldOf(this.#operator, 0n);
    const best = this.#best(world, operators, this.worth(world));
    if (best !== undefined && best !== this.#operator && yieldOf(best, this.worth(world)) > here + leastGain) {
      await this.#ask(world, this.#operator);
    }
  }

  /** What its money is worth wherever it is, in the token's smallest unit. */
  worth({ protocol: { books } }: World): bigint {
    const idle = books.tokens.of(this.address);
    const operator = this.#operator ?? this.#ticket?.operator;
    if (operator === undefined) return idle;
    const { delegated } = books.bonds.operatorOf(operator.address);
    const ticket = this.#ticket && books.bonds.ticketOf(operator.address, this.address, this.#ticket.id);
    const leaving = ticket?.epoch === delegated.epoch ? ticket.shares : 0n;
    const shares = books.bonds.positionOf(operator.address, this.address) + leaving;
    return idle + (delegated.shares === 0n ? 0n : (shares * delegated.assets) / delegated.shares);
  }

  async #takeBack({ protocol }: World): Promise<void> {
    if (this.#ticket === undefined) return;
    const { operator, id } = this.#ticket;
    const { maturesAt } = protocol.books.bonds.ticketOf(operator.address, this.address, id);
    if (protocol.chain.now < maturesAt) return;
    await protocol.withdraw(this.address, operator.address, id);
    this.#ticket = undefined;
  }

  async #join(world: World, operators: readonly SimOperator[], idle: bigint): Promise<void> {
    const operator = this.#best(world, operators, idle);
    if (operator === undefined) return;
    const room = world.protocol.books.bonds.delegationRoom(operator.address);
    await world.protocol.delegate(this.address, operator.address, least(idle, room));
    this.#operator = operator;
  }

  async #ask({ protocol }: World, operator: SimOperator): Promise<void> {
    const shares = protocol.books.bonds.positionOf(operator.address, this.address);
    this.#operator = undefined;
    // What was wiped out is gone; there is nothing to ask for.
    if (shares === 0n) return;
    this.#ticket = { operator, id: await protocol.requestUnbond(this.address, operator.address, shares) };
  }

  /** The best of those that it looks at and that take its money: whoever was slashed and is not forgotten is out. */
  #best(world: World, operators: readonly SimOperator[], stake: bigint): SimOperator | undefined {
    const takes = (operator: SimOperator): boolean =>
      operator.isListed() &&
      operator.standing.credit.faulted === 0n &&
      world.protocol.books.bonds.delegationRoom(operator.address) >= LEAST_STAKE;
    let candidates = operators.filter(takes);
    const looked: SimOperator[] = [];
    while (looked.length < LOOKED_AT && candidates.length > 0) {
      const one = candidates[this.#chance.below(candidates.length)];
      if (one === undefined) break;
      looked.push(one);
      candidates = candidates.filter((other) => other !== one);
    }
    return looked.reduce<SimOperator | undefined>(
      (best, one) => (best === undefined || yieldOf(one, stake) > yieldOf(best, stake) ? one : best),
      undefined,
    );
  }
}

/**
 * What a stake would earn with an operator, a year, as a share of it: by what that earned in the last week. Its fees are
 * shared by all that is bonded with it; `stake` is what would join.
 */
function yieldOf({ standing, group, recentFees }: SimOperator, stake: bigint): number {
  const fees = Number(recentFees.reduce((sum, fee) => sum + fee, 0n));
  return (fees * (1 - group.commission) * WEEKS) / Number(standing.own + standing.delegated + stake + 1n);
}
