/** What came as JSON, as what it should be: light, since it is read on the first page of a phone. */
import type { Hex } from "../../src/core/bytes.ts";

/** Reads a value as a type. @throws ShapeError naming the place that is wrong */
export type Shape<T> = (value: unknown, at: string) => T;

/** What a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never;

/** An answer that this version of the page cannot read. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";

  constructor(at: string, wanted: string) {
    super(`${at === "" ? "the answer" : at} is not ${wanted}: the page and what it asks are of different versions`);
  }
}

export const text: Shape<string> = (value, at) => {
  if (typeof value !== "string") throw new ShapeError(at, "a text");
  return value;
};

export const count: Shape<number> = (value, at) => {
  if (!Number.isSafeInteger(value)) throw new ShapeError(at, "a whole number");
  return value as number;
};

export const flag: Shape<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw new ShapeError(at, "true or false");
  return value;
};

/** A whole number of any size, in decimals. */
export const amount: Shape<bigint> = (value, at) => {
  if (typeof value !== "string" || !/^-?\d+$/.test(value)) throw new ShapeError(at, "a whole number in decimals");
  return BigInt(value);
};

export const hex: Shape<Hex> = (value, at) => {
  if (typeof value !== "string" || !/^0x[0-9a-f]*$/.test(value)) throw new ShapeError(at, "0x hexadecimal");
  return value as Hex;
};

/** Anything: what another reader looks at. */
export const any: Shape<unknown> = (value) => value;

export function nullable<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, at) => (value === null || value === undefined ? undefined : shape(value, at));
}

export function oneOf<const T extends string>(...choices: readonly T[]): Shape<T> {
  return (value, at) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new ShapeError(at, `one of ${choices.join(", ")}`);
    return found;
  };
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new ShapeError(at, "a list");
    return value.map((item, index) => shape(item, `${at}[${index}]`));
  };
}

/** Names and what each stands for. */
export function table<T>(shape: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return (value, at) =>
    new Map(Object.entries(fieldsOf(value, at)).map(([name, part]) => [name, shape(part, `${at}.${name}`)]));
}

/** The named fields; others are left out. */
export function object<S extends Readonly<Record<string, Shape<unknown>>>>(
  shapes: S,
): Shape<{ readonly [Name in keyof S]: Read<S[Name]> }> {
  return (value, at) => {
    const fields = fieldsOf(value, at);
    const read = Object.entries(shapes).map(([name, shape]) => [name, shape(fields[name], `${at}.${name}`)] as const);
    return Object.fromEntries(read) as { readonly [Name in keyof S]: Read<S[Name]> };
  };
}

function fieldsOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new ShapeError(at, "an object");
  return value as Readonly<Record<string, unknown>>;
}
