import { expect } from "chai";
import {
  amount,
  count,
  flag,
  hex,
  list,
  nullable,
  object,
  oneOf,
  type Shape,
  ShapeError,
  table,
  text,
} from "../../app/data/shape.ts";

const failure = (shape: Shape<unknown>, value: unknown): string => {
  try {
    shape(value, "");
    return "none";
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    return cause.message;
  }
};

describe("the explorer's shapes", () => {
  it("read what is there, and leave out what nobody asked for", () => {
    const shape = object({ name: text, many: count, sum: amount, of: nullable(hex), all: list(flag) });
    expect(shape({ name: "a", many: 2, sum: "3", of: null, all: [true], more: 1 }, "")).to.deep.equal({
      name: "a",
      many: 2,
      sum: 3n,
      of: undefined,
      all: [true],
    });
    expect([...table(text)({ a: "b" }, "")]).to.deep.equal([["a", "b"]]);
  });

  it("say which place is wrong", () => {
    const shape = object({ data: object({ rows: list(object({ sum: amount })) }) });
    expect(failure(shape, { data: { rows: [{ sum: "1" }, { sum: 2 }] } })).to.match(
      /^\.data\.rows\[1\]\.sum is not a whole/,
    );
    expect(failure(shape, { data: { rows: null } })).to.match(/^\.data\.rows is not a list/);
    expect(failure(shape, null)).to.match(/^the answer is not an object/);
  });

  it("take nothing for what it is not", () => {
    for (const [shape, values] of [
      [text, [1, null, undefined]],
      [count, [1.5, "1", 2 ** 60, Number.NaN]],
      [flag, [0, "true", null]],
      [amount, [1, "1.5", "0x1", "", "1e3"]],
      [hex, ["0xAB", "ab", "0xg", 1, "javascript:0x"]],
      [oneOf("a", "b"), ["c", "", null]],
      [list(text), [{}, "text", null]],
      [object({}), ["text", 1, undefined]],
    ] as const) {
      for (const value of values) expect(failure(shape, value), JSON.stringify(value)).to.not.equal("none");
    }
  });
});
