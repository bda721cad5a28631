/** Whether every unit of money is where the main job says, each asked of the chain. */
import type { Contracts } from "../chain/contracts.ts";
import type { Happened } from "./audit.ts";
import type { Cast } from "./cast.ts";
import { type Check, check } from "./report.ts";

/** Checks what clients paid, how it was split, and that the contracts hold what they owe. */
export async function checkMoney({ cast, contracts, served }: Happened): Promise<Check[]> {
  const { escrow, token, bonds } = contracts;
  const sums = { charged: 0n, settled: 0n, balance: 0n };
  for (const { payer, client } of cast.clients) {
    for (const { address } of cast.operators) {
      const account = await escrow.account(payer, address, client.key);
      const receipts = served.filter(
        ({ record }) => record.request.payer === payer && record.receipt.operator === address,
      );
      sums.charged += sum(receipts.map(({ record }) => record.receipt.price));
      sums.settled += account.settled;
      sums.balance += account.balance;
    }
  }
  const splits = await splitsIn(contracts);
  const earnings = await sumOf(cast, ({ address }) => escrow.earningsOf(address));
  const waiting = await sumOf(cast, ({ address }) => escrow.delegatorsFeesOf(address));
  const brought = sum((await bonds.queryFilter(bonds.filters.Rewarded())).map(({ args }) => args.assets));
  const fees = await escrow.protocolFees();
  const isSplit =
    sum(splits.map(({ paid }) => paid)) === sums.settled &&
    sum(splits.map(({ protocolFee }) => protocolFee)) === fees &&
    sum(splits.map(({ delegatorsFee }) => delegatorsFee)) === brought + waiting &&
    earnings + fees + brought + waiting === sums.settled;
  const held = await token.balanceOf(await escrow.getAddress());
  const owed = await bondsOwe(cast, bonds);
  const burnt = await burntIn(bonds);
  const inBonds = await token.balanceOf(await bonds.getAddress());
  return [
    check("every fee is settled, and nothing else", sums.settled === sums.charged, `${sums.settled}, ${sums.charged}`),
    check("a settlement's parts sum to it", isSplit, `${earnings} + ${fees} + ${brought} + ${waiting}`),
    check("delegators were brought their part", waiting === 0n, `${waiting} waits`),
    check("the escrow holds what it owes", held === sums.balance + earnings + fees + waiting, `${held}`),
    check("the bonds hold what they owe and what is burnt", inBonds === owed + burnt, `${inBonds}, ${owed} + ${burnt}`),
  ];
}

/** Checks what became of the money that stands behind operators. */
export async function checkDelegations({ cast, contracts }: Happened): Promise<Check[]> {
  const { bonds } = contracts;
  const splits = await splitsIn(contracts);
  const slashes = await bonds.queryFilter(bonds.filters.Slashed());
  const all = cast.delegators.flatMap(({ name, address, delegations }) =>
    delegations.map((delegation) => ({ who: name, delegator: address, ...delegation })),
  );
  const checks: Check[] = [];
  for (const { who, delegator, operator, amount } of all) {
    const together = sum(all.filter((other) => other.operator === operator).map((other) => other.amount));
    const fees = sum(splits.filter((split) => split.operator === operator).map(({ delegatorsFee }) => delegatorsFee));
    const part = (fees * amount) / together;
    const { assets } = await bonds.positionOf(operator, delegator);
    const name = cast.operators.find(({ address }) => address === operator)?.name ?? operator;
    const title = `what ${who} put behind ${name} rose by its part of the fees`;
    // Both are rounded down.
    checks.push(check(title, assets === amount + part, `${amount} + ${part}, ${assets}`));
  }
  const [own, delegated] = [sum(slashes.map(({ args }) => args.own)), sum(slashes.map(({ args }) => args.delegated))];
  return [...checks, check("own bonds bore all slashes, delegators nothing", delegated === 0n, `${own}, ${delegated}`)];
}

/** How each settlement was split. */
async function splitsIn({ escrow }: Contracts) {
  const events = await escrow.queryFilter(escrow.filters.FeesSplit());
  return events.map(({ args: { operator, paid, protocolFee, delegatorsFee } }) => ({
    operator: operator.toLowerCase(),
    paid,
    protocolFee,
    delegatorsFee,
  }));
}

/** What the bonds owe to operators, their delegators, and those whom slashes awarded something. */
async function bondsOwe(cast: Cast, bonds: Contracts["bonds"]): Promise<bigint> {
  const bonded = await sumOf(cast, async ({ address }) => {
    const { own, delegated } = await bonds.slashable(address);
    return own + delegated;
  });
  const recipients = [...cast.clients.map(({ payer }) => payer), cast.reporter];
  return bonded + sum(await Promise.all(recipients.map((recipient) => bonds.awardsOf(recipient))));
}

/** What stays in the bonds and belongs to nobody: what slashes took and did not award, wiped dust, debts paid. */
async function burntIn(bonds: Contracts["bonds"]): Promise<bigint> {
  const [slashes, wiped, debts] = await Promise.all([
    bonds.queryFilter(bonds.filters.Slashed()),
    bonds.queryFilter(bonds.filters.PoolWiped()),
    bonds.queryFilter(bonds.filters.DebtBurnt()),
  ]);
  return sum([
    ...slashes.map(({ args }) => args.own + args.delegated - args.awarded),
    ...wiped.map(({ args }) => args.dust),
    ...debts.map(({ args }) => args.burnt),
  ]);
}

async function sumOf({ operators }: Cast, read: (operator: Cast["operators"][number]) => Promise<bigint>) {
  return sum(await Promise.all(operators.map(read)));
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
