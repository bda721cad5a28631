/**
 * The protocol's EIP-712 messages: orders and requests, which clients sign and FeeEscrow verifies, and receipts, which
 * operators sign and ReceiptLedger verifies. `contracts/settlement/Requests.sol` and `contracts/receipts/Receipts.sol`
 * say what each field means.
 */
import { concat, fromHex, type Hex, keccak, keccakHex } from "./bytes.ts";

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

/** The chain and the contract that a message is for. */
export interface Domain {
  readonly chainId: bigint;
  readonly contract: Hex;
}

const ORDER_TYPE =
  "Order(bytes32 modelId,bytes32 inputHash,bytes32 contextHash,uint8 mode,uint128 maxPrice,uint128 base,uint64 inputRate,uint64 outputRate,bytes32 salt)";
const REQUEST_TYPE = `Request(address payer,address operator,uint128 ceiling,uint64 deadline,Order order)${ORDER_TYPE}`;
const RECEIPT_TYPE =
  "Receipt(bytes32 requestHash,address operator,address signer,address client,uint64 sequence,bytes32 outputHash,bytes32 proofHash,uint128 price,uint128 charged,uint32 inputUnits,uint32 outputUnits,uint64 issuedAt)";
const REGISTRATION_TYPE = "KeyRegistration(address key,address operator)";
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

const [ORDER_TYPEHASH, REQUEST_TYPEHASH, RECEIPT_TYPEHASH, REGISTRATION_TYPEHASH, DOMAIN_TYPEHASH] = [
  typehash(ORDER_TYPE),
  typehash(REQUEST_TYPE),
  typehash(RECEIPT_TYPE),
  typehash(REGISTRATION_TYPE),
  typehash(DOMAIN_TYPE),
];
const [NAME_HASH, VERSION_HASH] = [typehash("Surety"), typehash("1")];

/** A value that does not fit its field. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

/** The order's struct hash: all of it that settlement needs. @throws FieldError where a field does not fit its type */
export function orderHash(order: Order): Hex {
  return keccakHex(
    concat(
      ORDER_TYPEHASH,
      bytes32(order.modelId),
      bytes32(order.inputHash),
      bytes32(order.contextHash),
      uint(order.mode, 8),
      uint(order.maxPrice, 128),
      uint(order.base, 128),
      uint(order.inputRate, 64),
      uint(order.outputRate, 64),
      bytes32(order.salt),
    ),
  );
}

/** The digest that a client signs, in FeeEscrow's domain. @throws FieldError where a field does not fit its type */
export function requestDigest(request: Request, escrow: Domain): Hex {
  const structHash = keccak(
    concat(
      REQUEST_TYPEHASH,
      address(request.payer),
      address(request.operator),
      uint(request.ceiling, 128),
      uint(request.deadline, 64),
      bytes32(orderHash(request.order)),
    ),
  );
  return digest(structHash, escrow);
}

/** The receipt's struct hash: its leaf in a committed batch. @throws FieldError where a field does not fit its type */
export function receiptHash(receipt: Receipt): Hex {
  return keccakHex(
    concat(
      RECEIPT_TYPEHASH,
      bytes32(receipt.requestHash),
      address(receipt.operator),
      address(receipt.signer),
      address(receipt.client),
      uint(receipt.sequence, 64),
      bytes32(receipt.outputHash),
      bytes32(receipt.proofHash),
      uint(receipt.price, 128),
      uint(receipt.charged, 128),
      uint(receipt.inputUnits, 32),
      uint(receipt.outputUnits, 32),
      uint(receipt.issuedAt, 64),
    ),
  );
}

/** The digest that an operator's key signs, in ReceiptLedger's domain. */
export function receiptDigest(receipt: Receipt, ledger: Domain): Hex {
  return digest(fromHex(receiptHash(receipt)), ledger);
}

/** The digest that a key signs to be registered for `operator`, in KeyRegistry's domain. */
export function registrationDigest({ key, operator }: { key: Hex; operator: Hex }, keys: Domain): Hex {
  return digest(keccak(concat(REGISTRATION_TYPEHASH, address(key), address(operator))), keys);
}

function digest(structHash: Uint8Array, { chainId, contract }: Domain): Hex {
  const separator = keccak(concat(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, uint(chainId, 256), address(contract)));
  return keccakHex(concat(Uint8Array.of(0x19, 0x01), separator, structHash));
}

function typehash(type: string): Uint8Array {
  return keccak(new TextEncoder().encode(type));
}

function bytes32(value: Hex): Uint8Array {
  return fromHex(value, 32);
}

function address(value: Hex): Uint8Array {
  return concat(new Uint8Array(12), fromHex(value, 20));
}

function uint(value: bigint | number, bits: number): Uint8Array {
  if (typeof value === "number" && !Number.isInteger(value)) throw new FieldError(`${value} is not whole`);
  const whole = BigInt(value);
  if (whole >> BigInt(bits) !== 0n) throw new FieldError(`${String(value)} does not fit uint${bits}`);
  return fromHex(`0x${whole.toString(16).padStart(64, "0")}`);
}
