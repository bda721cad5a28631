import { expect } from "chai";
import { id } from "ethers";
import fc from "fast-check";
import {
  type Context,
  ContextError,
  canonicalContext,
  contextHash,
  MAX_AGENT,
  MAX_CONTEXT_BYTES,
  parseContext,
} from "../../src/core/context.ts";
import { hexOf } from "../vectors/messages.ts";

const least: Context = { runtime: "surety", version: "0.1.0", disclose: false };
const full: Context = {
  version: "0.1.0",
  session: "s-1",
  runtime: "surety",
  parents: [`0x${"ab".repeat(32)}`, `0x${"00".repeat(32)}`],
  sources: [{ uri: "https://example.org/a?b=c", hash: `0x${"cd".repeat(32)}` }],
  sampling: { temperature: 0.7, seed: 42, strategy: "greedy", cached: false },
  disclose: true,
  agent: "eip155:1:8004:7",
};
const fullText =
  '{"agent":"eip155:1:8004:7","disclose":true,"parents":["0xabababababababababababababababababababababababababababababababab","0x0000000000000000000000000000000000000000000000000000000000000000"],"runtime":"surety","sampling":{"cached":false,"seed":42,"strategy":"greedy","temperature":0.7},"session":"s-1","sources":[{"hash":"0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","uri":"https://example.org/a?b=c"}],"version":"0.1.0"}';

const text = fc.string({ unit: "grapheme", maxLength: 12 });
/** `__proto__` is a name that zod leaves out, so that a context with it has no canonical form. */
const key = text.filter((name) => name !== "__proto__");
const contexts: fc.Arbitrary<Context> = fc.record(
  {
    runtime: text,
    version: text,
    disclose: fc.boolean(),
    sampling: fc.dictionary(
      key,
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), text, fc.boolean(), fc.integer()),
      { noNullPrototype: true },
    ),
    sources: fc.array(fc.record({ uri: text, hash: hexOf(32) }), { maxLength: 3 }),
    parents: fc.array(hexOf(32), { maxLength: 3 }),
    agent: text,
    session: text,
  },
  { requiredKeys: ["runtime", "version", "disclose"], noNullPrototype: true },
);

/** The same value with the keys of every object in the other order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, part]) => [name, turned(part)]),
  );
}

describe("canonicalContext", () => {
  it("sorts keys and leaves no space", () => {
    expect(canonicalContext(least)).to.equal('{"disclose":false,"runtime":"surety","version":"0.1.0"}');
    expect(canonicalContext(full)).to.equal(fullText);
  });

  it("orders keys and writes numbers and strings as RFC 8785 says", () => {
    const sampling = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect(canonicalContext({ ...least, sampling })).to.equal(
      '{"disclose":false,"runtime":"surety","sampling":{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"},"version":"0.1.0"}',
    );
    const numbers = { a: 333333333.33333329, b: 1e30, c: 4.5, d: 2e-3, e: 1e-27, f: -0, g: 1e21, h: 1e20 };
    expect(canonicalContext({ ...least, sampling: numbers })).to.include(
      '{"a":333333333.3333333,"b":1e+30,"c":4.5,"d":0.002,"e":1e-27,"f":0,"g":1e+21,"h":100000000000000000000}',
    );
    expect(canonicalContext({ ...least, session: '\u20ac$\u000f\nA\'B"\\"/' })).to.include(
      '"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"',
    );
    expect(canonicalContext({ ...least, sampling: { "10": 1, "9": 2 } })).to.include('{"10":1,"9":2}');
  });

  it("is the same whatever order the keys are given in", () => {
    fc.assert(
      fc.property(contexts, (context) => {
        expect(canonicalContext(turned(context) as Context)).to.equal(canonicalContext(context));
      }),
      { seed: 0x5e7e, numRuns: 200 },
    );
  });
});

describe("contextHash", () => {
  it("is keccak256 of the text in UTF-8", () => {
    expect(contextHash(fullText)).to.equal(id(fullText));
    const foreign = canonicalContext({ ...least, session: "\u20ac \ud83d\ude00" });
    expect(contextHash(foreign)).to.equal(id(foreign));
  });
});

describe("parseContext", () => {
  it("reads back what is canonical", () => {
    expect(parseContext(fullText)).to.deep.equal(full);
    fc.assert(
      fc.property(contexts, (context) => {
        const canonical = canonicalContext(context);
        expect(canonicalContext(parseContext(canonical))).to.equal(canonical);
        expect(parseContext(canonical)).to.deep.equal(JSON.parse(canonical));
      }),
      { seed: 0x5e7e, numRuns: 200 },
    );
  });

  const canonical = '{"disclose":true,"runtime":"r","sampling":{"t":1},"version":"1"}';
  const other: readonly (readonly [string, string])[] = [
    ["with a space", '{"disclose": true,"runtime":"r","sampling":{"t":1},"version":"1"}'],
    ["with a line end", `${canonical}\n`],
    ["with keys in another order", '{"runtime":"r","disclose":true,"sampling":{"t":1},"version":"1"}'],
    ["with a key twice", '{"disclose":false,"disclose":true,"runtime":"r","sampling":{"t":1},"version":"1"}'],
    ["with an escape that is not needed", '{"disclose":true,"runtime":"\\u0072","sampling":{"t":1},"version":"1"}'],
    ["with a number written longer", '{"disclose":true,"runtime":"r","sampling":{"t":1.0},"version":"1"}'],
    ["with an exponent", '{"disclose":true,"runtime":"r","sampling":{"t":1e0},"version":"1"}'],
    ["with a negative zero", '{"disclose":true,"runtime":"r","sampling":{"t":-0},"version":"1"}'],
  ];
  for (const [how, given] of other) {
    it(`refuses a context ${how}`, () => {
      expect(parseContext(canonical).disclose).to.be.true;
      expect(() => parseContext(given)).to.throw(ContextError, "canonical");
    });
  }

  const hash = `0x${"ab".repeat(32)}`;
  const wrong: readonly (readonly [string, unknown])[] = [
    ["no object", []],
    ["null", null],
    ["no runtime", { disclose: true, version: "1" }],
    ["no version", { disclose: true, runtime: "r" }],
    ["no word on disclosure", { runtime: "r", version: "1" }],
    ["a disclosure that is no truth value", { ...least, disclose: 1 }],
    ["a runtime that is no text", { ...least, runtime: 1 }],
    ["a field that contexts do not have", { ...least, extra: "e" }],
    ["a nested sampling parameter", { ...least, sampling: { a: {} } }],
    ["a source without a hash", { ...least, sources: [{ uri: "u" }] }],
    ["a source with more", { ...least, sources: [{ hash, more: 1, uri: "u" }] }],
    ["a parent of 31 bytes", { ...least, parents: [hash.slice(0, -2)] }],
    ["a parent of 33 bytes", { ...least, parents: [`${hash}00`] }],
    ["a parent in upper case", { ...least, parents: [`0x${"AB".repeat(32)}`] }],
    ["a parent without 0x", { ...least, parents: ["ab".repeat(33)] }],
    ["an agent that is null", { ...least, agent: null }],
  ];
  for (const [what, value] of wrong) {
    it(`refuses ${what}`, () => {
      expect(() => parseContext(JSON.stringify(value))).to.throw(ContextError, "not one");
    });
  }

  it("refuses an agent with too long a name", () => {
    const named = { ...least, agent: "a".repeat(MAX_AGENT) };
    expect(parseContext(canonicalContext(named))).to.deep.equal(named);
    expect(() => canonicalContext({ ...named, agent: `${named.agent}a` })).to.throw(ContextError, "not one");
  });

  it("refuses a context of too many bytes", () => {
    const rest = MAX_CONTEXT_BYTES - canonicalContext({ ...least, session: "" }).length;
    const longest = { ...least, session: `${"s".repeat(rest - 2)}\u00e9` };
    expect(parseContext(canonicalContext(longest))).to.deep.equal(longest);
    const longer = { ...longest, session: `s${longest.session}` };
    expect(() => canonicalContext(longer)).to.throw(ContextError, `at most ${MAX_CONTEXT_BYTES}`);
    const text = canonicalContext(longest).replace('"s', '"ss');
    expect(() => parseContext(text)).to.throw(ContextError, `at most ${MAX_CONTEXT_BYTES}`);
  });

  it("refuses text that is not well-formed Unicode", () => {
    const lone = canonical.replace('"runtime":"r"', '"runtime":"\\ud800"');
    expect(() => parseContext(lone)).to.throw(ContextError);
    expect(() => canonicalContext({ ...least, runtime: "\ud800" })).to.throw(ContextError);
    expect(() => canonicalContext({} as Context)).to.throw(ContextError);
  });

  it("refuses what is not JSON, and numbers beyond doubles", () => {
    for (const given of ["", "{", "undefined", canonical.replace('"t":1', '"t":1e400')]) {
      expect(() => parseContext(given)).to.throw(ContextError, "not one");
    }
  });
});
