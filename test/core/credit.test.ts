import { expect } from "chai";
import fc from "fast-check";
import { localParameters } from "../../deploy/parameters.ts";
import { credit, type CreditFacts, worth } from "../../src/core/credit.ts";
import { uintOf } from "../vectors/messages.ts";

const runs = { seed: 0x5e7e, numRuns: 300 };
const DAY = 86_400n;
const { settledHalfLife: SETTLED_HALF_LIFE, faultHalfLife: FAULT_HALF_LIFE } = localParameters;
const halfLives = fc.constantFrom(1n, 2n, 3n, 1_000n, SETTLED_HALF_LIFE, FAULT_HALF_LIFE);
const times = fc.bigInt(0n, 2n ** 48n - 1n);

describe("worth", () => {
  it("halves exactly over whole half-lives, up to the 128th", () => {
    fc.assert(
      fc.property(uintOf(128), times, halfLives, fc.bigInt(0n, 128n), (value, since, halfLife, whole) => {
        expect(worth({ value, since }, since + whole * halfLife, halfLife)).to.equal(value / 2n ** whole);
      }),
      runs,
    );
  });

  it("is nothing from the 128th half-life on", () => {
    const most = { value: 2n ** 128n - 1n, since: 5n };
    expect(worth(most, 5n + 127n * DAY, DAY)).to.equal(1n);
    expect(worth(most, 5n + 128n * DAY, DAY)).to.equal(0n);
    expect(worth(most, 5n + 129n * DAY, DAY)).to.equal(0n);
    expect(worth(most, 5n + 1_000n * DAY, DAY)).to.equal(0n);
  });

  it("is not kept up, nor lost but for its fractions, by being brought up to date on the way", () => {
    const touches = fc.array(fc.bigInt(0n, 2n ** 24n), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(uintOf(96), times, touches, halfLives, (value, since, steps, halfLife) => {
        let touched = { value, since };
        for (const step of steps) {
          const time = touched.since + step;
          touched = { value: worth(touched, time, halfLife), since: time };
        }
        const lost = worth({ value, since }, touched.since, halfLife) - touched.value;
        expect(lost >= 0n && lost <= BigInt(steps.length)).to.be.true;
      }),
      runs,
    );
  });

  it("is not asked for a time before its own", () => {
    expect(worth({ value: 7n, since: 5n }, 5n, DAY)).to.equal(7n);
    expect(() => worth({ value: 7n, since: 5n }, 4n, DAY)).to.throw(RangeError, "4 is before 5");
  });

  it("falls along a line between them", () => {
    const value = 1_000_000n;
    const at = (part: bigint): bigint =>
      worth({ value, since: 0n }, (SETTLED_HALF_LIFE * part) / 4n, SETTLED_HALF_LIFE);
    expect([0n, 1n, 2n, 3n, 4n, 5n, 6n].map(at)).to.deep.equal([
      1_000_000n,
      875_000n,
      750_000n,
      625_000n,
      500_000n,
      437_500n,
      375_000n,
    ]);
  });

  it("never grows with time, never falls with value", () => {
    fc.assert(
      fc.property(uintOf(96), times, fc.bigInt(0n, 2n ** 33n), halfLives, (value, since, elapsed, halfLife) => {
        const now = worth({ value, since }, since + elapsed, halfLife);
        expect(worth({ value, since }, since + elapsed + 1n, halfLife) <= now).to.be.true;
        expect(worth({ value: value + 1n, since }, since + elapsed, halfLife) >= now).to.be.true;
        expect(now >= 0n && now <= value).to.be.true;
      }),
      runs,
    );
  });

  it("never grows across a whole half-life", () => {
    fc.assert(
      fc.property(uintOf(96), fc.bigInt(1n, 100n), halfLives, (value, whole, halfLife) => {
        const [before, at] = [whole * halfLife - 1n, whole * halfLife].map((time) =>
          worth({ value, since: 0n }, time, halfLife),
        );
        expect(before !== undefined && at !== undefined && at <= before).to.be.true;
      }),
      runs,
    );
  });

  it("stays within 6.2 percent of the exponential", () => {
    const value = 10n ** 24n;
    for (let part = 0; part <= 256; part++) {
      const time = (SETTLED_HALF_LIFE * BigInt(part)) / 64n;
      const exact = 1e24 * 2 ** (-Number(time) / Number(SETTLED_HALF_LIFE));
      const ratio = Number(worth({ value, since: 0n }, time, SETTLED_HALF_LIFE)) / exact;
      expect(ratio).to.be.within(0.999_999, 1.062);
    }
  });

  it("remembers faults four times as long as service", () => {
    expect([SETTLED_HALF_LIFE, FAULT_HALF_LIFE]).to.deep.equal([90n * DAY, 360n * DAY]);
  });
});

const facts: fc.Arbitrary<CreditFacts> = fc.record({
  settled: uintOf(96),
  faulted: uintOf(96),
  prior: uintOf(96).filter((prior) => prior > 0n),
  severity: uintOf(32),
});

describe("credit", () => {
  it("is S * 1000 / (S + P + K * F), rounded down", () => {
    const scoreOf = (settled: bigint, faulted: bigint): bigint =>
      credit({ settled, faulted, prior: 1_000n, severity: 10n }).score;
    expect(scoreOf(0n, 0n)).to.equal(0n);
    expect(scoreOf(1_000n, 0n)).to.equal(500n);
    expect(scoreOf(3_000n, 0n)).to.equal(750n);
    expect(scoreOf(3_000n, 100n)).to.equal(600n);
    expect(scoreOf(2_000n, 0n)).to.equal(666n);
    expect(scoreOf(1n, 0n)).to.equal(0n);
    expect(scoreOf(2n ** 96n - 1n, 0n)).to.equal(999n);
  });

  it("is proven from the prior on", () => {
    const of = (settled: bigint): boolean => credit({ settled, faulted: 7n, prior: 1_000n, severity: 10n }).proven;
    expect([0n, 999n, 1_000n, 1_001n].map(of)).to.deep.equal([false, false, true, true]);
  });

  it("is 0 to 999, and at least 500 where it is proven without a fault", () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { score, proven } = credit(given);
        expect(score >= 0n && score <= 999n).to.be.true;
        if (proven && given.faulted === 0n) expect(score >= 500n).to.be.true;
      }),
      runs,
    );
  });

  it("is lowered by nothing settled and raised by no fault", () => {
    fc.assert(
      fc.property(facts, uintOf(96), (given, more) => {
        const { score } = credit(given);
        expect(credit({ ...given, settled: given.settled + more }).score >= score).to.be.true;
        expect(credit({ ...given, faulted: given.faulted + more }).score <= score).to.be.true;
      }),
      runs,
    );
  });

  it("falls by a fault that weighs enough", () => {
    const before = credit({ settled: 10_000n, faulted: 0n, prior: 1_000n, severity: 10n });
    const after = credit({ settled: 10_000n, faulted: 1_000n, prior: 1_000n, severity: 10n });
    expect([before.score, after.score]).to.deep.equal([909n, 476n]);
  });
});
