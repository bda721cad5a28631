/** What becomes of demands, as findings: silence, and what is wrong with what was shown. */
import type { Contracts } from "../chain/contracts.ts";
import { convictSilence, type Demand } from "../chain/demands.ts";
import { demandedExhibit } from "../chain/disclosures.ts";
import type { Exhibit } from "../chain/evidence.ts";
import type { Finding, Judge } from "../chain/judge.ts";
import { query } from "../chain/transactions.ts";
import type { BatchReader } from "./reader.ts";

/**
 * Silence on a demand, as a finding.
 * @param closesAt until when it can be punished, in seconds
 * @returns undefined where what was demanded cannot be read
 * @throws ChainError where the chain cannot be read
 */
export async function findSilence(
  contracts: Contracts,
  demand: Demand,
  closesAt: bigint,
): Promise<Finding | undefined> {
  const shown = await demandedExhibit(contracts, demand);
  const data = convictSilence(demand, shown);
  if (data === undefined) return undefined;
  return {
    operator: demand.operator,
    description: `silence on a demand for a ${demand.subject.kind}`,
    records: shown === undefined ? [] : [shown.record],
    fault: demand.id,
    closesAt,
    case: { name: "DisclosureCourt", court: contracts.disclosureCourt, data },
  };
}

/** What a disclosure is judged with. */
export interface Bench {
  readonly contracts: Contracts;
  readonly reader: BatchReader;
  readonly judge: Judge;
}

/**
 * What is wrong with what was shown on demand.
 * @param disclosedAt when, in seconds; and `now`
 * @throws ChainError where the chain cannot be read
 */
export async function judgeDisclosed(
  { contracts, reader, judge }: Bench,
  exhibit: Exhibit,
  { disclosedAt, now }: { readonly disclosedAt: bigint; readonly now: bigint },
): Promise<readonly Finding[]> {
  const { receipt } = exhibit.record;
  const root = exhibit.committed?.root ?? "0x";
  const { committedAt } = await query(() => contracts.ledger.batch(receipt.operator, root));
  const { findings } = await judge.judge(reader.hold(exhibit), { countsFrom: committedAt, disclosedAt }, now);
  return findings;
}
