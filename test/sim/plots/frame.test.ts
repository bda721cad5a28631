import { expect } from "chai";
import { dayScale, dayTicks, marksOf, SIZE, topOf, valueScale } from "../../../src/sim/plots/frame.ts";
import { styleOf } from "../../../src/sim/plots/lines.ts";
import type { Shock } from "../../../src/sim/scenario.ts";

const days = (count: number): number[] => [...Array(count).keys()];
const demand = (on: number): Shock => ({ kind: "demand", on, factor: 2 });

describe("a plot's axes", () => {
  it("have whole days, even of one", () => {
    expect(dayTicks(dayScale(days(3))).map(({ name }) => name)).to.deep.equal(["0", "1", "2"]);
    expect(dayTicks(dayScale([7])).map(({ name }) => name)).to.deep.equal(["7", "8"]);
    expect(dayScale([])(0)).to.equal(SIZE.left);
  });

  it("hold zero and all values, and something where all of them are zero", () => {
    expect(valueScale([3, 17]).domain()).to.deep.equal([0, 20]);
    expect(valueScale([-3, -17]).domain()).to.deep.equal([-20, 0]);
    expect(valueScale([0, 0]).domain()).to.deep.equal([0, 1]);
    expect(valueScale([]).domain()).to.deep.equal([0, 1]);
  });

  it("have no tick more for what a sum of fractions is over a round number", () => {
    expect(valueScale([100.00000000000001]).domain()).to.deep.equal([0, 100]);
  });
});

describe("marks of what happens", () => {
  const x = dayScale(days(90));

  it("lie in rows in which no words lie on others", () => {
    const rows = marksOf(x, [demand(12), demand(10), demand(60), demand(11)]).map(({ row }) => row);
    expect(rows).to.deep.equal([0, 1, 2, 0]);
  });

  it("have their words left of the line where there is no room at its right", () => {
    const [early, late] = marksOf(x, [demand(0), demand(89)]);
    expect([early?.isLeft, late?.isLeft]).to.deep.equal([false, true]);
  });

  it("leave out what is on no day of the plot", () => {
    expect(marksOf(x, [demand(90)])).to.be.empty;
  });

  it("push the plot down by a row each, and not at all where there are none", () => {
    const [none, one, two] = [[], [demand(1)], [demand(1), demand(2)]].map((shocks) => topOf(marksOf(x, shocks)));
    expect(none).to.equal(SIZE.top);
    expect((two ?? 0) - (one ?? 0)).to.equal((one ?? 0) - SIZE.top);
  });
});

describe("styles", () => {
  it("are forty before one comes again", () => {
    expect(new Set(days(40).map(styleOf)).size).to.equal(40);
  });
});
