/**
 * Which operator to ask: by credit, price and what its bond can still stand for. One formula, so that everybody can say
 * why one comes before another.
 *
 * Trust is a number of thousandths: 1,000 for an operator of which nothing is known, more for what it has settled, less
 * for what it was slashed for, each as its part of S + P + K * F (see `credit.ts`). Below the prior nothing is added: it
 * is unproven. So it lies between 1 and 1,999, and the best name may cost twice what a stranger costs, not more. The
 * order is that of trust per price; of two alike the one with more room comes first.
 */
import type { Hex } from "./bytes.ts";
import { credit, type CreditFacts } from "./credit.ts";

/** An operator that could be asked. Amounts in the token's smallest unit. */
export interface Candidate {
  readonly operator: Hex;
  /** What the question costs by its tariff at most. */
  readonly price: bigint;
  readonly credit: CreditFacts;
  /** What its cover still leaves to be settled: its cap less its exposure. */
  readonly room: bigint;
}

/** A candidate that can be asked, and how far it is trusted, in thousandths. */
export interface Ranked extends Candidate {
  readonly trust: bigint;
  /** Why it stands where it stands, in a sentence. */
  readonly why: string;
}

/** A candidate that is not asked, and why. */
export interface Excluded {
  readonly operator: Hex;
  readonly reason: "PriceAboveLimit" | "CoverExhausted";
  readonly why: string;
}

/** Who is to be asked, the best first, and who is not. */
export interface Choice {
  readonly ranked: readonly Ranked[];
  readonly excluded: readonly Excluded[];
}

/**
 * Ranks operators for a question.
 * @param maxPrice what the question may cost; whatever it costs where left out
 * @example
 * ```ts
 * import { chooseOperators } from "surety/core";
 *
 * const terms = { prior: 1_000_000n, severity: 10n };
 * const { ranked, excluded } = chooseOperators(
 *   [
 *     { operator: "0x01", price: 900n, room: 5_000n, credit: { ...terms, settled: 9_000_000n, faulted: 0n } },
 *     { operator: "0x02", price: 700n, room: 5_000n, credit: { ...terms, settled: 9_000_000n, faulted: 800_000n } },
 *     { operator: "0x03", price: 1_200n, room: 5_000n, credit: { ...terms, settled: 0n, faulted: 0n } },
 *   ],
 *   1_000n,
 * );
 * console.log(ranked.map(({ operator, trust }) => `${operator} ${trust}`).join(", ")); // 0x01 1900, 0x02 1056
 * console.log(excluded.map(({ operator, reason }) => `${operator} ${reason}`).join(", ")); // 0x03 PriceAboveLimit
 * ```
 */
export function chooseOperators(candidates: readonly Candidate[], maxPrice?: bigint): Choice {
  const excluded: Excluded[] = [];
  const ranked: Ranked[] = [];
  for (const candidate of candidates) {
    const exclusion = exclude(candidate, maxPrice);
    if (exclusion === undefined) ranked.push(rank(candidate));
    else excluded.push(exclusion);
  }
  return { ranked: ranked.sort(byMerit), excluded };
}

/**
 * How far an operator is trusted, in thousandths: 1 to 1,999.
 * @example
 * ```ts
 * import { trustOf } from "surety/core";
 *
 * console.log(trustOf({ settled: 9_000_000n, faulted: 0n, prior: 1_000_000n, severity: 10n })); // 1900n
 * ```
 */
export function trustOf(facts: CreditFacts): bigint {
  const { settled, faulted, prior, severity } = facts;
  const weight = severity * faulted;
  const { score, proven } = credit(facts);
  return 1_000n + (proven ? score : 0n) - (weight * 1_000n) / (settled + prior + weight);
}

function exclude({ operator, price, room }: Candidate, maxPrice: bigint | undefined): Excluded | undefined {
  if (maxPrice !== undefined && price > maxPrice) {
    return { operator, reason: "PriceAboveLimit", why: `it may cost ${price}, and at most ${maxPrice} is wanted` };
  }
  // What is not covered cannot be settled, so its node would refuse.
  if (room < price || room === 0n) {
    return { operator, reason: "CoverExhausted", why: `it may cost ${price}, and its bond covers ${room} more` };
  }
  return undefined;
}

function rank(candidate: Candidate): Ranked {
  const { score, proven } = credit(candidate.credit);
  const standing = proven ? `credit ${score} of 1000` : "unproven";
  const faults = candidate.credit.faulted > 0n ? `, slashed for ${candidate.credit.faulted}` : "";
  const why = `${standing}${faults}; costs at most ${candidate.price}; its bond covers ${candidate.room} more`;
  return { ...candidate, trust: trustOf(candidate.credit), why };
}

function byMerit(a: Ranked, b: Ranked): number {
  // One more than the price, so that what is free is compared, too.
  return (
    compare(b.trust * (a.price + 1n), a.trust * (b.price + 1n)) ||
    compare(b.room, a.room) ||
    (a.operator < b.operator ? -1 : 1)
  );
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
