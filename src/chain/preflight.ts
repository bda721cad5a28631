/** What a court would say of evidence, asked before a deposit is staked on it. */
import { IChecker__factory } from "../../typechain-types/index.ts";
import type { ICourt } from "../../typechain-types/contracts/courts/EquivocationCourt.ts";
import type { OrderStructOutput, RequestStructOutput } from "../../typechain-types/contracts/courts/ValidityCourt.ts";
import type { Contracts } from "./contracts.ts";
import { ChainError, isUnread } from "./errors.ts";
import type { EvidenceCase } from "./prosecution.ts";
import { query } from "./transactions.ts";

type Exhibit = ICourt.ExhibitStructOutput;

/** What the calls to the courts bring; each has some of them. */
interface Brings {
  readonly exhibit: Exhibit;
  readonly first: Exhibit;
  readonly second: Exhibit;
  readonly request: RequestStructOutput;
  readonly order: OrderStructOutput;
  readonly evidence: string;
}

/**
 * Why a court would refuse a case now, by all that can be asked before the evidence is opened.
 * @returns the reason, by the name of the court's error; undefined where it would take the case
 * @throws ChainError where the chain cannot be read
 */
export async function refusalOf(contracts: Contracts, { court, data }: EvidenceCase): Promise<string | undefined> {
  const call = court.interface.parseTransaction({ data });
  if (call === null) return "NoSuchCall";
  const brought = call.args.toObject() as Partial<Brings>;
  try {
    for (const exhibit of [brought.exhibit, brought.first, brought.second]) {
      if (exhibit !== undefined && (await committedAt(contracts, exhibit)) === 0n) return "ReceiptNotCommitted";
    }
    return (await isFault(contracts, brought)) ? undefined : "NotAFault";
  } catch (cause) {
    if (!(cause instanceof ChainError) || isUnread(cause)) throw cause;
    return cause.reason;
  }
}

/** When a receipt was committed, in seconds; 0 where it was not. One that counts by its signature alone: by its own time. */
async function committedAt({ ledger }: Contracts, { receipt, root, proof }: Exhibit): Promise<bigint> {
  if (BigInt(root) === 0n) return receipt.issuedAt;
  return query(() => ledger.committedAt(receipt, root, proof));
}

/** Whether one receipt is wrong. Two that contradict each other are compared where they are found. */
async function isFault(contracts: Contracts, { exhibit, request, order, evidence }: Partial<Brings>): Promise<boolean> {
  if (exhibit === undefined || request === undefined || order === undefined) return true;
  const { validityCourt } = contracts;
  if (evidence === undefined) {
    const since = BigInt(exhibit.root) === 0n ? 0n : await committedAt(contracts, exhibit);
    return (await query(() => validityCourt.breachOf(exhibit, request, order, since))) !== 0n;
  }
  const checker = await query(() => validityCourt.checkerOf(order.mode));
  if (BigInt(checker) === 0n) return false;
  return query(() =>
    IChecker__factory.connect(checker, validityCourt.runner).isFaulty(order, exhibit.receipt, evidence),
  );
}
