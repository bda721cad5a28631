import { expect } from "chai";
import { near } from "../support/near.ts";
import { Chance } from "../../src/sim/random.ts";

const many = 20_000;
const draws = <Value>(draw: () => Value): Value[] => Array.from({ length: many }, draw);

describe("a simulation's chance", () => {
  it("is the same for a seed and a label, and another for another of either", () => {
    const numbers = (seed: number, label: string): number[] => {
      const chance = new Chance(seed, label);
      return Array.from({ length: 8 }, () => chance.below(1_000));
    };
    expect(numbers(1, "a")).to.deep.equal(numbers(1, "a"));
    expect(numbers(1, "a")).not.to.deep.equal(numbers(2, "a"));
    expect(numbers(1, "a")).not.to.deep.equal(numbers(1, "b"));
  });

  it("draws nothing where there is no doubt", () => {
    const [doubtful, certain] = [new Chance(1, "a"), new Chance(1, "a")];
    expect([certain.happens(0), certain.happens(1)]).to.deep.equal([false, true]);
    expect(certain.below(1_000)).to.equal(doubtful.below(1_000));
  });

  for (const mean of [0.3, 10, 700]) {
    it(`happens ${mean} times on average, and varies as Poisson's numbers do`, () => {
      const chance = new Chance(7, "often");
      const counts = draws(() => chance.often(mean)).slice(0, mean > 100 ? 500 : many);
      const average = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / counts.length;
      expect(average).to.satisfy(near(mean, (4 * Math.sqrt(mean)) / Math.sqrt(counts.length)));
      expect(variance / mean).to.satisfy(near(1, 0.3));
    });
  }

  it("picks as often as weights say, and nothing where none is above 0", () => {
    const chance = new Chance(3, "pick");
    const picked = draws(() =>
      chance.pick(["one", "three", "never"], (item) => ({ one: 1, three: 3, never: 0 })[item] ?? 0),
    );
    expect(picked.filter((item) => item === "three").length / many).to.satisfy(near(0.75, 0.02));
    expect(picked).not.to.include("never");
    expect(chance.pick(["a"], () => 0)).to.equal(undefined);
  });
});
