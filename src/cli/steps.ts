/** Transactions as commands send them: each is named, and can be tried without being sent. */
import { type ContractTransaction, formatUnits, type TransactionReceipt } from "ethers";
import { ChainError } from "../chain/errors.ts";
import { gasPriceOf, providerOf } from "../chain/facts.ts";
import { type Permit, signPermit, tokenDomain } from "../chain/funding.ts";
import { query, transact } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { NamedDomain } from "../core/eip712.ts";
import type { Sender } from "./connection.ts";
import { formatAmount } from "./format.ts";
import { progress, stopIfInterrupted } from "./io.ts";

/** One transaction. */
export interface Step {
  /** What it does, as "bond 100 TUSD". */
  readonly what: string;
  readonly transaction: () => Promise<ContractTransaction>;
  /** Whether it fails as long as the step before it has not been sent. */
  readonly needsPrevious?: boolean;
}

/** What became of a step. */
export interface Outcome {
  readonly what: string;
  /** What it used, or would use; null where that cannot be told before the step before it is sent. */
  readonly gas: bigint | null;
  /** Left out where nothing was sent. */
  readonly receipt?: TransactionReceipt;
}

/** A step as `--json` prints it. */
export interface StepReport {
  readonly what: string;
  readonly gas: bigint | null;
  readonly transaction: string | null;
  readonly block: number | null;
}

/**
 * Sends steps one after the other, or tries them where nothing is to be sent. Ctrl-C lets the one that was sent get into
 * its block, and sends no more.
 * @throws ChainError with the contract's reason where one is refused
 */
export async function carryOut(sender: Sender, steps: readonly Step[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    stopIfInterrupted(sender.io);
    outcomes.push(sender.isDryRun ? await simulate(sender, step) : await send(sender, step));
  }
  return outcomes;
}

async function send({ io, signer }: Sender, { what, transaction }: Step): Promise<Outcome> {
  progress(io, `${what} ...`);
  const call = await query(transaction);
  const receipt = await io.uninterrupted(async () => transact(async () => signer.sendTransaction(call)));
  return { what, gas: receipt.gasUsed, receipt };
}

async function simulate({ contracts, address }: Sender, { what, transaction, needsPrevious }: Step): Promise<Outcome> {
  const call = { ...(await query(transaction)), from: address };
  if (needsPrevious === true) return { what, gas: null };
  // The call first: its failure tells the contract's reason on every node.
  const provider = providerOf(contracts);
  await query(async () => provider.call(call));
  return { what, gas: await query(async () => provider.estimateGas(call)) };
}

/** What a command that sends says of its steps, for people. @throws ChainError where the chain cannot be read */
export async function describeSteps(sender: Sender, outcomes: readonly Outcome[]): Promise<string[]> {
  const lines = outcomes.map(({ what, gas, receipt }) => {
    if (receipt !== undefined) return `✓ ${what}: block ${receipt.blockNumber}, ${gas} gas, ${receipt.hash}`;
    return gas === null ? `· ${what}: can be tried once the step before it is done` : `✓ ${what}: would use ${gas} gas`;
  });
  if (!sender.isDryRun || outcomes.length === 0) return lines;
  const gas = outcomes.reduce((sum, outcome) => sum + (outcome.gas ?? 0n), 0n);
  const price = await gasPriceOf(sender.contracts);
  const cost = `${formatUnits(gas * price, 18)} of the chain's coin at ${formatUnits(price, 9)} gwei`;
  return [...lines, `Nothing was sent. It would cost about ${cost}.`];
}

/** Steps as `--json` prints them. */
export function reportSteps({ isDryRun }: Sender, outcomes: readonly Outcome[]) {
  const steps = outcomes.map(({ what, gas, receipt }): StepReport => ({
    what,
    gas,
    transaction: receipt?.hash ?? null,
    block: receipt?.blockNumber ?? null,
  }));
  return { dryRun: isDryRun, steps };
}

/** How a contract takes tokens of the sender's. */
export interface Payment {
  readonly what: string;
  readonly amount: bigint;
  /** The contract that takes them. */
  readonly spender: Hex;
  /** The call where the spender is approved, and the one that brings a permit itself. */
  readonly plain: () => Promise<ContractTransaction>;
  readonly permitted: (permit: Permit) => Promise<ContractTransaction>;
}

/** How long a permit is good, in seconds. */
const PERMITTED = 3_600n;

/**
 * The steps of a payment: one where the token takes permits or what it needs is approved already, else an approval first.
 * @throws ChainError where the sender has too little of the token
 */
export async function paymentSteps(sender: Sender, payment: Payment): Promise<Step[]> {
  const { contracts, address, unit } = sender;
  const { token } = contracts;
  const { what, amount, spender, plain, permitted } = payment;
  const [balance, allowance] = await query(async () =>
    Promise.all([token.balanceOf(address), token.allowance(address, spender)]),
  );
  if (balance < amount) {
    const has = `the account has ${formatAmount(balance, unit)}, ${formatAmount(amount, unit)} are needed`;
    throw new ChainError("TokensInsufficient", `${has}: get more of the token first`);
  }
  if (allowance >= amount) return [{ what, transaction: plain }];
  const domain = await permitDomain(sender);
  if (domain === undefined) {
    const approval = `approve ${formatAmount(amount, unit)} for it`;
    return [
      { what: approval, transaction: async () => token.approve.populateTransaction(spender, amount) },
      { what, transaction: plain, needsPrevious: true },
    ];
  }
  const deadline = sender.io.clock() + PERMITTED;
  const permit = await signPermit(sender.signer, contracts, { domain, spender, amount, deadline });
  return [{ what, transaction: async () => permitted(permit) }];
}

/** The domain in which the token takes permits; undefined where it takes none. */
async function permitDomain({ contracts, deployment, address }: Sender): Promise<NamedDomain | undefined> {
  try {
    const domain = await tokenDomain(contracts, deployment);
    await query(async () => contracts.token.nonces(address));
    return domain;
  } catch (cause) {
    if (cause instanceof ChainError && cause.reason !== "Unreachable") return undefined;
    throw cause;
  }
}
