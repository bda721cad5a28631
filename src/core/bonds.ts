/**
 * What `contracts/bonds/OperatorBonds.sol` does, computed without a chain: for simulations, and for whoever wants to know
 * what an action would do. A test holds it to the contract. Amounts in the token's smallest unit, times in seconds.
 */
import type { Hex } from "./bytes.ts";
import { type Decaying, worth } from "./credit.ts";
import { BPS, greatest, least, MAX_UINT96, RATE_ONE } from "./numbers.ts";
import { activeOf, emptyPool, joined, type Pool, quote, redeemed, slashed, takesDeposits, worthOf } from "./pool.ts";
import { type Call, Refusal, ZERO_ADDRESS } from "./refusal.ts";
import {
  COMMISSION_DELAY,
  MAX_SUSPENSION,
  MAX_UNBONDING,
  MIN_UNBONDING,
  SLASHER_ACTIVATION,
  SLASHER_REMOVAL,
  SUSPENSION_COOLDOWN,
} from "./terms.ts";

/** Bounds of the leverage. */
export const MIN_LEVERAGE = 1n;
export const MAX_LEVERAGE = 4n;

/** With fewer shares a delegated pool gets no fees and no gifts. */
export const LEAST_REWARDED_SHARES = 1_000_000n;

const MAX_UINT48 = 2n ** 48n - 1n;

/** A time in which the protocol's clocks stand still; `end` is exclusive, both are 0 where there was none. */
export interface Period {
  readonly start: bigint;
  readonly end: bigint;
}

/** When a timer from `since` to `until` does end. */
export function extended({ start, end }: Period, since: bigint, until: bigint): bigint {
  if (since >= end || until <= start) return until;
  return until + end - (since > start ? since : start);
}

/** How much of a suspension is over at `time`. */
export function elapsed({ start, end }: Period, time: bigint): bigint {
  return time <= start ? 0n : least(time, end) - start;
}

/** Who bears a slash: the own bond first, then what is delegated; what is missing becomes debt. */
export function splitSlash(asked: bigint, own: bigint, delegated: bigint) {
  const fromOwn = least(asked, own);
  const fromDelegated = least(asked - fromOwn, delegated);
  return { fromOwn, fromDelegated, missing: asked - fromOwn - fromDelegated };
}

/** Somebody to be paid from a slash. */
export interface Award {
  readonly recipient: Hex;
  readonly amount: bigint;
}

/** Shares that leave; in a later epoch of the pool it is worth nothing. */
export interface Ticket {
  readonly shares: bigint;
  readonly epoch: bigint;
  /** Suspensions aside. */
  readonly maturesAt: bigint;
}

/** What an operator keeps of its delegators' part of the fees, in parts of `BPS`: `next` from `from` on. */
export interface Commission {
  readonly current: bigint;
  readonly next: bigint;
  readonly from: bigint;
}

export interface Operator {
  /** Zero where it is not registered. */
  readonly payout: Hex;
  readonly commission: Commission;
  /** What slashes asked for. */
  readonly faults: Decaying;
  /** What slashes could not take. */
  readonly debt: bigint;
  readonly own: Pool;
  readonly delegated: Pool;
}

export interface Parameters {
  /** The own bond below which cover is 0 and nothing can be delegated. */
  readonly leastOwnBond: bigint;
  readonly unbondingDelay: bigint;
  readonly leverage: bigint;
  /** In which a fault loses half of its weight, in seconds. */
  readonly faultHalfLife: bigint;
}

/** What a settlement needs to know of an operator. */
export interface OperatorTerms {
  /** What it may have settled within the cap window. */
  readonly cover: bigint;
  /** What of that its own bond is by itself. */
  readonly ownCover: bigint;
  /** Its delegators' part of the fees, in parts of `RATE_ONE`. */
  readonly delegatorsRate: bigint;
  /** The epoch of its delegated pool: whose part it is. */
  readonly delegatedEpoch: bigint;
  /** The time of the protocol's clocks. */
  readonly activeTime: bigint;
}

/** A commission at `time`: its change comes true when its time comes. */
export function commissionAt(commission: Commission, time: bigint): Commission {
  return { ...commission, current: time < commission.from ? commission.current : commission.next };
}

/** What slashes asked for, decayed to now, and what of it is owed, after one more. Both stop at what the contract can hold. */
export function remembered(
  { faulted, debt }: { readonly faulted: bigint; readonly debt: bigint },
  { asked, missing }: { readonly asked: bigint; readonly missing: bigint },
) {
  return { faulted: least(faulted + asked, MAX_UINT96), debt: least(debt + missing, MAX_UINT96) };
}

const newOperator: Operator = {
  payout: ZERO_ADDRESS,
  commission: { current: 0n, next: 0n, from: 0n },
  faults: { value: 0n, since: 0n },
  debt: 0n,
  own: emptyPool,
  delegated: emptyPool,
};
const noTicket: Ticket = { shares: 0n, epoch: 0n, maturesAt: 0n };

/**
 * All operators' bonds. Every action either is done or throws a Refusal and changes nothing; time does not go back. Whose
 * tokens move, and who governs, is not looked at; addresses are in lower case; sums of amounts stay below 2^96.
 */
export class Bonds {
  readonly leastOwnBond: bigint;
  readonly faultHalfLife: bigint;
  unbondingDelay = 0n;
  leverage = 0n;
  /** The last suspension. */
  suspension: Period = { start: 0n, end: 0n };
  /** The tokens that the contract holds: what is bonded, awarded, or burnt. */
  held = 0n;
  /** The length of all suspensions before the last one. */
  #suspendedBefore = 0n;
  #isOpen = false;
  readonly #operators = new Map<Hex, Operator>();
  readonly #positions = new Map<string, { readonly shares: bigint; readonly epoch: bigint }>();
  readonly #tickets = new Map<string, Ticket>();
  readonly #slashers = new Map<Hex, { readonly from: bigint; readonly until: bigint }>();
  readonly #awards = new Map<Hex, bigint>();

  constructor({ leastOwnBond, unbondingDelay, leverage, faultHalfLife }: Parameters) {
    this.leastOwnBond = leastOwnBond;
    this.faultHalfLife = faultHalfLife;
    this.setUnbondingDelay(unbondingDelay);
    this.setLeverage(leverage);
  }

  register({ sender, time }: Call, payout: Hex, commissionBps: bigint): void {
    this.#refuseSuspended(time);
    if (!this.#isOpen) throw new Refusal("NotOpen");
    if (payout === ZERO_ADDRESS) throw new Refusal("ZeroAddress");
    refuseCommission(commissionBps);
    if (this.#isRegistered(sender)) throw new Refusal("OperatorAlreadyRegistered", sender);
    const commission = { current: commissionBps, next: commissionBps, from: 0n };
    this.#change(sender, { payout, commission, ...this.#remember(sender, time, 0n, 0n) });
  }

  setPayout({ sender }: Call, payout: Hex): void {
    if (payout === ZERO_ADDRESS) throw new Refusal("ZeroAddress");
    this.#refuseUnregistered(sender);
    this.#change(sender, { payout });
  }

  setCommission({ sender, time }: Call, commissionBps: bigint): void {
    refuseCommission(commissionBps);
    this.#refuseUnregistered(sender);
    const { current } = this.commissionOf(sender, time);
    this.#change(sender, { commission: { current, next: commissionBps, from: time + COMMISSION_DELAY } });
  }

  bond({ sender, time }: Call, amount: bigint): void {
    this.#refuseSuspended(time);
    if (amount === 0n) throw new Refusal("ZeroAmount");
    this.#refuseUnregistered(sender);
    const { own, debt } = this.operatorOf(sender);
    if (!takesDeposits(own)) throw new Refusal("PoolExhausted", sender);
    const burnt = least(amount, debt);
    this.#change(sender, { own: joined(own, quote(own, amount - burnt)), debt: debt - burnt });
    this.held += amount;
  }

  /** Returns the shares that it bought. */
  delegate({ sender, time }: Call, operator: Hex, amount: bigint, leastShares: bigint): bigint {
    this.#refuseSuspended(time);
    if (operator === sender) throw new Refusal("SelfDelegation", operator);
    const room = this.delegationRoom(operator);
    if (room === 0n) throw new Refusal("DelegationFull", operator);
    const { delegated } = this.operatorOf(operator);
    if (!takesDeposits(delegated)) throw new Refusal("PoolExhausted", operator);
    const bought = quote(delegated, least(amount, room));
    if (bought.shares === 0n || bought.shares < leastShares) {
      throw new Refusal("SharesBelowLeast", operator, bought.shares, leastShares);
    }
    const shares = this.positionOf(operator, sender) + bought.shares;
    this.#positions.set(key(operator, sender), { shares, epoch: delegated.epoch });
    this.#change(operator, { delegated: joined(delegated, bought) });
    this.held += bought.cost;
    return bought.shares;
  }

  /** Gives `amount` to an operator's delegators together. */
  reward(operator: Hex, amount: bigint): void {
    const { delegated } = this.operatorOf(operator);
    if (amount === 0n) throw new Refusal("ZeroAmount");
    if (delegated.shares < LEAST_REWARDED_SHARES) throw new Refusal("NoDelegators", operator);
    this.#change(operator, { delegated: { ...delegated, assets: delegated.assets + amount } });
    this.held += amount;
  }

  /** Returns the ticket: the time. */
  requestUnbond({ sender, time }: Call, operator: Hex, shares: bigint): bigint {
    if (shares === 0n) throw new Refusal("ZeroAmount");
    const which = sender === operator ? "own" : "delegated";
    const pool = this.operatorOf(operator)[which];
    const staying = which === "own" ? pool.shares - pool.unbonding : this.positionOf(operator, sender);
    if (shares > staying) throw new Refusal("SharesInsufficient", operator, sender, shares, staying);
    if (which === "delegated") {
      this.#positions.set(key(operator, sender), { shares: staying - shares, epoch: pool.epoch });
    }
    this.#change(operator, { [which]: { ...pool, unbonding: pool.unbonding + shares } });
    const before = this.ticketOf(operator, sender, time);
    this.#tickets.set(key(operator, sender, time), {
      shares: shares + (before.epoch === pool.epoch ? before.shares : 0n),
      epoch: pool.epoch,
      maturesAt: greatest(before.maturesAt, time + this.unbondingDelay),
    });
    return time;
  }

  /** Anyone may send a mature ticket to its owner. Returns what it paid. */
  withdraw(time: bigint, operator: Hex, owner: Hex, ticket: bigint): bigint {
    this.#refuseSuspended(time);
    const { shares, epoch, maturesAt } = this.ticketOf(operator, owner, ticket);
    if (shares === 0n) throw new Refusal("TicketUnknown", operator, owner, ticket);
    const end = extended(this.suspension, ticket, maturesAt);
    if (time < end) throw new Refusal("TicketNotMature", operator, owner, ticket, end);
    this.#tickets.delete(key(operator, owner, ticket));
    const which = owner === operator ? "own" : "delegated";
    const pool = this.operatorOf(operator)[which];
    if (epoch !== pool.epoch) return 0n;
    const paid = worthOf(pool, shares);
    this.#change(operator, { [which]: redeemed(pool, shares) });
    this.held -= paid;
    return paid;
  }

  /** Returns what was taken, and what each award got: in order, together at most half of what the own bond lost. */
  slash({ sender, time }: Call, operator: Hex, amount: bigint, awards: readonly Award[]) {
    this.#refuseSuspended(time);
    if (!this.isSlasher(sender, time)) throw new Refusal("NotSlasher", sender);
    const { own, delegated } = this.operatorOf(operator);
    const { fromOwn, fromDelegated, missing } = splitSlash(amount, own.assets, delegated.assets);
    const pools = { own: slashed(own, fromOwn), delegated: slashed(delegated, fromDelegated) };
    this.#change(operator, { ...pools, ...this.#remember(operator, time, amount, missing) });
    let left = fromOwn / 2n;
    const paid = awards.map((award) => {
      const got = least(award.amount, left);
      left -= got;
      this.#awards.set(award.recipient, this.awardsOf(award.recipient) + got);
      return got;
    });
    return { slashed: fromOwn + fromDelegated, paid };
  }

  /** Returns what was paid. */
  claimAwards({ sender }: Pick<Call, "sender">): bigint {
    const amount = this.awardsOf(sender);
    if (amount === 0n) throw new Refusal("NothingToClaim", sender);
    this.#awards.delete(sender);
    this.held -= amount;
    return amount;
  }

  open(): void {
    if (this.#isOpen) throw new Refusal("AlreadyOpen");
    this.#isOpen = true;
  }

  addSlasher(time: bigint, slasher: Hex): void {
    if (this.#slashers.has(slasher)) throw new Refusal("SlasherAlreadyAdded", slasher);
    const from = time + (this.#isOpen ? SLASHER_ACTIVATION : 0n);
    this.#slashers.set(slasher, { from, until: MAX_UINT48 });
  }

  removeSlasher(time: bigint, slasher: Hex): void {
    const added = this.#slashers.get(slasher);
    if (added?.until !== MAX_UINT48) throw new Refusal("SlasherNotActive", slasher);
    this.#slashers.set(slasher, { ...added, until: time + SLASHER_REMOVAL });
  }

  suspend(time: bigint, length: bigint): void {
    if (length === 0n || length > MAX_SUSPENSION) {
      throw new Refusal("SuspensionLengthOutOfRange", length, MAX_SUSPENSION);
    }
    const cooledDown = this.suspension.end + SUSPENSION_COOLDOWN;
    if (time < cooledDown) throw new Refusal("SuspensionCoolingDown", cooledDown);
    this.#suspendedBefore += this.suspension.end - this.suspension.start;
    this.suspension = { start: time, end: time + length };
  }

  setUnbondingDelay(delay: bigint): void {
    if (delay < MIN_UNBONDING || delay > MAX_UNBONDING) {
      throw new Refusal("UnbondingDelayOutOfRange", delay, MIN_UNBONDING, MAX_UNBONDING);
    }
    this.unbondingDelay = delay;
  }

  setLeverage(leverage: bigint): void {
    if (leverage < MIN_LEVERAGE || leverage > MAX_LEVERAGE) {
      throw new Refusal("LeverageOutOfRange", leverage, MIN_LEVERAGE, MAX_LEVERAGE);
    }
    this.leverage = leverage;
  }

  operatorOf(operator: Hex): Operator {
    return this.#operators.get(operator) ?? newOperator;
  }

  commissionOf(operator: Hex, time: bigint): Commission {
    return commissionAt(this.operatorOf(operator).commission, time);
  }

  /** The shares that a delegator has and did not ask back. */
  positionOf(operator: Hex, delegator: Hex): bigint {
    const position = this.#positions.get(key(operator, delegator));
    return position?.epoch === this.operatorOf(operator).delegated.epoch ? position.shares : 0n;
  }

  ticketOf(operator: Hex, owner: Hex, ticket: bigint): Ticket {
    return this.#tickets.get(key(operator, owner, ticket)) ?? noTicket;
  }

  awardsOf(recipient: Hex): bigint {
    return this.#awards.get(recipient) ?? 0n;
  }

  /** What slashes asked of an operator, decayed. */
  faultsOf(operator: Hex, time: bigint): bigint {
    return worth(this.operatorOf(operator).faults, time, this.faultHalfLife);
  }

  isSlasher(account: Hex, time: bigint): boolean {
    const slasher = this.#slashers.get(account);
    if (slasher === undefined) return false;
    const { from, until } = slasher;
    return (
      time >= extended(this.suspension, from - SLASHER_ACTIVATION, from) &&
      time < extended(this.suspension, until - SLASHER_REMOVAL, until)
    );
  }

  /** What an operator may have settled within the cap window. What is delegated and earns nothing covers nothing. */
  cover(operator: Hex): bigint {
    const { own, delegated } = this.operatorOf(operator);
    const active = activeOf(own);
    if (active < this.leastOwnBond) return 0n;
    if (delegated.shares < LEAST_REWARDED_SHARES) return active;
    return least(active + activeOf(delegated), this.leverage * active);
  }

  /** How much can be delegated to an operator: what could add to its cover, less what is delegated already. */
  delegationRoom(operator: Hex): bigint {
    const { own, delegated } = this.operatorOf(operator);
    const active = activeOf(own);
    return active < this.leastOwnBond ? 0n : greatest(0n, (this.leverage - 1n) * active - delegated.assets);
  }

  termsOf(operator: Hex, time: bigint): OperatorTerms {
    const { own, delegated } = this.operatorOf(operator);
    const cover = this.cover(operator);
    const ownCover = least(activeOf(own), cover);
    const of = { cover, ownCover, delegatedEpoch: delegated.epoch, activeTime: this.activeTime(time) };
    if (delegated.shares < LEAST_REWARDED_SHARES) return { ...of, delegatorsRate: 0n };
    const kept = BPS - this.commissionOf(operator, time).current;
    return { ...of, delegatorsRate: (delegated.assets * kept * RATE_ONE) / ((own.assets + delegated.assets) * BPS) };
  }

  /** The time of the protocol's clocks: what is left of `time` without all suspensions. */
  activeTime(time: bigint): bigint {
    return time - this.#suspendedBefore - elapsed(this.suspension, time);
  }

  #change(operator: Hex, changes: Partial<Operator>): void {
    this.#operators.set(operator, { ...this.operatorOf(operator), ...changes });
  }

  #remember(operator: Hex, time: bigint, asked: bigint, missing: bigint): Pick<Operator, "faults" | "debt"> {
    const before = { faulted: this.faultsOf(operator, time), debt: this.operatorOf(operator).debt };
    const { faulted, debt } = remembered(before, { asked, missing });
    return { faults: { value: faulted, since: time }, debt };
  }

  #isRegistered(operator: Hex): boolean {
    return this.operatorOf(operator).payout !== ZERO_ADDRESS;
  }

  #refuseUnregistered(operator: Hex): void {
    if (!this.#isRegistered(operator)) throw new Refusal("OperatorNotRegistered", operator);
  }

  #refuseSuspended(time: bigint): void {
    if (time < this.suspension.end) throw new Refusal("Suspended", this.suspension.end);
  }
}

function refuseCommission(commissionBps: bigint): void {
  if (commissionBps > BPS) throw new Refusal("CommissionTooHigh", commissionBps, BPS);
}

function key(...parts: readonly (Hex | bigint)[]): string {
  return parts.join(" ");
}
