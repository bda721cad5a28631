/**
 * Paying into an account by signature (EIP-3009): the payer signs, anybody sends it, and the payer needs no gas. What the
 * token's own contract checks is hashed in the token's domain.
 */
import { type AccountName, accountWords } from "./accounts.ts";
import { concat, fromHex, type Hex, keccakHex } from "./bytes.ts";
import { domainSeparator, type NamedDomain, StructHasher, typedDigest } from "./eip712.ts";

/**
 * What a token moves for whoever brings it with the signature of `from`. `value` in the token's smallest unit; it is good
 * after `validAfter` and before `validBefore`, in seconds, both exclusive; each nonce of `from` once.
 */
export interface Authorization {
  /** Whether `to` alone may bring it, as FeeEscrow wants it, or anybody, as x402's exact scheme has it. */
  readonly type: "ReceiveWithAuthorization" | "TransferWithAuthorization";
  readonly from: Hex;
  readonly to: Hex;
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: Hex;
}

/** The account that an authorization funds, and what makes two that are alike two. */
export interface Funding extends AccountName {
  /** 32 bytes. */
  readonly salt: Hex;
}

const FIELDS = "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";

const hashers = {
  ReceiveWithAuthorization: new StructHasher(`ReceiveWithAuthorization${FIELDS}`),
  TransferWithAuthorization: new StructHasher(`TransferWithAuthorization${FIELDS}`),
};

/**
 * The nonce of an authorization that FeeEscrow takes for this account. The token signs nothing but the nonce about where
 * in the escrow the money goes: so whoever copies the authorization can fund this account with it, and no other. A token
 * that takes nonces only in sequence, as OpenZeppelin's ERC20TransferAuthorization does, refuses it.
 * @throws HexError where a field has not its length
 */
export function fundingNonce({ salt, ...account }: Funding): Hex {
  return keccakHex(concat(accountWords(account), fromHex(salt, 32)));
}

/** The digest that `from` signs, in the token's domain. @throws FieldError, HexError where a field does not fit its type */
export function authorizationDigest(authorization: Authorization, token: NamedDomain): Hex {
  const { type, from, to, value, validAfter, validBefore, nonce } = authorization;
  const structHash = hashers[type]
    .begin()
    .address(from)
    .address(to)
    .uint(value, 256)
    .uint(validAfter, 256)
    .uint(validBefore, 256)
    .bytes32(nonce)
    .hash();
  return typedDigest(structHash, domainSeparator(token));
}
