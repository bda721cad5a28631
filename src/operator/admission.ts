import { greatest } from "../core/numbers.ts";
import { type AccountState, isLost, type Unbacked, type Voucher, type Wish } from "./journal.ts";
import { Refusal } from "./refusals.ts";

/** Money that is kept for an order while its answer is computed. */
export interface UnderWay {
  /** The reservation's name, and the node that has it. */
  readonly id: string;
  readonly node: number;
  readonly voucher: Voucher;
  readonly amount: bigint;
  /** False once it is given back: then its voucher alone counts, since others may have been admitted on it. */
  readonly isOpen: boolean;
}

/** What a journal knows that decides whether an answer may be computed. */
export interface Standings {
  readonly state: AccountState | undefined;
  readonly unbacked: Unbacked | undefined;
  /** What is under way for the account. */
  readonly underWay: readonly UnderWay[];
  /** What all accounts have been charged, but for what can no longer be settled, and what is under way for them. */
  readonly owed: bigint;
}

/** What is under way comes to at most, in the token's smallest unit. An order counts once, however often it is asked. */
export function amountUnderWay(underWay: readonly UnderWay[]): bigint {
  const byOrder = new Map(underWay.filter(({ isOpen }) => isOpen).map((one) => [one.voucher.orderHash, one.amount]));
  return [...byOrder.values()].reduce((sum, amount) => sum + amount, 0n);
}

/** Why no answer may be computed for a wish; undefined where it may. */
export function checkAdmission(wish: Wish, { state, unbacked, underWay, owed }: Standings): Refusal | undefined {
  const { voucher, maxPrice, bounds, now } = wish;
  if (unbacked !== undefined && isLost(unbacked, now)) {
    return new Refusal("AccountStopped", `the receipt behind unit ${unbacked.upTo + 1n} was not committed in time`);
  }
  const kept = amountUnderWay(underWay);
  // The same order is charged once: whoever asks for it beside another who does adds nothing.
  const added = underWay.some((one) => one.isOpen && one.voucher.orderHash === voucher.orderHash) ? 0n : maxPrice;
  const needed = (state?.charged ?? 0n) + kept + added;
  // A voucher whose deadline has passed runs out soon: it covers what was served, and nothing new.
  const known = [state?.voucher, ...underWay.map((one) => one.voucher)];
  const highest = known
    .filter((other) => other !== undefined && other.deadline >= now)
    .reduce((most, other) => greatest(most, other?.ceiling ?? 0n), voucher.ceiling);
  if (needed > highest) {
    return new Refusal("CeilingTooLow", `the account's total may reach ${needed}, the ceiling is ${highest}`);
  }
  if (needed > bounds.reach) {
    return new Refusal("AccountUnfunded", `the account's total may reach ${needed}, its money reaches ${bounds.reach}`);
  }
  if (owed + added > bounds.limit) {
    const message = `all accounts together may reach ${owed + added}, the bond covers up to ${bounds.limit}`;
    return new Refusal("CoverExhausted", message);
  }
  return undefined;
}

/**
 * What is left of what is under way for an account once some of it is over: what is open, and of what is not the vouchers
 * that are better than others in something, while anything is open that may have been admitted on them.
 */
export function closed(underWay: readonly UnderWay[], isOver: (one: UnderWay) => boolean): readonly UnderWay[] {
  const ended = underWay.map((one) => (isOver(one) ? { ...one, isOpen: false } : one));
  if (!ended.some(({ isOpen }) => isOpen)) return [];
  return ended.reduce<readonly UnderWay[]>((left, one) => {
    const isBetter = (other: UnderWay): boolean =>
      one.voucher.ceiling > other.voucher.ceiling || one.voucher.deadline > other.voucher.deadline;
    return one.isOpen || left.every((other) => other === one || isBetter(other))
      ? left
      : left.filter((other) => other !== one);
  }, ended);
}

/**
 * Of vouchers that cover what was charged the one with the highest ceiling; but one whose deadline has passed runs out,
 * and gives way to any that is good.
 * @throws RangeError where there is none
 */
export function bestVoucher(
  vouchers: readonly Voucher[],
  { charged, now }: { readonly charged: bigint; readonly now: bigint },
): Voucher {
  const [best] = vouchers.toSorted(
    (a, b) =>
      Number(b.ceiling >= charged) - Number(a.ceiling >= charged) ||
      Number(b.deadline >= now) - Number(a.deadline >= now) ||
      (b.ceiling > a.ceiling ? 1 : b.ceiling < a.ceiling ? -1 : 0),
  );
  if (best === undefined) throw new RangeError("an account is charged on a voucher");
  return best;
}
