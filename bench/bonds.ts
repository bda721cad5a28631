/**
 * What the operations of OperatorBonds cost. As for people who use the protocol more than once, everybody's token
 * balance, allowance and awards are there before and not used up after: a slot's first use costs 17,100 gas more, the
 * last use of one less.
 */
import { type Bench, type Call, openBench } from "./chain.ts";

/** What operations cost, in gas, by their names. */
export type Measured = Readonly<Record<string, bigint>>;

/** How many delegators, with a ticket each, a crowd has. */
const CROWD = 10_000;
const CROWD_PER_BLOCK = 1_000;

const UNIT = 1_000_000n;
const PLENTY = 1_000_000n * UNIT;
const OWN_BOND = 500_000n * UNIT;
const STAKE = 40n * UNIT;
const SLASHED = 1_000n * UNIT;
const BOUNTY = 10n * UNIT;
const EXIT = 60n * 86_400n;

const account = (number: number): string => `0x${(0x5e70_0000_0000n + BigInt(number)).toString(16).padStart(40, "0")}`;
const operator = account(1);
const delegator = account(2);
const reporter = account(3);
const newcomer = account(4);
const bystander = account(5);
const member = (index: number): string => account(1_000 + index);

/** Every operation of the bonds; what could depend on numbers of delegators also with one and with ten thousand. */
export async function measureBonds(): Promise<Measured> {
  return {
    ...(await measureOperations(await openStage())),
    ...(await measureCrowd(await openStage(), 1)),
    ...(await measureCrowd(await openStage(), CROWD)),
  };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

/** A fresh chain with a registered operator, and the operations, each giving the gas that it used. */
async function openStage() {
  const bench = await openBench();
  const { bonds } = bench.contracts;
  const court = bench.deployment.contracts.validityCourt;
  const gasOf = async (from: string, call: Promise<Call>) => (await bench.send(from, await call)).gas;
  const stage = {
    bench,
    bond: (amount: bigint, from = operator) => gasOf(from, bonds.bond.populateTransaction(amount)),
    delegate: (from: string) => gasOf(from, bonds.delegate.populateTransaction(operator, STAKE, STAKE)),
    requestUnbond: async (from: string) =>
      bench.send(from, await bonds.requestUnbond.populateTransaction(operator, STAKE / 2n)),
    withdraw: (from: string, ticket: bigint) => gasOf(from, bonds.withdraw.populateTransaction(operator, from, ticket)),
    /** As a court calls it. */
    slash: (recipient: string, amount: bigint) =>
      gasOf(court, bonds.slash.populateTransaction(operator, amount, [{ recipient, amount: BOUNTY }])),
  };
  for (const from of [operator, bystander]) {
    await bench.sendAll([from], [...(await purse(bench)), await bonds.register.populateTransaction(from, 1_000n, "")]);
  }
  // The first token in the contract, and the first award, are not the operator's.
  await stage.bond(1n, bystander);
  return stage;
}

/** Plenty of tokens, and the bonds' allowance to take them. */
async function purse({ contracts, deployment }: Bench): Promise<Call[]> {
  return [
    await contracts.token.faucet.populateTransaction(PLENTY),
    await contracts.token.approve.populateTransaction(deployment.contracts.bonds, PLENTY),
  ];
}

async function measureOperations(stage: Stage): Promise<Measured> {
  await stage.bench.sendAll([delegator, newcomer], await purse(stage.bench));
  const firstBond = await stage.bond(OWN_BOND / 2n);
  const topUp = await stage.bond(OWN_BOND / 2n);
  const delegateFirst = await stage.delegate(delegator);
  const delegateLater = await stage.delegate(newcomer);
  const requestFirst = await stage.requestUnbond(delegator);
  const requestLater = await stage.requestUnbond(delegator);
  await stage.bench.wait(EXIT);
  const withdraw = await stage.withdraw(delegator, requestFirst.time);
  const slashFirst = await stage.slash(reporter, SLASHED);
  const slash = await stage.slash(reporter, SLASHED);
  const slashDelegated = await stage.slash(reporter, OWN_BOND - SLASHED);
  return {
    "first own bond": firstBond,
    "top up": topUp,
    "delegate, first of a pool": delegateFirst,
    "delegate, later": delegateLater,
    "request unbond, first of an operator": requestFirst.gas,
    "request unbond, later": requestLater.gas,
    "withdraw a ticket": withdraw,
    slash,
    "slash, first award of its recipient": slashFirst,
    "slash, down into the delegated pool": slashDelegated,
  };
}

/** Slash and withdrawal at an operator with so many delegators, each with a ticket. */
async function measureCrowd(stage: Stage, size: number): Promise<Measured> {
  const { bonds } = stage.bench.contracts;
  const calls = [
    ...(await purse(stage.bench)),
    await bonds.delegate.populateTransaction(operator, STAKE, STAKE),
    await bonds.requestUnbond.populateTransaction(operator, STAKE / 2n),
  ];
  await stage.bond(OWN_BOND);
  await stage.slash(reporter, SLASHED);
  // So that the last ticket of a crowd of one is not the last of the operator, which would free a slot.
  await stage.requestUnbond(operator);
  let ticket = 0n;
  for (let from = 0; from < size; from += CROWD_PER_BLOCK) {
    const members = Array.from({ length: Math.min(size - from, CROWD_PER_BLOCK) }, (_, index) => member(from + index));
    ticket = await stage.bench.sendAll(members, calls);
  }
  const slash = await stage.slash(reporter, SLASHED);
  await stage.bench.wait(EXIT);
  const withdraw = await stage.withdraw(member(size - 1), ticket);
  const counted = size === 1 ? "1 delegator and ticket" : `${size} delegators and tickets`;
  return { [`slash, ${counted}`]: slash, [`withdraw, ${counted}`]: withdraw };
}
