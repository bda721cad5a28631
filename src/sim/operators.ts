/** Operators of a simulation: honest ones, and those that save work, collude or leave. */
import { makeBatch, type Batch } from "../core/batch.ts";
import type { Hex } from "../core/bytes.ts";
import { capOf } from "../core/exposure.ts";
import { BPS, greatest, least, RATE_ONE } from "../core/numbers.ts";
import { type Due, planSettlement, BATCH_GAS, CLAIM_GAS } from "../core/settlementPlan.ts";
import { sign } from "../core/signatures.ts";
import { SETTLEMENT_GRACE } from "../core/terms.ts";
import { Mode, orderHash, type Order, type Receipt, type Request, requestDigest } from "../core/typedData.ts";
import type { Making, PreparedAnswer } from "./answers.ts";
import { toUnits } from "./parameters.ts";
import type { Standing } from "./protocol.ts";
import type { Chance } from "./random.ts";
import type { OperatorGroup } from "./scenario.ts";
import { type Identity, identityOf, type World } from "./world.ts";

/** How long a request is good, in seconds: the protocol's horizon. */
const LIFETIME = 86_400n;

/** Of every request: nothing but the question itself. */
const NO_CONTEXT: Hex = `0x${"00".repeat(32)}`;

/** Days between two payouts, and for which fees are remembered. */
const WEEK = 7;

/** An answer that was sold. */
export interface Sale {
  readonly client: Identity;
  readonly request: Request;
  readonly receipt: Receipt;
  readonly answer: PreparedAnswer;
}

/** A day's receipts, as they were committed. */
export interface DayBatch {
  readonly operator: SimOperator;
  readonly day: number;
  /** In seconds. */
  readonly committedAt: bigint;
  readonly sales: readonly Sale[];
  readonly batch: Batch;
}

/** What an operator has come to, since the first day. Amounts in the token's smallest unit, where they are no dollars. */
interface Totals {
  answers: number;
  wrong: number;
  convicted: number;
  fees: bigint;
  slashed: bigint;
  /** Fees as they were worth when they were earned, less costs, slashes and interest: in dollars, gas aside. */
  dollars: number;
}

const nobody: Standing = {
  own: 0n,
  delegated: 0n,
  cover: 0n,
  exposure: 0n,
  credit: { settled: 0n, faulted: 0n, prior: 1n, severity: 1n },
};

export class SimOperator {
  readonly name: string;
  readonly group: OperatorGroup;
  readonly identity: Identity;
  readonly address: Hex;
  /** Who acts for it under another name, if anybody: its own client, or the reporter of its own faults. */
  readonly puppet: Identity | undefined;
  readonly totals: Totals = { answers: 0, wrong: 0, convicted: 0, fees: 0n, slashed: 0n, dollars: 0 };
  /** As of this morning. */
  standing: Standing = nobody;
  isServing = false;
  /** Its ticket, once it has asked its bond back; undefined again once it has that. */
  ticket: bigint | undefined;
  hasLeft = false;
  /** What it earned on each of the last days, in the token's smallest unit. */
  readonly recentFees: bigint[] = [];
  readonly #chance: Chance;
  #sequence = 0n;
  #sales: Sale[] = [];
  #answered = 0;
  /** What it may still sell today, in the token's smallest unit. */
  #room = 0n;
  /** By payer: the account's total by its receipts, and the last of them. */
  readonly #accounts = new Map<Hex, { charged: bigint; last: Sale }>();

  constructor(name: string, group: OperatorGroup, chance: Chance) {
    this.name = name;
    this.group = group;
    this.identity = identityOf(name);
    this.address = this.identity.address;
    this.#chance = chance;
    const colludes = group.collusion?.with;
    this.puppet = colludes === "client" || colludes === "reporter" ? identityOf(`${name}'s puppet`) : undefined;
  }

  /** Bonds, registers its key, and serves the model. */
  async enter({ protocol, model }: World): Promise<void> {
    const { address, group } = this;
    const bond = toUnits(group.bond);
    await protocol.admit(address);
    await protocol.mint(address, bond);
    await protocol.approve(address, "bonds");
    await protocol.register(address, BigInt(Math.round(group.commission * 10_000)));
    await protocol.registerKey({ operator: address, secret: this.identity.secret });
    await protocol.serve(address, model);
    if (bond > 0n) await protocol.bond(address, bond);
    if (this.puppet === undefined) return;
    await protocol.admit(this.puppet.address);
    await protocol.approve(this.puppet.address, "escrow");
  }

  /** Looks at where it stands, and opens for the day. */
  async open(world: World): Promise<void> {
    const { group } = this;
    this.standing = await world.protocol.standingOf(this.address);
    this.totals.dollars -= world.dollars(this.standing.own) * (world.scenario.capitalCost / 365);
    if (group.exitsOn === world.day) await this.leave(world);
    const isUp = this.#chance.happens(group.availability);
    const { cover, own, exposure } = this.standing;
    const { coverageBps } = world.protocol.parameters;
    const standing = group.admits === "cover" ? cover : least(cover, own);
    const owed = this.#unsettled(world).reduce((sum, due) => sum + due.owed, 0n);
    this.#room = greatest(0n, capOf(standing, coverageBps) - exposure - owed);
    this.isServing = isUp && !this.hasLeft && cover > 0n;
    this.#answered = 0;
  }

  /** Asks its whole bond back, and serves no more. */
  async leave({ protocol }: World): Promise<void> {
    const { own } = protocol.books.bonds.operatorOf(this.address);
    this.hasLeft = true;
    const staying = own.shares - own.unbonding;
    if (staying > 0n) this.ticket = await protocol.requestUnbond(this.address, this.address, staying);
  }

  /** Takes its bond once it may. */
  async collectBond({ protocol }: World): Promise<void> {
    if (this.ticket === undefined) return;
    const { maturesAt } = protocol.books.bonds.ticketOf(this.address, this.address, this.ticket);
    if (protocol.chain.now < maturesAt) return;
    await protocol.withdraw(this.address, this.address, this.ticket);
    this.ticket = undefined;
  }

  /** What an answer costs today, in the token's smallest unit: one at least, since less cannot be charged. */
  priceOn(world: World): bigint {
    return greatest(1n, world.units(this.group.price));
  }

  /** What it may still sell today, in the token's smallest unit. */
  roomLeft(): bigint {
    return this.isServing && this.#answered < this.group.capacity ? this.#room : 0n;
  }

  /** What of an account is not promised to it, in the token's smallest unit. */
  unpromised({ protocol }: World, payer: Hex): bigint {
    const { escrow } = protocol.books;
    const { balance, settled } = escrow.account(payer, this.address, payer);
    const charged = this.#accounts.get(payer)?.charged ?? settled;
    return settled + balance - escrow.thawOf(payer, this.address, payer).amount - charged;
  }

  /** Answers a question, if it still can. */
  sell(world: World, client: Identity, question: number): Sale | undefined {
    const price = this.priceOn(world);
    if (this.roomLeft() < price || this.unpromised(world, client.address) < price) return undefined;
    const isOwn = client.address === this.puppet?.address;
    const making = isOwn ? "right" : this.#making(world);
    const answer = world.answers.answer(making, question);
    const sale = this.#sign(world, client, { answer, price });
    this.#room -= price;
    this.#answered += 1;
    this.#sales.push(sale);
    this.#accounts.set(client.address, { charged: sale.receipt.charged, last: sale });
    this.totals.answers += 1;
    if (!answer.isRight) this.totals.wrong += 1;
    // What it asks itself again and again it computes once; and nobody else pays it for a lie to itself.
    if (!isOwn) this.totals.dollars += this.#gain(making);
    return sale;
  }

  /** Pays itself for one answer again and again, to be thought well of. */
  async payItself(world: World): Promise<void> {
    const { collusion } = this.group;
    const { puppet } = this;
    if (collusion?.with !== "client" || puppet === undefined || world.day >= (collusion.until ?? Infinity)) return;
    const price = this.priceOn(world);
    const requests = Math.min(Math.floor(collusion.perDay / this.group.price), Number(this.roomLeft() / price));
    const missing = price * BigInt(requests) - this.unpromised(world, puppet.address);
    if (missing > 0n) {
      await world.protocol.mint(puppet.address, missing);
      await world.protocol.fund(puppet.address, this.address, missing);
    }
    for (let asked = 0; asked < requests; asked++) {
      if (this.sell(world, puppet, 0) === undefined) break;
    }
  }

  /** Whether clients and delegators find it: it has not left, and its bond covers something. */
  isListed(): boolean {
    return !this.hasLeft && this.standing.cover > 0n;
  }

  /** Commits the day's receipts, and settles what they are worth. */
  async close(world: World): Promise<DayBatch | undefined> {
    const sales = this.#sales;
    this.#sales = [];
    const before = this.totals.fees;
    const committed = await this.#commit(world, sales);
    await this.#settle(world);
    if (world.day % WEEK === WEEK - 1) {
      await world.protocol.rewardDelegators(this.address, this.address);
      await world.protocol.withdrawEarnings(this.address);
    }
    this.recentFees.push(this.totals.fees - before);
    if (this.recentFees.length > WEEK) this.recentFees.shift();
    return committed;
  }

  /** Takes what its puppet was awarded. */
  async collectAwards(world: World): Promise<void> {
    if (this.puppet === undefined) return;
    this.totals.dollars += world.dollars(await world.protocol.claimAwards(this.puppet.address));
  }

  /** Books a slash. */
  convicted(world: World, fromOwn: bigint): void {
    this.totals.convicted += 1;
    this.totals.slashed += fromOwn;
    this.totals.dollars -= world.dollars(fromOwn);
  }

  /** What it has gained since the first day, with what its puppet has: in dollars. */
  profit(world: World): number {
    const accounts = [this.address, ...(this.puppet === undefined ? [] : [this.puppet.address])];
    const gas = accounts.reduce((sum, address) => sum + world.protocol.gasPaidBy(address), 0n);
    return this.totals.dollars - world.coinDollars(gas);
  }

  #making({ day }: World): Making {
    const { cheating } = this.group;
    if (cheating === undefined || day < cheating.from || day >= (cheating.until ?? Infinity)) return "right";
    return this.#chance.happens(cheating.rate) ? cheating.by : "right";
  }

  /** What an answer earns it beside its price: in dollars, mostly below 0. */
  #gain(making: Making): number {
    const { cost, cheapCost, cheating } = this.group;
    if (making === "right") return -cost;
    const gain = cheating?.gain ?? 0;
    if (making === "cache") return gain;
    return making === "cheaper model" ? gain - cost * cheapCost : gain - cost;
  }

  #sign(
    { protocol, model }: World,
    client: Identity,
    { answer, price }: { answer: PreparedAnswer; price: bigint },
  ): Sale {
    const issuedAt = protocol.chain.now;
    const before =
      this.#accounts.get(client.address)?.charged ??
      protocol.books.escrow.account(client.address, this.address, client.address).settled;
    const sequence = this.#sequence++;
    const order: Order = {
      modelId: model,
      inputHash: answer.inputHash,
      contextHash: NO_CONTEXT,
      mode: Mode.optimistic,
      maxPrice: price,
      base: price,
      inputRate: 0n,
      outputRate: 0n,
      // No two orders of an operator's are alike.
      salt: `0x${sequence.toString(16).padStart(64, "0")}`,
    };
    const charged = before + price;
    const { address } = this;
    const request = {
      payer: client.address,
      operator: address,
      ceiling: charged,
      deadline: issuedAt + LIFETIME,
      order,
    };
    const receipt: Receipt = {
      requestHash: requestDigest(request, protocol.domains.escrow),
      operator: address,
      signer: address,
      client: client.address,
      sequence,
      outputHash: answer.outputHash,
      proofHash: answer.proofHash,
      price,
      charged,
      inputUnits: 0,
      outputUnits: 0,
      issuedAt,
    };
    return { client, request, receipt, answer };
  }

  async #commit({ protocol, day }: World, sales: readonly Sale[]): Promise<DayBatch | undefined> {
    if (sales.length === 0) return undefined;
    const batch = makeBatch(sales.map(({ receipt }) => receipt));
    const first = this.#sequence - BigInt(sales.length);
    const committedAt = await protocol.commit(this.address, batch, first, sales.length);
    return { operator: this, day, committedAt, sales, batch };
  }

  async #settle(world: World): Promise<void> {
    const { protocol, scenario } = world;
    const { bonds, escrow } = protocol.books;
    const now = protocol.chain.now;
    const dues = this.#unsettled(world).map(({ last }) => this.#due(world, last));
    if (dues.length === 0) return;
    const { delegatorsRate } = bonds.termsOf(this.address, now);
    const { batches } = planSettlement(dues, {
      now,
      nextAt: now + LIFETIME,
      room: greatest(0n, escrow.capOf(this.address) - escrow.exposureOf(this.address, now)),
      claimGas: CLAIM_GAS,
      batchGas: BATCH_GAS,
      gasPrice: BigInt(Math.round(scenario.gas.price * 1e9)),
      unitsPerCoin: world.units(scenario.gas.coin),
      operatorBps: ((BPS - escrow.protocolFeeBps) * (RATE_ONE - delegatorsRate)) / RATE_ONE,
    });
    for (const claims of batches) {
      const before = claims.map(({ payer }) => escrow.account(payer, this.address, payer).settled);
      const settled = await protocol.settle(this.address, claims);
      const kept = settled.paid - settled.protocolFee - settled.delegatorsFee;
      this.totals.fees += settled.paid;
      this.totals.dollars += world.dollars(kept);
      world.notes.settled(settled);
      claims.forEach(({ payer }, index) => {
        const { settled: total } = escrow.account(payer, this.address, payer);
        const amount = total - (before[index] ?? total);
        const isOwn = payer === this.puppet?.address;
        if (isOwn) this.totals.dollars -= world.dollars(amount);
        world.notes.paid({ payer, amount, time: now, isOwn });
      });
    }
  }

  /** Each account's last sale and what it owes by it, where it does and its voucher is still good. */
  #unsettled({ protocol }: World): { readonly last: Sale; readonly owed: bigint }[] {
    return [...this.#accounts.values()]
      .filter(({ last: { request } }) => protocol.chain.now <= request.deadline + SETTLEMENT_GRACE)
      .map(({ charged, last }) => {
        const payer = last.client.address;
        return { last, owed: charged - protocol.books.escrow.account(payer, this.address, payer).settled };
      })
      .filter(({ owed }) => owed > 0n);
  }

  #due({ protocol }: World, { client, request, receipt }: Sale): Due {
    const { balance, settled } = protocol.books.escrow.account(client.address, this.address, client.address);
    return {
      payer: client.address,
      client: client.address,
      charged: receipt.charged,
      backed: receipt.charged,
      isLost: false,
      settled,
      balance,
      voucher: {
        ceiling: request.ceiling,
        deadline: request.deadline,
        orderHash: orderHash(request.order),
        signature: sign(requestDigest(request, protocol.domains.escrow), client.secret),
      },
    };
  }
}
