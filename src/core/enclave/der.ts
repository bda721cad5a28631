/**
 * DER in its only form (ITU-T X.690, sections 8 to 11), as far as certificates use it: definite lengths in as few bytes
 * as they take, whole numbers without idle bytes, nothing left over. Libraries read BER too, where one value has many
 * forms, and what two parsers read differently an attacker has two meanings for.
 */

/** Bytes that are not DER. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** One value: its tag, all its bytes, what is in it, and the values in it where it is made of values. */
export interface DerValue {
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  readonly children: readonly DerValue[];
}

/** The tags that are looked for, in their first byte. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

const CONSTRUCTED = 0x20;
const MANY_BYTES_OF_TAG = 0x1f;
const MAX_DEPTH = 32;

/**
 * Reads bytes that are one value and nothing else.
 * @throws DerError where they are not, in any depth
 */
export function readDer(bytes: Uint8Array): DerValue {
  const [value, ...others] = readAll(bytes, 0);
  if (value === undefined || others.length > 0) throw new DerError(`one value expected, ${others.length + 1} found`);
  return value;
}

/** The whole number that a value of the type INTEGER is. @throws DerError where it is another */
export function derInteger({ tag, content }: DerValue): bigint {
  if (tag !== derTag.integer) throw new DerError(`a whole number expected, tag ${tag} found`);
  const number = content.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return (content[0] ?? 0) < 0x80 ? number : number - (1n << BigInt(8 * content.length));
}

function readAll(bytes: Uint8Array, depth: number): DerValue[] {
  if (depth > MAX_DEPTH) throw new DerError(`values are nested more than ${MAX_DEPTH} deep`);
  const values: DerValue[] = [];
  for (let start = 0; start < bytes.length;) {
    const value = readOne(bytes.subarray(start), depth);
    values.push(value);
    start += value.bytes.length;
  }
  return values;
}

function readOne(bytes: Uint8Array, depth: number): DerValue {
  const [tag = 0] = bytes;
  if ((tag & MANY_BYTES_OF_TAG) === MANY_BYTES_OF_TAG) throw new DerError("a tag of several bytes");
  const { length, start } = readLength(bytes);
  const end = start + length;
  if (end > bytes.length) throw new DerError("a value ends after the bytes that it is in");
  const content = bytes.subarray(start, end);
  checkForm(tag, content);
  const children = (tag & CONSTRUCTED) === 0 ? [] : readAll(content, depth + 1);
  return { tag, bytes: bytes.subarray(0, end), content, children };
}

/** The length of what is in a value, and where that starts. */
function readLength(bytes: Uint8Array): { length: number; start: number } {
  const first = bytes[1];
  if (first === undefined) throw new DerError("a value without a length");
  if (first < 0x80) return { length: first, start: 2 };
  const size = first - 0x80;
  if (size === 0 || size > 3) throw new DerError("a length that is indefinite, or of more than three bytes");
  const start = 2 + size;
  const digits = bytes.subarray(2, start);
  if (digits.length < size) throw new DerError("a value without a length");
  const length = digits.reduce((sum, byte) => sum * 256 + byte, 0);
  if (length < 0x80 || digits[0] === 0) throw new DerError("a length in more bytes than it takes");
  return { length, start };
}

/** What has but one form in DER. */
function checkForm(tag: number, content: Uint8Array): void {
  const [first, second] = content;
  if (tag === derTag.boolean && !(content.length === 1 && (first === 0 || first === 0xff))) {
    throw new DerError("a truth value that is neither 0 nor 255");
  }
  if (tag === derTag.null && first !== undefined) throw new DerError("a null with something in it");
  if (tag === derTag.integer) {
    if (first === undefined) throw new DerError("a whole number without bytes");
    const isIdle = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
    if (isIdle) throw new DerError("a whole number in more bytes than it takes");
  }
  if (tag === derTag.bitString) {
    const unused = first ?? 8;
    const last = content.length > 1 ? (content.at(-1) ?? 0) : 0;
    const isWhole = unused < 8 && (unused === 0 || content.length > 1) && (last & ((1 << unused) - 1)) === 0;
    if (!isWhole) throw new DerError("a bit string whose unused bits are not zeros, or not as many as it says");
  }
}
