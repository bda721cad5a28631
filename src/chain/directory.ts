import type { Hex } from "../core/bytes.ts";
import type { CreditFacts } from "../core/credit.ts";
import { capOf } from "../core/exposure.ts";
import type { Contracts } from "./contracts.ts";
import { logsIn, type Since } from "./logs.ts";
import { textOf } from "./text.ts";
import { query } from "./transactions.ts";

/** An operator that registered, and where it says that its node is; empty where that is no text. */
export interface OperatorEntry {
  readonly operator: Hex;
  readonly endpoint: string;
}

/** Everyone who registered as an operator since a block. @throws ChainError where the chain cannot be read */
export async function listOperators(contracts: Contracts, since: Since): Promise<OperatorEntry[]> {
  const { bonds } = contracts;
  const events = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.OperatorRegistered(), from, to),
  );
  return events.map(({ args }) => ({
    operator: args.operator.toLowerCase() as Hex,
    endpoint: textOf(() => args.metadataURI).replace(/\/+$/, ""),
  }));
}

/** What the chain says of how far an operator can be trusted. Amounts in the token's smallest unit. */
export interface OperatorStanding {
  readonly credit: CreditFacts;
  /** What it may have settled within the cap window, and what it has. */
  readonly cap: bigint;
  readonly exposed: bigint;
}

/** Reads how operators stand. @returns in the order of `operators` @throws ChainError where the chain cannot be read */
export async function readStandings(
  { bonds, credit, escrow }: Contracts,
  operators: readonly Hex[],
): Promise<OperatorStanding[]> {
  return query(async () => {
    const [prior, severity, coverageBps] = await Promise.all([credit.prior(), credit.severity(), escrow.coverageBps()]);
    return Promise.all(
      operators.map(async (operator) => {
        const [{ settled, faulted }, { cover }, exposed] = await Promise.all([
          credit.creditOf(operator),
          bonds.termsOf(operator),
          escrow.exposureOf(operator),
        ]);
        return { credit: { settled, faulted, prior, severity }, cap: capOf(cover, coverageBps), exposed };
      }),
    );
  });
}
