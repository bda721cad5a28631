/**
 * What a simulation found: plain numbers, to be written as JSON and CSV and drawn. Amounts are in tokens unless they say
 * dollars; a day's figures are those of its end.
 */
import type { Scenario } from "./scenario.ts";

/** The network on a day. */
export interface NetworkDay {
  readonly day: number;
  /** Clients that are there, and those that got an answer on that day. */
  readonly clients: number;
  readonly activeClients: number;
  readonly requests: number;
  readonly answers: number;
  /** Requests that nobody took, or that were refused. */
  readonly refused: number;
  /** Answers that were not what the model gives, and those that somebody had convicted on that day. */
  readonly wrong: number;
  readonly convicted: number;
  /** What clients paid by voucher on that day; what of it operators paid themselves; the protocol's part. */
  readonly fees: number;
  readonly subsidised: number;
  readonly protocolFees: number;
  /** What slashes asked for on that day, took, and how it went on. */
  readonly asked: number;
  readonly slashed: number;
  readonly bounties: number;
  readonly compensated: number;
  readonly burnt: number;
  /** All own bonds and all delegated ones; what they cover; what of that is exposed. */
  readonly own: number;
  readonly delegated: number;
  readonly cover: number;
  readonly exposure: number;
  /** What a token is worth, in dollars. */
  readonly tokenPrice: number;
  /** What the chain took for all transactions of the day: gas, and its price in dollars. */
  readonly gas: number;
  readonly gasDollars: number;
}

/** A group of operators on a day: sums, and means an operator where they say so. */
export interface GroupDay {
  readonly day: number;
  readonly group: string;
  readonly answers: number;
  readonly wrong: number;
  /** Its part of the day's answers, 0 to 1. */
  readonly demandShare: number;
  /** What it has gained since the first day, in dollars, an operator: see docs/economics.md. */
  readonly profit: number;
  /** An operator's. */
  readonly own: number;
  readonly delegated: number;
  readonly cover: number;
  readonly exposure: number;
  /** Credit's score in thousandths, of those that are proven; and how many are. */
  readonly credit: number;
  readonly proven: number;
  /** How many are still able to be paid: their bond is there. */
  readonly active: number;
}

/** An operator at the end. */
export interface OperatorEnd {
  readonly operator: string;
  readonly group: string;
  readonly answers: number;
  readonly wrong: number;
  readonly convicted: number;
  readonly fees: number;
  readonly slashed: number;
  /** In dollars, since the first day. */
  readonly profit: number;
  readonly own: number;
  readonly delegated: number;
  readonly credit: number;
  readonly isProven: boolean;
}

/** A wrong answer that was proven. */
export interface ConvictedFault {
  readonly operator: string;
  readonly group: string;
  /** The day of the answer, and of the verdict. */
  readonly day: number;
  readonly convictedOn: number;
  /** Who proved it: a group of watchers, "clients", or "accomplice". */
  readonly by: string;
  readonly asked: number;
  readonly slashed: number;
}

/** Clients by the week of their first payment: how many of them paid in that week and in each one after it. */
export interface CohortRow {
  readonly week: number;
  readonly clients: number;
  readonly retained: readonly number[];
}

/** How somebody fared who is not an operator. In dollars, since the first day, an agent. */
export interface OtherEnd {
  readonly kind: "watchers" | "delegators" | "clients";
  readonly group: string;
  readonly count: number;
  readonly profit: number;
}

/** All of it. */
export interface SimulationResult {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly network: readonly NetworkDay[];
  readonly groups: readonly GroupDay[];
  readonly operators: readonly OperatorEnd[];
  readonly others: readonly OtherEnd[];
  readonly faults: readonly ConvictedFault[];
  readonly cohorts: readonly CohortRow[];
  /** How often the books were compared with the chain, and on how many balances: every comparison held. */
  readonly comparisons: { readonly days: number; readonly balances: number };
  readonly transactions: number;
}
