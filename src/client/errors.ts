import type { Hex } from "../core/bytes.ts";
import type { Record } from "../core/records.ts";
import type { Link } from "../core/verify.ts";

/** An answer that does not hold. It carries the record: signed by the operator, it is evidence. */
export class AnswerRejectedError extends Error {
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
export class DoubleChargeError extends Error {
  override readonly name = "DoubleChargeError";
  readonly record: Record;

  constructor(record: Record, order: Hex) {
    super(`order ${order} was charged over units that are paid for: thaw the account, and take both receipts to court`);
    this.record = record;
  }
}

/** A receipt that is not in the batch that should hold it. */
export class NotIncludedError extends Error {
  override readonly name = "NotIncludedError";
  readonly record: Record;

  constructor(record: Record, why: string) {
    super(`receipt ${record.receipt.sequence} of ${record.receipt.operator} is not committed: ${why}`);
    this.record = record;
  }
}
