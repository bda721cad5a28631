/** What happens in a simulation, noted down as it happens: sums of the day, who paid when, which answers were proven wrong. */
import type { Hex } from "../core/bytes.ts";
import { cohortsOf } from "../core/health/cohorts.ts";
import { type ClientWeek, weekOf } from "../core/health/facts.ts";
import { START } from "./chain.ts";
import { toTokens } from "./parameters.ts";
import type { Settled, Verdict } from "./protocol.ts";
import type { CohortRow, ConvictedFault } from "./result.ts";

/** An answer, as far as it is counted. */
interface Sold {
  readonly group: string;
  readonly client: Hex;
  readonly isRight: boolean;
}

/** A payment by voucher. Its amount in the token's smallest unit, its time in seconds. */
interface Paid {
  readonly payer: Hex;
  readonly amount: bigint;
  readonly time: bigint;
  /** Whether an operator paid itself. */
  readonly isOwn: boolean;
}

/** Answers of a group on a day. */
interface Answered {
  readonly answers: number;
  readonly wrong: number;
}

/** Sums of a day. Amounts in the token's smallest unit. */
const noSums = {
  requests: 0,
  answers: 0,
  refused: 0,
  wrong: 0,
  convicted: 0,
  fees: 0n,
  subsidised: 0n,
  protocolFees: 0n,
  asked: 0n,
  slashed: 0n,
  bounties: 0n,
  compensated: 0n,
};

export class Notes {
  readonly faults: ConvictedFault[] = [];
  #sums = { ...noSums };
  #served = new Set<Hex>();
  #groups = new Map<string, Answered>();
  readonly #weeks = new Map<string, ClientWeek>();

  /** Requests that got no answer. */
  refused(requests: number): void {
    this.#sums.requests += requests;
    this.#sums.refused += requests;
  }

  sold({ group, client, isRight }: Sold): void {
    const wrong = isRight ? 0 : 1;
    this.#sums.requests += 1;
    this.#sums.answers += 1;
    this.#sums.wrong += wrong;
    this.#served.add(client);
    const theirs = this.answered(group);
    this.#groups.set(group, { answers: theirs.answers + 1, wrong: theirs.wrong + wrong });
  }

  settled({ protocolFee }: Settled): void {
    this.#sums.protocolFees += protocolFee;
  }

  paid({ payer, amount, time, isOwn }: Paid): void {
    this.#sums.fees += amount;
    if (isOwn) {
      this.#sums.subsidised += amount;
      return;
    }
    const week = weekOf(time);
    const key = `${payer} ${week}`;
    const before = this.#weeks.get(key) ?? { payer, week, fees: 0n, settlements: 0 };
    this.#weeks.set(key, { ...before, fees: before.fees + amount, settlements: before.settlements + 1 });
  }

  judged(fault: Omit<ConvictedFault, "asked" | "slashed">, verdict: Verdict): void {
    const { asked, fromOwn, fromDelegated, bounty, compensated } = verdict;
    const slashed = fromOwn + fromDelegated;
    this.#sums.convicted += 1;
    this.#sums.asked += asked;
    this.#sums.slashed += slashed;
    this.#sums.bounties += bounty;
    this.#sums.compensated += compensated;
    this.faults.push({ ...fault, asked: toTokens(asked), slashed: toTokens(slashed) });
  }

  /** A group's answers of today. */
  answered(group: string): Answered {
    return this.#groups.get(group) ?? { answers: 0, wrong: 0 };
  }

  /** The day's sums, and how many clients were served. */
  today() {
    return { ...this.#sums, activeClients: this.#served.size };
  }

  /** Begins the next day. */
  turn(): void {
    this.#sums = { ...noSums };
    this.#served = new Set();
    this.#groups = new Map();
  }

  /** Clients by the week of their first payment, weeks counted from the first. @param until in seconds */
  cohorts(until: bigint): CohortRow[] {
    const first = weekOf(START);
    const cohorts = cohortsOf([...this.#weeks.values()], weekOf(until));
    return cohorts.map(({ week, clients, retained }) => ({ week: week - first, clients, retained }));
  }
}
