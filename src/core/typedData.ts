/**
 * The protocol's EIP-712 messages: orders and requests, which clients sign and FeeEscrow verifies, and receipts, which
 * operators sign and ReceiptLedger verifies. `contracts/settlement/Requests.sol` and `contracts/receipts/Receipts.sol`
 * say what each field means.
 */
import { type Hex, toHex } from "./bytes.ts";
import { type Domain, domainSeparator, StructHasher, typedDigest } from "./eip712.ts";

export { type Domain, FieldError } from "./eip712.ts";

/** Why a receipt is believed: the numbers that stand in an order's `mode`. */
export const Mode = { signed: 0, enclave: 1, snark: 2, optimistic: 3 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

/** What a client wants, at which tariff at most. Amounts in the token's smallest unit. */
export interface Order {
  readonly modelId: Hex;
  readonly inputHash: Hex;
  readonly contextHash: Hex;
  readonly mode: number;
  readonly maxPrice: bigint;
  readonly base: bigint;
  readonly inputRate: bigint;
  readonly outputRate: bigint;
  readonly salt: Hex;
}

/** Order and payment promise in one. `deadline` in seconds. */
export interface Request {
  readonly payer: Hex;
  readonly operator: Hex;
  readonly ceiling: bigint;
  readonly deadline: bigint;
  readonly order: Order;
}

/** What an operator signs about one answer. Owns the units (charged - price, charged] of its account. */
export interface Receipt {
  readonly requestHash: Hex;
  readonly operator: Hex;
  readonly signer: Hex;
  readonly client: Hex;
  readonly sequence: bigint;
  readonly outputHash: Hex;
  readonly proofHash: Hex;
  readonly price: bigint;
  readonly charged: bigint;
  readonly inputUnits: number;
  readonly outputUnits: number;
  readonly issuedAt: bigint;
}

const ORDER_TYPE =
  "Order(bytes32 modelId,bytes32 inputHash,bytes32 contextHash,uint8 mode,uint128 maxPrice,uint128 base,uint64 inputRate,uint64 outputRate,bytes32 salt)";
const REQUEST_TYPE = `Request(address payer,address operator,uint128 ceiling,uint64 deadline,Order order)${ORDER_TYPE}`;
const RECEIPT_TYPE =
  "Receipt(bytes32 requestHash,address operator,address signer,address client,uint64 sequence,bytes32 outputHash,bytes32 proofHash,uint128 price,uint128 charged,uint32 inputUnits,uint32 outputUnits,uint64 issuedAt)";
const REGISTRATION_TYPE = "KeyRegistration(address key,address operator)";

const orders = new StructHasher(ORDER_TYPE);
const requests = new StructHasher(REQUEST_TYPE);
const receipts = new StructHasher(RECEIPT_TYPE);
const registrations = new StructHasher(REGISTRATION_TYPE);

/** The separators of the domains that were met last, by chain and contract. */
const separators = new Map<string, Uint8Array>();
const MAX_SEPARATORS = 64;

/**
 * The order's struct hash: all of it that settlement needs.
 * @throws FieldError where a field does not fit its type
 * @example
 * ```ts
 * import { contextHash, keccakHex, Mode, orderHash } from "surety/core";
 *
 * const hash = orderHash({
 *   modelId: `0x${"a1".repeat(32)}`,
 *   inputHash: keccakHex(new Uint8Array(64)),
 *   contextHash: contextHash("{}"),
 *   mode: Mode.signed,
 *   maxPrice: 50_000n,
 *   base: 20_000n,
 *   inputRate: 10n,
 *   outputRate: 100n,
 *   salt: `0x${"07".repeat(32)}`,
 * });
 * console.log(hash); // 0xf90839e428ff658276f78baea0affe299f57e557dfdb27c55a520ba51c925eed
 * ```
 */
export function orderHash(order: Order): Hex {
  return toHex(hashOrder(order));
}

/** The digest that a client signs, in FeeEscrow's domain. @throws FieldError where a field does not fit its type */
export function requestDigest({ payer, operator, ceiling, deadline, order }: Request, escrow: Domain): Hex {
  const nested = hashOrder(order);
  requests.begin().address(payer).address(operator).uint(ceiling, 128).uint(deadline, 64).hashed(nested);
  return typedDigest(requests.hash(), separatorOf(escrow));
}

/** The receipt's struct hash: its leaf in a committed batch. @throws FieldError where a field does not fit its type */
export function receiptHash(receipt: Receipt): Hex {
  return toHex(hashReceipt(receipt));
}

/** The digest that an operator's key signs, in ReceiptLedger's domain. */
export function receiptDigest(receipt: Receipt, ledger: Domain): Hex {
  return typedDigest(hashReceipt(receipt), separatorOf(ledger));
}

/** The digest that a key signs to be registered for `operator`, in KeyRegistry's domain. */
export function registrationDigest({ key, operator }: { key: Hex; operator: Hex }, keys: Domain): Hex {
  return typedDigest(registrations.begin().address(key).address(operator).hash(), separatorOf(keys));
}

function hashOrder(order: Order): Uint8Array {
  return orders
    .begin()
    .bytes32(order.modelId)
    .bytes32(order.inputHash)
    .bytes32(order.contextHash)
    .uint(order.mode, 8)
    .uint(order.maxPrice, 128)
    .uint(order.base, 128)
    .uint(order.inputRate, 64)
    .uint(order.outputRate, 64)
    .bytes32(order.salt)
    .hash();
}

function hashReceipt(receipt: Receipt): Uint8Array {
  return receipts
    .begin()
    .bytes32(receipt.requestHash)
    .address(receipt.operator)
    .address(receipt.signer)
    .address(receipt.client)
    .uint(receipt.sequence, 64)
    .bytes32(receipt.outputHash)
    .bytes32(receipt.proofHash)
    .uint(receipt.price, 128)
    .uint(receipt.charged, 128)
    .uint(receipt.inputUnits, 32)
    .uint(receipt.outputUnits, 32)
    .uint(receipt.issuedAt, 64)
    .hash();
}

function separatorOf({ chainId, contract }: Domain): Uint8Array {
  const key = `${chainId}:${contract}`;
  const known = separators.get(key);
  if (known !== undefined) return known;
  const separator = domainSeparator({ name: "Surety", version: "1", chainId, contract });
  if (separators.size >= MAX_SEPARATORS) separators.clear();
  separators.set(key, separator);
  return separator;
}
