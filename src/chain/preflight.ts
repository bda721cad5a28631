/** What a court would say of evidence, asked before a deposit is staked on it. */
import type { Result } from "ethers";
import { IChecker__factory } from "../../typechain-types/index.ts";
import type { ICourt } from "../../typechain-types/contracts/courts/EquivocationCourt.ts";
import type { OrderStructOutput, RequestStructOutput } from "../../typechain-types/contracts/courts/ValidityCourt.ts";
import { greatest } from "../core/numbers.ts";
import { receiptHash } from "../core/typedData.ts";
import type { Contracts } from "./contracts.ts";
import { toReceipt } from "./disclosures.ts";
import { ChainError, isUnread } from "./errors.ts";
import type { EvidenceCase } from "./prosecution.ts";
import { query } from "./transactions.ts";
import { EQUIVOCATION, evidenceClosesAt, policyRow } from "./windows.ts";

/** What can be expected of a case: until when it can be brought, in seconds, or why it would be refused. */
export type Prospect =
  | { readonly refusal: string; readonly closesAt?: undefined }
  | { readonly closesAt: bigint; readonly refusal?: undefined };

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
 * What would become of a case that were brought now, by all that can be asked before its evidence is opened.
 * @throws ChainError where the chain cannot be read
 */
export async function prospectOf(contracts: Contracts, { court, data }: EvidenceCase): Promise<Prospect> {
  const call = court.interface.parseTransaction({ data });
  if (call === null) return { refusal: "NoSuchCall" };
  const named = call.fragment.inputs.map(({ name }, index) => [name, call.args[index] as unknown] as const);
  const brought = Object.fromEntries(named) as Partial<Brings>;
  const { order } = brought;
  try {
    const exhibits = [brought.exhibit, brought.first, brought.second].filter((exhibit) => exhibit !== undefined);
    let [countsFrom, disclosedAt] = [0n, 0n];
    for (const exhibit of exhibits) {
      const since = await countedSince(contracts, exhibit);
      if (since === 0n) return { refusal: "ReceiptNotCommitted" };
      countsFrom = greatest(countsFrom, since);
      disclosedAt = greatest(disclosedAt, await disclosureOf(contracts, exhibit));
    }
    if (!(await isFault(contracts, brought, countsFrom))) return { refusal: "NotAFault" };
    const row = order === undefined ? EQUIVOCATION : policyRow(Number(order.mode));
    const times = { countsFrom, ...(disclosedAt === 0n ? {} : { disclosedAt }) };
    return { closesAt: await evidenceClosesAt(contracts, row, times) };
  } catch (cause) {
    if (!(cause instanceof ChainError) || isUnread(cause)) throw cause;
    return { refusal: cause.reason };
  }
}

/** Since when a receipt counts, in seconds: by its commitment, 0 where there is none; by its own time where it was only signed. */
async function countedSince({ ledger }: Contracts, { receipt, root, proof }: Exhibit): Promise<bigint> {
  if (BigInt(root) === 0n) return receipt.issuedAt;
  return query(() => ledger.committedAt(toReceipt(receipt), root, [...proof]));
}

async function disclosureOf({ disclosureCourt }: Contracts, { receipt }: Exhibit): Promise<bigint> {
  return query(() => disclosureCourt.disclosedAt(receiptHash(toReceipt(receipt))));
}

/** Whether one receipt is wrong. Two that contradict each other were compared where they were found. */
async function isFault(
  { validityCourt }: Contracts,
  { exhibit, request, order, evidence }: Partial<Brings>,
  countsFrom: bigint,
): Promise<boolean> {
  if (exhibit === undefined || request === undefined || order === undefined) return true;
  const receipt = toReceipt(exhibit.receipt);
  if (evidence === undefined) {
    const committedAt = BigInt(exhibit.root) === 0n ? 0n : countsFrom;
    const { root, signature } = exhibit;
    const shown = { receipt, root, proof: [...exhibit.proof], signature };
    return (await query(() => validityCourt.breachOf(shown, flat(request), flat(order), committedAt))) !== 0n;
  }
  return query(async () => {
    const checker = await validityCourt.checkerOf(order.mode);
    if (BigInt(checker) === 0n) return false;
    return IChecker__factory.connect(checker, validityCourt.runner).isFaulty(flat(order), receipt, evidence);
  });
}

/** A struct by its fields: what was decoded cannot be encoded as it is. */
function flat<T extends object>(struct: T): T {
  return (struct as unknown as Result).toObject() as T;
}
