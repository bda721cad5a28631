/**
 * Surety for who integrates it, in Node and in browsers: choose an operator, pay, verify, keep, dispute.
 * `surety/node` adds what takes a disk, `surety/contracts` the typed contracts, `surety/core` the pure part alone.
 */
export { Surety, type ConnectOptions, type Verification } from "./client/surety.ts";
export type { Answered, AskOptions, Stopped } from "./client/payer.ts";
export { ANY_OPERATOR, type OpenAIOptions } from "./client/openai.ts";
export type { OperatorProfile, Place, Selection } from "./client/market.ts";
export type { Confirmation, Inclusion } from "./chain/inclusions.ts";
export type { Evidence } from "./client/archive.ts";
export type { Chapter, Trace } from "./chain/trace.ts";
export { MemoryStore, WebStore, type Entry, type KeyValueStorage, type RecordStore } from "./client/store.ts";
export {
  AnswerRejectedError,
  DoubleChargeError,
  FundingError,
  NoOperatorError,
  NothingToProveError,
  ReadOnlyError,
  RecordUnknownError,
  StreamBrokenError,
  UnderfundedError,
  UsageError,
  WrongChainError,
  type Attempt,
} from "./client/errors.ts";

export { DeploymentError, parseDeployment, type Deployment } from "./chain/deployment.ts";
export { ChainError } from "./chain/errors.ts";
export { NodeError, type Fetch } from "./chain/http.ts";
export { NotIncludedError } from "./chain/inclusions.ts";
export { ModelUnavailableError } from "./chain/weights.ts";
export type { Verdict } from "./chain/prosecution.ts";

export type { Hex } from "./core/bytes.ts";
export type { Candidate, Choice, Excluded, Ranked } from "./core/choice.ts";
export type { CreditFacts } from "./core/credit.ts";
export type { Context } from "./core/context.ts";
export { SuretyError } from "./core/errors.ts";
export { modelId, type PublishedModel } from "./core/model/commitment.ts";
export { parse as parseModel } from "./core/model/file.ts";
export { argmax, decodeLogits } from "./core/model/run.ts";
export { RecordError, write as writeJson, type Bundle, type Record } from "./core/records.ts";
export { Mode, receiptHash, type Receipt, type Request } from "./core/typedData.ts";
export type { Link } from "./core/verify.ts";
