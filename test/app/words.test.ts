import { expect } from "chai";
import { wordsFor } from "../../app/words.ts";
import { verifyBundle } from "../../src/core/verify.ts";
import { makeBundle, makeFacts } from "../vectors/bundles.ts";

describe("the explorer's words", () => {
  it("name every link that a bundle is checked by, and say what it means where it fails", () => {
    for (const { name } of verifyBundle(makeBundle(), makeFacts())) {
      expect(wordsFor(name).name, name).to.not.equal(name);
      expect(wordsFor(name).broken, name)
        .to.match(/^[A-Z].*\.$/)
        .and.not.equal(wordsFor("another").broken);
    }
  });

  it("show a link that is not known to this page by its own name", () => {
    expect(wordsFor("constructor")).to.deep.equal({ name: "constructor", broken: "It does not hold." });
  });
});
