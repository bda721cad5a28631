import { expect } from "chai";
import fc from "fast-check";
import { type Candidate, chooseOperators, trustOf } from "../../src/core/choice.ts";
import { toHex } from "../../src/core/bytes.ts";

const PRIOR = 1_000n;
const SEVERITY = 10n;

function candidate(
  index: number,
  changes: Partial<Candidate> & { settled?: bigint; faulted?: bigint } = {},
): Candidate {
  const { settled = 0n, faulted = 0n, ...others } = changes;
  return {
    operator: toHex(new Uint8Array(20).fill(index)),
    price: 100n,
    credit: { settled, faulted, prior: PRIOR, severity: SEVERITY },
    room: 1_000_000n,
    ...others,
  };
}

const amount = fc.bigInt(0n, 10n ** 12n);
const anyone = fc
  .record({ index: fc.nat(255), price: fc.bigInt(0n, 10_000n), settled: amount, faulted: amount, room: amount })
  .map(({ index, ...facts }) => candidate(index, facts));
const parameters = { seed: 0x5e7e, numRuns: 300 };

describe("the choice of an operator", () => {
  const order = (...candidates: readonly Candidate[]): number[] =>
    chooseOperators(candidates).ranked.map(({ operator }) => candidates.findIndex((one) => one.operator === operator));

  it("prefers the better name at one price, up to twice the price of a stranger", () => {
    const good = candidate(1, { settled: 10n ** 12n });
    const stranger = candidate(2);
    expect(order(stranger, good)).to.deep.equal([1, 0]);
    expect(order(stranger, { ...good, price: 198n })).to.deep.equal([1, 0]);
    expect(order(stranger, { ...good, price: 202n })).to.deep.equal([0, 1]);
  });

  it("takes an unproven name for a stranger's, and a fault for worse", () => {
    expect(trustOf(candidate(1, { settled: PRIOR - 1n }).credit)).to.equal(1_000n);
    expect(trustOf(candidate(1, { settled: PRIOR }).credit)).to.equal(1_500n);
    expect(trustOf(candidate(1, { faulted: 100n }).credit)).to.equal(500n);
    expect(order(candidate(1, { faulted: 1n }), candidate(2))).to.deep.equal([1, 0]);
  });

  it("leaves out who is too dear, and whose bond is used up, and says so", () => {
    const dear = candidate(1, { price: 101n });
    const full = candidate(2, { room: 99n });
    const [none, last] = [candidate(3, { price: 0n, room: 0n }), candidate(4, { room: 100n })];
    const { ranked, excluded } = chooseOperators([dear, full, none, last], 100n);
    expect(ranked.map(({ operator }) => operator)).to.deep.equal([last.operator]);
    expect(excluded.map(({ reason }) => reason)).to.deep.equal(["PriceAboveLimit", "CoverExhausted", "CoverExhausted"]);
    expect(excluded[0]?.why).to.include("101").and.include("100");
    expect(ranked[0]?.why).to.equal("unproven; costs at most 100; its bond covers 100 more");
    expect(chooseOperators([dear]).ranked).to.have.length(1);
  });

  it("does not depend on the order in which it hears of them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyone, { selector: ({ operator }) => operator }), (candidates) => {
        const names = (some: readonly Candidate[]) => chooseOperators(some).ranked.map(({ operator }) => operator);
        expect(names(candidates.toReversed())).to.deep.equal(names(candidates));
      }),
      parameters,
    );
  });

  it("puts nobody behind for settling more, costing less or having more room, nor before for a fault", () => {
    const better: ((one: Candidate, by: bigint) => Candidate)[] = [
      (one, by) => ({ ...one, credit: { ...one.credit, settled: one.credit.settled + by } }),
      (one, by) => ({ ...one, price: one.price > by ? one.price - by : 0n }),
      (one, by) => ({ ...one, room: one.room + by }),
      (one, by) => ({
        ...one,
        credit: { ...one.credit, faulted: one.credit.faulted > by ? one.credit.faulted - by : 0n },
      }),
    ];
    fc.assert(
      fc.property(anyone, anyone, fc.bigInt(1n, 10n ** 9n), fc.nat(better.length - 1), (one, other, by, way) => {
        fc.pre(one.operator !== other.operator && one.room >= one.price && one.room > 0n);
        const improved = better[way]?.(one, by) ?? one;
        const place = (mine: Candidate) =>
          chooseOperators([other, mine]).ranked.findIndex(({ operator }) => operator === one.operator);
        expect(place(improved)).to.be.at.most(place(one));
      }),
      parameters,
    );
  });

  it("trusts between 1 and 1,999", () => {
    fc.assert(
      fc.property(anyone, ({ credit }) => {
        expect(trustOf(credit) >= 1n && trustOf(credit) <= 1_999n).to.be.true;
      }),
      parameters,
    );
  });
});
