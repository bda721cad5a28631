/** Until when courts take evidence. */
import { EVIDENCE_AFTER_ANSWER } from "../core/terms.ts";
import { Mode } from "../core/typedData.ts";
import type { Contracts } from "./contracts.ts";
import { query } from "./transactions.ts";

/** The row of CourtPolicies that equivocation has; those before it are the modes'. */
export const EQUIVOCATION = 4;

/** The row that silence has. */
export const DISCLOSURE = 5;

/** The row by which a receipt of an order's mode is judged: of no mode at all, as the one that promises least. */
export function policyRow(mode: number): number {
  return mode < EQUIVOCATION ? mode : Mode.signed;
}

/** When a receipt began to count, by its commitment or else by its own time, and when it was disclosed. In seconds. */
export interface Times {
  readonly countsFrom: bigint;
  readonly disclosedAt?: bigint;
}

/** Until when a court takes evidence about a receipt, in seconds: suspended time does not count. @throws ChainError */
export async function evidenceClosesAt(
  { policies, bonds }: Contracts,
  row: number,
  { countsFrom, disclosedAt }: Times,
): Promise<bigint> {
  return query(async () => {
    const { window } = await policies.policyAt(row, countsFrom);
    const closesAt = await bonds.extended(countsFrom, countsFrom + window);
    if (disclosedAt === undefined) return closesAt;
    const afterAnswer = await bonds.extended(disclosedAt, disclosedAt + EVIDENCE_AFTER_ANSWER);
    return afterAnswer > closesAt ? afterAnswer : closesAt;
  });
}
