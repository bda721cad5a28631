/** Demands of the main job: what is asked of operators in DisclosureCourt, and what they answer. */
import { type Demand, demandReceipt } from "../chain/demands.ts";
import type { Hex } from "../core/bytes.ts";
import { receiptHash } from "../core/typedData.ts";
import type { Inspection } from "../watcher/watcher.ts";
import type { Cast } from "./cast.ts";
import type { OperatorRole } from "./operators.ts";
import type { Served } from "./period.ts";

/** A demand that its operator answered. */
export interface AnsweredDemand {
  readonly operator: OperatorRole;
  readonly demand: Demand;
  /** The receipt that was asked for, by its hash. */
  readonly leaf: Hex;
  /** What the answer used. */
  readonly gas: bigint;
}

/** What was demanded, and what was answered at once. */
export interface Demanded {
  readonly withheld: readonly Demand[];
  readonly answered: readonly AnsweredDemand[];
}

/**
 * The watcher demands what was withheld from it, and a client a receipt of its own from an honest operator, as anyone may.
 * Operators answer, but for those that withhold.
 * @throws ChainError
 */
export async function demandAndAnswer(
  { watcher, operators }: Cast,
  { inspection, answers, fromBlock }: { inspection: Inspection; answers: readonly Served[]; fromBlock: number },
): Promise<Demanded> {
  const withheld = await watcher.demand(inspection);
  const own = answers.find(({ operator, client }) => operator === operators[1] && client.funding === "approval");
  if (own?.inclusion === undefined) throw new RangeError("there is no receipt to demand");
  const { operator, client, record, inclusion } = own;
  const { sequence } = record.receipt;
  await demandReceipt(client.contracts, { operator: operator.address, root: inclusion.root, sequence });

  const answered: AnsweredDemand[] = [];
  for (const asked of operators.filter(({ withholder }) => withholder === undefined)) {
    const answering = await asked.node.answerDemands(fromBlock);
    for (const { demand, gas } of answering.answered) {
      answered.push({ operator: asked, demand, leaf: receiptHash(record.receipt), gas });
    }
  }
  return { withheld, answered };
}
