import { dataURIAt, dataURIOf } from "../chain/batches.ts";
import type { Contracts } from "../chain/contracts.ts";
import { ChainError } from "../chain/errors.ts";
import { certainBlock, chainTime } from "../chain/facts.ts";
import { query, transact } from "../chain/transactions.ts";
import { type Batch, makeBatch } from "../core/batch.ts";
import { fromHex, type Hex, keccakHex, toHex } from "../core/bytes.ts";
import { ContextError, contextHash, parseContext } from "../core/context.ts";
import type { NamedDomain } from "../core/eip712.ts";
import { signOffer } from "../core/offers.ts";
import { greatest } from "../core/numbers.ts";
import type { Answer, Ask, Offer, PublishedBatch, Record } from "../core/records.ts";
import { addressOf, recover, sign, SignatureError } from "../core/signatures.ts";
import { type Mode, orderHash, receiptDigest, requestDigest } from "../core/typedData.ts";
import type { Domains } from "../core/verify.ts";
import { useNativeCurve } from "../native/curve.ts";
import { type Answering, Answers } from "./answers.ts";
import { Assurance } from "./assurance.ts";
import { type Engine, isFor, type Job, notServed, type Offering } from "./engine.ts";
import { Funds } from "./funds.ts";
import type { Journal, PlannedBatch, Reservation, UnsignedRecord } from "./journal.ts";
import type { NodeStatus } from "./metrics.ts";
import { Payments } from "./payments.ts";
import { paidFor, type Tariff } from "./pricing.ts";
import { checkTime, draftReceipt, type Issuer } from "./receipts.ts";
import { Refusal } from "./refusals.ts";
import { type Inquiry, type Sale, Sales } from "./sales.ts";
import { type Settlement, type SettlementPolicy, Settlements } from "./settlement.ts";
import { Standing } from "./standing.ts";

export type { Tariff } from "./pricing.ts";

/** What an operator's node is made of. */
export interface NodeOptions {
  /** The operator's account: it holds the bond. */
  readonly operator: Hex;
  /** The key that signs receipts, 32 bytes. Must be registered in KeyRegistry. */
  readonly secret: Hex;
  readonly engine: Engine;
  readonly tariff: Tariff;
  /** The tariffs of modes that have one of their own. */
  readonly tariffs?: Readonly<Partial<globalThis.Record<Mode, Tariff>>>;
  readonly journal: Journal;
  /** Behind a signer that may commit and settle for the operator. */
  readonly contracts: Contracts;
  readonly domains: Domains;
  /** Where this node is reached: published batches are found under it. */
  readonly endpoint: string;
  /** The time, in seconds. */
  readonly clock: () => bigint;
  readonly settlement: SettlementPolicy;
  /**
   * Whether requests are admitted on what is delegated to the operator too. Delegators can leave before it is settled;
   * then what their money covered is not paid. False where it is left out.
   */
  readonly countsDelegatedCover?: boolean;
  /** The token's own domain (`tokenDomain`), where answers are sold by x402 too. */
  readonly x402?: NamedDomain;
}

/** A request that was admitted: its digest, order and offer, when, in seconds, and what is kept for it. */
interface Admission {
  readonly digest: Hex;
  readonly order: Hex;
  readonly offering: Offering;
  readonly now: bigint;
  readonly reservation: Reservation;
  readonly emit: Job["emit"];
}

/** How long an offer is good, in seconds. */
const OFFERED = 3_600n;

/** What a commitment did. */
export interface Work {
  readonly count: number;
  readonly gas: bigint;
}

/** An operator's node: it serves, remembers, commits and settles. */
export class OperatorNode {
  /** Since when, in seconds. */
  readonly openedAt: bigint;
  readonly #options: NodeOptions;
  readonly #signer: Hex;
  readonly #funds: Funds;
  readonly #standing: Standing;
  readonly #settlements: Settlements;
  readonly #answers: Answers;
  readonly #assurance: Assurance;
  readonly #issuer: Issuer;
  readonly #sales: Sales | undefined;
  /** The orders that are being computed. */
  readonly #running = new Map<string, Promise<UnsignedRecord>>();

  private constructor(options: NodeOptions, payments: Payments | undefined) {
    this.openedAt = options.clock();
    this.#options = options;
    this.#signer = addressOf(options.secret);
    this.#funds = new Funds(options);
    this.#standing = new Standing({ ...options, signer: this.#signer });
    this.#settlements = new Settlements(options);
    this.#answers = new Answers(options);
    this.#assurance = new Assurance({ ...options, signer: this.#signer });
    this.#issuer = { ...options, signer: this.#signer, standing: this.#standing };
    const [assurance, tariffOf] = [this.#assurance, (mode: number) => this.#tariffOf(mode as Mode)];
    const selling = {
      ...options,
      ...this.#issuer,
      assurance,
      tariffOf,
      sign: (record: UnsignedRecord) => this.#sign(record),
    };
    this.#sales = payments && new Sales({ ...selling, payments });
  }

  /**
   * Opens a node.
   * @throws JournalMismatchError where the journal is another operator's, or of another deployment
   * @throws ChainError where it takes x402 payments, and the chain cannot be read
   */
  static async open(options: NodeOptions): Promise<OperatorNode> {
    useNativeCurve();
    const { chainId, contract } = options.domains.ledger;
    await options.journal.claim(`operator ${options.operator} on chain ${chainId}, ledger ${contract}`);
    const { x402: token } = options;
    return new OperatorNode(options, token && (await Payments.open({ ...options, token })));
  }

  /** The models behind servers that it offers: under the names that requests in OpenAI's format call them by. */
  named(): readonly (Offering & { readonly name: string })[] {
    return this.#options.engine.offers.flatMap(({ name, ...offer }) =>
      name === undefined ? [] : [{ ...offer, name }],
    );
  }

  /** What this node offers, signed, for an hour. */
  offer(): Offer {
    const { operator, domains, engine, clock, secret } = this.#options;
    const issuedAt = clock();
    const offer = {
      operator,
      chainId: domains.escrow.chainId,
      escrow: domains.escrow.contract,
      ledger: domains.ledger.contract,
      models: engine.offers.map(({ name: _, ...offering }) => ({ ...offering, ...this.#tariffOf(offering.mode) })),
      issuedAt,
      validUntil: issuedAt + OFFERED,
    };
    return signOffer(offer, secret);
  }

  /**
   * Serves a request: checks it, keeps money for it, computes the answer, writes it down, signs it. The same order gets
   * the same answer, and is computed once.
   * @param emit told the output's bytes as they come, where they come one after another and are computed for this call;
   * they are worth nothing until the answer is there
   * @throws Refusal where it must not be served; then nothing is charged
   */
  async serve(ask: Ask, emit?: Job["emit"]): Promise<Answer> {
    const { request } = ask;
    const order = orderHash(request.order);
    const checked = this.#checkRequest(ask);
    try {
      return this.#sign(await this.#answer(ask, { ...checked, order, emit }));
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      // What was served once is served again, however late, and whatever has become of the account.
      const before = await this.#options.journal.served(request.payer, order);
      if (before === undefined) throw cause;
      return this.#sign(before);
    }
  }

  /** Waits until nothing is being computed for vouchers: what is ordered is charged, though the client has left. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }

  /**
   * Sells an answer to whoever pays by x402, or says what it costs.
   * @throws Refusal where it must not be sold, or is by voucher only
   * @throws ChainError where the chain cannot be read
   */
  async sell(inquiry: Inquiry): Promise<Sale> {
    if (this.#sales === undefined) throw new Refusal("OrderMissing", "answers are sold by voucher only");
    return this.#sales.sell(inquiry);
  }

  /** A record that its context lets strangers see. @throws Refusal */
  async record(leaf: Hex): Promise<Record> {
    const found = await this.#options.journal.byLeaf(leaf);
    if (found === undefined) throw new Refusal("RecordUnknown", `no record ${leaf}`);
    if (!parseContext(found.context).disclose) throw new Refusal("NotDisclosed", "the record is private");
    return { ...found, ...this.#sign(found) };
  }

  /** The receipts of a batch. @throws Refusal */
  async batch(root: Hex): Promise<PublishedBatch> {
    const records = await this.#options.journal.byRoot(root);
    if (records.length === 0) throw new Refusal("BatchUnknown", `no batch ${root}`);
    return { receipts: records.map(({ receipt }) => receipt) };
  }

  /**
   * Has the ledger say where this node publishes batches, those of before too, unless it says so already: the first time,
   * and whenever the node has moved.
   * @returns the gas that it took
   * @throws ChainError where the chain refuses
   */
  async announce(): Promise<bigint> {
    const { contracts, operator, endpoint } = this.#options;
    const uri = dataURIAt(endpoint);
    if ((await dataURIOf(contracts, operator)) === uri) return 0n;
    return (await transact(() => contracts.ledger.setDataURI(operator, uri))).gasUsed;
  }

  /**
   * Commits what was served since the last batch; first a batch that a crash left half done.
   * @returns undefined where there is nothing to commit, or another node of the operator is at it
   * @throws ChainError where the chain refuses; called again it goes on
   */
  async commit(): Promise<Work | undefined> {
    return this.#options.journal.exclusively(() => this.#commit());
  }

  /**
   * Settles what accounts owe, with the newest voucher of each, as far as receipts that were committed in time back it and
   * it is worth its gas; brings what came without vouchers, and what belongs to delegators. What is not committed yet is
   * committed first.
   * @returns undefined where nobody owes anything, and nothing waits to be brought, or another node of the operator is at it
   * @throws ChainError where the chain refuses; called again it goes on
   */
  async settle(): Promise<Settlement | undefined> {
    return this.#options.journal.exclusively(async () => {
      await this.#finishBatch();
      await this.#commit();
      return this.#settlements.settle();
    });
  }

  /**
   * Answers what is demanded of the operator in DisclosureCourt since `fromBlock`: silence is slashed. To be called often:
   * an answer is due a day after the demand. Where another node of the operator is at it, there is nothing to do here.
   * @throws ChainError where the chain cannot be read, or a batch that a crash left half done cannot be committed
   */
  async answerDemands(fromBlock: number): Promise<Answering> {
    const done = await this.#options.journal.exclusively(async () => {
      await this.#finishBatch();
      return this.#answers.answer(fromBlock, (record) => ({ ...record, ...this.#sign(record) }));
    });
    return done ?? { answered: [], unanswered: [], resumeAt: fromBlock };
  }

  /** Why it should be sent no requests now; empty where it should. */
  async unready(): Promise<string[]> {
    try {
      await this.#standing.refresh();
      this.#standing.check(this.#options.clock());
      const { freeCover } = await this.status();
      return freeCover > 0n ? [] : ["CoverExhausted: the bond covers nothing more until it is settled"];
    } catch (cause) {
      if (!(cause instanceof Refusal || cause instanceof ChainError)) throw cause;
      return [cause instanceof Refusal ? `${cause.name}: ${cause.message}` : cause.message];
    }
  }

  /** What those who watch over it want to know. @throws ChainError where the chain cannot be read */
  async status(): Promise<NodeStatus> {
    const { journal, clock } = this.#options;
    const { uncommitted, since, unsettled } = await journal.backlog();
    return {
      nextSequence: await journal.nextSequence(),
      uncommitted,
      uncommittedAge: since === undefined ? 0n : greatest(clock() - since, 0n),
      unsettled,
      freeCover: greatest((await this.#funds.room()) - unsettled, 0n),
    };
  }

  /** What of its offers a request is for, and what was signed. @throws Refusal where it is wrong in itself */
  #checkRequest({ request, client, clientSignature, input, context }: Ask): Pick<Admission, "offering" | "digest"> {
    const { operator, engine, domains } = this.#options;
    const { order } = request;
    if (request.operator !== operator)
      throw new Refusal("WrongOperator", `this is ${operator}, not ${request.operator}`);
    const offering = engine.offers.find((offer) => isFor(offer, order));
    if (offering === undefined) throw notServed(order, engine.offers);
    if (keccakHex(fromHex(input)) !== order.inputHash)
      throw new Refusal("HashMismatch", "inputHash is not the input's");
    if (contextHash(context) !== order.contextHash)
      throw new Refusal("HashMismatch", "contextHash is not the context's");
    const digest = requestDigest(request, domains.escrow);
    try {
      parseContext(context);
      const signer = recover(digest, clientSignature);
      if (signer !== client) throw new Refusal("SignatureInvalid", `the signature is of ${signer}, not of ${client}`);
    } catch (cause) {
      if (cause instanceof SignatureError) throw new Refusal("SignatureInvalid", cause.message, { cause });
      if (cause instanceof ContextError) throw new Refusal("Malformed", cause.message, { cause });
      throw cause;
    }
    return { offering, digest };
  }

  /** The record of a request that is right in itself. @throws Refusal where money, bond, key or time do not allow one */
  async #answer(ask: Ask, checked: Omit<Admission, "now" | "reservation">): Promise<UnsignedRecord> {
    const { request } = ask;
    const { offering, order } = checked;
    const now = this.#options.clock();
    checkTime(request, now);
    await Promise.all([this.#standing.refresh(), this.#assurance.checkOrder(request.order, ask.input, offering)]);
    this.#standing.check(now);
    const { ceiling, deadline } = request;
    const { served, reservation } = await this.#funds.reserve({
      account: { payer: request.payer, client: ask.client },
      voucher: { ceiling, deadline, orderHash: order, signature: ask.clientSignature },
      maxPrice: request.order.maxPrice,
      now,
    });
    if (served !== undefined) return served;
    // The same may have come meanwhile: what is kept for it is kept once, and it is computed once.
    const id = `${request.payer}:${order}`;
    const running = this.#running.get(id);
    if (running !== undefined) {
      await this.#options.journal.release(reservation);
      return running;
    }
    const work = this.#compute(ask, { ...checked, now, reservation }).finally(() => {
      this.#running.delete(id);
    });
    this.#running.set(id, work);
    return work;
  }

  /** Computes an answer and writes it; what was kept for it is given back in the same moment. */
  async #compute(
    { request, input, context, client, clientSignature }: Ask,
    { digest, order, offering, now, reservation, emit }: Admission,
  ): Promise<UnsignedRecord> {
    const { journal, engine, clock } = this.#options;
    try {
      const { modelId, mode } = offering;
      const job = { modelId, mode, input: fromHex(input) };
      const tariff = this.#tariffOf(mode);
      const quoted = engine.quote?.(job);
      const most = quoted && paidFor(request.order, tariff, quoted);
      const computed = await engine.run({ ...job, ...(most && { most }), ...(emit && { emit }) });
      const record = {
        request,
        clientSignature,
        input,
        context,
        output: toHex(computed.output),
        hidden: computed.hidden.map(toHex),
        proof: toHex(computed.proof),
        receipt: draftReceipt(this.#issuer, { request, digest, client, computed, tariff, now }),
      };
      await this.#assurance.checkProof(
        { ...record, receipt: { ...record.receipt, sequence: 0n, charged: 0n } },
        offering,
      );
      return await journal.append({ orderHash: order, reservation, now: clock(), record });
    } catch (cause) {
      await journal.release(reservation);
      throw cause;
    }
  }

  #tariffOf(mode: Mode): Tariff {
    const { tariff, tariffs } = this.#options;
    return tariffs?.[mode] ?? tariff;
  }

  #sign(record: UnsignedRecord): Answer {
    const { receipt, output, hidden, proof } = record;
    const { domains, secret } = this.#options;
    return { receipt, output, hidden, proof, operatorSignature: sign(receiptDigest(receipt, domains.ledger), secret) };
  }

  /** Commits what a crash left half done. */
  async #finishBatch(): Promise<void> {
    if ((await this.#options.journal.openBatch()) !== undefined) await this.#commit();
  }

  async #commit(): Promise<Work | undefined> {
    const { journal, contracts, operator } = this.#options;
    const open = (await journal.openBatch()) ?? (await this.#planBatch());
    if (open === undefined) return undefined;
    const receipts = (await journal.byRoot(open.root)).map(({ receipt }) => receipt);
    const batch = makeBatch(receipts);

    const { count } = await query(() => contracts.ledger.batch(operator, batch.root));
    const gas = (await this.announce()) + (count === 0n ? await this.#sendBatch(open, batch) : 0n);
    // What the ledger says, not when it was sent: by that time courts judge whether it was in time.
    const blockTag = await certainBlock(contracts);
    const { count: certain, committedAt } = await query(() =>
      contracts.ledger.batch(operator, batch.root, { blockTag }),
    );
    // A block that holds it may still be thrown out: then the batch is sent again.
    if (certain === 0n)
      throw new ChainError("Unconfirmed", "the batch is not certain to stay on the chain yet: go on later");
    await journal.closeBatch(batch.root, committedAt);
    return { count: receipts.length, gas };
  }

  /** Plans a batch of what can be committed now: no receipt may be younger than the block that commits it. */
  async #planBatch(): Promise<PlannedBatch | undefined> {
    const { journal, contracts } = this.#options;
    const now = await chainTime(contracts);
    const records = await journal.unbatched();
    const young = records.findIndex(({ receipt }) => receipt.issuedAt > now);
    const receipts = (young === -1 ? records : records.slice(0, young)).map(({ receipt }) => receipt);
    const [first, last] = [receipts[0], receipts.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const { root } = makeBatch(receipts);
    const planned = { root, firstSequence: first.sequence, lastSequence: last.sequence };
    await journal.planBatch(planned);
    return planned;
  }

  async #sendBatch({ firstSequence, lastSequence }: PlannedBatch, { root, dataHash }: Batch): Promise<bigint> {
    const { contracts, operator } = this.#options;
    const count = lastSequence - firstSequence + 1n;
    const receipt = await transact(() => contracts.ledger.commit(operator, root, dataHash, firstSequence, count));
    return receipt.gasUsed;
  }
}
