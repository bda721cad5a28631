import type { TransactionReceipt } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { ChainError } from "../chain/errors.ts";
import { certainBlock, chainTime, gasPriceOf } from "../chain/facts.ts";
import { query, transact } from "../chain/transactions.ts";
import { accountId } from "../core/accounts.ts";
import type { Hex } from "../core/bytes.ts";
import { capOf } from "../core/exposure.ts";
import { BPS, greatest, least, RATE_ONE } from "../core/numbers.ts";
import {
  BATCH_GAS,
  type Claim,
  CLAIM_GAS,
  type Due,
  isUnbackedAt,
  type LeftReason,
  planSettlement,
  type SettlementPlan,
  type SettlementTerms,
  unbackedReason,
} from "../core/settlementPlan.ts";
import { type AccountId, accountKey, type AccountState, isLost, type Journal, type Unbacked } from "./journal.ts";

/** How an operator settles. */
export interface SettlementPolicy {
  /** How often, in seconds: a voucher that runs out before the next time cannot wait. */
  readonly period: bigint;
  /** What 10^18 wei of the chain's coin are worth, in the token's smallest unit; 0 where gas is not to be weighed. */
  readonly unitsPerCoin: bigint;
}

interface SettlementOptions {
  readonly operator: Hex;
  readonly journal: Journal;
  readonly contracts: Contracts;
  readonly settlement: SettlementPolicy;
}

/** What an account still owes, and why it was not settled. */
export interface Leftover extends AccountId {
  /** In the token's smallest unit. */
  readonly owed: bigint;
  readonly reason: LeftReason;
}

/** Money that was brought to where it belongs, in the token's smallest unit, and the gas that it took. */
export interface Brought {
  readonly amount: bigint;
  readonly gas: bigint;
  /** Why what was there was not brought: the cover does not reach, or it is not worth its gas. */
  readonly left?: "NoCover" | "Waits";
}

/** What a settlement did. */
export interface Settlement {
  /** How many accounts paid, and the gas of all settlements that it took. */
  readonly count: number;
  readonly gas: bigint;
  /** Every account that still owes something. */
  readonly left: readonly Leftover[];
  /** What came without vouchers, through the operator's `payToOf`. */
  readonly collected: Brought;
  /** What delegators were brought of their part of the fees. */
  readonly rewarded: Brought;
}

const WEI_PER_COIN = 10n ** 18n;

/** How many accounts are read at once. */
const PARALLEL = 100;

/** `IFeeEscrow.Skip`, from its first reason on. */
const skips = ["Expired", "BeyondHorizon", "AboveCeiling", "BadSignature", "NothingDue", "NoFunds", "NoCover"] as const;

/** What a call that brings money reverts with where there is none, or somebody else has just brought it. */
const nothingThere = ["PayToNotOpen", "NothingToWithdraw"];

/** Settles what accounts owe: whatever is worth its gas, what cannot wait first. */
export class Settlements {
  readonly #options: SettlementOptions;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /**
   * Settles, then brings what came without vouchers, and what belongs to delegators.
   * @returns undefined where nobody owes anything, and nothing waits to be brought
   * @throws ChainError where the chain refuses; called again it goes on
   */
  async settle(): Promise<Settlement | undefined> {
    const dues = await this.#readDues();
    const terms = await this.#readTerms();
    const settled = await this.#send(planSettlement(dues, terms), dues);
    const collected = await this.#bring("collect", terms);
    // Last, so that they get their part of all that went before.
    const rewarded = await this.#bring("rewardDelegators", { ...terms, operatorBps: BPS });
    const isIdle = [collected, rewarded].every(({ amount, left }) => amount === 0n && left === undefined);
    return dues.length === 0 && isIdle ? undefined : { ...settled, collected, rewarded };
  }

  /** Every account that owes something, as the chain has it. What was settled and not noted, as in a crash, is noted. */
  async #readDues(): Promise<Due[]> {
    const { journal, contracts } = this.#options;
    const now = await chainTime(contracts);
    const unbacked = await journal.unbacked();
    const owing = (await journal.accounts()).filter(({ charged, settled }) => charged > settled);
    const dues: Due[] = [];
    for (let start = 0; start < owing.length; start += PARALLEL) {
      const part = owing.slice(start, start + PARALLEL);
      dues.push(
        ...(await query(() =>
          Promise.all(part.map((state) => this.#readDue(state, unbacked.get(accountKey(state)), now))),
        )),
      );
    }
    for (const [index, due] of dues.entries()) {
      if (due.settled !== owing[index]?.settled) await this.#noteCertain(due);
    }
    return dues.filter(({ charged, settled }) => charged > settled);
  }

  async #readDue(
    { payer, client, charged, voucher }: AccountState,
    unbacked: Unbacked | undefined,
    now: bigint,
  ): Promise<Due> {
    const { contracts, operator } = this.#options;
    const { balance, settled } = await contracts.escrow.account(payer, operator, client);
    const backing = { backed: unbacked?.upTo ?? charged, isLost: unbacked !== undefined && isLost(unbacked, now) };
    return { payer, client, charged, ...backing, settled, balance, voucher };
  }

  async #readTerms(): Promise<Required<SettlementTerms>> {
    const { contracts, operator, settlement } = this.#options;
    const { escrow, bonds } = contracts;
    const { period, unitsPerCoin } = settlement;
    return query(async () => {
      const [now, gasPrice, { cover, delegatorsRate }, coverageBps, feeBps, exposure] = await Promise.all([
        chainTime(contracts),
        unitsPerCoin === 0n ? 0n : gasPriceOf(contracts),
        bonds.termsOf(operator),
        escrow.coverageBps(),
        escrow.protocolFeeBps(),
        escrow.exposureOf(operator),
      ]);
      const cap = capOf(cover, coverageBps);
      return {
        now,
        nextAt: now + period,
        room: greatest(cap - exposure, 0n),
        claimGas: CLAIM_GAS,
        batchGas: BATCH_GAS,
        gasPrice,
        unitsPerCoin,
        operatorBps: ((BPS - feeBps) * (RATE_ONE - delegatorsRate)) / RATE_ONE,
      };
    });
  }

  async #send(plan: SettlementPlan, dues: readonly Due[]): Promise<Pick<Settlement, "count" | "gas" | "left">> {
    const { contracts, operator } = this.#options;
    const left = plan.left.map(({ due, reason }) => leftover(due, due.settled, reason));
    let [count, gas] = [0, 0n];
    for (const batch of plan.batches) {
      const receipt = await transact(() => contracts.escrow.settle(operator, [...batch]));
      const outcome = await this.#noteOutcome(receipt, batch, dues);
      left.push(...outcome.left);
      count += outcome.count;
      gas += receipt.gasUsed;
    }
    return { count, gas, left };
  }

  /** Notes what a settlement paid; what it did not pay is left, for the reason that the contract gives. */
  async #noteOutcome({ logs }: TransactionReceipt, batch: readonly Claim[], dues: readonly Due[]) {
    const { contracts, operator } = this.#options;
    const byId = new Map(dues.map((due) => [accountId({ payer: due.payer, operator, signer: due.client }), due]));
    const left: Leftover[] = [];
    let count = 0;
    for (const log of logs) {
      const event = contracts.escrow.interface.parseLog(log);
      if (event?.name === "Settled") {
        const [id, total] = event.args as unknown as [Hex, bigint];
        const due = byId.get(id);
        if (due === undefined) continue;
        await this.#note(due, total);
        count++;
        const reason = shortfall(due, total);
        if (reason !== undefined) left.push(leftover(due, total, reason));
      }
      if (event?.name === "ClaimSkipped") {
        const [, index, number] = event.args as unknown as [string, bigint, bigint];
        const claim = batch[Number(index)];
        const due = dues.find(({ payer, voucher }) => payer === claim?.payer && voucher.orderHash === claim.orderHash);
        const reason = skips[Number(number) - 1];
        if (claim === undefined || due === undefined || reason === undefined) continue;
        // Somebody else has just settled it for the operator.
        if (reason === "NothingDue") await this.#note(due, claim.total);
        else left.push(leftover(due, due.settled, reason));
      }
    }
    return { count, left };
  }

  /** Notes what of an account is settled for certain: the block that holds a settlement may still be thrown out. */
  async #noteCertain(due: Due): Promise<void> {
    const { contracts, operator } = this.#options;
    const blockTag = await certainBlock(contracts);
    const { settled } = await query(() => contracts.escrow.account(due.payer, operator, due.client, { blockTag }));
    await this.#note(due, settled);
  }

  /** Notes an account's settled total, as far as it was charged here. */
  async #note(due: Due, settled: bigint): Promise<void> {
    await this.#options.journal.noteSettled(due, least(settled, due.charged));
  }

  /** Brings money to where it belongs, where that is worth its gas to whom the part `operatorBps` of it belongs. */
  async #bring(method: "collect" | "rewardDelegators", terms: Required<SettlementTerms>): Promise<Brought> {
    const { contracts, operator } = this.#options;
    const call = contracts.escrow[method];
    try {
      const [amount, needed] = await query(() => Promise.all([call.staticCall(operator), call.estimateGas(operator)]));
      if (amount === 0n) return { amount, gas: 0n };
      const { operatorBps, gasPrice, unitsPerCoin } = terms;
      const isWorthIt = amount * operatorBps * WEI_PER_COIN > needed * gasPrice * unitsPerCoin * BPS;
      if (!isWorthIt) return { amount: 0n, gas: 0n, left: "Waits" };
      const { gasUsed } = await transact(() => call(operator));
      return { amount, gas: gasUsed };
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      if (nothingThere.includes(cause.reason)) return { amount: 0n, gas: 0n };
      if (cause.reason === "NoCoverLeft") return { amount: 0n, gas: 0n, left: "NoCover" };
      throw cause;
    }
  }
}

function leftover({ payer, client, charged }: Due, settled: bigint, reason: LeftReason): Leftover {
  return { payer, client, owed: charged - settled, reason };
}

/** Why an account that has paid up to `total` owes more than that. */
function shortfall(due: Due, total: bigint): LeftReason | undefined {
  const { charged, settled, balance, voucher } = due;
  if (total >= charged) return undefined;
  if (isUnbackedAt(due, total)) return unbackedReason(due);
  if (total >= voucher.ceiling) return "AboveCeiling";
  return total >= settled + balance ? "NoFunds" : "NoCover";
}
