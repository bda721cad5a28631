/** What is looked at before a wei is spent: that the chain, and what is given, are what a deployment can stand on. */
import { p256 } from "@noble/curves/nist.js";
import { type JsonRpcApiProvider, ZeroAddress, zeroPadValue } from "ethers";
import { ChainError } from "../src/chain/errors.ts";
import { testnets } from "../src/chain/networks.ts";
import { query } from "../src/chain/transactions.ts";
import { concat, keccakHex, toHex } from "../src/core/bytes.ts";
import { SuretyError } from "../src/core/errors.ts";
import { TestToken__factory } from "../typechain-types/index.ts";
import type { Roles } from "./deploy.ts";

/** Something that a deployment cannot stand on. Nothing was sent. */
export class PreflightError extends SuretyError {
  override readonly name = "PreflightError";
}

/** TestToken's. */
const TEST_TOKEN_DECIMALS = 6;

/**
 * Looks at the chain and at what is given.
 * @param roles who has which, as whoever deploys named them
 * @param deployer whose account deploys
 * @returns how many decimals the token has
 * @throws PreflightError saying what is wrong, and what to do
 * @throws ChainError where the chain cannot be read
 */
export async function preflight(
  provider: JsonRpcApiProvider,
  { deployer, ...roles }: Roles & { readonly deployer: string },
): Promise<number> {
  const { chainId } = await query(async () => provider.getNetwork());
  requireRoles(roles, chainId);
  await requireP256(provider);
  return roles.token === undefined ? TEST_TOKEN_DECIMALS : inspectToken(provider, roles.token, deployer);
}

function requireRoles({ erc8004: _, ...roles }: Roles, chainId: bigint): void {
  for (const [name, address] of Object.entries(roles)) {
    if (address === ZeroAddress)
      throw new PreflightError(`the ${name} is the zero address: name another with --${name}`);
  }
  if (testnets.has(chainId)) return;
  const where = `chain ${chainId} is none for trying that is known here`;
  if (roles.token === undefined) {
    throw new PreflightError(`${where}, and a test token is worth nothing: name the token of bonds with --token`);
  }
  if (roles.governance === undefined) {
    const remedy = "name who governs with --governance, be it the deploying account itself";
    throw new PreflightError(`${where}, and the key that deploys would govern what holds money: ${remedy}`);
  }
}

/** Courts judge enclaves' signatures with the precompile of EIP-7951, and RIP-7212 before it. */
async function requireP256(provider: JsonRpcApiProvider): Promise<void> {
  const secret = new Uint8Array(32).fill(1);
  const digest = new Uint8Array(32).fill(2);
  const signature = p256.sign(digest, secret, { prehash: false });
  const data = toHex(concat(digest, signature, p256.getPublicKey(secret, false).subarray(1)));
  const answer = await query(async () => provider.call({ to: "0x0000000000000000000000000000000000000100", data }));
  if (answer === zeroPadValue("0x01", 32)) return;
  const what = "the chain verifies no P-256 signatures (the precompile at 0x100)";
  throw new PreflightError(`${what}: courts could judge no enclave there; deploy to a chain that has it`);
}

/** @returns the token's decimals */
async function inspectToken(provider: JsonRpcApiProvider, address: string, holder: string): Promise<number> {
  if ((await query(async () => provider.getCode(address))) === "0x") {
    throw new PreflightError(`there is no token at ${address}: give the address of one on this chain with --token`);
  }
  const token = TestToken__factory.connect(address, provider);
  const [decimals, balance] = await query(async () => Promise.all([token.decimals(), token.balanceOf(holder)])).catch(
    (cause: unknown) => {
      if (cause instanceof ChainError && cause.reason === "Unreachable") throw cause;
      throw new PreflightError(`${address} is no ERC-20 token with decimals: name another with --token`, { cause });
    },
  );
  const received = await receivedOf(provider, { token: address, holder, amount: balance });
  if (received !== undefined && received !== balance) {
    const message = `of ${balance} units of the token ${address} that are sent ${received} arrive`;
    throw new PreflightError(`${message}, and bonds take exact amounts alone: name another with --token`);
  }
  return Number(decimals);
}

/**
 * How much of an amount arrives that a holder sends to somebody who has nothing: seen in a call, for which the holder's
 * account is lent the code below. Undefined where that cannot be seen: with no tokens, or at an endpoint that lends none.
 */
async function receivedOf(
  provider: JsonRpcApiProvider,
  { token, holder, amount }: { readonly token: string; readonly holder: string; readonly amount: bigint },
): Promise<bigint | undefined> {
  if (amount === 0n) return undefined;
  const recipient = `0x${keccakHex(new TextEncoder().encode("nobody's account")).slice(26)}`;
  const erc20 = TestToken__factory.createInterface();
  const transfer = erc20.encodeFunctionData("transfer", [recipient, amount]);
  const balanceOf = erc20.encodeFunctionData("balanceOf", [recipient]);
  const to = `73${token.slice(2).toLowerCase()}`;
  const code = [
    // calldatacopy(0, 0, 104)
    "60685f5f37",
    // call(gas, token, 0, 0, 68, 0, 0): the transfer
    `5f5f60445f5f${to}5af150`,
    // staticcall(gas, token, 68, 36, 0, 32): the recipient's balance
    `60205f60246044${to}5afa50`,
    // return(0, 32)
    "60205ff3",
  ];
  const call = { from: holder, to: holder, data: `${transfer}${balanceOf.slice(2)}` };
  try {
    const lent = { [holder]: { code: `0x${code.join("")}` } };
    return BigInt((await provider.send("eth_call", [call, "latest", lent])) as string);
  } catch {
    return undefined;
  }
}
