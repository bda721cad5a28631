import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { localParameters } from "../../deploy/parameters.ts";
import { credit } from "../../src/core/credit.ts";
import { type ForgeryTerms, forgeryCost, settledFor } from "../../src/core/forgery.ts";
import { trustOf } from "../../src/core/choice.ts";
import { uintOf } from "../vectors/messages.ts";

const DAY = 86_400n;
const P = 10n ** 12n;
const { protocolFeeBps, coverageBps, settledHalfLife, unbondingDelay, creditSeverity: severity } = localParameters;
const terms: ForgeryTerms = {
  ...{ protocolFeeBps, coverageBps, settledHalfLife, unbondingDelay, severity },
  prior: P,
  faulted: 0n,
};
const runs = { seed: 0x5e7e, numRuns: 300 };
const scores = fc.bigInt(0n, 999n);

describe("settledFor", () => {
  it("is the least that gives the score", () => {
    const facts = fc.record({
      faulted: uintOf(80),
      prior: uintOf(80).filter((prior) => prior > 0n),
      severity: fc.bigInt(2n, 1_000n),
    });
    fc.assert(
      fc.property(scores, facts, (score, given) => {
        const settled = settledFor(score, given);
        expect(credit({ ...given, settled }).score >= score).to.be.true;
        if (settled > 0n) expect(credit({ ...given, settled: settled - 1n }).score < score).to.be.true;
      }),
      runs,
    );
  });

  it("knows no score above 999", () => {
    expect(settledFor(999n, terms)).to.equal(999n * P);
    for (const score of [-1n, 1_000n]) expect(() => settledFor(score, terms)).to.throw(RangeError, "0 to 999");
  });
});

describe("forgeryCost", () => {
  it("is a payment, its fee and a cap window where the cover is enough for all at once", () => {
    expect(forgeryCost(750n, terms, 3n * P)).to.deep.include({
      settled: 3n * P,
      paid: 3n * P,
      protocolFee: (9n * P) / 100n,
      wait: 16n * DAY,
      locked: 21n * DAY,
    });
  });

  it("rises with the score, the prior, what it was slashed for, and falls with nothing that is paid", () => {
    const cost = (score: bigint, more: Partial<ForgeryTerms> = {}): bigint =>
      forgeryCost(score, { ...terms, ...more }, 10_000n * P)?.paid ?? 0n;
    fc.assert(
      fc.property(fc.bigInt(1n, 998n), uintOf(40), (score, faulted) => {
        expect(cost(score + 1n) > cost(score)).to.be.true;
        expect(cost(score, { prior: P + faulted }) >= cost(score)).to.be.true;
        expect(cost(score, { faulted }) >= cost(score)).to.be.true;
      }),
      { ...runs, numRuns: 50 },
    );
  });

  it("costs more, and takes longer, with less cover", () => {
    const [all, half, quarter] = [1n, 2n, 4n].map((part) => forgeryCost(900n, terms, (9n * P) / part));
    if (all === undefined || half === undefined || quarter === undefined) throw new Error("costs expected");
    expect(half.paid > all.paid && quarter.paid > half.paid).to.be.true;
    expect(half.wait > all.wait && quarter.wait > half.wait).to.be.true;
    expect(half.yearlyFee > 0n).to.be.true;
  });

  it("cannot be paid where cover is too small, or none", () => {
    expect(forgeryCost(900n, terms, P)).to.equal(undefined);
    expect(forgeryCost(900n, terms, 0n)).to.equal(undefined);
    expect(forgeryCost(900n, { ...terms, coverageBps: 100_000n }, 9n * P)).to.equal(undefined);
    expect(forgeryCost(0n, terms, 0n)?.paid).to.equal(0n);
  });

  it("washes a fault clean only for its severity's price", () => {
    const clean = forgeryCost(500n, { ...terms, faulted: P }, 100n * P);
    expect(clean?.settled).to.equal(P + severity * P);
  });
});

/** A row of the table in docs/credit.md: what a score costs with cover for all of it at once, and with a quarter of that. */
function rowOf(score: bigint): string {
  const needed = settledFor(score, terms);
  const cells = [needed, needed / 4n].flatMap((cover) => {
    const cost = forgeryCost(score, terms, cover);
    if (cost === undefined) throw new Error(`${score} cannot be had with ${cover}`);
    const { protocolFee, wait, locked } = cost;
    return [inP(protocolFee), `${wait / DAY} days`, `${inP(cover)} for ${locked / DAY} days`];
  });
  const yearly = inP(forgeryCost(score, terms, needed)?.yearlyFee ?? 0n);
  const trust = trustOf({ ...terms, settled: needed });
  return [score, inP(needed), ...cells, yearly, trust].map(String).join(" | ");
}

/** An amount in P, to three digits. */
function inP(amount: bigint): string {
  return `${Number((Number(amount) / Number(P)).toPrecision(3))} P`;
}

describe("docs/credit.md", () => {
  const text = readFileSync(new URL("../../docs/credit.md", import.meta.url), "utf8");
  const rows = text
    .split("\n")
    .filter((line) => /^\| +\d+ /.test(line))
    .map((line) => line.replace(/ +/g, " ").replace(/^\| | \|$/g, ""));

  it("says what each score costs as the code does", () => {
    expect(rows).to.deep.equal([500n, 750n, 900n, 990n].map(rowOf));
  });

  it("says how much of that cover is too little", () => {
    for (const score of [500n, 750n, 900n, 990n]) {
      const needed = settledFor(score, terms);
      expect(forgeryCost(score, terms, needed / 8n)).not.to.equal(undefined);
      expect(forgeryCost(score, terms, needed / 9n)).to.equal(undefined);
    }
  });

  it("says for which parameters", () => {
    expect(text).to.include(`a protocol fee of ${Number(protocolFeeBps) / 100} %`);
    expect(text).to.include(`a half-life of ${settledHalfLife / DAY} days`);
    expect(text).to.include(`an unbonding delay of ${unbondingDelay / DAY} days`);
    expect([coverageBps, severity]).to.deep.equal([10_000n, 10n]);
  });
});
