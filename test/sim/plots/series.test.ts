import { expect } from "chai";
import { numberText } from "../../../src/sim/numbers.ts";
import { samplesOf, spreadOf, spreadText, summed } from "../../../src/sim/plots/series.ts";
import { resultOf, scenarioOf } from "../../support/results.ts";

describe("series of runs", () => {
  it("are mean, least and most on each day", () => {
    const results = [1, 2, 3].map((seed) => resultOf(scenarioOf({ days: 4 }), seed));
    const samples = samplesOf(
      results,
      ({ network }) => network,
      (row) => row.gas,
    );
    expect(samples.map(({ day }) => day)).to.deep.equal([0, 1, 2, 3]);
    const gas = results.map(({ network }) => network[2]?.gas ?? NaN);
    const [one = NaN, two = NaN, three = NaN] = gas;
    expect(samples[2]?.value?.mean).to.be.closeTo((one + two + three) / 3, 1e-6);
    expect(samples[2]?.value?.low).to.equal(Math.min(...gas));
    expect(samples[2]?.value?.high).to.equal(Math.max(...gas));
  });

  it("have a day without a value where no run has one, and the runs' that have one elsewhere", () => {
    const results = [1, 2].map((seed) => resultOf(scenarioOf({ days: 2 }), seed));
    const gas = results[0]?.network[1]?.gas ?? NaN;
    const samples = samplesOf(
      results,
      ({ network }) => network,
      (row) => (row.day === 1 && row.gas === gas ? row.gas : undefined),
    );
    expect(samples).to.deep.equal([
      { day: 0, value: undefined },
      { day: 1, value: { mean: gas, low: gas, high: gas } },
    ]);
  });

  it("are sums since the first day", () => {
    const rows = [3, 0, 4].map((wrong, day) => ({ day, wrong }));
    expect(summed(rows, ({ wrong }) => wrong).map(({ sum }) => sum)).to.deep.equal([3, 3, 7]);
  });

  it("are said with their range where there is one", () => {
    expect(spreadText(spreadOf([]), numberText)).to.equal("–");
    expect(spreadText(spreadOf([2, 2]), numberText)).to.equal("2");
    expect(spreadText(spreadOf([-1, 4]), numberText)).to.equal("1.5 (-1 to 4)");
  });
});
