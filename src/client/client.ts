import type { Signer } from "ethers";
import { BatchFinder } from "../chain/batches.ts";
import { isFaulty, isProven, proofEvidence } from "../chain/checkers.ts";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Demand, demandPayload, demandUnit } from "../chain/demands.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import type { OperatorEntry } from "../chain/directory.ts";
import { demandedExhibit, listDisclosures } from "../chain/disclosures.ts";
import { ChainError } from "../chain/errors.ts";
import { type CommittedExhibit, convictSilence } from "../chain/evidence.ts";
import { signAuthorization, type SignedFunding, signPermit, tokenDomain } from "../chain/funding.ts";
import { callNode, type Fetch, NodeError } from "../chain/http.ts";
import { prosecute, type Verdict } from "../chain/prosecution.ts";
import { query, transact } from "../chain/transactions.ts";
import { type Hex, keccakHex, toHex } from "../core/bytes.ts";
import { canonicalContext, type Context, contextHash } from "../core/context.ts";
import { type Authorization, fundingNonce } from "../core/funding.ts";
import { type ModelOpening, openedId } from "../core/model/opening.ts";
import { type Answer, answerSchema, type Ask, type Offer, offerSchema, type Record, write } from "../core/records.ts";
import { addressOf, sign } from "../core/signatures.ts";
import { tariffPrice, unitsOf } from "../core/terms.ts";
import { Mode, type Order, orderHash, requestDigest } from "../core/typedData.ts";
import { isValid, type Link, verifyRecord } from "../core/verify.ts";
import { AnswerRejectedError, DoubleChargeError } from "./errors.ts";
import { type Confirmation, type Inclusion, Inclusions } from "./inclusions.ts";

/** What a client is made of. Clock, randomness and network come from outside. */
export interface ClientOptions {
  /** The account that pays. */
  readonly payer: Signer;
  /** The key that signs requests, 32 bytes: the payer's own, or one that it funded. */
  readonly secret: Hex;
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
}

/** How often a request is sent where no answer comes. The same order is served once, however often it is asked. */
const ATTEMPTS = 3;

/** How far ahead a request's deadline is set, and a permit's, in seconds. */
const PATIENCE = 600n;

/** How long others have to bring an authorization, in seconds. */
const AUTHORIZED = 3_600n;

/** What this client knows of its account with one operator. Amounts in the token's smallest unit. */
interface Account {
  /** The sum of the prices of receipts that hold. Not the total that they show: the operator could leave gaps in that. */
  owed: bigint;
  /** The sum of maxPrice of requests under way, and of those that were sent and never answered. */
  inFlight: bigint;
  /** The highest ceiling that it has signed. */
  ceiling: bigint;
  /** The ends of the intervals of units that receipts own, by their starts. */
  readonly units: Map<bigint, bigint>;
}

/** Pays for answers and verifies them: an answer that does not verify is an error, never a result. */
export class Client {
  readonly #options: ClientOptions;
  readonly #contracts: Contracts;
  readonly #inclusions: Inclusions;
  readonly #accounts = new Map<Hex, Account>();
  /** The key's address: with payer and operator it is the account. */
  readonly key: Hex;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#contracts = connect(options.deployment, options.payer);
    const batches = new BatchFinder(this.#contracts, options.deployment.block);
    this.#inclusions = new Inclusions({ ...options, contracts: this.#contracts, batches });
    this.key = addressOf(options.secret);
    for (const record of options.records ?? []) this.#own(record, this.#accountWith(record.receipt.operator));
  }

  /**
   * Puts money into the account with an operator.
   * @param by whether the escrow is approved first, or permitted to take it in the same transaction, where the token
   * knows permits (ERC-2612)
   * @throws ChainError
   */
  async fund(operator: Hex, amount: bigint, by: "approval" | "permit" = "approval"): Promise<void> {
    const { deployment, payer, clock } = this.#options;
    const { escrow, token } = this.#contracts;
    const spender = deployment.contracts.escrow;
    if (by === "approval") {
      await transact(() => token.approve(spender, amount));
      await transact(() => escrow.fund(amount, operator, this.key));
      return;
    }
    const domain = await tokenDomain(this.#contracts, deployment);
    const terms = { domain, spender, amount, deadline: clock() + PATIENCE };
    const permit = await signPermit(payer, this.#contracts, terms);
    await transact(() => escrow.fundWithPermit(amount, operator, this.key, permit));
  }

  /**
   * Signs what funds the account with an operator as soon as anybody brings it (`relayFunding`): the payer needs none of
   * the chain's coin. The token must know authorizations (EIP-3009).
   * @throws ChainError where the token does not say how it is signed for
   */
  async authorizeFunding(operator: Hex, amount: bigint): Promise<SignedFunding> {
    const { deployment, payer, clock, salt } = this.#options;
    const from = await this.#payer();
    const account = { payer: from, operator, signer: this.key };
    const authorized = { validAfter: 0n, validBefore: clock() + AUTHORIZED, salt: salt() };
    const authorization: Authorization = {
      type: "ReceiveWithAuthorization",
      from,
      to: deployment.contracts.escrow,
      value: amount,
      validAfter: authorized.validAfter,
      validBefore: authorized.validBefore,
      nonce: fundingNonce({ ...account, salt: authorized.salt }),
    };
    const signature = await signAuthorization(payer, authorization, await tokenDomain(this.#contracts, deployment));
    return { ...account, amount, authorization: { ...authorized, ...signature } };
  }

  /**
   * Starts to take money out of the account with an operator, for `refund` when it has thawed. Vouchers can use it until
   * then; the operator's node serves no more on it.
   * @throws ChainError
   */
  async thaw(operator: Hex, amount: bigint): Promise<void> {
    await transact(() => this.#contracts.escrow.thaw(amount, operator, this.key));
  }

  /** Ends a thaw: the money stays. @throws ChainError */
  async cancelThaw(operator: Hex): Promise<void> {
    await transact(() => this.#contracts.escrow.cancelThaw(operator, this.key));
  }

  /** Takes out what has thawed, as far as vouchers have left it there. Returns how much. @throws ChainError */
  async refund(operator: Hex): Promise<bigint> {
    const { escrow } = this.#contracts;
    const { logs } = await transact(() => escrow.refund(operator, this.key));
    const events = logs.map((log) => escrow.interface.parseLog(log));
    return events.find((event) => event?.name === "Refunded")?.args["amount"] as bigint;
  }

  /**
   * What an operator's node offers.
   * @throws NodeError where it does not answer, or answers for another operator or another deployment
   */
  async offer({ operator, endpoint }: OperatorEntry): Promise<Offer> {
    const { deployment, fetch } = this.#options;
    const offer = await callNode(fetch, { url: `${endpoint}/v1/offer`, schema: offerSchema });
    const { escrow, ledger } = domainsOf(deployment);
    const isOurs =
      offer.operator === operator &&
      offer.chainId === deployment.chainId &&
      offer.escrow === escrow.contract &&
      offer.ledger === ledger.contract;
    if (!isOurs) {
      const message = `${endpoint} does not speak for ${operator} on this deployment`;
      throw new NodeError({ reason: "OfferMismatch", message, remedy: "ask another operator" });
    }
    return offer;
  }

  /**
   * Asks, pays by voucher, verifies.
   * @throws NodeError where the node refuses, and then nothing is owed
   * @throws AnswerRejectedError, DoubleChargeError where the answer does not hold: keep it, stop paying
   */
  async ask(endpoint: string, offer: Offer, question: Question): Promise<Record> {
    const account = this.#accountWith(offer.operator);
    const context = canonicalContext(question.context);
    const { order, opening } = this.#order(offer, question, context);
    account.inFlight += order.maxPrice;
    try {
      const ask = await this.#signAsk({ offer, order, context, input: question.input, account });
      const answer = await this.#send(`${endpoint}/v1/inference`, write(ask));
      const { client: _, ...signedRequest } = ask;
      const record = { ...signedRequest, ...answer };
      await this.#accept(record, opening, account);
      account.inFlight -= order.maxPrice;
      return record;
    } catch (cause) {
      // Where no answer came or it cannot be judged, it may have been charged: later ceilings must still cover it.
      if (!isUndecided(cause)) account.inFlight -= order.maxPrice;
      throw cause;
    }
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
    const payer = await this.#payer();
    const { settled } = await query(() => this.#contracts.escrow.account(payer, operator, this.key));
    const demands: Demand[] = [];
    for (const unit of unownedUnits(this.#accountWith(operator).units, settled)) {
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

  async #payer(): Promise<Hex> {
    return (await this.#options.payer.getAddress()).toLowerCase() as Hex;
  }

  #accountWith(operator: Hex): Account {
    const known = this.#accounts.get(operator);
    if (known !== undefined) return known;
    const account = { owed: 0n, inFlight: 0n, ceiling: 0n, units: new Map<bigint, bigint>() };
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
    readonly account: Account;
  }): Promise<Ask> {
    const { deployment, clock, secret } = this.#options;
    account.ceiling = larger(account.ceiling, account.owed + account.inFlight);
    const request = {
      payer: await this.#payer(),
      operator: offer.operator,
      ceiling: account.owed + account.inFlight,
      deadline: clock() + PATIENCE,
      order,
    };
    const clientSignature = sign(requestDigest(request, domainsOf(deployment).escrow), secret);
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

  async #accept(record: Record, opening: ModelOpening, account: Account): Promise<void> {
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
    const broken = links.filter(({ status }) => status === "fails");
    if (broken.length > 0) throw new AnswerRejectedError(record, broken);
    const { from, to } = unitsOf(receipt);
    const overlaps = [...account.units].some(([start, end]) => start < to && from < end);
    if (overlaps) throw new DoubleChargeError(record, orderHash(request.order));
    this.#own(record, account);
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

  #own({ receipt }: Record, account: Account): void {
    const { from, to } = unitsOf(receipt);
    if (to > from) account.units.set(from, to);
    account.owed += receipt.price;
    account.ceiling = larger(account.ceiling, to);
  }
}

/** Of each stretch of settled units that is in none of the intervals the first one. Intervals are given by their starts. */
function unownedUnits(intervals: ReadonlyMap<bigint, bigint>, settled: bigint): bigint[] {
  const units: bigint[] = [];
  let end = 0n;
  for (const [from, to] of [...intervals, [settled, settled] as const].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (from > end && end < settled) units.push(end + 1n);
    if (to > end) end = to;
  }
  return units;
}

function link(name: string, isOk: boolean, detail: string): Link {
  return { name, status: isOk ? "holds" : "fails", detail };
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** Whether it is open after this error if the operator has charged. */
function isUndecided(cause: unknown): boolean {
  const isLost = cause instanceof NodeError && ["Unreachable", "Unreadable", "Internal"].includes(cause.reason);
  return isLost || cause instanceof ChainError;
}
