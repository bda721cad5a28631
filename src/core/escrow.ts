/**
 * What `contracts/settlement/FeeEscrow.sol` does, computed without a chain: for simulations, and for whoever wants to know
 * what an action would do. A test holds it to the contract. Amounts in the token's smallest unit, times in seconds.
 */
import { accountId } from "./accounts.ts";
import { type Bonds, LEAST_REWARDED_SHARES, type OperatorTerms } from "./bonds.ts";
import type { Hex } from "./bytes.ts";
import { capOf, type Exposure, exposedAt, exposedTo, historyAt, noExposure } from "./exposure.ts";
import { splitFee } from "./feeSplit.ts";
import { greatest, least } from "./numbers.ts";
import { type Call, Refusal, ZERO_ADDRESS } from "./refusal.ts";
import { add, advance, type SlidingSum, totalOf } from "./slidingSum.ts";
import { DEADLINE_HORIZON, REFUND_LAPSE, REFUND_THAW, SETTLEMENT_GRACE } from "./terms.ts";

/** The most that the protocol may take of fees, and bounds of the coverage, in parts of `BPS`. */
export const MAX_PROTOCOL_FEE = 1_000n;
export const MIN_COVERAGE = 10_000n;
export const MAX_COVERAGE = 100_000n;

/** What a client has with an operator for a key: what it holds, what it has paid in all, when it last paid. */
export interface Account {
  readonly balance: bigint;
  readonly settled: bigint;
  readonly settledAt: bigint;
}

/** What leaves an account at its payer's wish. */
export interface Thaw {
  readonly amount: bigint;
  readonly maturesAt: bigint;
}

/** A voucher as settlement meets it, and how far to redeem it. */
export interface Voucher {
  readonly payer: Hex;
  /** Whose signature it bears; left out where it is nobody's. */
  readonly signer?: Hex;
  readonly total: bigint;
  readonly ceiling: bigint;
  readonly deadline: bigint;
}

/** Why a claim paid nothing: the names of `IFeeEscrow.Skip`. */
export type Skip = "Expired" | "BeyondHorizon" | "AboveCeiling" | "BadSignature" | "NothingDue" | "NoFunds" | "NoCover";

/** What an account paid, and who gets it; what is neither the protocol's nor the delegators' is the operator's. */
export interface Payment {
  /** The account's total with it. */
  readonly total: bigint;
  readonly paid: bigint;
  readonly protocolFee: bigint;
  readonly delegatorsFee: bigint;
}

/** What all payments of a call come to. */
export interface Settlement extends Omit<Payment, "total"> {
  /** Fees of delegators who are no more: the protocol's now. */
  readonly forfeited: bigint;
}

export interface EscrowParameters {
  /** The bonds that cover what is settled; whoever acts on them does so there. */
  readonly bonds: Bonds;
  /** Where an operator is paid without a voucher: an address that follows from the contract's own. */
  readonly payToOf: (operator: Hex) => Hex;
  readonly treasury: Hex;
  readonly protocolFeeBps: bigint;
  readonly coverageBps: bigint;
  /** In which what was settled loses half of its weight, in seconds. */
  readonly settledHalfLife: bigint;
}

/** What the escrow keeps of an operator. */
interface Books {
  /** Who may act for it; zero where nobody may. */
  readonly agent: Hex;
  readonly earnings: bigint;
  /** Those of the delegators of one epoch of their pool, and of no other. */
  readonly delegatorsFees: bigint;
  readonly delegatedEpoch: bigint;
  readonly exposure: Exposure;
  /** What of the exposure was collected. */
  readonly collected: SlidingSum;
  /** Whether it takes payments without a voucher, and what was sent there and not collected. */
  readonly isPayToOpen: boolean;
  readonly received: bigint;
}

/** What holds for all payments of a call. */
interface Terms extends OperatorTerms {
  /** What may still be exposed. */
  readonly room: bigint;
  /** The most that may be exposed on the operator's own bond. */
  readonly ownCap: bigint;
}

const newBooks: Omit<Books, "exposure"> = {
  agent: ZERO_ADDRESS,
  earnings: 0n,
  delegatorsFees: 0n,
  delegatedEpoch: 0n,
  collected: [],
  isPayToOpen: false,
  received: 0n,
};
const newAccount: Account = { balance: 0n, settled: 0n, settledAt: 0n };
const noThaw: Thaw = { amount: 0n, maturesAt: 0n };

/**
 * Clients' accounts and operators' books. Every action either is done or throws a Refusal and changes nothing; time does
 * not go back. Whose tokens move, who governs and what was signed is not looked at; addresses are in lower case; sums of
 * amounts stay below 2^96.
 */
export class Escrow {
  treasury: Hex = ZERO_ADDRESS;
  protocolFeeBps = 0n;
  coverageBps = 0n;
  /** The protocol's fees not yet withdrawn. */
  protocolFees = 0n;
  /** The tokens that the contract holds. */
  held = 0n;
  readonly #bonds: Bonds;
  readonly #payToOf: (operator: Hex) => Hex;
  readonly #accounts = new Map<Hex, Account>();
  readonly #thaws = new Map<Hex, Thaw>();
  readonly #books = new Map<Hex, Books>();
  readonly #settledHalfLife: bigint;

  constructor({ bonds, payToOf, treasury, protocolFeeBps, coverageBps, settledHalfLife }: EscrowParameters) {
    this.#bonds = bonds;
    this.#payToOf = payToOf;
    this.#settledHalfLife = settledHalfLife;
    this.setTreasury(treasury);
    this.setProtocolFee(protocolFeeBps);
    this.setCoverage(coverageBps);
  }

  setAgent({ sender }: Pick<Call, "sender">, agent: Hex): void {
    this.#change(sender, { agent });
  }

  /** The sender is the payer, whoever brings its permit or authorization. */
  fund({ sender }: Pick<Call, "sender">, amount: bigint, operator: Hex, signer: Hex): void {
    if (operator === ZERO_ADDRESS || signer === ZERO_ADDRESS) throw new Refusal("ZeroAddress");
    if (amount === 0n) throw new Refusal("ZeroAmount");
    const account = this.account(sender, operator, signer);
    const id = accountId({ payer: sender, operator, signer });
    this.#accounts.set(id, { ...account, balance: account.balance + amount });
    this.held += amount;
  }

  /** Returns what was settled, and for each voucher what it paid or why it paid nothing. */
  settle({ sender, time }: Call, operator: Hex, vouchers: readonly Voucher[]) {
    this.#refuseStranger(sender, operator);
    if (vouchers.length === 0) throw new Refusal("ClaimsEmpty");
    const terms = this.#termsOf(operator, time);
    let { room } = terms;
    const outcomes = vouchers.map((voucher) => {
      const outcome = this.#redeem(operator, voucher, { ...terms, room }, time);
      if (typeof outcome !== "string") room -= outcome.paid;
      return outcome;
    });
    const payments = outcomes.filter((outcome) => typeof outcome !== "string");
    return { ...this.#enter(operator, payments, terms), outcomes };
  }

  /** Returns the address. */
  openPayTo({ sender }: Pick<Call, "sender">): Hex {
    const payTo = this.#payToOf(sender);
    if (this.isPayToOpen(sender)) throw new Refusal("PayToAlreadyOpen", sender, payTo);
    this.#change(sender, { isPayToOpen: true });
    return payTo;
  }

  /** Somebody sends `amount` to where the operator is paid without a voucher, open or not. */
  receive(operator: Hex, amount: bigint): void {
    this.#change(operator, { received: this.#booksOf(operator).received + amount });
  }

  /** Returns what was settled of what was sent there, and the total of all that ever was. */
  collect({ time }: Pick<Call, "time">, operator: Hex): Settlement & Pick<Payment, "total"> {
    const { isPayToOpen, received, collected } = this.#booksOf(operator);
    if (!isPayToOpen) throw new Refusal("PayToNotOpen", operator);
    if (received === 0n) throw new Refusal("NothingToWithdraw");
    const terms = this.#termsOf(operator, time);
    const room = greatest(0n, terms.ownCap / 2n - this.collectedOf(operator, time));
    const paid = least(received, least(room, terms.room));
    if (paid === 0n) throw new Refusal("NoCoverLeft", operator);
    const name = { payer: this.#payToOf(operator), operator, signer: ZERO_ADDRESS };
    const payment = this.#pay(accountId(name), { balance: paid, paid }, terms, time);
    const { sum } = advance(collected, terms.activeTime);
    this.#change(operator, { collected: add(sum, terms.activeTime, paid), received: received - paid });
    this.held += paid;
    return { ...this.#enter(operator, [payment], terms), total: payment.total };
  }

  /** Returns when it matures. */
  thaw({ sender, time }: Call, amount: bigint, operator: Hex, signer: Hex): bigint {
    if (amount === 0n) throw new Refusal("ZeroAmount");
    const running = this.thawOf(sender, operator, signer);
    if (running.amount !== 0n && time <= running.maturesAt + REFUND_LAPSE) {
      throw new Refusal("ThawUnderWay", running.amount, running.maturesAt);
    }
    const { balance } = this.account(sender, operator, signer);
    if (amount > balance) throw new Refusal("BalanceInsufficient", amount, balance);
    const maturesAt = time + REFUND_THAW;
    this.#thaws.set(accountId({ payer: sender, operator, signer }), { amount, maturesAt });
    return maturesAt;
  }

  cancelThaw({ sender }: Pick<Call, "sender">, operator: Hex, signer: Hex): void {
    if (this.thawOf(sender, operator, signer).amount === 0n) throw new Refusal("NoThaw");
    this.#thaws.delete(accountId({ payer: sender, operator, signer }));
  }

  /** Returns what was paid back. */
  refund({ sender, time }: Call, operator: Hex, signer: Hex): bigint {
    const { amount: asked, maturesAt } = this.thawOf(sender, operator, signer);
    if (asked === 0n) throw new Refusal("NoThaw");
    if (time < maturesAt) throw new Refusal("ThawNotMature", maturesAt);
    if (time > maturesAt + REFUND_LAPSE) throw new Refusal("ThawLapsed", maturesAt + REFUND_LAPSE);
    const account = this.account(sender, operator, signer);
    const amount = least(asked, account.balance);
    const id = accountId({ payer: sender, operator, signer });
    this.#thaws.delete(id);
    this.#accounts.set(id, { ...account, balance: account.balance - amount });
    this.held -= amount;
    return amount;
  }

  /** Returns what was paid. */
  withdrawEarnings(operator: Hex): bigint {
    if (this.#bonds.operatorOf(operator).payout === ZERO_ADDRESS) throw new Refusal("OperatorNotRegistered", operator);
    const amount = this.earningsOf(operator);
    if (amount === 0n) throw new Refusal("NothingToWithdraw");
    this.#change(operator, { earnings: 0n });
    this.held -= amount;
    return amount;
  }

  /** Returns what the delegators got, and what they could not get any more. */
  rewardDelegators(operator: Hex): { readonly rewarded: bigint; readonly forfeited: bigint } {
    const due = this.delegatorsFeesOf(operator);
    if (due === 0n) throw new Refusal("NothingToWithdraw");
    const { epoch, shares } = this.#bonds.operatorOf(operator).delegated;
    const isForfeited = epoch !== this.#booksOf(operator).delegatedEpoch || shares < LEAST_REWARDED_SHARES;
    this.#change(operator, { delegatorsFees: 0n });
    if (isForfeited) {
      this.protocolFees += due;
      return { rewarded: 0n, forfeited: due };
    }
    this.#bonds.reward(operator, due);
    this.held -= due;
    return { rewarded: due, forfeited: 0n };
  }

  /** Returns what was paid. */
  withdrawProtocolFees(): bigint {
    const amount = this.protocolFees;
    if (amount === 0n) throw new Refusal("NothingToWithdraw");
    this.protocolFees = 0n;
    this.held -= amount;
    return amount;
  }

  setTreasury(treasury: Hex): void {
    if (treasury === ZERO_ADDRESS) throw new Refusal("ZeroAddress");
    this.treasury = treasury;
  }

  setProtocolFee(bps: bigint): void {
    if (bps > MAX_PROTOCOL_FEE) throw new Refusal("ProtocolFeeTooHigh", bps, MAX_PROTOCOL_FEE);
    this.protocolFeeBps = bps;
  }

  setCoverage(bps: bigint): void {
    if (bps < MIN_COVERAGE || bps > MAX_COVERAGE) {
      throw new Refusal("CoverageOutOfRange", bps, MIN_COVERAGE, MAX_COVERAGE);
    }
    this.coverageBps = bps;
  }

  account(payer: Hex, operator: Hex, signer: Hex): Account {
    return this.#accounts.get(accountId({ payer, operator, signer })) ?? newAccount;
  }

  thawOf(payer: Hex, operator: Hex, signer: Hex): Thaw {
    return this.#thaws.get(accountId({ payer, operator, signer })) ?? noThaw;
  }

  agentOf(operator: Hex): Hex {
    return this.#booksOf(operator).agent;
  }

  earningsOf(operator: Hex): bigint {
    return this.#booksOf(operator).earnings;
  }

  delegatorsFeesOf(operator: Hex): bigint {
    return this.#booksOf(operator).delegatorsFees;
  }

  isPayToOpen(operator: Hex): boolean {
    return this.#booksOf(operator).isPayToOpen;
  }

  /** What was sent to where the operator is paid without a voucher, and not collected. */
  receivedOf(operator: Hex): bigint {
    return this.#booksOf(operator).received;
  }

  /** The most that an operator may have exposed. */
  capOf(operator: Hex): bigint {
    return capOf(this.#bonds.cover(operator), this.coverageBps);
  }

  /** What an operator has settled that its bond still answers for. */
  exposureOf(operator: Hex, time: bigint): bigint {
    return exposedAt(this.#booksOf(operator).exposure, this.#bonds.activeTime(time));
  }

  /** What of the exposure was collected, not settled by voucher. */
  collectedOf(operator: Hex, time: bigint): bigint {
    return totalOf(advance(this.#booksOf(operator).collected, this.#bonds.activeTime(time)).sum);
  }

  /** What an operator has settled whose time to be challenged is over, decayed. */
  historyOf(operator: Hex, time: bigint): bigint {
    return historyAt(this.#booksOf(operator).exposure, this.#bonds.activeTime(time));
  }

  #termsOf(operator: Hex, time: bigint): Terms {
    const terms = this.#bonds.termsOf(operator, time);
    const room = greatest(0n, this.capOf(operator) - this.exposureOf(operator, time));
    return { ...terms, room, ownCap: capOf(terms.ownCover, this.coverageBps) };
  }

  /** Pays one voucher as far as it can be paid. */
  #redeem(operator: Hex, voucher: Voucher, terms: Terms, time: bigint): Payment | Skip {
    const { payer, signer, total, ceiling, deadline } = voucher;
    if (time > deadline + SETTLEMENT_GRACE) return "Expired";
    if (deadline > time + DEADLINE_HORIZON) return "BeyondHorizon";
    if (total > ceiling) return "AboveCeiling";
    if (signer === undefined) return "BadSignature";
    const { balance, settled } = this.account(payer, operator, signer);
    if (total <= settled) return "NothingDue";
    if (balance === 0n) return "NoFunds";
    if (terms.room === 0n) return "NoCover";
    const paid = least(total - settled, least(balance, terms.room));
    return this.#pay(accountId({ payer, operator, signer }), { balance, paid }, terms, time);
  }

  /** Takes `paid` from an account that holds `balance`. */
  #pay(id: Hex, { balance, paid }: { balance: bigint; paid: bigint }, terms: Terms, time: bigint): Payment {
    const before = this.#accounts.get(id)?.settled ?? 0n;
    const total = before + paid;
    this.#accounts.set(id, { balance: balance - paid, settled: total, settledAt: time });
    const { protocolFeeBps } = this;
    const { protocol, delegators } = splitFee(before, total, { protocolFeeBps, delegatorsRate: terms.delegatorsRate });
    return { total, paid, protocolFee: protocol, delegatorsFee: delegators };
  }

  /** Enters a call's payments into the operator's books. */
  #enter(operator: Hex, payments: readonly Payment[], { delegatedEpoch, activeTime }: Terms): Settlement {
    const sum = (part: "paid" | "protocolFee" | "delegatorsFee"): bigint =>
      payments.reduce((total, payment) => total + payment[part], 0n);
    const [paid, protocolFee, delegatorsFee] = [sum("paid"), sum("protocolFee"), sum("delegatorsFee")];
    if (paid === 0n) return { paid, protocolFee, delegatorsFee, forfeited: 0n };
    const books = this.#booksOf(operator);
    // What belongs to the delegators of another epoch is not for these.
    const isOther = delegatorsFee !== 0n && books.delegatedEpoch !== delegatedEpoch;
    const forfeited = isOther ? books.delegatorsFees : 0n;
    this.#change(operator, {
      earnings: books.earnings + paid - protocolFee - delegatorsFee,
      delegatorsFees: books.delegatorsFees - forfeited + delegatorsFee,
      delegatedEpoch: isOther ? delegatedEpoch : books.delegatedEpoch,
      exposure: exposedTo(books.exposure, activeTime, paid),
    });
    this.protocolFees += protocolFee + forfeited;
    return { paid, protocolFee, delegatorsFee, forfeited };
  }

  #booksOf(operator: Hex): Books {
    return this.#books.get(operator) ?? { ...newBooks, exposure: noExposure(this.#settledHalfLife) };
  }

  #change(operator: Hex, changes: Partial<Books>): void {
    this.#books.set(operator, { ...this.#booksOf(operator), ...changes });
  }

  #refuseStranger(sender: Hex, operator: Hex): void {
    if (sender !== operator && sender !== this.agentOf(operator)) {
      throw new Refusal("NotOperatorOrAgent", operator, sender);
    }
  }
}
