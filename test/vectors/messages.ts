/** The protocol's messages as ethers encodes them, and values for them: nothing here computes with src/core. */
import fc from "fast-check";
import { hexlify, type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";
import type { Hex } from "../../src/core/bytes.ts";
import type { Domain, Order, Receipt, Request } from "../../src/core/typedData.ts";

type Types = Record<string, TypedDataField[]>;

/** Writes `type name, type name` as ethers wants fields. */
function fields(text: string): TypedDataField[] {
  return text.split(", ").map((field) => {
    const [type = "", name = ""] = field.split(" ");
    return { type, name };
  });
}

const order = fields(
  "bytes32 modelId, bytes32 inputHash, bytes32 contextHash, uint8 mode, uint128 maxPrice, uint128 base, uint64 inputRate, uint64 outputRate, bytes32 salt",
);

export const orderTypes = { Order: order } satisfies Types;
export const requestTypes = {
  Request: fields("address payer, address operator, uint128 ceiling, uint64 deadline, Order order"),
  Order: order,
} satisfies Types;
export const receiptTypes = {
  Receipt: fields(
    "bytes32 requestHash, address operator, address signer, address client, uint64 sequence, bytes32 outputHash, bytes32 proofHash, uint128 price, uint128 charged, uint32 inputUnits, uint32 outputUnits, uint64 issuedAt",
  ),
} satisfies Types;
export const registrationTypes = { KeyRegistration: fields("address key, address operator") } satisfies Types;

/** What a key signs to be registered. */
export interface Registration {
  readonly key: Hex;
  readonly operator: Hex;
}

/** A domain as ethers takes it. */
export function ethersDomain({ chainId, contract }: Domain): TypedDataDomain {
  return { name: "Surety", version: "1", chainId, verifyingContract: contract };
}

/** A struct hash by ethers. */
export function hashStruct(types: Types, value: object): Hex {
  return TypedDataEncoder.hashStruct(TypedDataEncoder.getPrimaryType(types), types, value) as Hex;
}

/** What is signed, by ethers. */
export function hashTyped(types: Types, { domain, value }: { domain: Domain; value: object }): Hex {
  return TypedDataEncoder.hash(ethersDomain(domain), types, value) as Hex;
}

/** Bytes as hexadecimal. */
export function hexOf(length: number): fc.Arbitrary<Hex> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => hexlify(bytes) as Hex);
}

/** Whole numbers of so many bits, the least and the greatest often. */
export function uintOf(bits: number): fc.Arbitrary<bigint> {
  const max = 2n ** BigInt(bits) - 1n;
  return fc.oneof({ weight: 1, arbitrary: fc.constantFrom(0n, max) }, { weight: 4, arbitrary: fc.bigInt(0n, max) });
}

const smallUintOf = (bits: number): fc.Arbitrary<number> => uintOf(bits).map(Number);

export const orders: fc.Arbitrary<Order> = fc.record({
  modelId: hexOf(32),
  inputHash: hexOf(32),
  contextHash: hexOf(32),
  mode: smallUintOf(8),
  maxPrice: uintOf(128),
  base: uintOf(128),
  inputRate: uintOf(64),
  outputRate: uintOf(64),
  salt: hexOf(32),
});

export const requests: fc.Arbitrary<Request> = fc.record({
  payer: hexOf(20),
  operator: hexOf(20),
  ceiling: uintOf(128),
  deadline: uintOf(64),
  order: orders,
});

export const receipts: fc.Arbitrary<Receipt> = fc.record({
  requestHash: hexOf(32),
  operator: hexOf(20),
  signer: hexOf(20),
  client: hexOf(20),
  sequence: uintOf(64),
  outputHash: hexOf(32),
  proofHash: hexOf(32),
  price: uintOf(128),
  charged: uintOf(128),
  inputUnits: smallUintOf(32),
  outputUnits: smallUintOf(32),
  issuedAt: uintOf(64),
});

export const registrations: fc.Arbitrary<Registration> = fc.record({ key: hexOf(20), operator: hexOf(20) });

export const domains: fc.Arbitrary<Domain> = fc.record({ chainId: uintOf(256), contract: hexOf(20) });
