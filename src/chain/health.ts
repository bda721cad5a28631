/** The facts of a network's health, read from the chain itself. */
import type { Hex } from "../core/bytes.ts";
import type { HealthFacts, OperatorFacts, Tie } from "../core/health/facts.ts";
import { tally } from "../core/health/tally.ts";
import type { Contracts } from "./contracts.ts";
import { listOperators, readStandings } from "./directory.ts";
import { chainTime } from "./facts.ts";
import { distinct, lower, readCommitments, readPayments, readPayTos, readSlashes, type Slash } from "./history.ts";
import { logsIn, type Since } from "./logs.ts";
import { query } from "./transactions.ts";

/** Reads all facts since a block. @throws ChainError where the chain cannot be read */
export async function readHealth(contracts: Contracts, since: Since): Promise<HealthFacts> {
  const [until, supply] = [await chainTime(contracts), await query(async () => contracts.token.totalSupply())];
  const payments = await readPayments(contracts, since);
  const slashes = await readSlashes(contracts, since);
  const happened = tally({ payments, commitments: await readCommitments(contracts, since), slashes });
  return {
    until,
    ...happened,
    operators: await readOperators(contracts, since, { payments: happened.payments, slashes }),
    ties: await readTies(contracts, since),
    supply,
    ...(await readSums(contracts, since)),
  };
}

async function readOperators(
  contracts: Contracts,
  since: Since,
  { payments, slashes }: Pick<HealthFacts, "payments"> & { readonly slashes: readonly Slash[] },
): Promise<OperatorFacts[]> {
  const operators = (await listOperators(contracts, since)).map(({ operator }) => operator);
  const standings = await readStandings(contracts, operators);
  const pools = await query(async () =>
    Promise.all(operators.map(async (operator) => contracts.bonds.operatorOf(operator))),
  );
  const paid = Map.groupBy(payments, ({ operator }) => operator);
  const faults = Map.groupBy(slashes, ({ operator }) => operator);
  return operators.flatMap((operator, index) => {
    const [standing, pool, theirs] = [standings[index], pools[index], faults.get(operator) ?? []];
    if (standing === undefined || pool === undefined) return [];
    return {
      operator,
      credit: standing.credit,
      fees: (paid.get(operator) ?? []).reduce((sum, { fees }) => sum + fees, 0n),
      faults: theirs.length,
      slashed: theirs.reduce((sum, { asked }) => sum + asked, 0n),
      own: pool.own.assets,
      delegated: pool.delegated.assets,
    };
  });
}

/** Who ever was tied to an operator, by the chain's own word. */
async function readTies(contracts: Contracts, since: Since): Promise<Tie[]> {
  const { bonds, escrow, ledger } = contracts;
  const registered = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.OperatorRegistered(), from, to),
  );
  const moved = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.PayoutSet(), from, to),
  );
  const delegated = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.Delegated(), from, to),
  );
  const settlers = await logsIn(contracts, since, async (from, to) =>
    escrow.queryFilter(escrow.filters.AgentSet(), from, to),
  );
  const committers = await logsIn(contracts, since, async (from, to) =>
    ledger.queryFilter(ledger.filters.AgentSet(), from, to),
  );
  const tie = (operator: string, address: string, as: Tie["as"]): Tie => ({
    operator: lower(operator),
    address: lower(address),
    as,
  });
  const ties = [
    ...[...registered, ...moved].map(({ args }) => tie(args.operator, args.payout, "payout")),
    ...[...settlers, ...committers].map(({ args }) => tie(args.operator, args.agent, "agent")),
    ...delegated.map(({ args }) => tie(args.operator, args.delegator, "delegator")),
    ...[...(await readPayTos(contracts, since))].map(([operator, payTo]) => tie(operator, payTo, "payTo")),
  ];
  return distinct(ties, ({ operator, address, as }) => `${operator} ${address} ${as}`);
}

async function readSums(
  contracts: Contracts,
  since: Since,
): Promise<Pick<HealthFacts, "protocolFees" | "gifts" | "awards">> {
  const { bonds, escrow } = contracts;
  const splits = await logsIn(contracts, since, async (from, to) =>
    escrow.queryFilter(escrow.filters.FeesSplit(), from, to),
  );
  const rewards = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.Rewarded(), from, to),
  );
  const awards = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.Awarded(), from, to),
  );
  const fees = lower(await escrow.getAddress());
  const isGift = (from: Hex): boolean => from !== fees;
  return {
    protocolFees: splits.reduce((sum, { args }) => sum + args.protocolFee, 0n),
    gifts: rewards.reduce((sum, { args }) => sum + (isGift(lower(args.from)) ? args.assets : 0n), 0n),
    awards: awards.reduce((sum, { args }) => sum + args.amount, 0n),
  };
}
