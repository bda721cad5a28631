import type { Hex } from "../bytes.ts";
import type { HealthFacts, Payment, Tie } from "./facts.ts";

/** Whose money a payment is, as far as the chain can tell: the operator's own, or one of its ties'; or a client's. */
export type Source = "operator" | Tie["as"] | "client";

/**
 * Fees beside subsidies. A fee counts as a subsidy where the chain itself ties its payer to the operator that it pays: the
 * operator, its payout address, an agent, a delegator. That is a lower bound: whoever pays itself from an address that
 * nothing ties to it looks like a client, and pays the protocol's part for it (docs/credit.md). Gifts to delegators are
 * subsidies too; awards are not, they come out of slashed bonds.
 */
export interface FeesReport {
  readonly total: bigint;
  /** What was paid from each source: together the total. */
  readonly by: Readonly<Record<Source, bigint>>;
  /** What those paid who are tied to the operator that they paid. */
  readonly subsidised: bigint;
  readonly gifts: bigint;
  readonly awards: bigint;
  /** The protocol's part. */
  readonly protocol: bigint;
  /** How much of what clients paid the greatest of them paid, and how much of the total the greatest operator got. */
  readonly greatestClient: bigint;
  readonly greatestOperator: bigint;
}

/** Which ties come first where an address has several. */
const order: readonly Tie["as"][] = ["payTo", "payout", "agent", "delegator"];

/** Tells fees from subsidies. */
export function feesOf({ payments, ties, gifts, awards, protocolFees }: HealthFacts): FeesReport {
  const sourceOf = sourcesBy(ties);
  const by: Record<Source, bigint> = { client: 0n, operator: 0n, payout: 0n, agent: 0n, delegator: 0n, payTo: 0n };
  for (const payment of payments) by[sourceOf(payment)] += payment.fees;
  const clients = payments.filter((payment) => sourceOf(payment) === "client");
  return {
    total: payments.reduce((sum, { fees }) => sum + fees, 0n),
    by,
    subsidised: by.operator + by.payout + by.agent + by.delegator,
    gifts,
    awards,
    protocol: protocolFees,
    greatestClient: greatestSum(clients, ({ payer }) => payer),
    greatestOperator: greatestSum(payments, ({ operator }) => operator),
  };
}

/** Whose money a payment is. */
function sourcesBy(ties: readonly Tie[]): (payment: Payment) => Source {
  const known = new Map<string, Tie["as"]>();
  for (const as of order.toReversed()) {
    for (const tie of ties) if (tie.as === as) known.set(`${tie.operator} ${tie.address}`, as);
  }
  return ({ payer, operator }) => (payer === operator ? "operator" : (known.get(`${operator} ${payer}`) ?? "client"));
}

function greatestSum(payments: readonly Payment[], keyOf: (payment: Payment) => Hex): bigint {
  const sums = new Map<Hex, bigint>();
  for (const payment of payments) sums.set(keyOf(payment), (sums.get(keyOf(payment)) ?? 0n) + payment.fees);
  return [...sums.values()].reduce((most, sum) => (sum > most ? sum : most), 0n);
}
