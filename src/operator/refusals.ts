import type { RefusalBody } from "../core/records.ts";

/** Why a node refuses a request: with the HTTP status it answers, and what the client can do. */
const refusals = {
  Malformed: [400, "send the JSON that src/core/records.ts describes"],
  OrderMissing: [402, "send the order, signed, in the header Surety-Request: see src/core/wire.ts"],
  PaymentRequired: [
    402,
    "pay as the header PAYMENT-REQUIRED says: any client of x402 version 2 does, as @x402/fetch; or order by voucher, in the header Surety-Request",
  ],
  PaymentMalformed: [
    400,
    "send what a client of x402 version 2 sends for the scheme exact, signed by the payer's own key (EIP-3009)",
  ],
  PaymentInvalid: [402, "sign a new payment for exactly what the header PAYMENT-REQUIRED says"],
  PaymentFailed: [402, "see that the payer has the tokens, and sign a new payment; nothing was paid"],
  PaymentPending: [503, "ask again with the same payment: it is on its way, and is not made twice"],
  PaymentUsed: [409, "sign a new payment: this one's nonce stands for another answer, or paid elsewhere"],
  WrongOperator: [400, "ask the operator that the request names"],
  ModelNotServed: [404, "choose a model from GET /v1/offer"],
  ModeNotServed: [400, "choose a model and mode from GET /v1/offer"],
  InputRejected: [400, "send exactly the bytes that the model takes"],
  ProofUnavailable: [503, "ask another operator, or order an input that this one has a proof for"],
  HashMismatch: [400, "hash the very bytes that you send, and order those"],
  SignatureInvalid: [401, "sign the request's EIP-712 digest for the chain and escrow in GET /v1/offer"],
  DeadlinePassed: [410, "sign the request again with a deadline ahead of now"],
  DeadlineTooFar: [400, "sign a deadline at most a day ahead"],
  PriceTooLow: [402, "order at the tariff in GET /v1/offer or above, with a maxPrice that covers it"],
  CeilingTooLow: [402, "sign a ceiling of at least what the account was charged, plus maxPrice"],
  AccountStopped: [
    409,
    "use another key, with an account of its own: no unit after one without backing can be settled",
  ],
  AccountUnfunded: [402, "fund the account (payer, operator, key) in FeeEscrow, or stop its thaw"],
  CoverExhausted: [503, "ask another operator, or wait until this one has settled"],
  ReservationLost: [503, "try again; nothing was charged"],
  KeyNotValid: [503, "ask another operator; this one must register the node's key"],
  EnclaveNotAllowed: [503, "ask another operator; this one's key is of no enclave that the model's publisher allows"],
  ProofRejected: [500, "ask another operator, or in another mode; this one cannot prove its answer"],
  ClockBehind: [503, "try again soon; the node's clock is behind the chain's"],
  JournalBehind: [503, "ask another operator; this one must restore its journal, or it would contradict itself"],
  NotDisclosed: [403, "only the payer has this record: its context keeps it private"],
  RecordUnknown: [404, "check the id: it is the receipt's struct hash"],
  BatchUnknown: [404, "check the root"],
  RouteUnknown: [
    404,
    "see GET /v1/offer, POST /v1/inference, POST /v1/chat/completions, GET /v1/batches/:root, GET /v1/records/:id",
  ],
  BodyTooLarge: [413, "send a smaller body"],
  MediaTypeUnsupported: [415, "send JSON, with content-type: application/json"],
  TooManyRequests: [429, "wait as long as Retry-After says, and send fewer at once"],
  Overloaded: [503, "try again when Retry-After is over, or ask another operator"],
  Stopping: [503, "ask another operator, or try again soon: the node is going to be restarted"],
  UpstreamFailed: [503, "try again; nothing was charged for an answer that did not come whole"],
  ChainUnavailable: [503, "try again: the same order, or the same payment, gets the same answer, and is charged once"],
  Internal: [500, "try again; the same order gets the same answer"],
} as const;

export type RefusalName = keyof typeof refusals;

/** After how many seconds it may be worth while to ask again what a node could not do just then. */
const RETRY_AFTER = 5;

interface RefusalOptions extends ErrorOptions {
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that a node refuses. Nothing was served, nothing was charged. */
export class Refusal extends Error {
  override readonly name: RefusalName;
  readonly status: (typeof refusals)[RefusalName][0];
  readonly remedy: string;
  /** After how many seconds to ask again; undefined where that would change nothing. */
  readonly retryAfter: number | undefined;
  /** What the response says beside its body. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(name: RefusalName, message: string, options: RefusalOptions = {}) {
    super(message, options);
    this.name = name;
    [this.status, this.remedy] = refusals[name];
    this.headers = options.headers ?? {};
    this.retryAfter = options.retryAfter ?? (this.status === 503 ? RETRY_AFTER : undefined);
  }

  /** The JSON that the client gets. */
  body(): RefusalBody {
    return { error: this.name, message: this.message, remedy: this.remedy };
  }
}

/** That a node would give numbers a second time. @param known what is known, and is not all in the journal */
export function journalBehind(known: string): Refusal {
  return new Refusal("JournalBehind", `${known}, the journal lacks some of them`);
}
