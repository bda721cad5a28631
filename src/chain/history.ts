/** What happened since Surety was deployed, read from the chain's logs, part by part, with the times of their blocks. */
import { accountId } from "../core/accounts.ts";
import type { Hex } from "../core/bytes.ts";
import type { CreditChange, CreditClocks, CreditEvent } from "../core/creditCurve.ts";
import type { Happenings } from "../core/health/tally.ts";
import type { Contracts } from "./contracts.ts";
import { ChainError } from "./errors.ts";
import { providerOf } from "./facts.ts";
import { logsIn, type Since } from "./logs.ts";
import { query } from "./transactions.ts";

/** A slash: what it asked for, and what it took. Amounts in the token's smallest unit, its time in seconds. */
export interface Slash {
  readonly at: bigint;
  readonly operator: Hex;
  readonly asked: bigint;
  readonly own: bigint;
  readonly delegated: bigint;
}

/** What a log says, and its place. */
interface Said<T> {
  readonly log: { readonly blockNumber: number; readonly index: number };
  readonly event: T;
}

/** How many blocks are asked for at once. */
const AT_ONCE = 50;

/** Reads slashes of one operator, or of all. @throws ChainError where the chain cannot be read */
export async function readSlashes(contracts: Contracts, since: Since, operator?: Hex): Promise<Slash[]> {
  const { bonds } = contracts;
  const events = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.Slashed(operator), from, to),
  );
  return timed(
    contracts,
    events.map((log) => {
      const { operator: slashed, asked, own, delegated } = log.args;
      return { log, event: { operator: lower(slashed), asked, own, delegated } };
    }),
  );
}

/**
 * Reads what every account paid, by voucher or without one: there the payer is the operator's address for that.
 * @throws ChainError where the chain cannot be read
 */
export async function readPayments(contracts: Contracts, since: Since): Promise<Happenings["payments"]> {
  const { escrow } = contracts;
  const funded = await logsIn(contracts, since, async (from, to) =>
    escrow.queryFilter(escrow.filters.Funded(), from, to),
  );
  const accounts = new Map(
    funded.map(({ args }) => {
      const [payer, operator, signer] = [lower(args.payer), lower(args.operator), lower(args.signer)];
      return [accountId({ payer, operator, signer }), { payer, operator }] as const;
    }),
  );
  const settled = await logsIn(contracts, since, async (from, to) =>
    escrow.queryFilter(escrow.filters.Settled(), from, to),
  );
  const collected = await logsIn(contracts, since, async (from, to) =>
    escrow.queryFilter(escrow.filters.Collected(), from, to),
  );
  const payTos = await readPayTos(contracts, since);
  const totals = await timed(contracts, [
    ...settled.map((log) => {
      const { account, total } = log.args;
      const id = lower(account);
      const whose = accounts.get(id) ?? missing(`whose the account ${id} is`);
      return { log, event: { id, total, ...whose, isCollected: false } };
    }),
    ...collected.map((log) => {
      const operator = lower(log.args.operator);
      const payer = payTos.get(operator) ?? missing(`where ${operator} is paid`);
      return { log, event: { id: payer, total: log.args.total, payer, operator, isCollected: true } };
    }),
  ]);
  const before = new Map<string, bigint>();
  return totals.map(({ id, total, ...payment }) => {
    const paid = total - (before.get(id) ?? 0n);
    before.set(id, total);
    return { ...payment, paid };
  });
}

/** Reads where operators are paid without a voucher, of those that opened it. @throws ChainError */
export async function readPayTos(contracts: Contracts, since: Since): Promise<Map<Hex, Hex>> {
  const { escrow } = contracts;
  const opened = await logsIn(contracts, since, async (from, to) =>
    escrow.queryFilter(escrow.filters.PayToOpened(), from, to),
  );
  return new Map(opened.map(({ args }) => [lower(args.operator), lower(args.payTo)]));
}

/** Reads which batches were committed. @throws ChainError where the chain cannot be read */
export async function readCommitments(contracts: Contracts, since: Since): Promise<Happenings["commitments"]> {
  const { ledger } = contracts;
  const events = await logsIn(contracts, since, async (from, to) =>
    ledger.queryFilter(ledger.filters.BatchCommitted(), from, to),
  );
  return timed(
    contracts,
    events.map((log) => ({ log, event: { operator: lower(log.args.operator), count: log.args.count } })),
  );
}

/** Reads what moved an operator's credit, the parameters for all too, in order. @throws ChainError */
export async function readCreditEvents(contracts: Contracts, since: Since, operator: Hex): Promise<CreditEvent[]> {
  const { escrow, bonds, credit } = contracts;
  const splits = await logsIn(contracts, since, async (from, to) =>
    escrow.queryFilter(escrow.filters.FeesSplit(operator), from, to),
  );
  const slashes = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.Slashed(operator), from, to),
  );
  const changes = await logsIn(contracts, since, async (from, to) =>
    credit.queryFilter(credit.filters.ParametersSet(), from, to),
  );
  const said = (log: Said<CreditChange>["log"], event: CreditChange): Said<CreditChange> => ({ log, event });
  return timed(contracts, [
    ...splits.map((log) => said(log, { kind: "settled", paid: log.args.paid })),
    ...slashes.map((log) => said(log, { kind: "slashed", asked: log.args.asked })),
    ...changes.map((log) => {
      const { prior, severity } = log.args;
      return said(log, { kind: "parameters", prior, severity });
    }),
  ]);
}

/** Reads by which clocks credit decays. @throws ChainError where the chain cannot be read */
export async function readCreditClocks(contracts: Contracts, since: Since): Promise<CreditClocks> {
  const { escrow, bonds } = contracts;
  const [settledHalfLife, faultHalfLife] = await query(async () =>
    Promise.all([escrow.settledHalfLife(), bonds.faultHalfLife()]),
  );
  const events = await logsIn(contracts, since, async (from, to) =>
    bonds.queryFilter(bonds.filters.SuspensionStarted(), from, to),
  );
  return { settledHalfLife, faultHalfLife, suspensions: events.map(({ args: { start, end } }) => ({ start, end })) };
}

/** An address, or a hash, as everything here writes it. */
export function lower(address: string): Hex {
  return address.toLowerCase() as Hex;
}

/** One of each. */
export function distinct<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

/** What logs say, in the order of the chain, each with the time of its block. */
async function timed<T extends object>(contracts: Contracts, said: readonly Said<T>[]) {
  const provider = providerOf(contracts);
  const blocks = [...new Set(said.map(({ log }) => log.blockNumber))];
  const times = new Map<number, bigint>();
  for (let start = 0; start < blocks.length; start += AT_ONCE) {
    const some = blocks.slice(start, start + AT_ONCE);
    const found = await query(async () => Promise.all(some.map(async (number) => provider.getBlock(number))));
    for (const block of found) if (block !== null) times.set(block.number, BigInt(block.timestamp));
  }
  return said
    .toSorted(({ log: one }, { log: other }) => one.blockNumber - other.blockNumber || one.index - other.index)
    .map(({ log, event }) => {
      const at = times.get(log.blockNumber) ?? missing(`the time of block ${log.blockNumber}`);
      return { at, ...event };
    });
}

/** @throws ChainError always */
function missing(what: string): never {
  throw new ChainError("Incomplete", `the endpoint's logs do not say ${what}: ask another endpoint, or try again`);
}
