import { expect } from "chai";
import fc from "fast-check";
import { fromHex, toHex } from "../../src/core/bytes.ts";
import {
  decodeUpstreamSpec,
  encodeUpstreamSpec,
  MAX_MODEL_NAME,
  UpstreamSpecError,
  upstreamModelOf,
} from "../../src/core/upstream.ts";

const hexOf = (text: string) => toHex(new TextEncoder().encode(text));

describe("specs of models behind a server", () => {
  it("are canonical JSON of runtime and name", () => {
    const spec = encodeUpstreamSpec("meta-llama/Llama-3.1-8B-Instruct");
    expect(new TextDecoder().decode(fromHex(spec))).to.equal(
      '{"model":"meta-llama/Llama-3.1-8B-Instruct","runtime":"openai"}',
    );
  });

  it("come back as they were, whatever the name", () => {
    const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(names, (model) => {
        expect(decodeUpstreamSpec(encodeUpstreamSpec(model))).to.deep.equal({ runtime: "openai", model });
        expect(upstreamModelOf(encodeUpstreamSpec(model))).to.equal(model);
      }),
      { seed: 20_261_128 },
    );
  });

  it("take the longest name, and no longer one, none, or broken Unicode", () => {
    const longest = "m".repeat(MAX_MODEL_NAME);
    expect(decodeUpstreamSpec(encodeUpstreamSpec(longest)).model).to.equal(longest);
    for (const name of [`${longest}m`, "", "\ud800"]) {
      expect(() => encodeUpstreamSpec(name), JSON.stringify(name.slice(0, 8))).to.throw(UpstreamSpecError);
    }
  });

  const refused: readonly (readonly [string, ReturnType<typeof hexOf>])[] = [
    ["another kind of model's", "0x01"],
    ["nothing at all", "0x"],
    ["another runtime's", hexOf('{"model":"m","runtime":"triton"}')],
    ["one with more in it", hexOf('{"model":"m","runtime":"openai","size":1}')],
    ["one in another order", hexOf('{"runtime":"openai","model":"m"}')],
    ["one with space in it", hexOf('{"model": "m","runtime":"openai"}')],
    ["bytes that are no UTF-8", "0xff"],
  ];
  for (const [what, spec] of refused) {
    it(`refuse ${what}`, () => {
      expect(() => decodeUpstreamSpec(spec)).to.throw(UpstreamSpecError);
      expect(upstreamModelOf(spec)).to.equal(undefined);
    });
  }
});
