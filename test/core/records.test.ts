import { expect } from "chai";
import { type z } from "zod";
import type { Hex } from "../../src/core/bytes.ts";
import {
  answerSchema,
  askSchema,
  bundleSchema,
  offerSchema,
  publishedBatchSchema,
  read,
  readText,
  RecordError,
  recordSchema,
  refusalSchema,
  write,
} from "../../src/core/records.ts";
import { addressNamed, makeBundle } from "../vectors/bundles.ts";

const made = makeBundle();
const bundle = { ...made, record: { ...made.record, proof: "0x0a" as const } };
const { record } = bundle;
const { receipt, operatorSignature, output, hidden, proof, ...asked } = record;
const opening = { publisher: receipt.operator, commitment: receipt.outputHash, spec: "0x00" } as const;

interface Form {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly value: unknown;
}

const forms: readonly Form[] = [
  { name: "an ask", schema: askSchema, value: { ...asked, client: receipt.client } },
  { name: "an answer", schema: answerSchema, value: { receipt, operatorSignature, output, hidden, proof } },
  { name: "a record", schema: recordSchema, value: record },
  {
    name: "an offer",
    schema: offerSchema,
    value: {
      operator: receipt.operator,
      chainId: 2n ** 256n - 1n,
      escrow: bundle.escrow,
      ledger: bundle.ledger,
      models: [
        {
          modelId: record.request.order.modelId,
          mode: 255,
          opening,
          base: 2n ** 128n - 1n,
          inputRate: 2n ** 64n - 1n,
          outputRate: 0n,
        },
      ],
      issuedAt: 0n,
      validUntil: 2n ** 64n - 1n,
      signature: operatorSignature,
    },
  },
  { name: "a refusal", schema: refusalSchema, value: { error: "InputLength", message: "too long", remedy: "cut it" } },
  { name: "a published batch", schema: publishedBatchSchema, value: { receipts: [receipt, receipt] } },
  { name: "a bundle", schema: bundleSchema, value: bundle },
  { name: "a bundle without weights", schema: bundleSchema, value: { ...bundle, model: opening } },
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Step = string | number;

/** A value inside a JSON value, and how to get there. */
interface Place {
  readonly path: readonly Step[];
  readonly value: Json;
}

/** Every value inside; the model's file is another format's business. */
function placesIn(value: Json, path: readonly Step[] = []): Place[] {
  const inside =
    typeof value !== "object" || value === null || path.at(-1) === "file"
      ? []
      : Array.isArray(value)
        ? value.flatMap((part, index) => placesIn(part, [...path, index]))
        : Object.entries(value).flatMap(([key, part]) => placesIn(part, [...path, key]));
  return [{ path, value }, ...inside];
}

/** A copy with another value at a path, or none where the value is undefined. */
function replaced(value: Json, [step, ...rest]: readonly Step[], by: unknown): unknown {
  if (step === undefined) return by;
  const copy = structuredClone(value) as Record<Step, Json>;
  const part = replaced(copy[step] ?? null, rest, by);
  if (part === undefined) Reflect.deleteProperty(copy, step);
  else copy[step] = part as Json;
  return copy;
}

/** The path as an error names it: `record.hidden[0]`. */
function named(path: readonly Step[]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index > 0 ? `.${step}` : step)).join("");
}

function refusal({ schema }: Form, value: unknown): string {
  try {
    read(schema, value);
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    throw error;
  }
  return "accepted";
}

/** The optional parts of a bundle. */
const optional = new Set(["inclusion", "model"]);

/** Values that a place must not hold, with what is wrong about them. */
function wrongValuesFor({ path, value }: Place): (readonly [string, unknown])[] {
  const key = path.at(-1);
  const types: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["a truth value", true],
    ["an object", { a: 1 }],
    ["a list", [[]]],
  ];
  if (Array.isArray(value) || (typeof value === "object" && value !== null)) {
    return [
      ["null", null],
      ["a truth value", true],
      ["a text", "x"],
      ["a number", 1],
      Array.isArray(value) ? ["an object", {}] : ["a list", []],
    ];
  }
  const all: (readonly [string, unknown])[] = [...types];
  if (typeof value === "number") {
    all.push(["a text", String(value)], ["a negative number", -1], ["a fraction", 0.5], ["an unsafe number", 2 ** 53]);
    all.push(["a number out of range", key === "mode" ? 256 : 2 ** 32]);
    return all;
  }
  if (typeof value !== "string") throw new Error(`no rule for ${named(path)}`);
  all.push(["a number", 1]);
  if (value.startsWith("0x")) {
    all.push(
      [
        "upper case",
        `0x${value
          .slice(2)
          .toUpperCase()
          .replace(/^[0-9]+$/, (digits) => `${digits.slice(1)}A`)}`,
      ],
      ["an upper-case prefix", `0X${value.slice(2)}`],
      ["no prefix", value.slice(2)],
      ["half a byte", value.slice(0, -1)],
      ["a foreign character", `${value.slice(0, -1)}g`],
      ["a line end", `${value}\n`],
      ["a space", ` ${value}`],
    );
    // Input, output, activations, proofs and specs have any length.
    if (!["input", "output", "proof", "spec"].includes(String(key)) && path.at(-2) !== "hidden") {
      all.push(["a byte less", value.slice(0, -2)], ["a byte more", `${value}00`], ["no byte", "0x"]);
    }
  } else if (/^[0-9]+$/.test(value)) {
    const bits = bitsOf[String(key)];
    if (bits === undefined) throw new Error(`no bits for ${named(path)}`);
    all.push(
      ["a negative number", `-${value}`],
      ["a sign", `+${value}`],
      ["leading zeros", `0${value}`],
      ["a hexadecimal number", "0x10"],
      ["a fraction", `${value}.0`],
      ["an exponent", "1e3"],
      ["nothing", ""],
      ["a space", `${value} `],
      ["a line end", `${value}\n`],
      ["one more than fits", String(2n ** BigInt(bits))],
      ["far more than fits", "9".repeat(78)],
      ["digits without end", "1".repeat(5_000)],
    );
  } else if (key === "format") {
    all.push(["another format", "surety-bundle-2"]);
  } else if (key === "context") {
    all.push(["too long a text", "x".repeat(16_385)]);
  }
  return all;
}

/** The types of the decimal fields, in bits. */
const bitsOf: Readonly<Record<string, number>> = {
  chainId: 256,
  maxPrice: 128,
  base: 128,
  inputRate: 64,
  outputRate: 64,
  ceiling: 128,
  deadline: 64,
  validUntil: 64,
  sequence: 64,
  price: 128,
  charged: 128,
  issuedAt: 64,
};

for (const form of forms) {
  describe(`the form of ${form.name}`, () => {
    const json = JSON.parse(write(form.value)) as Json;
    const places = placesIn(json).filter(({ path }) => path.length > 0);

    it("is read as it was written", () => {
      for (const indent of [undefined, 2]) {
        const text = write(form.value, indent);
        expect(readText(form.schema, text)).to.deep.equal(form.value);
        expect(write(readText(form.schema, text), indent)).to.equal(text);
      }
    });

    it("lacks no part", () => {
      for (const { path } of places) {
        if (path.length === 1 && optional.has(String(path[0]))) continue;
        if (typeof path.at(-1) === "number") continue;
        const message = refusal(form, replaced(json, path, undefined));
        expect(message, named(path)).to.include(`→ at ${named(path)}`);
      }
    });

    it("has nothing more", () => {
      const objects = [{ path: [], value: json }, ...places].filter(
        ({ path, value }) =>
          typeof value === "object" && value !== null && !Array.isArray(value) && path.at(-1) !== "file",
      );
      expect(objects).not.to.be.empty;
      for (const { path, value } of objects) {
        const message = refusal(form, replaced(json, path, { ...(value as object), foreign: 1 }));
        expect(message, named(path)).to.include('"foreign"');
        if (path.length > 0) expect(message).to.include(`→ at ${named(path)}`);
      }
    });

    it("refuses every wrong value, and says where", () => {
      for (const place of places) {
        // A model's file is checked when it is read as a model; here it is any JSON.
        if (place.path.at(-1) === "file") continue;
        for (const [what, value] of wrongValuesFor(place)) {
          const message = refusal(form, replaced(json, place.path, value));
          expect(message, `${what} at ${named(place.path)}`).to.include(`→ at ${named(place.path)}`);
        }
      }
    });

    it("is no other form", () => {
      for (const other of forms.filter(({ schema }) => schema !== form.schema)) {
        expect(refusal(form, JSON.parse(write(other.value))), other.name).not.to.equal("accepted");
      }
    });

    it("is no list, text, number or null", () => {
      for (const value of [[], [json], "", "{}", 1, null, true, undefined]) {
        expect(refusal(form, value)).to.include("expected object");
      }
    });
  });
}

describe("whole numbers", () => {
  const withField = (field: string, value: unknown): unknown => ({
    ...(JSON.parse(write(receipt)) as object),
    [field]: value,
  });
  const batchWith = (field: string, value: unknown): unknown => ({ receipts: [withField(field, value)] });

  it("reach the greatest value of their type and no further", () => {
    for (const [field, bits] of [
      ["sequence", 64],
      ["price", 128],
      ["charged", 128],
      ["issuedAt", 64],
    ] as const) {
      for (const value of [0n, 1n, 2n ** BigInt(bits) - 1n]) {
        const parsed = read(publishedBatchSchema, batchWith(field, String(value)));
        expect(parsed.receipts[0]?.[field]).to.equal(value);
      }
      expect(() => read(publishedBatchSchema, batchWith(field, String(2n ** BigInt(bits))))).to.throw(
        RecordError,
        `a uint${bits} expected`,
      );
    }
  });

  it("of 32 bits reach 4294967295 and no further", () => {
    for (const field of ["inputUnits", "outputUnits"] as const) {
      for (const value of [0, 1, 4_294_967_295]) {
        expect(read(publishedBatchSchema, batchWith(field, value)).receipts[0]?.[field]).to.equal(value);
      }
      expect(() => read(publishedBatchSchema, batchWith(field, 4_294_967_296))).to.throw(RecordError, field);
    }
  });
});

describe("the limits of a form", () => {
  const vectors = (count: number): Hex[] => Array.from({ length: count }, () => "0x00");

  it("are 16 hidden vectors", () => {
    const answer = { receipt, operatorSignature, output, hidden: vectors(16), proof };
    expect(read(answerSchema, JSON.parse(write(answer)))).to.deep.equal(answer);
    expect(() => read(answerSchema, JSON.parse(write({ ...answer, hidden: vectors(17) })))).to.throw(
      RecordError,
      "hidden",
    );
  });

  it("are 16384 characters of context", () => {
    const ask = { ...asked, client: receipt.client, context: "x".repeat(16_384) };
    expect(read(askSchema, JSON.parse(write(ask)))).to.deep.equal(ask);
  });

  it("are 64 steps of a path", () => {
    const step = record.request.order.salt;
    const withSteps = (count: number): unknown =>
      JSON.parse(write({ ...bundle, inclusion: { root: step, proof: Array.from({ length: count }, () => step) } }));
    expect(read(bundleSchema, withSteps(64)).inclusion?.proof).to.have.length(64);
    expect(read(bundleSchema, withSteps(0)).inclusion?.proof).to.have.length(0);
    expect(() => read(bundleSchema, withSteps(65))).to.throw(RecordError, "inclusion.proof");
  });

  it("are one receipt of a batch at least", () => {
    expect(() => read(publishedBatchSchema, { receipts: [] })).to.throw(RecordError, "receipts");
  });

  it("leave batch and model out where there is none", () => {
    const { inclusion: _inclusion, model: _model, ...bare } = bundle;
    expect(readText(bundleSchema, write(bare))).to.deep.equal(bare);
  });
});

describe("readText", () => {
  it("refuses what is not JSON", () => {
    for (const text of ["", "{", "{'a':1}", "undefined", `${write(bundle)}x`]) {
      expect(() => readText(bundleSchema, text)).to.throw(RecordError, "not JSON");
    }
  });

  it("names every wrong place at once", () => {
    const { escrow: _escrow, ...rest } = bundle;
    const message = refusal(
      { name: "a bundle", schema: bundleSchema, value: bundle },
      JSON.parse(write({ ...rest, chainId: -1n, ledger: addressNamed("ledger").toUpperCase() })),
    );
    for (const place of ["escrow", "chainId", "ledger"]) expect(message).to.include(`→ at ${place}`);
  });
});

describe("write", () => {
  it("writes amounts as decimal strings, on one line or indented", () => {
    expect(write({ a: 2n ** 64n, b: [0n], c: 1 })).to.equal('{"a":"18446744073709551616","b":["0"],"c":1}');
    expect(write({ a: 1n }, 2)).to.equal('{\n  "a": "1"\n}');
  });
});
