import { credit } from "../credit.ts";
import { BPS } from "../numbers.ts";
import type { OperatorFacts } from "./facts.ts";

/** An operator's quality. */
export interface OperatorQuality extends OperatorFacts {
  readonly score: bigint;
  readonly proven: boolean;
  /** What slashes asked for beside what it was paid, in hundredths of a percent; undefined where it was paid nothing. */
  readonly faultsBps: bigint | undefined;
}

/** The quality of all operators together. */
export interface OperatorsReport {
  readonly registered: number;
  /** How many ever were paid something, or slashed: what follows counts these. */
  readonly serving: number;
  readonly proven: number;
  readonly faulty: number;
  /** What all slashes asked for beside all that was paid, in hundredths of a percent; undefined where nothing was. */
  readonly faultsBps: bigint | undefined;
  /** The score of an average unit that was paid, of those that went to proven operators; undefined where none did. */
  readonly meanScore: bigint | undefined;
  /** All operators, the best first. */
  readonly each: readonly OperatorQuality[];
}

/** Tells how good operators are. */
export function qualityOf(operators: readonly OperatorFacts[]): OperatorsReport {
  const each = operators.map(gauge).sort(byQuality);
  const serving = each.filter(({ fees, faults }) => fees > 0n || faults > 0);
  const proven = serving.filter((one) => one.proven);
  const fees = sumOf(serving, (one) => one.fees);
  const paid = sumOf(proven, (one) => one.fees);
  const weighted = sumOf(proven, (one) => one.fees * one.score);
  return {
    registered: each.length,
    serving: serving.length,
    proven: proven.length,
    faulty: serving.filter(({ faults }) => faults > 0).length,
    faultsBps: shareOf(
      sumOf(serving, (one) => one.slashed),
      fees,
    ),
    meanScore: paid === 0n ? undefined : weighted / paid,
    each,
  };
}

/** A part of a whole, in hundredths of a percent, rounded down; undefined where there is no whole. */
export function shareOf(part: bigint, whole: bigint): bigint | undefined {
  return whole === 0n ? undefined : (part * BPS) / whole;
}

function gauge(facts: OperatorFacts): OperatorQuality {
  return { ...facts, ...credit(facts.credit), faultsBps: shareOf(facts.slashed, facts.fees) };
}

/** Proven ones by their score; the others after them by what they were slashed for, then by what they were paid. */
function byQuality(one: OperatorQuality, other: OperatorQuality): number {
  if (one.proven !== other.proven) return one.proven ? -1 : 1;
  return (
    compare(other.score, one.score) ||
    compare(one.slashed, other.slashed) ||
    compare(other.fees, one.fees) ||
    (one.operator < other.operator ? -1 : 1)
  );
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function sumOf<T>(all: readonly T[], amountOf: (one: T) => bigint): bigint {
  return all.reduce((sum, one) => sum + amountOf(one), 0n);
}
