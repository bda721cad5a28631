/** Taking what does not hold to court. */
import type { Signer } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import type { Exhibit } from "../chain/evidence.ts";
import { chainTime } from "../chain/facts.ts";
import { NodeError } from "../chain/http.ts";
import { type Inclusion, NotIncludedError } from "../chain/inclusions.ts";
import { Judge } from "../chain/judge.ts";
import { prosecute, type Verdict } from "../chain/prosecution.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import type { Record } from "../core/records.ts";
import { receiptHash } from "../core/typedData.ts";
import { verifyRecord } from "../core/verify.ts";
import { NothingToProveError } from "./errors.ts";

/** What a dispute is carried out with. */
export interface DisputeMeans {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  readonly reporter: Signer;
  /** The model, where anyone may run it and it is to be had. */
  readonly model: PublishedModel | undefined;
  /** Other records that the client holds: a receipt may contradict one of them. */
  readonly others: readonly Record[];
  readonly confirm: (record: Record) => Promise<Inclusion>;
  /** 32 fresh bytes: what hides the evidence until it is opened. */
  readonly salt: () => Hex;
}

/**
 * Finds what is wrong with a record, and has it punished: commits to the evidence, waits a block, opens it.
 * @returns the verdict; undefined where somebody else had the fault punished before
 * @throws NothingToProveError where no court punishes it, and why
 * @throws ChainError where the chain cannot be read, or the court refuses
 */
export async function prosecuteRecord(record: Record, means: DisputeMeans): Promise<Verdict | undefined> {
  const { contracts, deployment, reporter, model, others } = means;
  const links = verifyRecord(record, domainsOf(deployment));
  const holds = (name: string) => links.some((link) => link.name === name && link.status === "holds");
  if (!holds("request")) {
    throw new NothingToProveError(record, "the receipt is not for this request, so it shows nothing of it");
  }
  const { exhibit, countsFrom } = await attribute(record, holds("operator"), means);
  const judge = new Judge({ ...means, models: model === undefined ? [] : [model] });
  for (const other of others) {
    const isOther = receiptHash(other.receipt) !== receiptHash(record.receipt);
    if (isOther && other.receipt.operator === record.receipt.operator) judge.remember({ record: other });
  }
  const { findings, isUnproven } = await judge.judge({ exhibit, holds }, { countsFrom }, await chainTime(contracts));
  const [finding] = findings;
  if (finding !== undefined) return prosecute(finding.case, reporter);
  const open = isUnproven
    ? "too little of it is here to judge it by; have its payload demanded"
    : "its terms, its answer and its place among the others hold, or the time to challenge it is over";
  throw new NothingToProveError(record, open);
}

/** Why a receipt counts against its operator: it was committed, or else its own signature. And from when. */
async function attribute(
  record: Record,
  isSigned: boolean,
  { contracts, confirm }: DisputeMeans,
): Promise<{ readonly exhibit: Exhibit; readonly countsFrom: bigint }> {
  const { receipt } = record;
  try {
    const committed = await confirm(record);
    const { committedAt } = await query(() => contracts.ledger.batch(receipt.operator, committed.root));
    return { exhibit: { record, committed }, countsFrom: committedAt };
  } catch (cause) {
    if (!(cause instanceof NotIncludedError || cause instanceof NodeError)) throw cause;
    const { signer, operator, issuedAt } = receipt;
    const isKey = isSigned && (await query(() => contracts.keys.isValidAt(signer, operator, issuedAt)));
    if (!isKey) throw new NothingToProveError(record, "its operator neither committed nor signed it");
    return { exhibit: { record }, countsFrom: issuedAt };
  }
}
