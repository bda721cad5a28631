/** Holding a model to its contract: numbers that choose what happens, and the same answer from both sides. */
import { expect } from "chai";
import { AbiCoder, type BaseContract, type Interface, keccak256, type Log, MaxUint256, toBeHex } from "ethers";
import fc from "fast-check";
import { network } from "hardhat";
import type { Hex } from "../../src/core/bytes.ts";
import { type Call, Refusal } from "../../src/core/refusal.ts";

/** What is random in a step: an action, and numbers that decide everything else. */
export interface Throw<Action> {
  readonly action: Action;
  readonly dice: readonly number[];
}

/** Numbers out of a throw. */
export class Dice {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  below(bound: number): number {
    const number = this.#numbers[this.#next++ % this.#numbers.length] ?? 0;
    return Math.floor((number / 2 ** 32) * bound);
  }

  of<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  among<T>(choices: readonly T[], other: T): T {
    return choices[this.below(choices.length)] ?? other;
  }

  /** An amount that is small, ordinary, huge, a part of `whole`, or next to it. */
  amount(whole: bigint): bigint {
    const part = (whole * BigInt(this.below(1_000))) / 1_000n;
    const near = whole + BigInt(this.below(3)) - 1n;
    const ordinary = BigInt(this.below(10 ** this.below(11)));
    const amount = this.of(part, part, near, near, ordinary, BigInt(this.below(5)), 2n ** BigInt(this.below(88)));
    return amount < 0n ? 0n : amount;
  }
}

/** Histories of so many steps, where some actions are more frequent than others. */
export function historiesOf<Action extends string>(
  weights: Readonly<Record<Action, number>>,
  steps: number,
): fc.Arbitrary<readonly Throw<Action>[]> {
  const weighted = (Object.keys(weights) as Action[]).flatMap((name) =>
    Array.from({ length: weights[name] }, () => name),
  );
  return fc.array(
    fc.record({
      action: fc.constantFrom(...weighted),
      dice: fc.array(fc.nat(2 ** 32 - 1), { minLength: 24, maxLength: 24, size: "max" }),
    }),
    { minLength: steps, maxLength: steps, size: "max" },
  );
}

/** A contract, and how to speak with it. */
export interface Contract {
  readonly address: Hex;
  readonly abi: Interface;
}

/** What a contract is asked, and what it should answer. */
export interface Read {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly expected: readonly unknown[];
}

const connection = await network.create({
  network: "local",
  chainType: "l1",
  // Several actions can then happen in one second; and every run begins in the same.
  override: { allowBlocksWithSameTimestamp: true, initialDate: "2030-01-01T00:00:00Z" },
});
const { provider } = connection;
const signers = await connection.ethers.getSigners();

export const { networkHelpers } = connection;
/** Who deploys, and everybody's address, the deployer's first. */
export const deployer = first(signers);
export const addresses = signers.map(addressed);

/** A deployed contract. */
export async function contractOf(deployed: BaseContract): Promise<Contract> {
  return { address: addressed({ address: await deployed.getAddress() }), abi: deployed.interface };
}

/** Lets the next block come at `time`, without anything in it. */
export async function mine(time: bigint): Promise<void> {
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [toBeHex(time)] });
  await provider.request({ method: "evm_mine", params: [] });
}

/** The answer of a contract in the latest block: what it returns, or what it reverts with. */
export async function ask({ address, abi }: Contract, method: string, args: readonly unknown[], from = addresses[0]) {
  const data = abi.encodeFunctionData(method, args);
  try {
    const call = { from, to: address, data };
    const result: unknown = await provider.request({ method: "eth_call", params: [call, "latest"] });
    return plain(abi.decodeFunctionResult(method, result as string).toArray());
  } catch (error) {
    const revert = abi.parseError(revertData(error));
    if (revert === null) throw error;
    return `${revert.name}(${plain(revert.args.toArray())})`;
  }
}

/** Has it done at `time`; returns what the block's contracts said of it. */
export async function act(
  { address, abi }: Contract,
  { method, args, sender, time }: { method: string; args: readonly unknown[]; sender: Hex; time: bigint },
): Promise<readonly Log[]> {
  const transaction = { from: sender, to: address, data: abi.encodeFunctionData(method, args) };
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [toBeHex(time)] });
  const hash: unknown = await provider.request({ method: "eth_sendTransaction", params: [transaction] });
  const receipt: unknown = await provider.request({ method: "eth_getTransactionReceipt", params: [hash] });
  return (receipt as { logs: Log[] }).logs;
}

/** Gives somebody more than the faucet does, and lets `spenders` take it. */
export async function enrich(token: Contract, owner: Hex, spenders: readonly Contract[]): Promise<void> {
  // Balances are the token's first mapping.
  const slot = keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [owner, 0n]));
  await networkHelpers.setStorageAt(token.address, slot, 2n ** 92n);
  for (const { address } of spenders) {
    const data = token.abi.encodeFunctionData("approve", [address, MaxUint256]);
    await provider.request({ method: "eth_sendTransaction", params: [{ from: owner, to: token.address, data }] });
  }
}

/** What a model did: what that gave, or what it refuses with. */
export type Attempt<T> = { readonly done: T } | { readonly refused: string };

export function attempt<T>(run: (call: Call) => T, call: Call): Attempt<T> {
  try {
    return { done: run(call) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: `${error.reason}(${plain([...error.values])})` };
  }
}

/** The same as `ask` writes it: where it is done nothing, a value, or some. */
export function answerOf(attempted: Attempt<unknown>): string {
  if ("refused" in attempted) return attempted.refused;
  const { done } = attempted;
  return plain(done === undefined ? [] : Array.isArray(done) ? done : [done]);
}

/** Holds what a contract says to what it should say. */
export async function compare(contract: Contract, reads: readonly Read[], after: string): Promise<void> {
  const found = await Promise.all(reads.map(({ method, args }) => ask(contract, method, args)));
  for (const [index, { method, args, expected }] of reads.entries()) {
    expect(found[index], `${after}: ${method}(${plain([...args])})`).to.equal(plain([...expected]));
  }
}

/** Values in a form that is the same on both sides. */
export function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(",")}]`;
  return String(value).toLowerCase();
}

/** The names of a contract's errors, but for those of its parts that a model does not look at. */
export function errorsOf(abi: Interface): string[] {
  const beyondModel =
    /^(AccessManaged|SafeERC20|Reentrancy|InexactTransfer|PermitRefused|AuthorizationRefused|SafeCast|HalfLifeOutOfRange|InvalidShortString|StringTooLong)/;
  const names: string[] = [];
  abi.forEachError(({ name }) => beyondModel.test(name) || names.push(name));
  return names;
}

function addressed({ address }: { readonly address: string }): Hex {
  return address.toLowerCase() as Hex;
}

function first<T>([one]: readonly T[]): T {
  if (one === undefined) throw new Error("the local chain has no accounts");
  return one;
}

function revertData(error: unknown): string {
  const data: unknown = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
  if (typeof data === "string") return data;
  if (typeof data === "object" && data !== null && "data" in data && typeof data.data === "string") return data.data;
  throw error;
}
