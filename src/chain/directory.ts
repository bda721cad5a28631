import type { Hex } from "../core/bytes.ts";
import type { Contracts } from "./contracts.ts";
import { textOf } from "./text.ts";
import { query } from "./transactions.ts";

/** An operator that registered, and where it says that its node is; empty where that is no text. */
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
    endpoint: textOf(() => args.metadataURI).replace(/\/+$/, ""),
  }));
}
