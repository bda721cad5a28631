import { expect } from "chai";
import { localParameters } from "../../deploy/parameters.ts";
import { credit } from "../../src/core/credit.ts";
import { creditStory } from "../../src/core/creditStory.ts";

const UNIT = 1_000_000n;
const words = {
  amount: (value: bigint) => `${value / UNIT} u`,
  duration: (seconds: bigint) => `${seconds / 86_400n} days`,
};

function storyOf(settled: bigint, faulted: bigint): string[] {
  const facts = { settled: settled * UNIT, faulted: faulted * UNIT, prior: 1_000n * UNIT, severity: 10n };
  return creditStory({ ...facts, ...credit(facts) }, localParameters, words);
}

describe("creditStory", () => {
  it("says what is missing to be proven", () => {
    const story = storyOf(400n, 0n);
    expect(story[0]).to.equal("Credit is S / (S + P + K * F) in thousandths: S 400 u, P 1000 u, K 10, F 0 u: 285.");
    expect(story.join(" ")).to.include("600 u more must be settled").and.not.include("paying itself");
  });

  it("says what a score costs to forge", () => {
    expect(storyOf(9_000n, 0n).at(-1)).to.equal(
      "To have this score by paying itself costs 270 u of protocol fee, 16 days of waiting, a bond of 9000 u for 21 days, and 752 u a year to keep it.",
    );
  });

  it("says what a fault weighs, and that a score beside it is dearer", () => {
    const story = storyOf(9_000n, 100n);
    expect(story[0]).to.include("F 100 u: 818.");
    expect(story.at(-2)).to.include("each unit outweighs 10 of good service");
    expect(story.at(-1)).to.include("costs 269 u of protocol fee");
  });
});
