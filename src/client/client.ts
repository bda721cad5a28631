import type { Signer } from "ethers";
import { BatchFinder } from "../chain/batches.ts";
import { isFaulty, isProven, proofEvidence } from "../chain/checkers.ts";
import { connect, type Contracts } from "../chain/contracts.ts";
import { convictSilence, type Demand, demandPayload, demandUnit } from "../chain/demands.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import { demandedExhibit, listDisclosures } from "../chain/disclosures.ts";
import { ChainError } from "../chain/errors.ts";
import type { CommittedExhibit } from "../chain/evidence.ts";
import { callNode, type Fetch, NodeError } from "../chain/http.ts";
import { type Confirmation, type Inclusion, Inclusions } from "../chain/inclusions.ts";
import { prosecute, type Verdict } from "../chain/prosecution.ts";
import type { RequestKey } from "../chain/requestKeys.ts";
import { query } from "../chain/transactions.ts";
import { type Hex, keccakHex, toHex } from "../core/bytes.ts";
import { canonicalContext, type Context, contextHash } from "../core/context.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import { type ModelOpening, openedId } from "../core/model/opening.ts";
import { type Answer, answerSchema, type Ask, type Offer, type Record, write } from "../core/records.ts";
import { tariffPrice } from "../core/terms.ts";
import { Mode, type Order, orderHash } from "../core/typedData.ts";
import { isValid, type Link, verifyExecution, verifyRecord } from "../core/verify.ts";
import { AccountBook } from "./accountBook.ts";
import { AnswerRejectedError, DoubleChargeError, StreamBrokenError } from "./errors.ts";
import { Purse } from "./purse.ts";

/** What a client is made of. Clock, randomness and network come from outside. */
export interface ClientOptions {
  /** The account that pays. */
  readonly payer: Signer;
  /** The key that signs requests: the payer's own, or one that it funded. */
  readonly key: RequestKey;
  readonly deployment: Deployment;
  /** The time, in seconds. */
  readonly clock: () => bigint;
  /** 32 fresh bytes: what makes two like orders two. */
  readonly salt: () => Hex;
  readonly fetch: Fetch;
  /**
   * Whether the proof of an answer in the snark mode verifies; the chain's checker is asked where left out. It may trust
   * the opening to be the model's.
   */
  readonly verifyProof?: (record: Record, opening: ModelOpening) => Promise<boolean>;
  /** What it was answered by earlier processes: ceilings, and the search for double charges, go on from there. */
  readonly records?: readonly Record[];
  /** What earlier processes asked and had no answer to: it may have been charged. */
  readonly unanswered?: readonly Ask[];
}

/**
 * Takes a signed order to its operator's node and the answer back.
 * @throws NodeError where the node refuses, or no answer comes
 */
export type Transport = (ask: Ask) => Promise<Answer>;

/** The way of an order. */
export interface Way {
  readonly send: Transport;
  /**
   * Called before the order is signed: where it throws, nothing was promised.
   * @param promised what the account must hold for all that is under way, settled units with it
   */
  readonly ready?: (promised: bigint) => Promise<void>;
}

/** What a client wants to know. */
export interface Question {
  readonly modelId: Hex;
  /** Why the answer is to be believed; optimistic where left out. No other mode will do. */
  readonly mode?: Mode;
  readonly input: Uint8Array;
  /** How many units the answer will have: logits of an integer model. */
  readonly outputUnits: number;
  readonly context: Context;
  /** The model, where the answer is to be computed again in the optimistic mode: one that differs is rejected. */
  readonly recheck?: PublishedModel;
}

/** How often a request is sent where no answer comes. The same order is served once, however often it is asked. */
const ATTEMPTS = 3;

/** How far ahead a request's deadline is set, in seconds. */
const PATIENCE = 600n;

/** Pays for answers and verifies them: an answer that does not verify is an error, never a result. */
export class Client {
  readonly #options: ClientOptions;
  readonly #contracts: Contracts;
  readonly #inclusions: Inclusions;
  readonly #accounts = new Map<Hex, AccountBook>();
  /** The key's address: with payer and operator it is the account. */
  readonly key: Hex;
  /** The payer's money in the accounts of this key. */
  readonly purse: Purse;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#contracts = connect(options.deployment, options.payer);
    this.key = options.key.address;
    this.purse = new Purse({ ...options, contracts: this.#contracts, key: this.key });
    const batches = new BatchFinder(this.#contracts, options.deployment.block);
    this.#inclusions = new Inclusions({ ...options, contracts: this.#contracts, batches });
    for (const record of options.records ?? []) this.#accountWith(record.receipt.operator).own(record.receipt);
    for (const { request } of options.unanswered ?? []) this.#accountWith(request.operator).promise(request);
  }

  /**
   * Asks, pays by voucher, verifies.
   * @throws NodeError where the node refuses, and then nothing is owed
   * @throws AnswerRejectedError, DoubleChargeError where the answer does not hold: keep it, stop paying
   */
  async ask(endpoint: string, offer: Offer, question: Question): Promise<Record> {
    return this.perform(offer, question, { send: this.transportTo(endpoint) });
  }

  /** The same, whatever way the order goes to the node. */
  async perform(offer: Offer, question: Question, { send, ready }: Way): Promise<Record> {
    const context = canonicalContext(question.context);
    const { order, opening } = this.#order(offer, question, context);
    const account = this.#accountWith(offer.operator);
    account.reserve(order.maxPrice);
    try {
      await ready?.(account.promised);
    } catch (cause) {
      account.release(order.maxPrice);
      throw cause;
    }
    return this.#settleUp(account, order, async () => {
      const ask = await this.#signAsk({ offer, order, context, input: question.input, account });
      return this.#receive(ask, { ...question, opening, send });
    });
  }

  /** What earlier processes asked and had no answer to. */
  get unanswered(): readonly Ask[] {
    return this.#options.unanswered ?? [];
  }

  /**
   * Asks again what an earlier process had no answer to: an order that was served is answered the same again, and one
   * that was not may be served now.
   * @param ask one of the `unanswered`
   * @throws as `perform` does
   */
  async resume(ask: Ask, opening: ModelOpening, send: Transport): Promise<Record> {
    const account = this.#accountWith(ask.request.operator);
    return this.#settleUp(account, ask.request.order, async () => this.#receive(ask, { opening, send }));
  }

  /** Sends orders to a node as JSON, and sends the same again where no answer comes. */
  transportTo(endpoint: string): Transport {
    return async (ask) => this.#send(`${endpoint}/v1/inference`, write(ask));
  }

  /**
   * Finds a record in a batch that its operator committed, and checks the way to the root on the chain.
   * @param root the batch's root, where it is known: else the batch is looked for
   * @throws NotIncludedError where it is not there
   * @throws NodeError where the batch is not published
   */
  async confirm(record: Record, root?: Hex): Promise<Inclusion> {
    return this.#inclusions.confirm(record, root);
  }

  /** Finds many records: each batch is read once. @throws ChainError where the chain cannot be read */
  async confirmAll(records: readonly Record[]): Promise<Confirmation[]> {
    return this.#inclusions.confirmAll(records);
  }

  /**
   * Demands the receipts behind what an operator has settled without them: of each stretch of units that no receipt of this
   * client owns the first one. Silence on it is slashed, and stands for all that was settled from it on; `answerTo` reads
   * the answer.
   * @returns the demands that were made: what was demanded before is not demanded again
   * @throws ChainError
   */
  async demandUnits(operator: Hex): Promise<Demand[]> {
    const payer = await this.purse.payer();
    const { settled } = await query(() => this.#contracts.escrow.account(payer, operator, this.key));
    const demands: Demand[] = [];
    for (const unit of this.#accountWith(operator).unowned(settled)) {
      const demand = await demandUnit(this.#contracts, { payer, operator, client: this.key, unit });
      if (demand !== undefined) demands.push(demand);
    }
    return demands;
  }

  /**
   * Demands input, output and proof of a committed receipt of the payer's: of an answer that never came.
   * @param exhibit the receipt and its request, as the answer to a demand for units shows them
   * @returns undefined where that was demanded before
   * @throws ChainError
   */
  async demandPayload(exhibit: CommittedExhibit): Promise<Demand | undefined> {
    return demandPayload(this.#contracts, exhibit);
  }

  /** What was shown in answer to a demand; undefined where nothing was, or it cannot be read. @throws ChainError */
  async answerTo(demand: Demand): Promise<CommittedExhibit | undefined> {
    const disclosures = await listDisclosures(this.#contracts, this.#options.deployment.block);
    return disclosures.find((disclosure) => disclosure.demand === demand.id)?.exhibit;
  }

  /**
   * Has silence on a demand punished.
   * @returns undefined where it has been punished already
   * @throws ChainError where it was answered, or still may be
   */
  async convictSilence(demand: Demand): Promise<Verdict | undefined> {
    const data = convictSilence(demand, await demandedExhibit(this.#contracts, demand));
    if (data === undefined) return undefined;
    return prosecute({ name: "DisclosureCourt", court: this.#contracts.disclosureCourt, data }, this.#options.payer);
  }

  async #receive(
    ask: Ask,
    { opening, send, recheck }: Pick<Way, "send"> & Pick<Question, "recheck"> & { readonly opening: ModelOpening },
  ): Promise<Record> {
    const answer = await send(ask);
    const { client: _, ...signedRequest } = ask;
    const record = { ...signedRequest, ...answer };
    const account = this.#accountWith(ask.request.operator);
    const links = await this.#verify(record, opening, account);
    if (recheck !== undefined && isValid(links)) links.push(...verifyExecution(record, { whole: recheck }));
    const broken = links.filter(({ status }) => status === "fails");
    if (broken.length > 0) throw new AnswerRejectedError(record, broken);
    // From here to the end nothing waits, so that no other receipt can take the same units.
    if (account.overlaps(record.receipt)) throw new DoubleChargeError(record, orderHash(record.request.order));
    account.own(record.receipt);
    return record;
  }

  /** Gives back what was kept for an order, once it is known what became of it. */
  async #settleUp(account: AccountBook, { maxPrice }: Order, work: () => Promise<Record>): Promise<Record> {
    try {
      const record = await work();
      account.release(maxPrice);
      return record;
    } catch (cause) {
      // Where no answer came or it cannot be judged, it may have been charged: later ceilings must still cover it.
      if (!isUndecided(cause)) account.release(maxPrice);
      throw cause;
    }
  }

  #accountWith(operator: Hex): AccountBook {
    const known = this.#accounts.get(operator);
    if (known !== undefined) return known;
    const account = new AccountBook();
    this.#accounts.set(operator, account);
    return account;
  }

  #order(
    offer: Offer,
    { modelId, mode = Mode.optimistic, input, outputUnits }: Question,
    context: string,
  ): { readonly order: Order; readonly opening: ModelOpening } {
    // Another mode could make an answer harder to prove wrong, without the client having asked for it.
    const served = offer.models.find((model) => model.modelId === modelId && model.mode === mode);
    if (served === undefined) {
      const message = `${offer.operator} does not offer model ${modelId} in mode ${mode}`;
      throw new NodeError({
        reason: "NotOffered",
        message,
        remedy: "choose a model of the offer, or another operator",
      });
    }
    const { base, inputRate, outputRate, opening } = served;
    if (openedId(opening) !== modelId) {
      const message = `what ${offer.operator} says model ${modelId} is made of does not make it`;
      throw new NodeError({ reason: "OfferMismatch", message, remedy: "ask another operator" });
    }
    const order = {
      modelId,
      inputHash: keccakHex(input),
      contextHash: contextHash(context),
      mode,
      base,
      inputRate,
      outputRate,
      maxPrice: 0n,
      salt: this.#options.salt(),
    };
    const maxPrice = tariffPrice(order, { inputUnits: input.length, outputUnits });
    return { order: { ...order, maxPrice }, opening };
  }

  async #signAsk({
    offer,
    order,
    context,
    input,
    account,
  }: {
    readonly offer: Offer;
    readonly order: Order;
    readonly context: string;
    readonly input: Uint8Array;
    readonly account: AccountBook;
  }): Promise<Ask> {
    const { deployment, clock, key } = this.#options;
    const payer = await this.purse.payer();
    const ceiling = account.raiseCeiling();
    const request = {
      payer,
      operator: offer.operator,
      ceiling,
      deadline: clock() + PATIENCE,
      order,
    };
    const clientSignature = await key.sign(request, domainsOf(deployment).escrow);
    return { request, clientSignature, client: this.key, input: toHex(input), context };
  }

  /** Sends a request, and sends the same again where no answer comes. @throws NodeError */
  async #send(url: string, body: string): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await callNode(this.#options.fetch, { url, schema: answerSchema, body });
      } catch (cause) {
        if (attempt === ATTEMPTS || !isUndecided(cause)) throw cause;
      }
    }
  }

  async #verify(record: Record, opening: ModelOpening, account: AccountBook): Promise<Link[]> {
    const { receipt, request } = record;
    const { keys } = this.#contracts;
    const isKeyValid = await query(() => keys.isValidAt(receipt.signer, request.operator, receipt.issuedAt));
    const isCovered = receipt.price <= receipt.charged && receipt.charged <= account.ceiling;
    const links: Link[] = [
      ...verifyRecord(record, domainsOf(this.#options.deployment)),
      link("key", isKeyValid, "the signing key was not the operator's when the receipt was issued"),
      link(
        "charge",
        isCovered,
        `the total is not between the price and the highest ceiling signed, ${account.ceiling}`,
      ),
    ];
    if (isProven(request.order.mode) && isValid(links)) links.push(await this.#verifyProof(record, opening));
    return links;
  }

  /** Whether an answer is proven as its mode promises, by the checker that would convict it, or by the client's own means. */
  async #verifyProof(record: Record, opening: ModelOpening): Promise<Link> {
    const { verifyProof } = this.#options;
    const isProof =
      record.request.order.mode === Mode.snark && verifyProof !== undefined
        ? await verifyProof(record, opening)
        : !(await isFaulty(this.#contracts, record, proofEvidence(opening, record)));
    return link("execution", isProof, "the answer is not proven as its mode promises");
  }
}

function link(name: string, isOk: boolean, detail: string): Link {
  return { name, status: isOk ? "holds" : "fails", detail };
}

/** Whether it is open after this error if the operator has charged. */
export function isUndecided(cause: unknown): boolean {
  const isLost = cause instanceof NodeError && ["Unreachable", "Unreadable", "Internal"].includes(cause.reason);
  return isLost || cause instanceof ChainError || cause instanceof StreamBrokenError;
}
