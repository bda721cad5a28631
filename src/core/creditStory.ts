/** Says in plain words why an operator's credit is what it is, and what it would cost to have it without a client. */
import type { CurvePoint } from "./creditCurve.ts";
import { forgeryCost, type ForgeryTerms } from "./forgery.ts";

/** What holds beside the facts at that time. */
export interface StoryTerms extends Pick<
  ForgeryTerms,
  "protocolFeeBps" | "coverageBps" | "settledHalfLife" | "unbondingDelay"
> {
  readonly faultHalfLife: bigint;
}

/** How amounts, and lengths of time in seconds, are written. */
export interface Wording {
  readonly amount: (value: bigint) => string;
  readonly duration: (seconds: bigint) => string;
}

/** The formula with its numbers, what each of them is, and what the score would cost to forge, a sentence each. */
export function creditStory(
  point: Omit<CurvePoint, "at" | "causes">,
  terms: StoryTerms,
  { amount, duration }: Wording,
): string[] {
  const { settled, faulted, prior, severity, score, proven } = point;
  const missing = prior - settled;
  return [
    `Credit is S / (S + P + K * F) in thousandths: S ${amount(settled)}, P ${amount(prior)}, K ${severity}, F ${amount(faulted)}: ${score}.`,
    `S is what it was paid and can no longer be challenged for; half of it is forgotten in ${duration(terms.settledHalfLife)}.`,
    proven
      ? `S has reached P, so the score counts.`
      : `While S is below P it is unproven and the score says nothing: ${amount(missing)} more must be settled.`,
    `F is what slashes asked for, paid or not; half of it is forgotten in ${duration(terms.faultHalfLife)}, and each unit outweighs ${severity} of good service.`,
    ...(proven ? [forgeryStory(point, terms, { amount, duration })] : []),
  ];
}

function forgeryStory(
  { settled, prior, severity, faulted, score }: Omit<CurvePoint, "at" | "causes">,
  terms: StoryTerms,
  { amount, duration }: Wording,
): string {
  // Cover for all of it at once: the quickest way.
  const cover = (settled * terms.coverageBps + 9_999n) / 10_000n;
  const cost = forgeryCost(score, { ...terms, prior, severity, faulted }, cover);
  if (cost === undefined) return "Paying itself it could not have this score.";
  const { protocolFee, wait, locked, yearlyFee } = cost;
  return `To have this score by paying itself costs ${amount(protocolFee)} of protocol fee, ${duration(wait)} of waiting, a bond of ${amount(cover)} for ${duration(locked)}, and ${amount(yearlyFee)} a year to keep it.`;
}
