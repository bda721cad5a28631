import { expect } from "chai";
import { durationText } from "../../src/core/durations.ts";

describe("durationText", () => {
  it("says a length of time in the greatest unit that it fills", () => {
    const said = [0n, 3_599n, 3_600n, 5_400n, 86_399n, 86_400n, 90_000n, 1_209_600n].map(durationText);
    expect(said).to.deep.equal(["0 s", "3599 s", "1 hour", "1.5 hours", "23.9 hours", "1 day", "1 day", "14 days"]);
  });
});
