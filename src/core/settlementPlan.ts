/** Which claims an operator should settle now: those that are worth their gas, the ones that cannot wait first. */
import type { Hex } from "./bytes.ts";
import { BPS, least } from "./numbers.ts";
import { compact, SignatureError } from "./signatures.ts";
import { DEADLINE_HORIZON, SETTLEMENT_GRACE } from "./terms.ts";

/**
 * How many claims a batch has at most. The gas of a transaction, at most 2^24, is enough for twice as many; but a claim
 * has 224 bytes, and nodes pass on transactions of up to 128 kB.
 */
export const MAX_CLAIMS = 500;

/**
 * What a claim costs, and what a batch costs beside its claims, in gas: at most, and rounded up, for accounts that have
 * paid before and an operator that has settled before. `npm run bench:gas` measures it (bench/gas.json). The first batch
 * of two days, which has to bring the operator's books to the present, costs 52,000 more.
 */
export const CLAIM_GAS = 14_000n;
export const BATCH_GAS = 60_000n;

/** How long a settlement may take from its plan to its block, in seconds: so long before its end a voucher is urgent. */
export const INCLUSION_MARGIN = 600n;

const WEI_PER_COIN = 10n ** 18n;

/** What an account owes, by its newest voucher. Amounts in the token's smallest unit, times in seconds. */
export interface Due {
  readonly payer: Hex;
  readonly client: Hex;
  /** The account's total by the operator's receipts. */
  readonly charged: bigint;
  /**
   * The total up to which all of its receipts are committed in time. A unit without backing is never settled: whoever
   * asks DisclosureCourt for its receipt has the operator slashed.
   */
  readonly backed: bigint;
  /** Whether it is too late to back more. */
  readonly isLost: boolean;
  /** Its settled total, and what it holds, on the chain. */
  readonly settled: bigint;
  readonly balance: bigint;
  readonly voucher: {
    readonly ceiling: bigint;
    readonly deadline: bigint;
    readonly orderHash: Hex;
    readonly signature: Hex;
  };
}

/** When, within what, and at which prices is settled. */
export interface SettlementTerms {
  /** In seconds. */
  readonly now: bigint;
  /** When the next settlement is planned, in seconds. */
  readonly nextAt: bigint;
  /** What the cover still allows to be settled, in the token's smallest unit. */
  readonly room: bigint;
  /** What a claim costs, and what a batch costs beside its claims, in gas: see `CLAIM_GAS`, `BATCH_GAS`. */
  readonly claimGas: bigint;
  readonly batchGas: bigint;
  /** In wei. */
  readonly gasPrice: bigint;
  /** What 10^18 wei are worth, in the token's smallest unit. */
  readonly unitsPerCoin: bigint;
  /** What the operator keeps of its fees, in parts of `BPS`; all of them where left out. */
  readonly operatorBps?: bigint;
}

/** A voucher, and how far to redeem it: `IFeeEscrow.Claim`. */
export interface Claim {
  readonly payer: Hex;
  readonly total: bigint;
  readonly ceiling: bigint;
  readonly deadline: bigint;
  readonly orderHash: Hex;
  readonly r: Hex;
  readonly vs: Hex;
}

/**
 * Why a due is left: the contract would skip its claim for that reason (`IFeeEscrow.Skip`); or the receipt of its next
 * unit is not committed yet, or was not in time; or it is not worth its gas: then it waits for more to be charged, or is
 * given up where its voucher runs out before the next settlement.
 */
export type LeftReason =
  | "Expired"
  | "BeyondHorizon"
  | "AboveCeiling"
  | "BadSignature"
  | "NothingDue"
  | "NoFunds"
  | "NoCover"
  | "Uncommitted"
  | "Unbacked"
  | "Waits"
  | "GivenUp";

export interface Left {
  readonly due: Due;
  readonly reason: LeftReason;
}

export interface SettlementPlan {
  /** Each is one call of `FeeEscrow.settle`. Together they redeem no more than the room. */
  readonly batches: readonly (readonly Claim[])[];
  readonly left: readonly Left[];
}

/** A due whose claim is worth its gas. */
interface Candidate {
  readonly due: Due;
  readonly amount: bigint;
  readonly isUrgent: boolean;
  readonly signature: Pick<Claim, "r" | "vs">;
}

/**
 * Plans a settlement of accounts, each of which is given once, in any order.
 *
 * A claim is urgent if its voucher runs out before the next settlement. Urgent claims come first and larger ones before
 * smaller ones; room is given in that order, and cuts the last claim in part. So no other choice of claims gains more
 * of the urgent ones, and with that none more of the others. A batch is sent where its claims together gain more than it
 * costs: a loss is not worth it for an urgent claim either. Where none is urgent, or all are, or where room and one batch
 * hold all, no plan gains more.
 */
export function planSettlement(dues: readonly Due[], terms: SettlementTerms): SettlementPlan {
  const assessed = dues.toSorted(byAddress).map((due) => assess(due, terms));
  const candidates = assessed.filter(isCandidate).toSorted(byUrgency);
  const { covered, uncovered } = withinRoom(candidates, terms);
  const batches = inBatches(covered);
  const unsent = batches.filter((batch) => !isWorthSending(batch, terms));
  return {
    batches: batches.filter((batch) => !unsent.includes(batch)).map((batch) => batch.map(toClaim)),
    left: [
      ...assessed.filter((one): one is Left => !isCandidate(one)),
      ...uncovered.map(({ due }): Left => ({ due, reason: "NoCover" })),
      ...unsent.flat().map(({ due, isUrgent }) => notWorth(due, isUrgent)),
    ],
  };
}

function assess(due: Due, terms: SettlementTerms): Candidate | Left {
  const obstacle = obstacleTo(due, terms.now);
  if (obstacle !== undefined) return { due, reason: obstacle };
  const amount = payableOf(due);
  const isUrgent = due.voucher.deadline + SETTLEMENT_GRACE < terms.nextAt + INCLUSION_MARGIN;
  if (gainOf(amount, terms) <= 0n) return notWorth(due, isUrgent);
  try {
    return { due, amount, isUrgent, signature: compact(due.voucher.signature) };
  } catch (cause) {
    if (cause instanceof SignatureError) return { due, reason: "BadSignature" };
    throw cause;
  }
}

function isCandidate(assessed: Candidate | Left): assessed is Candidate {
  return "amount" in assessed;
}

/** Why nothing can be claimed at `now`, whatever the room. */
function obstacleTo(due: Due, now: bigint): LeftReason | undefined {
  const { charged, settled, balance, voucher } = due;
  if (charged <= settled) return "NothingDue";
  if (isUnbackedAt(due, settled)) return unbackedReason(due);
  if (now > voucher.deadline + SETTLEMENT_GRACE) return "Expired";
  if (voucher.deadline > now + DEADLINE_HORIZON) return "BeyondHorizon";
  if (voucher.ceiling <= settled) return "AboveCeiling";
  if (balance === 0n) return "NoFunds";
  return undefined;
}

/** What the contract would pay if there is room. */
function payableOf({ charged, backed, settled, balance, voucher }: Due): bigint {
  return least(least(least(charged, backed), voucher.ceiling) - settled, balance);
}

/** Whether the unit after `total` is charged, but has no receipt that backs it. */
export function isUnbackedAt({ charged, backed }: Due, total: bigint): boolean {
  return backed <= total && total < charged;
}

/** Why a unit has no receipt that backs it. */
export function unbackedReason({ isLost }: Due): LeftReason {
  return isLost ? "Unbacked" : "Uncommitted";
}

function notWorth(due: Due, isUrgent: boolean): Left {
  return { due, reason: isUrgent ? "GivenUp" : "Waits" };
}

/** Gives room to candidates in their order. What a claim is cut to must still be worth its gas. */
function withinRoom(candidates: readonly Candidate[], terms: SettlementTerms) {
  const covered: Candidate[] = [];
  const uncovered: Candidate[] = [];
  let { room } = terms;
  for (const candidate of candidates) {
    const amount = least(candidate.amount, room);
    if (gainOf(amount, terms) > 0n) {
      covered.push({ ...candidate, amount });
      room -= amount;
    } else {
      uncovered.push(candidate);
    }
  }
  return { covered, uncovered };
}

function inBatches(candidates: readonly Candidate[]): Candidate[][] {
  const count = Math.ceil(candidates.length / MAX_CLAIMS);
  return Array.from({ length: count }, (_, index) => candidates.slice(index * MAX_CLAIMS, (index + 1) * MAX_CLAIMS));
}

function isWorthSending(batch: readonly Candidate[], terms: SettlementTerms): boolean {
  return batch.reduce((sum, { amount }) => sum + gainOf(amount, terms), 0n) > costOf(terms.batchGas, terms);
}

/** What the operator keeps of a claimed amount beyond the claim's gas; in a unit so small that nothing is rounded. */
function gainOf(amount: bigint, terms: SettlementTerms): bigint {
  const { operatorBps = BPS, claimGas } = terms;
  return amount * operatorBps * WEI_PER_COIN - costOf(claimGas, terms);
}

/** What gas costs, in the same unit. */
function costOf(gas: bigint, { gasPrice, unitsPerCoin }: SettlementTerms): bigint {
  return gas * gasPrice * unitsPerCoin * BPS;
}

function toClaim({ due, amount, signature }: Candidate): Claim {
  const { payer, settled, voucher } = due;
  const { ceiling, deadline, orderHash } = voucher;
  return { payer, total: settled + amount, ceiling, deadline, orderHash, ...signature };
}

function byAddress(a: Due, b: Due): number {
  return compare(a.payer, b.payer) || compare(a.client, b.client);
}

/** Candidates that are alike keep their order: that of their addresses. */
function byUrgency(a: Candidate, b: Candidate): number {
  return Number(b.isUrgent) - Number(a.isUrgent) || compare(b.amount, a.amount);
}

function compare<T extends string | bigint>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
