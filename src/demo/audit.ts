/** What must be so at the end of the main job, each asked of the chain. */
import type { Contracts } from "../chain/contracts.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { Inspection } from "../watcher/watcher.ts";
import { BOND, type Cast } from "./cast.ts";
import type { Served } from "./period.ts";
import type { Check, OperatorReport, Report } from "./report.ts";

/** All that happened. */
export interface Happened {
  readonly cast: Cast;
  readonly contracts: Contracts;
  readonly served: readonly Served[];
  readonly faults: Report["faults"];
  readonly operators: readonly OperatorReport[];
  /** What reached each account from slashes. */
  readonly paid: ReadonlyMap<string, bigint>;
  /** What the watcher saw before and after the rogues began. */
  readonly quiet: Inspection;
  readonly inspection: Inspection;
  readonly trace: Report["trace"];
}

/** Checks everything. @throws ChainError where the chain cannot be read */
export async function audit(happened: Happened): Promise<Check[]> {
  return query(async () => [
    ...checkService(happened),
    ...(await checkMoney(happened)),
    ...(await checkJustice(happened)),
    check("one record holds in every link, from its file alone", happened.trace.isValid, happened.trace.file),
  ]);
}

function checkService({ served, quiet, inspection }: Happened): Check[] {
  const confirmed = served.filter(({ inclusion }) => inclusion !== undefined).length;
  const right = served.filter(({ isRight }) => isRight).length;
  const seen = quiet.reexecuted + inspection.reexecuted;
  const withheld = [...quiet.withheld, ...inspection.withheld];
  return [
    check("every answer is in a committed batch", confirmed === served.length, `${confirmed} of ${served.length}`),
    check("nine answers in ten are right", right >= 0.9 * served.length, `${right} of ${served.length}`),
    check("the watcher computed every answer again", seen === served.length, `${seen} of ${served.length}`),
    check("nothing was withheld from it", withheld.length === 0, withheld.join("; ")),
    check("it found nothing while all were honest", quiet.findings.length === 0, `${quiet.findings.length} findings`),
  ];
}

async function checkMoney({ cast, contracts, served }: Happened): Promise<Check[]> {
  const { escrow, token, bonds } = contracts;
  const sums = { charged: 0n, settled: 0n, balance: 0n };
  for (const { payer, client } of cast.clients) {
    for (const { address } of cast.operators) {
      const account = await escrow.account(payer, address, client.key);
      const receipts = served.filter(
        ({ record }) => record.request.payer === payer && record.receipt.operator === address,
      );
      sums.charged += receipts.reduce((sum, { record }) => sum + record.receipt.price, 0n);
      sums.settled += account.settled;
      sums.balance += account.balance;
    }
  }
  const earnings = await sumOf(cast, ({ address }) => escrow.earningsOf(address));
  const fees = await escrow.protocolFees();
  const held = await token.balanceOf(await escrow.getAddress());
  const owed = await bondsOwe(cast, bonds);
  const burnt = await burntIn(bonds);
  const inBonds = await token.balanceOf(await bonds.getAddress());
  return [
    check("every fee is settled, and nothing else", sums.settled === sums.charged, `${sums.settled}, ${sums.charged}`),
    check("a settlement's parts sum to it", earnings + fees === sums.settled, `${earnings} + ${fees}`),
    check("the escrow holds what it owes", held === sums.balance + earnings + fees, `${held}`),
    check("the bonds hold what they owe and what is burnt", inBonds === owed + burnt, `${inBonds}, ${owed} + ${burnt}`),
  ];
}

async function checkJustice({ cast, contracts, faults, operators, served, paid }: Happened): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, address, falsified } of cast.operators) {
    const convictions = faults.filter(({ operator }) => operator === address);
    const slashed = convictions.reduce((sum, verdict) => sum + verdict.slashed, 0n);
    const { own: bond } = await contracts.bonds.slashable(address);
    const expected = falsified();
    checks.push(
      check(
        `${name} is convicted of each fault, once`,
        convictions.length === expected,
        `${convictions.length}, ${expected}`,
      ),
      check(`${name} lost what was slashed and nothing else`, bond === BOND - slashed, `${bond}`),
    );
    const report = operators.find((operator) => operator.address === address);
    const fell = (report?.credit.score ?? 0n) < (report?.creditBefore.score ?? 0n);
    checks.push(
      check(
        `${name}'s credit ${expected > 0 ? "fell" : "did not fall"}`,
        fell === expected > 0,
        `${report?.credit.score}`,
      ),
    );
  }
  const compensated = faults.reduce((sum, verdict) => sum + verdict.compensated, 0n);
  const bounties = faults.reduce((sum, verdict) => sum + verdict.bounty, 0n);
  const payers = new Set<Hex>(served.map(({ record }) => record.request.payer));
  const reached = [...paid].filter(([payer]) => payers.has(payer as Hex)).reduce((sum, [, amount]) => sum + amount, 0n);
  return [
    ...checks,
    check(
      "two kinds of court spoke",
      new Set(faults.map(({ court }) => court)).size === 2,
      `${faults.length} verdicts`,
    ),
    check("harmed clients have their compensation", compensated > 0n && reached === compensated, `${reached}`),
    check("the watcher has its bounties", (paid.get(cast.reporter) ?? 0n) === bounties, `${bounties}`),
  ];
}

/** What the bonds owe to operators, their delegators, and those whom slashes awarded something. */
async function bondsOwe(cast: Cast, bonds: Contracts["bonds"]): Promise<bigint> {
  const bonded = await sumOf(cast, async ({ address }) => {
    const { own, delegated } = await bonds.slashable(address);
    return own + delegated;
  });
  const recipients = [...cast.clients.map(({ payer }) => payer), cast.reporter];
  const awards = await Promise.all(recipients.map((recipient) => bonds.awardsOf(recipient)));
  return awards.reduce((sum, amount) => sum + amount, bonded);
}

/** What stays in the bonds and belongs to nobody: what slashes took and did not award, wiped dust, debts paid. */
async function burntIn(bonds: Contracts["bonds"]): Promise<bigint> {
  const [slashes, wiped, debts] = await Promise.all([
    bonds.queryFilter(bonds.filters.Slashed()),
    bonds.queryFilter(bonds.filters.PoolWiped()),
    bonds.queryFilter(bonds.filters.DebtBurnt()),
  ]);
  return [
    ...slashes.map(({ args }) => args.own + args.delegated - args.awarded),
    ...wiped.map(({ args }) => args.dust),
    ...debts.map(({ args }) => args.burnt),
  ].reduce((sum, amount) => sum + amount, 0n);
}

async function sumOf({ operators }: Cast, read: (operator: Cast["operators"][number]) => Promise<bigint>) {
  const amounts = await Promise.all(operators.map(read));
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function check(name: string, isOk: boolean, detail: string): Check {
  return { name, isOk, detail };
}
