/** Watchers of a simulation, and everybody else who goes to court. */
import { type Hex, toHex } from "../core/bytes.ts";
import { BPS, greatest, least } from "../core/numbers.ts";
import { sign } from "../core/signatures.ts";
import { receiptDigest } from "../core/typedData.ts";
import type { DayBatch, Sale } from "./operators.ts";
import { policyOf } from "./parameters.ts";
import type { Verdict } from "./protocol.ts";
import type { Chance } from "./random.ts";
import type { WatcherGroup } from "./scenario.ts";
import { identityOf, type World } from "./world.ts";

/** What a case takes, in gas: the commitment and the call of `ValidityCourt`, for the simulation's model (bench/gas.json). */
const CASE_GAS = 240_000;

/** Who goes to court, and what for: a wrong answer of a batch. */
export interface Accusation {
  /** As the result names it. */
  readonly by: string;
  readonly reporter: Hex;
  readonly sale: Sale;
  readonly in: DayBatch;
}

export class SimWatcher {
  readonly group: WatcherGroup;
  readonly address: Hex;
  /** Bounties less what computing answers again cost, in dollars, gas aside. */
  dollars = 0;
  readonly #chance: Chance;

  constructor(name: string, group: WatcherGroup, chance: Chance) {
    this.group = group;
    this.address = identityOf(name).address;
    this.#chance = chance;
  }

  async enter({ protocol }: World): Promise<void> {
    await protocol.admit(this.address);
  }

  /** Computes its share of what was committed so many days ago again. */
  look({ scenario, day }: World, batches: readonly DayBatch[]): Accusation[] {
    const { group } = this;
    const isAway = scenario.shocks.some(
      (shock) =>
        shock.kind === "watchers stop" &&
        shock.watchers === group.name &&
        shock.on <= day &&
        day < shock.on + shock.days,
    );
    if (isAway) return [];
    const found: Accusation[] = [];
    for (const batch of batches.filter((one) => one.day === day - group.delay)) {
      const { collusion } = batch.operator.group;
      if (collusion?.with === "watcher" && collusion.watchers === group.name) continue;
      for (const sale of batch.sales) {
        if (!this.#chance.happens(group.rate)) continue;
        this.dollars -= group.cost;
        if (!sale.answer.isRight) found.push({ by: group.name, reporter: this.address, sale, in: batch });
      }
    }
    return found;
  }

  /** Takes its bounties. */
  async collectAwards(world: World): Promise<void> {
    this.dollars += world.dollars(await world.protocol.claimAwards(this.address));
  }
}

/**
 * Goes to court, where it is not too late, that is worth its gas and nobody else was there before.
 * @returns the verdict; undefined where there is none
 */
export async function accuse(world: World, { reporter, sale, in: batch }: Accusation): Promise<Verdict | undefined> {
  const { chain, parameters } = world.protocol;
  // Evidence counts from the block in which it is committed: the next one.
  if (chain.now + 1n > batch.committedAt + policyOf(parameters).window) return undefined;
  if (expectedAward(world, batch.operator.address, sale) <= world.coinDollars(caseCost(world))) return undefined;
  const { request, receipt, answer, client } = sale;
  const index = batch.sales.indexOf(sale);
  const record = {
    request,
    receipt,
    context: "",
    input: answer.input,
    hidden: answer.trace.hidden.map(toHex),
    output: toHex(answer.trace.output),
    proof: "0x",
    clientSignature: sign(receipt.requestHash, client.secret),
    operatorSignature: sign(receiptDigest(receipt, world.protocol.domains.ledger), batch.operator.identity.secret),
  } as const;
  const verdict = await world.protocol.convict(reporter, world.answers.published, {
    record,
    root: batch.batch.root,
    proof: batch.batch.proof(index),
  });
  if (verdict !== undefined) batch.operator.convicted(world, verdict.fromOwn);
  return verdict;
}

function caseCost({ scenario }: World): bigint {
  return BigInt(Math.round(CASE_GAS * scenario.gas.price * 1e9));
}

/** What a reporter gets, as far as it can know before: in dollars. */
function expectedAward(world: World, operator: Hex, { receipt, client }: Sale): number {
  const { parameters, books } = world.protocol;
  const policy = policyOf(parameters);
  const own = books.bonds.operatorOf(operator).own.assets;
  const { settled } = books.escrow.account(client.address, operator, client.address);
  const price = greatest(0n, least(receipt.price, settled - (receipt.charged - receipt.price)));
  const part = (greatest(own, parameters.leastOwnBond) * policy.slashBps) / BPS;
  const taken = least(greatest(part, price * policy.priceMultiple), own);
  return world.dollars(least((taken * policy.bountyBps) / BPS, taken / 2n));
}
