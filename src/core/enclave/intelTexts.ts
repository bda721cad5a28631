/**
 * The two JSON texts that Intel signs for TDX, read as `contracts/enclave/TdxCollateralText.sol` reads them: members in
 * one order, no blanks, no escapes, and whatever stands there instead is refused.
 */
import { concat, equalBytes, fromHex, type Hex, keccakHex, toHex } from "../bytes.ts";
import { Refusal } from "../refusal.ts";
import { ofIso } from "./intelDates.ts";

/** What Intel thinks of a platform with certain security versions: the first two are trusted. */
export const TCB_STATUSES = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
] as const;
export type TcbStatus = (typeof TCB_STATUSES)[number];

/** No version is as high. */
const NO_VERSION = 0xffffff;
const MOST_LEVELS = 64;
const MOST_MODULES = 32;

/** A level: least versions of SGX and TDX components, 32 bytes, and of PCE. */
export interface IntelTcbLevel {
  readonly svns: Uint8Array;
  readonly pceSvn: number;
  readonly status: TcbStatus;
}

/** A TDX module: `identity` is 20 bytes of the hash of signer and masked attributes. */
export interface IntelTdxModule {
  readonly version: number;
  readonly identity: Hex;
  readonly attributesMask: Uint8Array;
  readonly leastSvn: number;
}

export interface IntelTcbInfo {
  readonly fmspc: Hex;
  readonly from: bigint;
  readonly until: bigint;
  readonly evaluation: number;
  readonly modules: readonly IntelTdxModule[];
  readonly levels: readonly IntelTcbLevel[];
}

export interface IntelQeIdentity {
  readonly from: bigint;
  readonly until: bigint;
  readonly evaluation: number;
  /** The hash of masked MISCSELECT and attributes, MRSIGNER and product. */
  readonly identity: Hex;
  readonly miscSelectMask: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly leastSvn: number;
}

/** Whether a status is above the floor. */
export const isTrustedStatus = (status: TcbStatus): boolean => status === "UpToDate" || status === "SWHardeningNeeded";

/** Every bit that is in both. */
export const masked = (bytes: Uint8Array, mask: Uint8Array): Uint8Array =>
  bytes.map((byte, index) => byte & (mask[index] ?? 0));

class JsonReader {
  readonly text: Uint8Array;
  offset = 0;

  constructor(text: Uint8Array) {
    this.text = text;
  }

  refuse(offset = this.offset): never {
    throw new Refusal("JsonUnexpected", BigInt(offset));
  }

  tryPass(expected: string): boolean {
    const bytes = new TextEncoder().encode(expected);
    const isThere = equalBytes(this.text.slice(this.offset, this.offset + bytes.length), bytes);
    if (isThere) this.offset += bytes.length;
    return isThere;
  }

  pass(expected: string): void {
    if (!this.tryPass(expected)) this.refuse();
  }

  number(greatest: number): number {
    const start = this.offset;
    let value = 0;
    for (;;) {
      const digit = (this.text[this.offset] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > greatest) this.refuse(start);
      this.offset++;
    }
    const count = this.offset - start;
    if (count === 0 || (count > 1 && this.text[start] === 0x30)) this.refuse(start);
    return value;
  }

  string(): Uint8Array {
    this.pass('"');
    const start = this.offset;
    while (this.offset < this.text.length && this.text[this.offset] !== 0x22) {
      const character = this.text[this.offset] ?? 0;
      if (character < 0x20 || character >= 0x7f || character === 0x5c) this.refuse();
      this.offset++;
    }
    const end = this.offset;
    this.pass('"');
    return this.text.slice(start, end);
  }

  hex(length: number): Uint8Array {
    const offset = this.offset + 1;
    const digits = this.string();
    if (digits.length !== 2 * length) this.refuse(offset);
    return this.digits(digits, offset);
  }

  /** What pairs of capital digits write; `offset` is where they stand. */
  digits(digits: Uint8Array, offset: number): Uint8Array {
    const text = new TextDecoder().decode(digits);
    if (!/^[0-9A-F]*$/.test(text)) this.refuse(offset);
    return fromHex(`0x${text}`);
  }

  date(): bigint {
    const offset = this.offset;
    const text = this.string();
    if (text.length !== 20) this.refuse(offset);
    return ofIso(text);
  }

  /** From the first to the last of a list. */
  list(readOne: () => void): void {
    do readOne();
    while (this.tryPass(","));
    this.pass("]");
  }

  requireEnd(): void {
    if (this.offset !== this.text.length) this.refuse();
  }
}

/** Reads TCB info. @throws Refusal with the reason for which the contract refuses it */
export function readIntelTcbInfo(text: Uint8Array): IntelTcbInfo {
  const reader = new JsonReader(text);
  reader.pass('{"id":"TDX","version":3');
  const validity = readValidity(reader);
  reader.pass(',"fmspc":');
  const fmspc = toHex(reader.hex(6));
  reader.pass(',"pceId":"0000","tcbType":0');
  const evaluation = readEvaluation(reader);
  const modules = readModules(reader);
  const levels = readLevels(reader);
  reader.pass("}");
  reader.requireEnd();
  return { fmspc, ...validity, evaluation, modules, levels };
}

/** Reads the quoting enclave's identity. @throws Refusal with the reason for which the contract refuses it */
export function readIntelQeIdentity(text: Uint8Array): IntelQeIdentity {
  const reader = new JsonReader(text);
  const named = (name: string, length: number): Uint8Array => {
    reader.pass(`,"${name}":`);
    return reader.hex(length);
  };
  reader.pass('{"id":"TD_QE","version":2');
  const validity = readValidity(reader);
  const evaluation = readEvaluation(reader);
  const miscSelect = named("miscselect", 4);
  const miscSelectMask = named("miscselectMask", 4);
  const attributes = named("attributes", 16);
  const attributesMask = named("attributesMask", 16);
  const mrSigner = named("mrsigner", 32);
  reader.pass(',"isvprodid":');
  const product = reader.number(0xffff);
  const leastSvn = readLeast(reader);
  reader.pass("}");
  reader.requireEnd();
  const identity = qeIdentityHash({
    miscSelect: masked(miscSelect, miscSelectMask),
    attributes: masked(attributes, attributesMask),
    mrSigner,
    product,
  });
  return { ...validity, evaluation, identity, miscSelectMask, attributesMask, leastSvn };
}

/** What identifies a quoting enclave. */
export function qeIdentityHash(parts: {
  readonly miscSelect: Uint8Array;
  readonly attributes: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly product: number;
}): Hex {
  const product = Uint8Array.of(parts.product >> 8, parts.product & 0xff);
  return keccakHex(concat(parts.miscSelect, parts.attributes, parts.mrSigner, product));
}

/** What identifies a TDX module: 20 bytes. */
export function moduleIdentityHash(mrSigner: Uint8Array, attributes: Uint8Array): Hex {
  return keccakHex(concat(mrSigner, attributes)).slice(0, 42) as Hex;
}

function readValidity(reader: JsonReader) {
  reader.pass(',"issueDate":');
  const from = reader.date();
  reader.pass(',"nextUpdate":');
  return { from, until: reader.date() };
}

function readEvaluation(reader: JsonReader): number {
  reader.pass(',"tcbEvaluationDataNumber":');
  return reader.number(0xffffffff);
}

function readModules(reader: JsonReader): readonly IntelTdxModule[] {
  reader.pass(',"tdxModule":{"mrsigner":');
  const modules: IntelTdxModule[] = [{ version: 0, ...readModule(reader), leastSvn: 0 }];
  reader.pass("}");
  if (!reader.tryPass(',"tdxModuleIdentities":[')) return modules;
  reader.list(() => {
    if (modules.length >= MOST_MODULES) throw new Refusal("TooManyEntries", BigInt(MOST_MODULES));
    reader.pass('{"id":');
    const version = readVersion(reader);
    if (modules.some((other) => other.version === version)) throw new Refusal("ModuleTwice", BigInt(version));
    reader.pass(',"mrsigner":');
    modules.push({ version, ...readModule(reader), leastSvn: readLeast(reader) });
    reader.pass("}");
  });
  return modules;
}

function readVersion(reader: JsonReader): number {
  const offset = reader.offset;
  const id = reader.string();
  if (id.length !== 6 || new TextDecoder().decode(id.slice(0, 4)) !== "TDX_") reader.refuse(offset);
  return reader.digits(id.slice(4), offset)[0] ?? 0;
}

function readModule(reader: JsonReader) {
  const mrSigner = reader.hex(48);
  reader.pass(',"attributes":');
  const attributes = reader.hex(8);
  reader.pass(',"attributesMask":');
  const attributesMask = reader.hex(8);
  return { identity: moduleIdentityHash(mrSigner, masked(attributes, attributesMask)), attributesMask };
}

function readLevels(reader: JsonReader): readonly IntelTcbLevel[] {
  const levels: IntelTcbLevel[] = [];
  reader.pass(',"tcbLevels":[');
  reader.list(() => {
    if (levels.length >= MOST_LEVELS) throw new Refusal("TooManyEntries", BigInt(MOST_LEVELS));
    reader.pass('{"tcb":{"sgxtcbcomponents":');
    const sgx = readComponents(reader);
    reader.pass(',"pcesvn":');
    const pceSvn = reader.number(0xffff);
    reader.pass(',"tdxtcbcomponents":');
    const svns = concat(sgx, readComponents(reader));
    reader.pass("}");
    levels.push({ svns, pceSvn, status: readStatus(reader) });
  });
  return levels;
}

function readComponents(reader: JsonReader): Uint8Array {
  reader.pass("[");
  const svns = Uint8Array.from({ length: 16 }, (_, index) => {
    if (index !== 0) reader.pass(",");
    reader.pass('{"svn":');
    const svn = reader.number(0xff);
    if (reader.tryPass(',"category":')) reader.string();
    if (reader.tryPass(',"type":')) reader.string();
    reader.pass("}");
    return svn;
  });
  reader.pass("]");
  return svns;
}

function readStatus(reader: JsonReader): TcbStatus {
  reader.pass(',"tcbDate":');
  reader.date();
  reader.pass(',"tcbStatus":');
  const text = reader.string();
  const status = TCB_STATUSES.find((known) => known === new TextDecoder().decode(text));
  if (status === undefined) throw new Refusal("TcbStatusUnknown", toHex(text));
  if (reader.tryPass(',"advisoryIDs":[')) reader.list(() => reader.string());
  reader.pass("}");
  return status;
}

function readLeast(reader: JsonReader): number {
  reader.pass(',"tcbLevels":[');
  let [least, previous, isHead] = [NO_VERSION, NO_VERSION, true];
  reader.list(() => {
    reader.pass('{"tcb":{"isvsvn":');
    const version = reader.number(0xffff);
    reader.pass("}");
    if (version >= previous) throw new Refusal("TcbLevelsUnordered", BigInt(previous), BigInt(version));
    previous = version;
    isHead = isTrustedStatus(readStatus(reader)) && isHead;
    if (isHead) least = version;
  });
  return least;
}
