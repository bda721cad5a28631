import { expect } from "chai";
import { countText, dollarText, numberText, shareText, shortText } from "../../src/sim/numbers.ts";
import { makeScenario, type OperatorGroup, type Shock } from "../../src/sim/scenario.ts";
import { shockText, strategyText } from "../../src/sim/words.ts";

function groupOf(group: object): OperatorGroup {
  const { operators } = makeScenario({
    name: "one",
    days: 1,
    operators: [{ name: "one", bond: 1, price: 1, cost: 1, ...group }],
    clients: { count: 1, requestsPerDay: 1 },
    watchers: [{ name: "eyes", rate: 0.1 }],
  });
  const [one] = operators;
  if (one === undefined) throw new Error("there is one group");
  return one;
}

describe("strategies in words", () => {
  const strategies: readonly (readonly [object, string])[] = [
    [{}, "Computes every answer."],
    [{ cheating: { rate: 0 } }, "Computes every answer."],
    [{ cheating: { rate: 0.1, by: "cache" } }, "Answers 10 % of the questions with another question's answer."],
    [{ cheating: { rate: 1 } }, "Answers every question with a cheaper model."],
    [
      { cheating: { rate: 0.025, by: "falsification", gain: 2.5, from: 20 } },
      "Answers 2.5 % of the questions falsely from day 20 on, for $2.5 each beside what it saves.",
    ],
    [
      { cheating: { rate: 0.5, until: 9 }, exitsOn: 10 },
      "Answers 50 % of the questions with a cheaper model from day 0 to day 9. Asks its whole bond back on day 10.",
    ],
    [
      { availability: 0.8, collusion: { with: "client", perDay: 5, until: 30 } },
      "Computes every answer. Pays itself $5 a day as its own client until day 30, to lift its credit. Serves on 80 % of the days.",
    ],
    [
      { collusion: { with: "client", perDay: 5 } },
      "Computes every answer. Pays itself $5 a day as its own client, to lift its credit.",
    ],
    [
      { collusion: { with: "watcher", watchers: "eyes" } },
      "Computes every answer. The watchers called eyes look away from it.",
    ],
    [{ collusion: { with: "reporter" } }, "Computes every answer. Its own puppet convicts it first, for the bounty."],
  ];
  for (const [group, words] of strategies) {
    it(words, () => expect(strategyText(groupOf(group))).to.equal(words));
  }
});

describe("shocks in words", () => {
  const shocks: readonly (readonly [Shock, string, string])[] = [
    [{ kind: "token price", on: 1, factor: 0.5 }, "token ×0.5", "A token is worth 0.5 times what it was."],
    [
      { kind: "watchers stop", on: 1, watchers: "eyes", days: 1 },
      "watchers stop",
      "The watchers called eyes stop for 1 day.",
    ],
    [{ kind: "mass exit", on: 1, share: 0.3 }, "30 % exit", "30 % of the honest operators ask their bonds back."],
    [{ kind: "demand", on: 1, factor: 2 }, "demand ×2", "Clients ask 2 times as much as before."],
  ];
  for (const [shock, label, sentence] of shocks) {
    it(sentence, () => expect(shockText(shock)).to.deep.equal({ label, sentence }));
  }
});

describe("numbers in words", () => {
  it("have two digits after the point, or three in all where that says more", () => {
    expect([0, 5, 9.178, 1_234.567, 0.07937, -17.2].map(numberText)).to.deep.equal([
      "0",
      "5",
      "9.18",
      "1,234.57",
      "0.0794",
      "-17.2",
    ]);
  });

  it("are dollars, shares, short ones, and how many of something", () => {
    expect([5, -9.178, 0.07937].map(dollarText)).to.deep.equal(["$5", "-$9.18", "$0.0794"]);
    expect([0, 0.125, 1].map(shareText)).to.deep.equal(["0 %", "12.5 %", "100 %"]);
    expect([1_234, -0.5, 2e6].map(shortText)).to.deep.equal(["1.23K", "-0.5", "2M"]);
    expect([0, 1, 1_000].map((count) => countText(count, "day"))).to.deep.equal(["0 days", "1 day", "1,000 days"]);
  });

  it("have no sign where they are nothing", () => {
    expect([numberText, dollarText, shareText, shortText].map((text) => text(-0))).to.deep.equal([
      "0",
      "$0",
      "0 %",
      "0",
    ]);
  });
});
