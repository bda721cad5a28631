import type { Hex } from "../core/bytes.ts";
import type { Contracts } from "./contracts.ts";
import { logsIn, type Since } from "./logs.ts";
import { textOf } from "./text.ts";

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
