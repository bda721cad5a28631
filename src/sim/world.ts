/** What all agents of a simulation see: the day, prices, the contracts, the questions. */
import { keccak, type Hex, toHex } from "../core/bytes.ts";
import { modelId } from "../core/model/commitment.ts";
import { addressOf } from "../core/signatures.ts";
import type { Answers } from "./answers.ts";
import type { Notes } from "./notes.ts";
import type { Protocol } from "./protocol.ts";
import { Chance } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { START } from "./chain.ts";

const DAY = 86_400n;

/** When, in seconds after a day's midnight, everybody does what. */
export const hours = { morning: 3_600n, noon: 12n * 3_600n, evening: 20n * 3_600n, night: 22n * 3_600n } as const;

/** An address and its key, by a name. */
export interface Identity {
  readonly address: Hex;
  readonly secret: Hex;
}

/** What a world is made of. */
interface WorldParts {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly protocol: Protocol;
  readonly answers: Answers;
  readonly notes: Notes;
}

/** The world of one run. What agents know of each other is public: offers, prices, what the chain says. */
export class World implements WorldParts {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly protocol: Protocol;
  readonly answers: Answers;
  readonly notes: Notes;
  day = 0;
  /** What a token is worth, in dollars. */
  tokenPrice = 1;
  /** What a shock has made of demand. */
  demand = 1;
  readonly model: Hex;

  constructor({ scenario, seed, protocol, answers, notes }: WorldParts) {
    this.scenario = scenario;
    this.seed = seed;
    this.protocol = protocol;
    this.answers = answers;
    this.notes = notes;
    this.model = modelId(answers.published.publisher, answers.published.model);
  }

  chance(label: string): Chance {
    return new Chance(this.seed, label);
  }

  /** Moves the chain's time to an hour of the day. */
  async wait(hour: keyof typeof hours): Promise<void> {
    await this.protocol.chain.moveTo(this.midnight() + hours[hour]);
  }

  /** When the day began, in seconds. */
  midnight(): bigint {
    return START + BigInt(this.day) * DAY;
  }

  /** Converts tokens' smallest unit to dollars, at today's price. */
  dollars(units: bigint): number {
    return (Number(units) / 1e6) * this.tokenPrice;
  }

  /** Converts dollars to the token's smallest unit, at today's price, rounded down. */
  units(dollars: number): bigint {
    return BigInt(Math.floor((dollars / this.tokenPrice) * 1e6));
  }

  /** Converts wei to dollars. */
  coinDollars(wei: bigint): number {
    return (Number(wei) / 1e18) * this.scenario.gas.coin;
  }
}

/** The identity of whoever has this name: the same in every run. */
export function identityOf(name: string): Identity {
  const secret = toHex(keccak(new TextEncoder().encode(`surety simulation ${name}`)));
  return { address: addressOf(secret), secret };
}
