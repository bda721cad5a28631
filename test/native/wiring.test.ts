import { expect } from "chai";
import { currentCurve, nobleCurve, useCurve } from "../../src/core/curve.ts";
import { curves, orLeaveOut } from "../support/curves.ts";
import { makeWatcher, openHouse, useStage } from "../support/stage.ts";

describe("the native curve is used", () => {
  const stage = useStage();

  before(function () {
    orLeaveOut(curves.libsecp256k1, this);
  });
  beforeEach(() => useCurve(nobleCurve));
  after(() => useCurve(nobleCurve));

  it("by a node", async () => {
    await openHouse(stage);
    expect(currentCurve()).not.to.equal(nobleCurve);
  });

  it("by a watcher", () => {
    makeWatcher(stage);
    expect(currentCurve()).not.to.equal(nobleCurve);
  });
});
