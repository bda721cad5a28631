import type { Hex } from "../core/bytes.ts";
import type { Contracts } from "./contracts.ts";
import { query } from "./transactions.ts";

/** An operator that registered, and where it says that its node is. */
export interface OperatorEntry {
  readonly operator: Hex;
  readonly endpoint: string;
}

/** Everyone who registered as an operator since `fromBlock`. @throws ChainError where the chain cannot be read */
export async function listOperators(contracts: Contracts, fromBlock: number): Promise<OperatorEntry[]> {
  const events = await query(() =>
    contracts.bonds.queryFilter(contracts.bonds.filters.OperatorRegistered(), fromBlock),
  );
  return events.map(({ args }) => ({
    operator: args.operator.toLowerCase() as Hex,
    endpoint: args.metadataURI.replace(/\/+$/, ""),
  }));
}
