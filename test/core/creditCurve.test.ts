import { expect } from "chai";
import fc from "fast-check";
import {
  activeTimeAt,
  type CreditClocks,
  creditCurve,
  type CreditEvent,
  timesBetween,
} from "../../src/core/creditCurve.ts";
import { BUCKET_LENGTH } from "../../src/core/slidingSum.ts";
import { uintOf } from "../vectors/messages.ts";

const DAY = 86_400n;
/** A multiple of both half-lives and of a bucket, so that decay can be reckoned by hand. */
const START = 360n * 56n * DAY;
const clocks: CreditClocks = { settledHalfLife: 90n * DAY, faultHalfLife: 360n * DAY, suspensions: [] };
const first: CreditEvent = { at: START - 100n * DAY, kind: "parameters", prior: 1_000n, severity: 10n };
const settled = (at: bigint, paid: bigint): CreditEvent => ({ at, kind: "settled", paid });
const slashed = (at: bigint, asked: bigint): CreditEvent => ({ at, kind: "slashed", asked });
const WAIT = 8n * BUCKET_LENGTH;

describe("creditCurve", () => {
  it("has a point for every change, and for every chosen time", () => {
    const events = [first, settled(START - WAIT, 4_000n), slashed(START + 90n * DAY, 100n)];
    const samples = [START + 45n * DAY, START + 450n * DAY];
    const points = creditCurve(events, { ...clocks, until: START + 450n * DAY, samples });
    expect(
      points.map(({ at, settled: s, faulted, score, causes }) => [at - START, s, faulted, score, causes]),
    ).to.deep.equal([
      [-100n * DAY, 0n, 0n, 0n, ["parameters"]],
      [-WAIT, 0n, 0n, 0n, ["settled"]],
      [0n, 4_000n, 0n, 800n, ["counted"]],
      [45n * DAY, 3_000n, 0n, 750n, []],
      [90n * DAY, 2_000n, 100n, 500n, ["slashed"]],
      // Five half-lives of service; of the fault three quarters of one, and a quarter of the next: (1 - 1/8) / 2 / (1 - 1/8).
      [450n * DAY, 125n, 50n, 76n, []],
    ]);
    expect(points.map(({ proven }) => proven)).to.deep.equal([false, false, true, true, true, false]);
  });

  it("weighs the same facts anew from a change of parameters on", () => {
    const change: CreditEvent = { at: START + 1n, kind: "parameters", prior: 2_000n, severity: 5n };
    const points = creditCurve([first, slashed(START, 1_000n), change], { ...clocks, until: START + 2n });
    expect(points.map(({ prior, severity, faulted }) => [prior, severity, faulted])).to.deep.equal([
      [1_000n, 10n, 0n],
      [1_000n, 10n, 1_000n],
      [2_000n, 5n, 999n],
    ]);
  });

  it("waits while the protocol's clocks stand still", () => {
    const suspensions = [{ start: START - DAY, end: START + 2n * DAY }];
    const points = creditCurve([first, settled(START - WAIT, 7n)], { ...clocks, suspensions, until: START + 9n * DAY });
    expect(points.at(-1)).to.deep.include({ at: START + 3n * DAY, settled: 7n, causes: ["counted"] });
  });

  it("says in one point what happens in one second", () => {
    const events = [first, settled(START, 1n), slashed(START, 2n), settled(START, 3n)];
    const points = creditCurve(events, { ...clocks, until: START });
    expect(points).to.have.length(2);
    expect(points[1]).to.deep.include({ faulted: 2n, causes: ["settled", "slashed"] });
  });

  it("is only ever raised by what counts, and lowered by a fault", () => {
    const event = fc.record({ wait: fc.bigInt(0n, 20n * DAY), amount: uintOf(40), isFault: fc.boolean() });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (steps) => {
        let at = START;
        const events = steps.map(({ wait, amount, isFault }) => {
          at += wait;
          return isFault ? slashed(at, amount) : settled(at, amount);
        });
        const points = creditCurve([first, ...events], { ...clocks, until: at + 30n * DAY });
        for (const [index, { causes, score, faulted, at: time }] of points.entries()) {
          const before = points[index - 1];
          expect(score >= 0n && score < 1_000n).to.be.true;
          if (before === undefined) continue;
          expect(time > before.at).to.be.true;
          if (score > before.score) expect(causes.includes("counted") || before.faulted > 0n).to.be.true;
          if (faulted > before.faulted) expect(causes).to.include("slashed");
        }
      }),
      { seed: 0x5e7e, numRuns: 100 },
    );
  });
});

describe("activeTimeAt", () => {
  it("stands still in suspensions", () => {
    const suspensions = [
      { start: 10n, end: 15n },
      { start: 30n, end: 31n },
    ];
    expect([9n, 10n, 12n, 15n, 16n, 40n].map((time) => activeTimeAt(time, suspensions))).to.deep.equal([
      ...[9n, 10n, 10n, 10n, 11n],
      34n,
    ]);
  });
});

describe("timesBetween", () => {
  it("are evenly apart, both ends with them", () => {
    expect(timesBetween(10n, 20n, 3)).to.deep.equal([10n, 15n, 20n]);
    expect(timesBetween(10n, 20n, 1)).to.deep.equal([20n]);
  });
});
