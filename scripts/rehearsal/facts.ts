/** What came of a rehearsal, as the chain says it. */
import type { Provider } from "ethers";
import { connect } from "../../src/chain/contracts.ts";
import type { Deployment } from "../../src/chain/deployment.ts";

/** Who took part. */
export interface People {
  readonly operator: string;
  readonly delegator: string;
  readonly client: string;
}

/** Amounts in the token's smallest unit. */
export interface Facts {
  /** What the operator has at stake, and what others have behind it. */
  readonly own: bigint;
  readonly delegated: bigint;
  /** What its answers are worth at most: both, as far as they count. */
  readonly cover: bigint;
  /** How many roots of receipts it has committed. */
  readonly batches: number;
  /** What it was paid of the client's account. */
  readonly settled: bigint;
}

/** Reads them. */
export async function readFacts(deployment: Deployment, provider: Provider, { operator, client }: People) {
  const { bonds, ledger, escrow } = connect(deployment, provider);
  const [{ own, delegated }, cover, batches, { settled }] = await Promise.all([
    bonds.operatorOf(operator),
    bonds.cover(operator),
    ledger.queryFilter(ledger.filters.BatchCommitted(operator), deployment.block),
    escrow.account(client, operator, client),
  ]);
  const facts: Facts = {
    ...{ own: own.active, delegated: delegated.active, cover },
    ...{ batches: batches.length, settled },
  };
  return facts;
}

/** What a rehearsal shows, and whether it did. */
export function checksOf({ own, delegated, cover, batches, settled }: Facts): Readonly<Record<string, boolean>> {
  return {
    "the operator is bonded": own > 0n,
    "the delegator's stake counts": delegated > 0n && cover === own + delegated,
    "a batch of receipts is committed": batches > 0,
    "the client's voucher is settled": settled > 0n,
  };
}
