/** Paying by signature: what a token takes instead of a transaction of its owner, signed in the token's own domain. */
import { Signature, type Signer, type TransactionReceipt } from "ethers";
import type { Hex } from "../core/bytes.ts";
import type { NamedDomain } from "../core/eip712.ts";
import type { Authorization, Funding } from "../core/funding.ts";
import type { Contracts } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { ChainError } from "./errors.ts";
import { query, transact } from "./transactions.ts";

/** A signature in parts, as tokens take it. */
export interface SplitSignature {
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

/** An ERC-2612 permit: `amount` in the token's smallest unit, until `deadline`, in seconds. */
export interface Permit extends SplitSignature {
  readonly amount: bigint;
  readonly deadline: bigint;
}

/**
 * What a payer signed to fund an account: whoever has it can bring it, and with it can fund nothing else. `amount` in the
 * token's smallest unit, times in seconds.
 */
export interface SignedFunding extends Omit<Funding, "salt"> {
  readonly amount: bigint;
  readonly authorization: SplitSignature & Pick<Authorization, "validAfter" | "validBefore"> & Pick<Funding, "salt">;
}

/** The fields of ERC-5267 that a domain of name, version, chain and contract has. */
const NAMED_DOMAIN = "0x0f";

const field = (name: string, type: string) => ({ name, type });

const PERMIT = {
  Permit: [
    field("owner", "address"),
    field("spender", "address"),
    field("value", "uint256"),
    field("nonce", "uint256"),
    field("deadline", "uint256"),
  ],
};

const AUTHORIZATION = [
  field("from", "address"),
  field("to", "address"),
  field("value", "uint256"),
  field("validAfter", "uint256"),
  field("validBefore", "uint256"),
  field("nonce", "bytes32"),
];

/**
 * The domain that a deployment's token checks signatures in, as it says itself (ERC-5267).
 * @throws ChainError where it says none, or another contract's: a signature for that could be used there
 */
export async function tokenDomain({ token }: Contracts, { chainId, contracts }: Deployment): Promise<NamedDomain> {
  const said = await readDomain(token);
  const isItsOwn =
    said.fields === NAMED_DOMAIN &&
    said.chainId === chainId &&
    said.verifyingContract.toLowerCase() === contracts.token.toLowerCase();
  if (!isItsOwn) throw unknownDomain();
  return { name: said.name, version: said.version, chainId, contract: contracts.token };
}

async function readDomain(token: Contracts["token"]) {
  try {
    return await query(() => token.eip712Domain());
  } catch (cause) {
    if (cause instanceof ChainError && cause.reason === "Unreachable") throw cause;
    throw unknownDomain(cause);
  }
}

function unknownDomain(cause?: unknown): ChainError {
  const message = "the token does not say in which domain it is signed for (ERC-5267): approve the contract instead";
  return new ChainError("TokenDomainUnknown", message, { cause });
}

/** Signs an authorization as its `from`. */
export async function signAuthorization(
  from: Signer,
  { type, ...message }: Authorization,
  domain: NamedDomain,
): Promise<SplitSignature> {
  return split(await from.signTypedData(typedDomain(domain), { [type]: AUTHORIZATION }, message));
}

/** Signs a permit of `amount` for `spender`, as the owner. @throws ChainError where its nonce cannot be read */
export async function signPermit(
  owner: Signer,
  { token }: Contracts,
  {
    domain,
    spender,
    amount,
    deadline,
  }: { readonly domain: NamedDomain; readonly spender: Hex } & Pick<Permit, "amount" | "deadline">,
): Promise<Permit> {
  const address = await owner.getAddress();
  const nonce = await query(() => token.nonces(address));
  const message = { owner: address, spender, value: amount, nonce, deadline };
  return { amount, deadline, ...split(await owner.signTypedData(typedDomain(domain), PERMIT, message)) };
}

/** Brings a funding that its payer signed: anybody may, and pays the gas. @throws ChainError where it is refused */
export async function relayFunding({ escrow }: Contracts, funding: SignedFunding): Promise<TransactionReceipt> {
  const { amount, payer, operator, signer, authorization } = funding;
  return transact(() => escrow.fundWithAuthorization(amount, payer, operator, signer, authorization));
}

function typedDomain({ contract, ...domain }: NamedDomain) {
  return { ...domain, verifyingContract: contract };
}

function split(signature: string): SplitSignature {
  const { v, r, s } = Signature.from(signature);
  return { v, r: r as Hex, s: s as Hex };
}
