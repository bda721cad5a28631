import { fromHex, type Hex, keccakHex, toHex } from "../core/bytes.ts";
import { canonicalContext, ContextError, contextHash, parseContext } from "../core/context.ts";
import type { Answer, PaidQuestion } from "../core/records.ts";
import { tariffPrice } from "../core/terms.ts";
import { type Order, orderHash, type Request, requestDigest } from "../core/typedData.ts";
import type { Domains } from "../core/verify.ts";
import type { HeadedRequest } from "../core/wire.ts";
import type { Assurance } from "./assurance.ts";
import { type Engine, isFor, notServed, type Usage } from "./engine.ts";
import type { Journal, PaidRecord, UnsignedRecord } from "./journal.ts";
import type { Payment, Payments } from "./payments.ts";
import type { Tariff } from "./pricing.ts";
import { checkTime, draftReceipt, type Issuer } from "./receipts.ts";
import { Refusal } from "./refusals.ts";

interface SalesOptions extends Issuer {
  readonly domains: Domains;
  readonly engine: Engine;
  readonly journal: Journal;
  readonly assurance: Assurance;
  readonly payments: Payments;
  readonly clock: () => bigint;
  readonly tariffOf: (mode: number) => Tariff;
  readonly sign: (record: UnsignedRecord) => Answer;
}

/** A question that comes with a payment, or without one. */
export interface Inquiry {
  readonly question: PaidQuestion;
  /** The header PAYMENT-SIGNATURE. */
  readonly payment: string | undefined;
  /** What was asked for, by which the price is named. */
  readonly path: string;
}

/** An answer that was paid for at once. */
export interface Sale {
  readonly answer: Answer;
  /** What the receipt is for: the payer signed the authorization, and nothing of the order. */
  readonly asked: HeadedRequest;
  /** The header PAYMENT-RESPONSE. */
  readonly response: string;
}

/** A question with its context. */
interface Contexted extends PaidQuestion {
  readonly context: string;
}

/** A sale that is under way: for which order. */
interface Running {
  readonly order: Hex;
  readonly work: Promise<PaidRecord>;
}

/** The context of an order whose client names none. */
const CONTEXT = canonicalContext({ runtime: "x402", version: "2", disclose: false });

/**
 * Sells answers to whoever knows x402 and nothing of Surety. The price is what the answer may cost at most; the answer is
 * computed first, then paid, then written, then handed out: nobody pays for what does not come, and nobody gets what is not
 * paid. A payment stands for one order, before it is made already; asked again it brings the same answer.
 */
export class Sales {
  readonly #options: SalesOptions;
  readonly #running = new Map<string, Running>();
  /** By payer: what payments that are not made yet come to, so that nothing is computed for more than it has. */
  readonly #promised = new Map<Hex, bigint>();

  constructor(options: SalesOptions) {
    this.#options = options;
  }

  /**
   * Sells an answer.
   * @throws Refusal where it must not be sold; where it names the price, nothing was paid
   * @throws ChainError where the chain cannot be read; asked again with the same payment it goes on
   */
  async sell({ question, payment: header, path }: Inquiry): Promise<Sale> {
    const { journal, payments, sign } = this.#options;
    const quoted = this.#quote(question);
    const amount = tariffPrice(this.#options.tariffOf(question.mode), quoted);
    if (header === undefined)
      throw payments.required("PaymentRequired", `the answer costs ${amount}`, { amount, path });
    const payment = payments.read(header);
    const context = question.context ?? CONTEXT;
    const request = this.#requestFor(question, context, payment);
    const order = orderHash(request.order);
    const { record, transaction } =
      (await journal.paid(payment)) ??
      (await this.#once(payment, order, () =>
        this.#settle({ ...question, context }, { payment, request, order, quoted, amount, path }),
      ));
    if (orderHash(record.request.order) !== order) throw usedElsewhere(payment);
    const { clientSignature, receipt } = record;
    return {
      answer: sign(record),
      asked: { request: record.request, clientSignature, client: receipt.client, context: record.context },
      response: payments.response(payment, transaction),
    };
  }

  /** What an answer takes at most. @throws Refusal where that is not served, or not known beforehand */
  #quote({ modelId, mode, input }: PaidQuestion): Usage {
    const { engine } = this.#options;
    const offering = engine.offers.find((offer) => isFor(offer, { modelId, mode }));
    if (offering === undefined) throw notServed({ modelId, mode }, engine.offers);
    const quoted = engine.quote?.({ ...offering, input: fromHex(input) });
    if (quoted === undefined) throw new Refusal("OrderMissing", `model ${modelId} is sold by voucher only`);
    return quoted;
  }

  /**
   * The order that a payment stands for. Its price is flat: what was paid. Its salt is the payment's nonce, and its
   * deadline the payment's; nothing of it is promised to be paid by voucher.
   */
  #requestFor({ modelId, mode, input }: PaidQuestion, context: string, payment: Payment): Request {
    const { operator } = this.#options;
    const order: Order = {
      modelId,
      inputHash: keccakHex(fromHex(input)),
      contextHash: contextHash(context),
      mode,
      maxPrice: payment.amount,
      base: payment.amount,
      inputRate: 0n,
      outputRate: 0n,
      salt: payment.nonce,
    };
    return { payer: payment.payer, operator, ceiling: 0n, deadline: payment.validBefore, order };
  }

  /** Does it once for however many ask with the same payment. @throws Refusal where another order has it */
  async #once({ payer, nonce }: Payment, order: Hex, begin: () => Promise<PaidRecord>): Promise<PaidRecord> {
    const id = `${payer}:${nonce}`;
    const running = this.#running.get(id);
    if (running !== undefined) {
      if (running.order !== order) throw usedElsewhere({ nonce });
      return running.work;
    }
    const work = begin().finally(() => {
      this.#running.delete(id);
    });
    this.#running.set(id, { order, work });
    return work;
  }

  /** Counts a payment of a payer's as under way, or no longer; returns what all of them come to. */
  #promise(payer: Hex, amount: bigint): bigint {
    const promised = (this.#promised.get(payer) ?? 0n) + amount;
    if (promised === 0n) this.#promised.delete(payer);
    else this.#promised.set(payer, promised);
    return promised;
  }

  async #settle(question: Contexted, terms: Terms): Promise<PaidRecord> {
    const { journal, payments } = this.#options;
    const { payment, order } = terms;
    const { payer, nonce, amount } = payment;
    const at = await this.#admit(question, terms);
    // Only now, since what anybody can say in the payer's name must not count against the payer.
    const promised = this.#promise(payer, amount);
    try {
      await this.#requireMoney(terms, promised);
      const record = await this.#compute(question, terms, at);
      const noted = await journal.notePayment({ payer, nonce, orderHash: order, at });
      if (noted.orderHash !== order) throw usedElsewhere(payment);
      const transaction = await payments.settle(payment);
      return await journal.appendPaid({ ...noted, transaction, record });
    } finally {
      this.#promise(payer, -amount);
    }
  }

  /** When it is admitted, in seconds: where a crash came between payment and answer, when it first was. @throws Refusal */
  async #admit({ context, input }: Contexted, terms: Terms): Promise<bigint> {
    const { journal, payments, clock, standing, assurance, engine } = this.#options;
    const { payment, request, order, amount, path } = terms;
    const [noted, served] = await Promise.all([journal.noted(payment), journal.served(payment.payer, order)]);
    // The same order may have been served by voucher: two receipts for it would contradict each other.
    const isTaken = (noted !== undefined && noted.orderHash !== order) || served !== undefined;
    if (isTaken) throw usedElsewhere(payment);
    const at = noted?.at ?? clock();
    const problem = payments.problem(payment, noted === undefined ? amount : payment.amount, at);
    if (problem !== undefined) throw payments.required("PaymentInvalid", problem, { amount, path });
    checkTime(request, at);
    requireContext(context);
    const offering = engine.offers.find((offer) => isFor(offer, request.order));
    if (offering === undefined) throw notServed(request.order, engine.offers);
    await Promise.all([standing.refresh(), assurance.checkOrder(request.order, input, offering)]);
    standing.check(at);
    return at;
  }

  /** @throws Refusal where it is not paid yet, and could not be paid now */
  async #requireMoney({ payment, amount, path }: Terms, promised: bigint): Promise<void> {
    const { payments } = this.#options;
    if ((await payments.paidIn(payment)) !== undefined) return;
    const refused = await payments.verify(payment, promised);
    if (refused !== undefined) throw payments.required("PaymentInvalid", refused, { amount, path });
  }

  async #compute({ modelId, mode, input, context }: Contexted, terms: Terms, now: bigint) {
    const { engine, assurance, domains } = this.#options;
    const { request, payment, quoted } = terms;
    const offering = engine.offers.find((offer) => isFor(offer, { modelId, mode }));
    if (offering === undefined) throw notServed({ modelId, mode }, engine.offers);
    const computed = await engine.run({ ...offering, input: fromHex(input), most: quoted });
    // The payer's own key ordered it, by paying; the price is what was paid.
    const receipt = draftReceipt(this.#options, {
      request,
      digest: requestDigest(request, domains.escrow),
      client: payment.payer,
      computed,
      tariff: request.order,
      now,
    });
    const record = {
      request,
      clientSignature: payment.signature,
      input,
      context,
      output: toHex(computed.output),
      hidden: computed.hidden.map(toHex),
      proof: toHex(computed.proof),
      receipt,
    };
    await assurance.checkProof({ ...record, receipt: { ...receipt, sequence: 0n, charged: 0n } }, offering);
    return record;
  }
}

/** What a sale is about. */
interface Terms {
  readonly payment: Payment;
  readonly request: Request;
  readonly order: Hex;
  readonly quoted: Usage;
  readonly amount: bigint;
  readonly path: string;
}

/** @throws Refusal where it is none, or not canonical */
function requireContext(context: string): void {
  try {
    parseContext(context);
  } catch (cause) {
    if (cause instanceof ContextError) throw new Refusal("Malformed", cause.message, { cause });
    throw cause;
  }
}

function usedElsewhere({ nonce }: Pick<Payment, "nonce">): Refusal {
  return new Refusal("PaymentUsed", `nonce ${nonce} stands for another question`);
}
