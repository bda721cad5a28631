import { SuretyError } from "../core/errors.ts";
import type { ChainError } from "../chain/errors.ts";
import type { NodeError } from "../chain/http.ts";
import type { Hex } from "../core/bytes.ts";
import type { Record } from "../core/records.ts";
import type { Link } from "../core/verify.ts";

/** An answer that does not hold. It carries the record: signed by the operator, it is evidence. */
export class AnswerRejectedError extends SuretyError {
  override readonly name = "AnswerRejectedError";
  readonly record: Record;
  readonly broken: readonly Link[];

  constructor(record: Record, broken: readonly Link[]) {
    const links = broken.map(({ name, detail }) => `${name} (${detail})`).join(", ");
    super(`the answer does not hold: ${links}. Do not pay for it: thaw the account, and take the record to court`);
    this.record = record;
    this.broken = broken;
  }
}

/** A receipt that charges units which another receipt of the account owns. */
export class DoubleChargeError extends SuretyError {
  override readonly name = "DoubleChargeError";
  readonly record: Record;

  constructor(record: Record, order: Hex) {
    super(`order ${order} was charged over units that are paid for: thaw the account, and take both receipts to court`);
    this.record = record;
  }
}

/** A step that needs somebody who signs, where there is only somebody who reads. */
export class ReadOnlyError extends SuretyError {
  override readonly name = "ReadOnlyError";

  constructor(what: string) {
    super(`${what} takes a signature: connect with a signer that has a provider, not with a provider alone`);
  }
}

/** A deployment on another chain than the runner's. */
export class WrongChainError extends SuretyError {
  override readonly name = "WrongChainError";

  constructor({ expected, found }: { readonly expected: bigint; readonly found: bigint }) {
    super(`the runner is on chain ${found}, the deployment on ${expected}: connect to the deployment's chain`);
  }
}

/** A call that does not say enough, or says what cannot be. */
export class UsageError extends SuretyError {
  override readonly name = "UsageError";
}

/** An account that holds too little for a question. Amounts in the token's smallest unit. */
export class UnderfundedError extends SuretyError {
  override readonly name = "UnderfundedError";
  readonly operator: Hex;
  /** How much more the account must hold. */
  readonly missing: bigint;

  constructor({ operator, missing, bound }: { operator: Hex; missing: bigint; bound: bigint | undefined }) {
    const limit = bound === undefined ? "autoFund is not set" : `autoFund leaves ${bound}`;
    super(
      `the account with ${operator} lacks ${missing} for this question, and ${limit}: fund it with that much or more, or raise autoFund`,
    );
    this.operator = operator;
    this.missing = missing;
  }
}

/** An account that could not be funded. */
export class FundingError extends SuretyError {
  override readonly name = "FundingError";
  readonly operator: Hex;

  constructor(operator: Hex, cause: ChainError) {
    super(`the account with ${operator} could not be funded: ${cause.message}`, { cause, reason: cause.reason });
    this.operator = operator;
  }
}

/** A stream that broke off, or whose receipt does not come: what it said so far is attested by nobody. */
export class StreamBrokenError extends SuretyError {
  override readonly name = "StreamBrokenError";

  constructor(cause: NodeError) {
    const message = `the stream ended without its receipt, so nothing vouches for it: ask again (${cause.message})`;
    super(message, { cause, reason: cause.reason });
  }
}

/** An operator that was not asked, or did not answer, and why. */
export interface Attempt {
  readonly operator: Hex;
  readonly reason: string;
  readonly message: string;
}

/** Nobody was found who answers a question. */
export class NoOperatorError extends SuretyError {
  override readonly name = "NoOperatorError";
  readonly attempts: readonly Attempt[];

  constructor(what: string, attempts: readonly Attempt[]) {
    const list = attempts.map(({ operator, message }) => `\n  ${operator}: ${message}`).join("");
    const remedy = attempts.length === 0 ? "check model and mode" : "see what each of them said, and try again later";
    super(`no operator answers ${what}: ${remedy}${list}`);
    this.attempts = attempts;
  }
}

/** A record that shows no court anything to punish. */
export class NothingToProveError extends SuretyError {
  override readonly name = "NothingToProveError";
  readonly record: Record;

  constructor(record: Record, why: string) {
    super(`no court punishes receipt ${record.receipt.sequence} of ${record.receipt.operator}: ${why}`);
    this.record = record;
  }
}

/** A receipt that nobody shows. */
export class RecordUnknownError extends SuretyError {
  override readonly name = "RecordUnknownError";

  constructor(leaf: Hex) {
    super(`no operator shows receipt ${leaf}: ask its payer for the record or its bundle`);
  }
}
