/**
 * The facts that a network's health is told from, whoever read them: logs of the chain, or an indexer's tables. Amounts in
 * the token's smallest unit, addresses in lower case; days and weeks are numbered since 1970-01-01, a Thursday.
 */
import type { Hex } from "../bytes.ts";
import type { CreditFacts } from "../credit.ts";

const DAY = 86_400n;

/** The number of the day, and of the week, that a time in seconds lies in. */
export function dayOf(time: bigint): number {
  return Number(time / DAY);
}

export function weekOf(time: bigint): number {
  return Number(time / (7n * DAY));
}

/** What a payer paid in a week, to whomever. */
export interface ClientWeek {
  readonly payer: Hex;
  readonly week: number;
  readonly fees: bigint;
  /** How many payments it made. */
  readonly settlements: number;
}

/** What an operator did in a week. */
export interface OperatorWeek {
  readonly operator: Hex;
  readonly week: number;
  readonly fees: bigint;
  readonly settlements: number;
  /** How many receipts it committed. */
  readonly receipts: bigint;
}

/** What happened in a day. */
export interface DayFacts {
  readonly day: number;
  readonly settlements: number;
  readonly fees: bigint;
  readonly receipts: bigint;
  /** How many payers paid something by voucher. */
  readonly activeClients: number;
  /** What slashes asked for. */
  readonly slashed: bigint;
}

/** An operator, over all time. */
export interface OperatorFacts {
  readonly operator: Hex;
  readonly credit: CreditFacts;
  /** What it was paid. */
  readonly fees: bigint;
  /** How often it was slashed, and what that asked for, paid or not. */
  readonly faults: number;
  readonly slashed: bigint;
  /** What is bonded with it now: its own, and its delegators'. */
  readonly own: bigint;
  readonly delegated: bigint;
}

/** What a payer paid an operator, over all time. */
export interface Payment {
  readonly payer: Hex;
  readonly operator: Hex;
  readonly fees: bigint;
}

/**
 * An address that the chain itself ties to an operator: where its earnings go, who acts for it, whose money stands behind
 * it. `payTo` is the address where it is paid without a voucher: who pays there, nobody says.
 */
export interface Tie {
  readonly operator: Hex;
  readonly address: Hex;
  readonly as: "payout" | "agent" | "delegator" | "payTo";
}

/** All facts up to a time. */
export interface HealthFacts {
  /** In seconds. The day and the week in which it lies are still running. */
  readonly until: bigint;
  readonly clientWeeks: readonly ClientWeek[];
  readonly operatorWeeks: readonly OperatorWeek[];
  readonly days: readonly DayFacts[];
  readonly operators: readonly OperatorFacts[];
  readonly payments: readonly Payment[];
  readonly ties: readonly Tie[];
  /** All tokens that there are. */
  readonly supply: bigint;
  /** The protocol's part of the fees. */
  readonly protocolFees: bigint;
  /** What delegators were given that no fee paid for. */
  readonly gifts: bigint;
  /** What reporters and harmed payers were awarded out of slashed bonds. */
  readonly awards: bigint;
}
