import { expect } from "chai";
import { SigningKey, type TypedDataField } from "ethers";
import fc from "fast-check";
import { type Hex, HexError } from "../../src/core/bytes.ts";
import { addressOf, recover, SignatureError } from "../../src/core/signatures.ts";
import {
  type Domain,
  FieldError,
  orderHash,
  receiptDigest,
  receiptHash,
  registrationDigest,
  requestDigest,
} from "../../src/core/typedData.ts";
import { bitsOf, flips, type Value } from "../support/fields.ts";
import {
  domains,
  hashStruct,
  hashTyped,
  orders,
  orderTypes,
  receipts,
  receiptTypes,
  registrations,
  registrationTypes,
  requests,
  requestTypes,
} from "../vectors/messages.ts";

const runs = { seed: 0x5e7e, numRuns: 200 };
const secret: Hex = `0x${"5e".repeat(32)}`;
const domain: Domain = { chainId: 31_337n, contract: `0x${"c0".repeat(20)}` };

/** The first value that an arbitrary gives for a fixed seed. */
function sample<T>(arbitrary: fc.Arbitrary<T>): T {
  const [value] = fc.sample(arbitrary, { seed: 7, numRuns: 1 });
  if (value === undefined) throw new Error("a value expected");
  return value;
}

const order = sample(orders);
const request = sample(requests);
const receipt = sample(receipts);
const registration = sample(registrations);

/** A message and everything that its digest is said to bind. */
interface Subject {
  readonly name: string;
  readonly fields: readonly TypedDataField[];
  readonly value: Readonly<Record<string, unknown>>;
  /** The digest with some fields, or the domain, changed. */
  readonly digest: (changes: Readonly<Record<string, unknown>>, domain: Domain) => Hex;
}

const plain = (fields: readonly TypedDataField[]): TypedDataField[] => fields.filter(({ type }) => type !== "Order");

const subjects: readonly Subject[] = [
  {
    name: "Order",
    fields: orderTypes.Order,
    value: { ...order },
    digest: (changes, at) => requestDigest({ ...request, order: { ...order, ...changes } }, at),
  },
  {
    name: "Request",
    fields: plain(requestTypes.Request),
    value: { ...request },
    digest: (changes, at) => requestDigest({ ...request, ...changes }, at),
  },
  {
    name: "Receipt",
    fields: receiptTypes.Receipt,
    value: { ...receipt },
    digest: (changes, at) => receiptDigest({ ...receipt, ...changes }, at),
  },
  {
    name: "KeyRegistration",
    fields: registrationTypes.KeyRegistration,
    value: { ...registration },
    digest: (changes, at) => registrationDigest({ ...registration, ...changes }, at),
  },
];

/** Whom the signature speaks for over that digest: a key, or nobody. */
function signerOf(digest: Hex, signature: Hex): Hex | undefined {
  try {
    return recover(digest, signature);
  } catch (error) {
    if (error instanceof SignatureError) return undefined;
    throw error;
  }
}

describe("the hashes of messages", () => {
  it("are ethers' for an order", () => {
    fc.assert(
      fc.property(orders, (value) => {
        expect(orderHash(value)).to.equal(hashStruct(orderTypes, value));
      }),
      runs,
    );
  });

  it("are ethers' for a request in a domain", () => {
    fc.assert(
      fc.property(requests, domains, (value, at) => {
        expect(requestDigest(value, at)).to.equal(hashTyped(requestTypes, { domain: at, value }));
      }),
      runs,
    );
  });

  it("are ethers' for a receipt, alone and in a domain", () => {
    fc.assert(
      fc.property(receipts, domains, (value, at) => {
        expect(receiptHash(value)).to.equal(hashStruct(receiptTypes, value));
        expect(receiptDigest(value, at)).to.equal(hashTyped(receiptTypes, { domain: at, value }));
      }),
      runs,
    );
  });

  it("are ethers' for a key registration in a domain", () => {
    fc.assert(
      fc.property(registrations, domains, (value, at) => {
        expect(registrationDigest(value, at)).to.equal(hashTyped(registrationTypes, { domain: at, value }));
      }),
      runs,
    );
  });

  it("read hexadecimal in either case", () => {
    const upper = (hex: Hex): Hex => `0x${hex.slice(2).toUpperCase()}`;
    const shouted = { ...order, modelId: upper(order.modelId), salt: upper(order.salt) };
    expect(orderHash(shouted)).to.equal(orderHash(order));
  });

  it("tell the kinds of messages apart", () => {
    const digests = subjects.map(({ digest }) => digest({}, domain));
    expect(new Set([...digests, orderHash(order), receiptHash(receipt)])).to.have.length(digests.length + 2);
  });
});

// Threat 21: a field that is left out of the typehash can be changed under a signature.
for (const { name, fields, value, digest } of subjects) {
  describe(`the digest of ${name}`, () => {
    const honest = digest({}, domain);
    const signature = new SigningKey(secret).sign(honest).serialized as Hex;

    it("is what its signature recovers with", () => {
      expect(signerOf(honest, signature)).to.equal(addressOf(secret));
    });

    it("has all fields of the struct under test", () => {
      const nested = Object.keys(value).filter((key) => key !== "order");
      expect(fields.map((field) => field.name)).to.have.members(nested);
    });

    for (const field of fields) {
      it(`binds every bit of ${field.name}`, () => {
        const bits = bitsOf(field.type);
        const digests = flips(value[field.name], field.type).map((changed) =>
          digest({ [field.name]: changed }, domain),
        );
        expect(new Set([honest, ...digests])).to.have.length(bits + 1);
        for (const changed of [digests.at(0), digests.at(-1)]) {
          if (changed === undefined) throw new Error("a digest expected");
          expect(signerOf(changed, signature)).not.to.equal(addressOf(secret));
        }
      });
    }

    it("binds every bit of the domain's chain and contract", () => {
      const chains = flips(domain.chainId, "uint256").map((chainId) => ({ ...domain, chainId: chainId as bigint }));
      const contracts = flips(domain.contract, "address").map((contract) => ({ ...domain, contract: contract as Hex }));
      const digests = [...chains, ...contracts].map((at) => digest({}, at));
      expect(new Set([honest, ...digests])).to.have.length(256 + 160 + 1);
      for (const changed of [digests.at(0), digests.at(255), digests.at(256), digests.at(-1)]) {
        if (changed === undefined) throw new Error("a digest expected");
        expect(signerOf(changed, signature)).not.to.equal(addressOf(secret));
      }
    });

    for (const field of fields.filter(({ type }) => type.startsWith("uint"))) {
      it(`takes ${bitsOf(field.type)} bits of ${field.name} and no more`, () => {
        const beyond = 2n ** BigInt(bitsOf(field.type));
        const asGiven = (number: bigint): Value => (typeof value[field.name] === "number" ? Number(number) : number);
        expect(digest({ [field.name]: asGiven(beyond - 1n) }, domain)).not.to.equal(
          digest({ [field.name]: asGiven(0n) }, domain),
        );
        if (typeof value[field.name] === "number") {
          for (const part of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
            expect(() => digest({ [field.name]: part }, domain)).to.throw(FieldError, "not whole");
          }
        }
        for (const excess of [beyond, beyond + 1n, 2n * beyond, -1n]) {
          expect(() => digest({ [field.name]: asGiven(excess) }, domain)).to.throw(FieldError, "does not fit");
        }
      });
    }

    for (const field of fields.filter(({ type }) => !type.startsWith("uint"))) {
      it(`takes ${bitsOf(field.type) / 8} bytes of ${field.name} and no others`, () => {
        const bytes = bitsOf(field.type) / 8;
        for (const length of [0, bytes - 1, bytes + 1, 2 * bytes]) {
          expect(() => digest({ [field.name]: `0x${"00".repeat(length)}` }, domain)).to.throw(HexError, "expected");
        }
        expect(() => digest({ [field.name]: `0x${"zz".repeat(bytes)}` }, domain)).to.throw(HexError, "not hexadecimal");
      });
    }

    it("takes 256 bits of chain id and 20 bytes of contract, and no others", () => {
      expect(digest({}, { ...domain, chainId: 2n ** 256n - 1n })).not.to.equal(honest);
      for (const chainId of [2n ** 256n, -1n]) {
        expect(() => digest({}, { ...domain, chainId })).to.throw(FieldError, "does not fit uint256");
      }
      for (const contract of ["0x", `0x${"00".repeat(32)}`] as const) {
        expect(() => digest({}, { ...domain, contract })).to.throw(HexError, "20 bytes expected");
      }
    });
  });
}
