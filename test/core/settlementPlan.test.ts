import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../src/core/bytes.ts";
import {
  BATCH_GAS,
  type Claim,
  CLAIM_GAS,
  type Due,
  INCLUSION_MARGIN,
  type LeftReason,
  MAX_CLAIMS,
  planSettlement,
  type SettlementPlan,
  type SettlementTerms,
} from "../../src/core/settlementPlan.ts";
import { compact, sign } from "../../src/core/signatures.ts";
import { DEADLINE_HORIZON, SETTLEMENT_GRACE } from "../../src/core/terms.ts";

const runs = { seed: 0x5e7e, numRuns: 1_000 };

const NOW = 1_700_000_000n;
const word = (index: number): Hex => `0x${index.toString(16).padStart(64, "0")}`;
const addressAt = (index: number): Hex => `0x${index.toString(16).padStart(40, "0")}`;
const signature = sign(word(1), word(2));

/** A unit of gas costs a unit of the token, so that sums can be read. */
const terms: SettlementTerms = {
  now: NOW,
  nextAt: NOW + 3_600n,
  room: 1_000n,
  claimGas: 10n,
  batchGas: 25n,
  gasPrice: 1n,
  unitsPerCoin: 10n ** 18n,
};

/** The last deadline of a voucher that runs out before the next settlement. */
const LAST_URGENT = terms.nextAt + INCLUSION_MARGIN - SETTLEMENT_GRACE - 1n;

interface Changes extends Partial<Omit<Due, "voucher">> {
  readonly voucher?: Partial<Due["voucher"]>;
}

/** An account of which 100 are due, good for a while. Its order hash tells it from others in claims. */
function dueOf(index: number, { voucher, ...changes }: Changes = {}): Due {
  return {
    payer: addressAt(index),
    client: addressAt(1_000 + index),
    charged: 150n,
    backed: changes.charged ?? 150n,
    isLost: false,
    settled: 50n,
    balance: 500n,
    ...changes,
    voucher: { ceiling: 400n, deadline: NOW + 60n, orderHash: word(index), signature, ...voucher },
  };
}

const urgent: Changes = { voucher: { deadline: LAST_URGENT } };

/** By how much the plan redeems each due: by order hash. */
function redeemed({ batches }: SettlementPlan, dues: readonly Due[]): Map<Hex, bigint> {
  const settled = new Map(dues.map(({ voucher, settled }) => [voucher.orderHash, settled]));
  return new Map(batches.flat().map(({ orderHash, total }) => [orderHash, total - (settled.get(orderHash) ?? total)]));
}

function reasonsOf({ left }: SettlementPlan): LeftReason[] {
  return left.map(({ reason }) => reason);
}

/** What an operator keeps of an amount, less the gas of so many claims, in ten-thousandths of a unit. */
function gain(amount: bigint, claims: number, { operatorBps = 10_000n, claimGas }: SettlementTerms): bigint {
  return amount * operatorBps - BigInt(claims) * claimGas * 10_000n;
}

function sum(amounts: Iterable<bigint>): bigint {
  return [...amounts].reduce((total, amount) => total + amount, 0n);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** What the contract would pay for what is backed of a due if there is room, by the contract's own order of checks. */
function payable({ charged, backed, settled, balance, voucher: { ceiling, deadline } }: Due): bigint {
  if (NOW > deadline + SETTLEMENT_GRACE || deadline > NOW + DEADLINE_HORIZON) return 0n;
  const total = least(least(charged, backed), ceiling);
  return total <= settled ? 0n : least(total - settled, balance);
}

const isUrgent = ({ voucher }: Due): boolean => voucher.deadline <= LAST_URGENT;

/** The greatest gain from any of the dues within a room, and the least room that it takes. By trying all. */
function best(dues: readonly Due[], given: SettlementTerms) {
  const amounts = dues.map(payable).filter((amount) => amount > 0n);
  let found = { gain: 0n, used: 0n };
  for (let chosen = 1; chosen < 2 ** amounts.length; chosen++) {
    const some = amounts.filter((_, index) => (chosen & (1 << index)) !== 0);
    const used = least(sum(some), given.room);
    const candidate = { gain: gain(used, some.length, given), used };
    if (candidate.gain > found.gain || (candidate.gain === found.gain && used < found.used)) found = candidate;
  }
  return found;
}

const deadlines = fc.constantFrom(
  NOW - SETTLEMENT_GRACE - 1n,
  NOW - SETTLEMENT_GRACE,
  LAST_URGENT,
  LAST_URGENT + 1n,
  NOW + 60n,
  NOW + DEADLINE_HORIZON,
  NOW + DEADLINE_HORIZON + 1n,
);

const upTo = (most: bigint): fc.Arbitrary<bigint> => fc.bigInt(0n, most);

/** A few accounts with everything that may be wrong with one, of few payers and few amounts, so that many are alike. */
function duesWith(deadline: fc.Arbitrary<bigint>): fc.Arbitrary<Due[]> {
  const account = fc.record({
    payer: fc.integer({ min: 0, max: 2 }).map(addressAt),
    charged: upTo(60n),
    backed: upTo(70n),
    settled: upTo(20n),
    balance: upTo(50n),
    ceiling: upTo(70n),
    deadline,
  });
  return fc
    .array(account, { maxLength: 8 })
    .map((accounts) =>
      accounts.map(({ payer, charged, backed, settled, balance, ceiling, deadline: at }, index) =>
        dueOf(index, { payer, charged, backed, settled, balance, voucher: { ceiling, deadline: at } }),
      ),
    );
}

const someTerms: fc.Arbitrary<SettlementTerms> = fc
  .record({
    room: upTo(150n),
    claimGas: upTo(15n),
    batchGas: upTo(40n),
    operatorBps: fc.constantFrom(10_000n, 9_999n, 5_000n),
  })
  .map((changes) => ({ ...terms, ...changes }));

describe("planSettlement", () => {
  it("claims what is due, by the newest voucher", () => {
    const due = dueOf(1);
    const { payer, voucher } = due;
    const { ceiling, deadline, orderHash } = voucher;
    const claim: Claim = { payer, total: 150n, ceiling, deadline, orderHash, ...compact(signature) };
    expect(planSettlement([due], terms)).to.deep.equal({ batches: [[claim]], left: [] });
  });

  it("plans nothing where nothing is due", () => {
    expect(planSettlement([], terms)).to.deep.equal({ batches: [], left: [] });
  });

  it("claims as much as charge, backing, ceiling and balance allow", () => {
    const dues = [
      dueOf(1, { charged: 150n }),
      dueOf(2, { backed: 140n }),
      dueOf(3, { voucher: { ceiling: 120n } }),
      dueOf(4, { balance: 60n }),
    ];
    const totals = planSettlement(dues, terms).batches.flat();
    expect(totals.map(({ total }) => total)).to.deep.equal([150n, 140n, 120n, 110n]);
  });

  const obstacles: readonly { readonly reason: LeftReason; readonly last: Changes; readonly beyond: Changes }[] = [
    { reason: "NothingDue", last: { charged: 150n }, beyond: { charged: 50n } },
    {
      reason: "Expired",
      last: { voucher: { deadline: NOW - SETTLEMENT_GRACE } },
      beyond: { voucher: { deadline: NOW - SETTLEMENT_GRACE - 1n } },
    },
    {
      reason: "BeyondHorizon",
      last: { voucher: { deadline: NOW + DEADLINE_HORIZON } },
      beyond: { voucher: { deadline: NOW + DEADLINE_HORIZON + 1n } },
    },
    { reason: "Uncommitted", last: { backed: 61n }, beyond: { backed: 50n } },
    { reason: "Unbacked", last: { backed: 61n, isLost: true }, beyond: { backed: 49n, isLost: true } },
    { reason: "AboveCeiling", last: { voucher: { ceiling: 61n } }, beyond: { voucher: { ceiling: 50n } } },
    { reason: "NoFunds", last: { balance: 11n }, beyond: { balance: 0n } },
    { reason: "BadSignature", last: {}, beyond: { voucher: { signature: `0x${"00".repeat(65)}` } } },
  ];
  for (const { reason, last, beyond } of obstacles) {
    it(`names an account's obstacle ${reason} and goes on with the rest`, () => {
      const dues = [dueOf(1, last), dueOf(2, beyond), dueOf(3)];
      const plan = planSettlement(dues, terms);
      expect([...redeemed(plan, dues).keys()]).to.have.members([word(1), word(3)]);
      expect(plan.left).to.deep.equal([{ due: dues[1], reason }]);
    });
  }

  it("lets a claim wait that costs as much as it brings, and gives it up before its voucher runs out", () => {
    const worth = dueOf(1, { charged: 61n, voucher: { deadline: LAST_URGENT } });
    const waiting = dueOf(2, { charged: 60n, voucher: { deadline: LAST_URGENT + 1n } });
    const lost = dueOf(3, { charged: 60n, voucher: { deadline: LAST_URGENT } });
    const plan = planSettlement([worth, waiting, lost], { ...terms, batchGas: 0n });
    expect([...redeemed(plan, [worth, waiting, lost])]).to.deep.equal([[word(1), 11n]]);
    expect(plan.left).to.deep.equal([
      { due: waiting, reason: "Waits" },
      { due: lost, reason: "GivenUp" },
    ]);
  });

  it("reckons with what the operator keeps", () => {
    const due = dueOf(1, { charged: 70n });
    const kept = (operatorBps: bigint) => reasonsOf(planSettlement([due], { ...terms, batchGas: 0n, operatorBps }));
    expect(kept(5_000n)).to.deep.equal(["Waits"]);
    expect(kept(5_001n)).to.be.empty;
  });

  it("reckons in coins and tokens of different worth", () => {
    // 14,000 gas at 1 gwei, with a coin at 3,000 tokens of six decimals: 0.042 tokens.
    const prices = {
      claimGas: 14_000n,
      batchGas: 0n,
      gasPrice: 10n ** 9n,
      unitsPerCoin: 3_000_000_000n,
      room: 10n ** 9n,
    };
    const due = (amount: bigint) =>
      dueOf(1, { charged: amount, settled: 0n, balance: amount, voucher: { ceiling: amount } });
    expect(reasonsOf(planSettlement([due(42_000n)], { ...terms, ...prices }))).to.deep.equal(["Waits"]);
    expect(reasonsOf(planSettlement([due(42_001n)], { ...terms, ...prices }))).to.be.empty;
  });

  it("sends a batch where its claims together gain more than it costs", () => {
    const dues = [dueOf(1, { charged: 72n, ...urgent }), dueOf(2, { charged: 73n })];
    const plan = (batchGas: bigint) => planSettlement(dues, { ...terms, batchGas });
    expect(reasonsOf(plan(24n))).to.be.empty;
    expect(plan(25n).batches).to.be.empty;
    expect(reasonsOf(plan(25n))).to.deep.equal(["GivenUp", "Waits"]);
  });

  it("gives scarce room to urgent claims first, then to the largest, and cuts the last", () => {
    const dues = [
      dueOf(1, { charged: 250n }),
      dueOf(2, { charged: 350n }),
      dueOf(3, { charged: 100n, ...urgent }),
      dueOf(4, { charged: 90n, ...urgent }),
      dueOf(5, { charged: 300n }),
    ];
    const plan = planSettlement(dues, { ...terms, room: 450n });
    expect([...redeemed(plan, dues)]).to.deep.equal([
      [word(3), 50n],
      [word(4), 40n],
      [word(2), 300n],
      [word(5), 60n],
    ]);
    expect(plan.left).to.deep.equal([{ due: dues[0], reason: "NoCover" }]);
  });

  it("does not cut a claim to less than its gas, and has no room below nothing", () => {
    const dues = [dueOf(1), dueOf(2)];
    const reasons = (room: bigint) => reasonsOf(planSettlement(dues, { ...terms, room }));
    expect(reasons(111n)).to.be.empty;
    expect(reasons(110n)).to.deep.equal(["NoCover"]);
    for (const room of [0n, -1n]) {
      expect(reasons(room)).to.deep.equal(["NoCover", "NoCover"]);
      const free = planSettlement(dues, { ...terms, room, gasPrice: 0n });
      expect(reasonsOf(free)).to.deep.equal(["NoCover", "NoCover"]);
    }
  });

  it("orders claims that are alike by payer, then by client", () => {
    const dues = [
      dueOf(1, { payer: addressAt(9) }),
      dueOf(3, { payer: addressAt(8) }),
      dueOf(2, { payer: addressAt(8) }),
    ];
    const claims = planSettlement(dues, terms).batches.flat();
    expect(claims.map(({ orderHash }) => orderHash)).to.deep.equal([word(2), word(3), word(1)]);
  });

  it("redeems exactly what the contract would pay, never beyond the room, each due in one place", () => {
    fc.assert(
      fc.property(duesWith(deadlines), someTerms, (dues, given) => {
        const plan = planSettlement(dues, given);
        const paid = redeemed(plan, dues);
        expect(sum(paid.values()) <= given.room).to.be.true;
        for (const due of dues) {
          const amount = paid.get(due.voucher.orderHash) ?? 0n;
          expect(amount <= payable(due)).to.be.true;
        }
        const places = [...plan.batches.flat(), ...plan.left.map(({ due }) => due.voucher)];
        const hashes = dues.map(({ voucher }) => voucher.orderHash);
        expect(places.map(({ orderHash }) => orderHash))
          .to.have.members(hashes)
          .and.have.length(hashes.length);
      }),
      runs,
    );
  });

  it("has no claim and no batch that costs what it brings or more", () => {
    fc.assert(
      fc.property(duesWith(deadlines), someTerms, (dues, given) => {
        const plan = planSettlement(dues, given);
        const paid = redeemed(plan, dues);
        for (const amount of paid.values()) expect(gain(amount, 1, given) > 0n).to.be.true;
        for (const batch of plan.batches) {
          const brought = sum(batch.map(({ orderHash }) => paid.get(orderHash) ?? 0n));
          expect(gain(brought, batch.length, given) > given.batchGas * 10_000n).to.be.true;
        }
      }),
      runs,
    );
  });

  it("leaves nothing worth its gas while room is left in a settlement that is sent", () => {
    fc.assert(
      fc.property(duesWith(deadlines), someTerms, (dues, given) => {
        const plan = planSettlement(dues, given);
        const room = given.room - sum(redeemed(plan, dues).values());
        if (plan.batches.length === 0) return;
        for (const { due } of plan.left) {
          expect(gain(least(payable(due), room), 1, given) <= 0n).to.be.true;
        }
        // And none that waits has room which an urgent one lacks.
        const lacking = plan.left.some(({ due, reason }) => reason === "NoCover" && isUrgent(due));
        const claimed = new Set(redeemed(plan, dues).keys());
        if (lacking) {
          expect(dues.filter(({ voucher }) => claimed.has(voucher.orderHash)).every(isUrgent)).to.be.true;
        }
      }),
      runs,
    );
  });

  it("does not depend on the order of the accounts", () => {
    const shuffled = duesWith(deadlines).chain((dues) =>
      fc.tuple(fc.constant(dues), fc.shuffledSubarray(dues, { minLength: dues.length })),
    );
    fc.assert(
      fc.property(shuffled, someTerms, ([dues, others], given) => {
        expect(planSettlement(others, given)).to.deep.equal(planSettlement(dues, given));
      }),
      runs,
    );
  });

  it("gains as much as any choice of claims can where none is urgent, or all are", () => {
    const alike = fc.oneof(duesWith(fc.constant(LAST_URGENT)), duesWith(fc.constant(LAST_URGENT + 1n)));
    fc.assert(
      fc.property(alike, someTerms, (dues, given) => {
        const paid = [...redeemed(planSettlement(dues, given), dues).values()];
        const gained = paid.length === 0 ? 0n : gain(sum(paid), paid.length, given) - given.batchGas * 10_000n;
        const possible = best(dues, given).gain - given.batchGas * 10_000n;
        expect(gained).to.equal(possible > 0n ? possible : 0n);
      }),
      runs,
    );
  });

  it("gains as much as any choice of claims can where there is room for all", () => {
    fc.assert(
      fc.property(duesWith(deadlines), someTerms, (dues, some) => {
        const given = { ...some, room: 1_000n };
        const paid = [...redeemed(planSettlement(dues, given), dues).values()];
        const gained = paid.length === 0 ? 0n : gain(sum(paid), paid.length, given) - given.batchGas * 10_000n;
        const possible = best(dues, given).gain - given.batchGas * 10_000n;
        expect(gained).to.equal(possible > 0n ? possible : 0n);
      }),
      runs,
    );
  });

  it("gains as much of urgent claims as any choice can, and then as much of the others", () => {
    fc.assert(
      fc.property(duesWith(deadlines), someTerms, (dues, some) => {
        const given = { ...some, batchGas: 0n };
        const paid = redeemed(planSettlement(dues, given), dues);
        const gainedOf = (some: readonly Due[]): bigint => {
          const amounts = some.flatMap(({ voucher }) => paid.get(voucher.orderHash) ?? []);
          return gain(sum(amounts), amounts.length, given);
        };
        const pressing = dues.filter(isUrgent);
        const patient = dues.filter((due) => !isUrgent(due));
        const first = best(pressing, given);
        expect(gainedOf(pressing)).to.equal(first.gain);
        expect(gainedOf(patient)).to.equal(best(patient, { ...given, room: given.room - first.used }).gain);
      }),
      runs,
    );
  });

  it("splits what is too much for one transaction, the urgent and the largest first", () => {
    const count = 2 * MAX_CLAIMS + 1;
    const dues = Array.from({ length: count }, (_, index) => dueOf(index, { charged: 100n + BigInt(index % 7) }));
    const plan = planSettlement(dues.with(0, dueOf(0, urgent)), { ...terms, room: 10n ** 9n });
    expect(plan.batches.map((batch) => batch.length)).to.deep.equal([MAX_CLAIMS, MAX_CLAIMS, 1]);
    expect(plan.batches[0]?.[0]?.orderHash).to.equal(word(0));
    expect(plan.batches[0]?.[1]?.total).to.equal(106n);
    expect(plan.batches[2]?.[0]?.total).to.equal(100n);
    expect(plan.left).to.be.empty;
  });

  it("sends as many batches as are worth it: no number of the largest claims gains more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * MAX_CLAIMS }), upTo(400n), upTo(30_000n), (count, batchGas, room) => {
        const given = { ...terms, batchGas, room };
        const amounts = Array.from({ length: count }, (_, index) => BigInt(5 + ((index * 37) % 20)));
        const dues = amounts.map((amount, index) => dueOf(index, { charged: 50n + amount }));
        const plan = planSettlement(dues, given);
        const sorted = amounts.toSorted((a, b) => Number(b - a));
        const net = (used: bigint, claims: number): bigint =>
          gain(least(used, room), claims, given) - BigInt(Math.ceil(claims / MAX_CLAIMS)) * batchGas * 10_000n;
        let [used, possible] = [0n, 0n];
        for (const [index, amount] of sorted.entries()) {
          used += amount;
          if (net(used, index + 1) > possible) possible = net(used, index + 1);
        }
        const paid = [...redeemed(plan, dues).values()];
        expect(net(sum(paid), paid.length)).to.equal(possible);
      }),
      { seed: 0x5e7e, numRuns: 20 },
    );
  });
});

describe("the gas of a settlement", () => {
  const measured = JSON.parse(readFileSync(new URL("../../bench/gas.json", import.meta.url), "utf8")) as Readonly<
    Record<string, number>
  >;
  const batches = new Map([
    [1, "settle 1 voucher"],
    [100, "settle 100 vouchers, each"],
    [500, "settle 500 vouchers, each"],
  ]);

  for (const [claims, operation] of batches) {
    it(`is reckoned for ${claims} of them as measured, or up to three percent more`, () => {
      const reckoned = Number(BATCH_GAS) + claims * Number(CLAIM_GAS);
      expect(reckoned / (claims * (measured[operation] ?? 0))).to.be.within(1, 1.03);
    });
  }
});
