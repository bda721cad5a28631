import { expect } from "chai";
import { gridScale } from "../../../src/sim/plots/gridScale.ts";

describe("a grid's scale", () => {
  it("gives every value a cell of the same size, in their order", () => {
    const scale = gridScale([0.1, 0.01, 0.02, 0.01], [10, 100]);
    expect(scale.values).to.deep.equal([0.01, 0.02, 0.1]);
    expect(scale.size).to.equal(30);
    for (const [index, value] of scale.values.entries()) expect(scale.at(value)).to.be.closeTo(25 + 30 * index, 1e-9);
  });

  it("runs upwards where its range does", () => {
    const scale = gridScale([100, 200], [200, 0]);
    expect([scale.size, scale.at(100), scale.at(200)]).to.deep.equal([100, 150, 50]);
  });

  it("measures what lies between by ratios, and by differences where there is zero", () => {
    expect(gridScale([1, 100], [0, 100]).at(10)).to.be.closeTo(50, 1e-9);
    expect(gridScale([0, 100], [0, 100]).at(10)).to.be.closeTo(30, 1e-9);
  });

  it("goes on beyond the grid, but not without end", () => {
    const scale = gridScale([1, 10], [0, 100]);
    expect(scale.at(1_000)).to.be.closeTo(175, 1e-9);
    for (const value of [-1, 0, 1e-99]) expect(scale.at(value)).to.be.closeTo(-475, 1e-9);
    for (const value of [1e99, Infinity]) expect(scale.at(value)).to.be.closeTo(575, 1e-9);
  });

  it("has the one value of a grid in the middle, and no other", () => {
    const scale = gridScale([7], [0, 100]);
    expect(scale.at(7)).to.equal(50);
    expect(scale.at(8)).to.be.NaN;
  });
});
