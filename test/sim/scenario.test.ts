import { expect } from "chai";
import { loadScenario, scenarioNames } from "../../src/sim/library.ts";
import { makeScenario, parseScenario, ScenarioError, scenarioSchema } from "../../src/sim/scenario.ts";

const least = {
  name: "least",
  days: 1,
  operators: [{ name: "one", bond: 1_000, price: 0.1, cost: 0.04 }],
  clients: { count: 1, requestsPerDay: 1 },
};

describe("scenarios", () => {
  it("leave to defaults whatever they need not say", () => {
    const scenario = makeScenario(least);
    expect(scenario.operators[0]).to.deep.include({ count: 1, commission: 0.1, availability: 1, admits: "own bond" });
    expect(scenario).to.deep.include({ seed: 1, watchers: [], shocks: [], parameters: {} });
  });

  it("that come with Surety are scenarios, each under its own name", () => {
    expect(scenarioNames()).to.include.members(["market", "collusion", "shocks", "frontier"]);
    for (const name of scenarioNames()) expect(loadScenario(name).name).to.equal(name);
  });

  it("are described by a JSON Schema that says what each field means", () => {
    const text = JSON.stringify(scenarioSchema());
    expect(text).to.include("own bond, in tokens").and.include("share of all committed receipts");
  });

  const wrong: readonly (readonly [string, unknown, string])[] = [
    ["a field that nobody knows", { ...least, colour: "red" }, "colour"],
    ["a share above 1", { ...least, operators: [{ ...least.operators[0], availability: 1.1 }] }, "availability"],
    ["no operator", { ...least, operators: [] }, "operators"],
    ["two groups of one name", { ...least, operators: [least.operators[0], least.operators[0]] }, "called one"],
    [
      "watchers called as operators are, whose addresses would be the same",
      { ...least, watchers: [{ name: "one", rate: 1 }] },
      "two groups are called one",
    ],
    ["operators called as clients are", { ...least, operators: [{ ...least.operators[0], name: "client" }] }, "client"],
    [
      "shocks after which a token is worth next to nothing",
      { ...least, shocks: [1, 2, 3].map((on) => ({ kind: "token price", on, factor: 0.001 })) },
      "more than 6 digits",
    ],
    [
      "shocks after which it is worth more than there is",
      { ...least, shocks: [1, 2, 3].map((on) => ({ kind: "token price", on, factor: 1_000 })) },
      "more than 6 digits",
    ],
    ["a slash of nothing, which the contracts refuse", { ...least, parameters: { slash: 0 } }, "slash"],
    ["no prior, which the contracts refuse", { ...least, parameters: { creditPrior: 0 } }, "creditPrior"],
    ["an honest answer that loses", { ...least, operators: [{ ...least.operators[0], cost: 0.2 }] }, "lose by honesty"],
    [
      "a bribed watcher that is not there",
      { ...least, operators: [{ ...least.operators[0], collusion: { with: "watcher", watchers: "nobody" } }] },
      "no watchers called nobody",
    ],
    [
      "a shock to watchers that are not there",
      { ...least, shocks: [{ kind: "watchers stop", on: 0, watchers: "x", days: 1 }] },
      "no watchers called x",
    ],
    ["a window that the contracts refuse", { ...least, parameters: { window: 8 } }, "window"],
  ];
  for (const [what, content, said] of wrong) {
    it(`with ${what} is none, and the error says so`, () => {
      expect(() => makeScenario(content, "mine.json"))
        .to.throw(ScenarioError, said)
        .with.property("message")
        .that.includes("mine.json");
    });
  }

  it("that are no JSON or no file are none", () => {
    expect(() => parseScenario("{")).to.throw(ScenarioError, "not JSON");
    expect(() => loadScenario("nowhere")).to.throw(ScenarioError, "market");
  });
});
