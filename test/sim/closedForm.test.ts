import { expect } from "chai";
import { near } from "../support/near.ts";
import {
  deterringBond,
  deterringBondFor,
  detectionRate,
  expectedAdvantage,
  lossOf,
  type Offence,
} from "../../src/sim/closedForm.ts";
import { Chance } from "../../src/sim/random.ts";

const offence: Offence = { gain: 2, price: 0.1, bond: 1_000, leastBond: 1, slash: 0.2, priceMultiple: 0 };

describe("the closed form", () => {
  it("asks a share of the bond, of the least bond at least, or a multiple of the price, and takes what there is", () => {
    expect(lossOf(offence)).to.equal(200);
    expect(lossOf({ ...offence, bond: 50, leastBond: 100 })).to.equal(20);
    expect(lossOf({ ...offence, bond: 10, leastBond: 100 })).to.equal(10);
    expect(lossOf({ ...offence, priceMultiple: 3_000 })).to.equal(300);
  });

  it("has one wrong answer lose from p * S > g on", () => {
    for (const rate of [0.01, 0.02, 0.5]) {
      expect(deterringBond(offence, rate)).to.satisfy(near(2 / (rate * 0.2), 1e-6));
      expect(deterringBondFor(offence, [1], rate)).to.satisfy(near(2 / (rate * 0.2), 1e-6));
    }
    expect(deterringBond({ ...offence, gain: 1e9 }, 0.01)).to.equal(undefined);
  });

  it("expects of many wrong answers what chance gives them on average", () => {
    const [faults, rate, tries] = [60, 0.05, 20_000];
    const chance = new Chance(1, "trial");
    let sum = 0;
    for (let trial = 0; trial < tries; trial++) {
      let bond = offence.bond;
      for (let fault = 0; fault < faults; fault++) {
        if (chance.happens(rate)) bond -= Math.min(bond, Math.max(bond, offence.leastBond) * offence.slash);
      }
      sum += faults * offence.gain - (offence.bond - bond);
    }
    expect(expectedAdvantage(offence, faults, rate)).to.satisfy(near(sum / tries, 5));
  });

  it("is exact at both ends of the detection rate", () => {
    expect(expectedAdvantage(offence, 10, 0)).to.satisfy(near(20, 1e-9));
    expect(expectedAdvantage(offence, 2, 1)).to.satisfy(near(4 - (200 + 160), 1e-9));
  });

  it("wants more bond for more wrong answers, since the last conviction costs less than the first", () => {
    const bonds = [1, 50, 500].map((faults) => deterringBondFor(offence, [faults], 0.02) ?? Number.NaN);
    expect(bonds).to.deep.equal(bonds.toSorted((one, other) => one - other));
    expect(bonds.at(-1)).to.be.above(2 * (bonds[0] ?? 0));
  });

  it("wants more bond where the same number of wrong answers is spread wider", () => {
    const [alike, spread] = [
      [100, 100],
      [10, 190],
    ].map((faults) => deterringBondFor(offence, faults, 0.02) ?? 0);
    expect(spread).to.be.above(alike ?? Infinity);
  });

  it("adds up who looks, each by itself", () => {
    expect(detectionRate([])).to.equal(0);
    expect(detectionRate([{ rate: 0.1, count: 2 }])).to.satisfy(near(0.19, 1e-12));
    expect(
      detectionRate([
        { rate: 1, count: 1 },
        { rate: 0.1, count: 1 },
      ]),
    ).to.equal(1);
  });
});
