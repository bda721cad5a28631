/** Hashing of EIP-712 structs whose fields are single words: what the protocol's and the token's messages are made of. */
import { type Hex, keccak, keccakHex, writeHex } from "./bytes.ts";

const WORD_BYTES = 32;
const ADDRESS_BYTES = 20;
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/** A value that does not fit its field. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

/** The chain and the contract that a message is for. */
export interface Domain {
  readonly chainId: bigint;
  readonly contract: Hex;
}

/** A domain with the name and the version that its contract gives itself. */
export interface NamedDomain extends Domain {
  readonly name: string;
  readonly version: string;
}

/**
 * Hashes structs of one type: `begin`, every field in the type's order, `hash`. All of them are written into one buffer,
 * each over the one before, since making an array a field costs more than the hash itself. Between `begin` and `hash`
 * nothing else may use it, so a struct's own nested structs are hashed first.
 */
export class StructHasher {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the fields go, and the ends of these words, where an address goes: what is before it stays zero. */
  readonly #words: readonly Uint8Array[];
  readonly #addresses: readonly Uint8Array[];
  #field = 0;

  /** @param type as EIP-712 encodes it: the struct, and behind it those that it nests */
  constructor(type: string) {
    const fields = type.slice(0, type.indexOf(")")).split(",").length;
    this.#bytes = new Uint8Array((1 + fields) * WORD_BYTES);
    this.#bytes.set(hashText(type));
    this.#view = new DataView(this.#bytes.buffer, WORD_BYTES);
    this.#words = Array.from({ length: fields }, (_, field) =>
      this.#bytes.subarray((1 + field) * WORD_BYTES, (2 + field) * WORD_BYTES),
    );
    this.#addresses = this.#words.map((word) => word.subarray(-ADDRESS_BYTES));
  }

  begin(): this {
    this.#field = 0;
    return this;
  }

  /** @throws HexError where it is not 32 bytes */
  bytes32(value: Hex): this {
    writeHex(value, placeOf(this.#words, this.#field++));
    return this;
  }

  /** @throws HexError where it is not 20 bytes */
  address(value: Hex): this {
    writeHex(value, placeOf(this.#addresses, this.#field++));
    return this;
  }

  /** A nested struct, or a text: its hash. */
  hashed(hash: Uint8Array): this {
    placeOf(this.#words, this.#field++).set(hash);
    return this;
  }

  /** @throws FieldError where it is not a whole number of so many bits */
  uint(value: bigint | number, bits: number): this {
    const end = ++this.#field * WORD_BYTES;
    let rest = wholeOf(value, bits);
    for (let place = end - 8, left = bits; left > 0; place -= 8, left -= 64) {
      // Takes the lowest 64 bits.
      this.#view.setBigUint64(place, rest);
      rest >>= 64n;
    }
    return this;
  }

  hash(): Uint8Array {
    // A field that is left out would be the last message's.
    if (this.#field !== this.#words.length) throw new RangeError(`${this.#field} fields of ${this.#words.length}`);
    return keccak(this.#bytes);
  }
}

const domains = new StructHasher(DOMAIN_TYPE);

/** The hash of a domain. @throws FieldError, HexError where a field does not fit its type */
export function domainSeparator({ name, version, chainId, contract }: NamedDomain): Uint8Array {
  return domains.begin().hashed(hashText(name)).hashed(hashText(version)).uint(chainId, 256).address(contract).hash();
}

const message = new Uint8Array(2 + 2 * WORD_BYTES);
message.set([0x19, 0x01]);

/** What is signed: a struct in a domain. */
export function typedDigest(structHash: Uint8Array, separator: Uint8Array): Hex {
  message.set(separator, 2);
  message.set(structHash, 2 + WORD_BYTES);
  return keccakHex(message);
}

function hashText(text: string): Uint8Array {
  return keccak(new TextEncoder().encode(text));
}

function placeOf(places: readonly Uint8Array[], field: number): Uint8Array {
  const place = places[field];
  if (place === undefined) throw new RangeError(`the struct has ${places.length} fields`);
  return place;
}

function wholeOf(value: bigint | number, bits: number): bigint {
  if (typeof value === "number" && !Number.isInteger(value)) throw new FieldError(`${value} is not whole`);
  const whole = BigInt(value);
  if (BigInt.asUintN(bits, whole) !== whole) throw new FieldError(`${String(value)} does not fit uint${bits}`);
  return whole;
}
