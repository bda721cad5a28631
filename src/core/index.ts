/** The pure part: what a stranger needs to check a record with a file and, for the chain's side, an RPC address. */
export {
  AGENT_FILE_TYPE,
  AgentFileError,
  makeAgentFile,
  parseAgentFile,
  type AgentFile,
  type AgentProfile,
} from "./agentFile.ts";
export { fromHex, keccakHex, toHex, type Hex } from "./bytes.ts";
export { makeBatch, type Batch } from "./batch.ts";
export { chooseOperators, trustOf, type Candidate, type Choice, type Excluded, type Ranked } from "./choice.ts";
export { canonicalContext, contextHash, parseContext, type Context, ContextError } from "./context.ts";
export { credit, type CreditFacts } from "./credit.ts";
export { creditCurve, type CreditClocks, type CreditEvent, type CurvePoint } from "./creditCurve.ts";
export { SuretyError } from "./errors.ts";
export { forgeryCost, type Forgery, type ForgeryTerms } from "./forgery.ts";
export type { ClientWeek, DayFacts, HealthFacts, OperatorFacts, OperatorWeek, Payment, Tie } from "./health/facts.ts";
export { healthOf, type HealthReport } from "./health/health.ts";
export { MerkleTree, verifyProof } from "./merkle.ts";
export { modelId, weightsRoot, type PublishedModel } from "./model/commitment.ts";
export { ModelFileError, parse as parseModel, serialise as serialiseModel } from "./model/file.ts";
export { Model, type Layer } from "./model/model.ts";
export { openedId, type ModelOpening } from "./model/opening.ts";
export { argmax, decodeLogits, run, type Trace } from "./model/run.ts";
export {
  answerSchema,
  askSchema,
  bundleSchema,
  offerSchema,
  read,
  readText,
  RecordError,
  recordSchema,
  write,
  type Answer,
  type Ask,
  type Bundle,
  type Offer,
  type Record,
} from "./records.ts";
export { addressOf, recover, sign, SignatureError } from "./signatures.ts";
export {
  actionsOf,
  timelineOf,
  type Action,
  type Timeline,
  type TimelineEdge,
  type TimelineNode,
  type Whose,
} from "./timeline.ts";
export { breachOf, tariffPrice, unitsOf, type Breach } from "./terms.ts";
export {
  Mode,
  orderHash,
  receiptDigest,
  receiptHash,
  requestDigest,
  type Domain,
  type Order,
  type Receipt,
  type Request,
} from "./typedData.ts";
export { isValid, verifyBundle, verifyRecord, type ChainFacts, type Domains, type Link } from "./verify.ts";
export {
  decodeReceiptHeader,
  encodeRequestHeader,
  RECEIPT_HEADER,
  REQUEST_HEADER,
  splitStream,
  type HeadedReceipt,
  type HeadedRequest,
} from "./wire.ts";
