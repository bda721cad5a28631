/** Whether every unit of money is where the main job says, each asked of the chain. */
import { ZeroAddress } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { providerOf } from "../chain/facts.ts";
import { query } from "../chain/transactions.ts";
import { BPS, RATE_ONE } from "../core/numbers.ts";
import type { Cast } from "./cast.ts";
import { fundingFunctions, type FundingWay } from "./clients.ts";
import type { Happened } from "./happened.ts";
import { collectionOf, type Purchase } from "./purchase.ts";
import { type Check, check } from "./report.ts";

/** Checks what clients paid, how it was split, and that the contracts hold what they owe. */
export async function checkMoney({ cast, contracts, answers, sale }: Happened): Promise<Check[]> {
  const { escrow, token, bonds } = contracts;
  const sums = { charged: 0n, settled: 0n, balance: 0n };
  for (const { payer, client } of cast.clients) {
    for (const { address } of cast.operators) {
      const account = await escrow.account(payer, address, client.key);
      const receipts = answers.filter(
        ({ record }) => record.request.payer === payer && record.receipt.operator === address,
      );
      sums.charged += sum(receipts.map(({ record }) => record.receipt.price));
      sums.settled += account.settled;
      sums.balance += account.balance;
    }
  }
  const { collected } = await collectionOf(contracts, sale.operator);
  const taken = sums.settled + collected;
  const splits = await splitsIn(contracts);
  const earnings = await sumOf(cast, ({ address }) => escrow.earningsOf(address));
  const waiting = await sumOf(cast, ({ address }) => escrow.delegatorsFeesOf(address));
  const brought = sum((await bonds.queryFilter(bonds.filters.Rewarded())).map(({ args }) => args.assets));
  const fees = await escrow.protocolFees();
  const isSplit =
    sum(splits.map(({ paid }) => paid)) === taken &&
    sum(splits.map(({ protocolFee }) => protocolFee)) === fees &&
    sum(splits.map(({ delegatorsFee }) => delegatorsFee)) === brought + waiting &&
    earnings + fees + brought + waiting === taken;
  const held = await token.balanceOf(await escrow.getAddress());
  const owed = await bondsOwe(cast, bonds);
  const burnt = await burntIn(bonds);
  const inBonds = await token.balanceOf(await bonds.getAddress());
  const supply = await token.totalSupply();
  const found = held + inBonds + (await heldOutside(cast, sale, token));
  return [
    check("every fee is settled, and nothing else", sums.settled === sums.charged, `${sums.settled}, ${sums.charged}`),
    check("a settlement's parts sum to it", isSplit, `${earnings} + ${fees} + ${brought} + ${waiting}`),
    check("delegators were brought their part", waiting === 0n, `${waiting} waits`),
    check("the escrow holds what it owes", held === sums.balance + earnings + fees + waiting, `${held}`),
    check("nothing went to anybody else", found === supply, `${found} of ${supply}`),
    check("the bonds hold what they owe and what is burnt", inBonds === owed + burnt, `${inBonds}, ${owed} + ${burnt}`),
  ];
}

/** Checks that clients funded their accounts as they say: some of them without a transaction of their own, or any coin. */
export async function checkFundings({ cast, contracts }: Happened): Promise<Check[]> {
  const provider = providerOf(contracts);
  const fundings = await fundingsIn(contracts);
  const checks = cast.clients.map(async ({ name, payer, funding: way }) => {
    const own = fundings.filter((funding) => funding.payer === payer);
    const isItsWay = own.length > 0 && own.every(({ call }) => call === fundingFunctions[way]);
    const title = `${name} funded its accounts by ${way}`;
    if (way !== "authorization") return check(title, isItsWay, `${own.length} fundings`);
    const block = own.at(-1)?.block ?? 0;
    const [coin, sent] = await Promise.all([
      provider.getBalance(payer, block),
      provider.getTransactionCount(payer, block),
    ]);
    const isWithoutCoin = coin === 0n && sent === 0 && own.every(({ from }) => from !== payer);
    return check(
      `${title}, without coin`,
      isItsWay && isWithoutCoin,
      `${own.length} fundings, ${coin} wei, ${sent} sent`,
    );
  });
  return Promise.all(checks);
}

/** How many accounts were funded in which way. */
export async function countFundings(contracts: Contracts): Promise<Record<FundingWay, number>> {
  const fundings = await query(() => fundingsIn(contracts));
  const count = (way: FundingWay): number => fundings.filter(({ call }) => call === fundingFunctions[way]).length;
  return { approval: count("approval"), permit: count("permit"), authorization: count("authorization") };
}

/** Checks that what was paid without a voucher went through the same split as what vouchers pay, all of it. */
export async function checkPurchase({ contracts, sale }: Happened): Promise<Check[]> {
  const { escrow, token, bonds } = contracts;
  const { operator, payTo, amount } = sale;
  const { collected, protocolFee, delegatorsFee, block } = await collectionOf(contracts, operator);
  const { settled } = await escrow.account(payTo, operator, ZeroAddress);
  const left = await token.balanceOf(payTo);
  // What the delegators' part was when it was collected.
  const { delegatorsRate } = await bonds.termsOf(operator, { blockTag: block - 1 });
  const protocols = (amount * (await escrow.protocolFeeBps())) / BPS;
  const delegators = ((amount - protocols) * delegatorsRate) / RATE_ONE;
  const isAll = collected === amount && settled === amount && left === 0n;
  const isSplit = protocolFee === protocols && delegatorsFee === delegators;
  return [
    check("what was paid without a voucher is collected", isAll, `${collected} of ${amount}, ${left} left`),
    check(
      "it is split as vouchers are",
      isSplit,
      `${protocolFee} and ${delegatorsFee}, ${protocols} and ${delegators}`,
    ),
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

/** Who funded an account with which call, and in which block. */
async function fundingsIn({ escrow }: Contracts) {
  const events = await escrow.queryFilter(escrow.filters.Funded());
  return Promise.all(
    events.map(async (event) => {
      const transaction = await event.getTransaction();
      return {
        payer: event.args.payer.toLowerCase(),
        from: transaction.from.toLowerCase(),
        call: escrow.interface.parseTransaction(transaction)?.name,
        block: event.blockNumber,
      };
    }),
  );
}

/** What everybody has who takes part, and the address that is paid without a voucher. */
async function heldOutside(cast: Cast, { payTo }: Purchase, token: Contracts["token"]): Promise<bigint> {
  const { operators, delegators, clients, buyer, reporter } = cast;
  const holders = [
    ...[...operators, ...delegators, buyer.buyer, buyer.facilitator].map(({ address }) => address.toLowerCase()),
    ...clients.flatMap(({ payer, friend }) => [payer, friend.address.toLowerCase()]),
    reporter,
    payTo,
  ];
  return sum(await Promise.all([...new Set(holders)].map((holder) => token.balanceOf(holder))));
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
