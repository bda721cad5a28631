import { expect } from "chai";
import type { Hex } from "../../../src/core/bytes.ts";
import { cohortsOf } from "../../../src/core/health/cohorts.ts";
import { dayOf, type HealthFacts, type OperatorFacts, weekOf } from "../../../src/core/health/facts.ts";
import { healthOf } from "../../../src/core/health/health.ts";

const address = (name: string): Hex => `0x${Buffer.from(name).toString("hex").padStart(40, "0")}`;
const [alice, bob, carol, olive, otto, till] = ["alice", "bob", "carol", "olive", "otto", "till"].map(address) as [
  Hex,
  Hex,
  Hex,
  Hex,
  Hex,
  Hex,
];
const paid = (payer: Hex, week: number, fees: bigint) => ({ payer, week, fees, settlements: 1 });

const operatorFacts = (operator: Hex, more: Partial<OperatorFacts> = {}): OperatorFacts => ({
  operator,
  credit: { settled: 0n, faulted: 0n, prior: 100n, severity: 10n },
  fees: 0n,
  faults: 0,
  slashed: 0n,
  own: 0n,
  delegated: 0n,
  ...more,
});

const nothing: HealthFacts = {
  until: 102n * 7n * 86_400n,
  clientWeeks: [],
  operatorWeeks: [],
  days: [],
  operators: [],
  payments: [],
  ties: [],
  supply: 0n,
  protocolFees: 0n,
  gifts: 0n,
  awards: 0n,
};

describe("days and weeks", () => {
  it("are numbered from 1970-01-01", () => {
    expect([0n, 86_399n, 86_400n].map(dayOf)).to.deep.equal([0, 0, 1]);
    expect([0n, 604_799n, 604_800n].map(weekOf)).to.deep.equal([0, 0, 1]);
  });
});

describe("cohortsOf", () => {
  it("follows clients from the week in which they paid first", () => {
    const rows = [
      paid(alice, 102, 5n),
      paid(alice, 100, 3n),
      paid(bob, 100, 4n),
      paid(bob, 101, 1n),
      paid(carol, 102, 7n),
    ];
    expect(cohortsOf(rows, 103)).to.deep.equal([
      { week: 100, clients: 2, retained: [2, 1, 1, 0], fees: [7n, 1n, 5n, 0n] },
      { week: 102, clients: 1, retained: [1, 0], fees: [7n, 0n] },
    ]);
  });

  it("takes no notice of whoever paid nothing, nor of what comes later", () => {
    expect(cohortsOf([paid(alice, 100, 0n), paid(bob, 104, 1n)], 103)).to.deep.equal([]);
    expect(cohortsOf([paid(alice, 100, 0n), paid(alice, 101, 1n)], 101)[0]?.week).to.equal(101);
  });
});

describe("healthOf", () => {
  it("of nothing is nothing", () => {
    const { cohorts, weeks, days, operators, stake, fees } = healthOf(nothing);
    expect([cohorts, weeks, days]).to.deep.equal([[], [], []]);
    expect(operators).to.deep.include({ registered: 0, serving: 0, faultsBps: undefined, meanScore: undefined });
    expect([stake.bondedBps, fees.total]).to.deep.equal([undefined, 0n]);
  });

  it("leaves out of the cohorts what nobody says who paid", () => {
    const clientWeeks = [paid(alice, 100, 1n), paid(till, 100, 9n)];
    const ties = [{ operator: olive, address: till, as: "payTo" as const }];
    const { cohorts, weeks } = healthOf({ ...nothing, clientWeeks, ties });
    expect(cohorts.map(({ week, clients, fees }) => [week, clients, fees[0]])).to.deep.equal([[100, 1, 1n]]);
    expect(weeks.map(({ clients, newClients }) => [clients, newClients])).to.deep.equal([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });

  it("tells what went on in every week and day, the empty ones too", () => {
    const did = (operator: Hex, week: number, fees: bigint, receipts: bigint) => ({
      ...{ operator, week, fees, receipts },
      settlements: fees > 0n ? 1 : 0,
    });
    const operatorWeeks = [did(olive, 100, 5n, 2n), did(otto, 100, 0n, 3n), did(otto, 102, 0n, 0n)];
    const clientWeeks = [paid(alice, 100, 2n), paid(bob, 100, 3n)];
    const busy = { day: 712, settlements: 2, fees: 5n, receipts: 5n, activeClients: 2, slashed: 1n };
    const { weeks, days } = healthOf({ ...nothing, operatorWeeks, clientWeeks, days: [busy] });
    const quiet = { clients: 0, newClients: 0, operators: 0, settlements: 0, fees: 0n, receipts: 0n };
    expect(weeks).to.deep.equal([
      { week: 100, clients: 2, newClients: 2, operators: 2, settlements: 1, fees: 5n, receipts: 5n },
      { week: 101, ...quiet },
      { week: 102, ...quiet },
    ]);
    expect(days).to.deep.equal([
      busy,
      { day: 713, settlements: 0, fees: 0n, receipts: 0n, activeClients: 0, slashed: 0n },
      { day: 714, settlements: 0, fees: 0n, receipts: 0n, activeClients: 0, slashed: 0n },
    ]);
  });

  it("ranks operators, and says what part of them was at fault and for how much", () => {
    const { operators } = healthOf({
      ...nothing,
      operators: [
        operatorFacts(bob),
        operatorFacts(carol, { fees: 50n, credit: { settled: 50n, faulted: 0n, prior: 100n, severity: 10n } }),
        operatorFacts(otto, {
          fees: 100n,
          faults: 2,
          slashed: 40n,
          credit: { settled: 100n, faulted: 40n, prior: 100n, severity: 10n },
        }),
        operatorFacts(olive, { fees: 300n, credit: { settled: 300n, faulted: 0n, prior: 100n, severity: 10n } }),
        operatorFacts(alice, {
          faults: 1,
          slashed: 5n,
          credit: { settled: 0n, faulted: 5n, prior: 100n, severity: 10n },
        }),
      ],
    });
    const { each, ...all } = operators;
    expect(each.map(({ operator }) => operator)).to.deep.equal([olive, otto, carol, bob, alice]);
    expect(each.map(({ score, proven }) => [score, proven])).to.deep.equal([
      [750n, true],
      [166n, true],
      [333n, false],
      [0n, false],
      [0n, false],
    ]);
    expect(each.map(({ faultsBps }) => faultsBps)).to.deep.equal([0n, 4_000n, 0n, undefined, undefined]);
    // 45 of 450; (300 * 750 + 100 * 166) / 400.
    expect(all).to.deep.equal({ registered: 5, serving: 4, proven: 2, faulty: 2, faultsBps: 1_000n, meanScore: 604n });
  });

  it("tells the share of the supply that is bonded", () => {
    const operators = [operatorFacts(olive, { own: 100n, delegated: 50n }), operatorFacts(otto, { own: 25n })];
    const { stake } = healthOf({ ...nothing, operators, supply: 1_000n });
    expect(stake).to.deep.equal({ own: 125n, delegated: 50n, supply: 1_000n, bondedBps: 1_750n });
  });

  it("tells clients' fees from what those paid who stand behind the operator", () => {
    const ties = [
      { operator: olive, address: carol, as: "delegator" as const },
      { operator: olive, address: carol, as: "agent" as const },
      { operator: olive, address: bob, as: "payout" as const },
      { operator: olive, address: till, as: "payTo" as const },
    ];
    const pay = (payer: Hex, operator: Hex, fees: bigint) => ({ payer, operator, fees });
    const payments = [
      pay(alice, olive, 100n),
      pay(alice, otto, 30n),
      pay(olive, olive, 1n),
      pay(bob, olive, 2n),
      pay(carol, olive, 4n),
      pay(till, olive, 8n),
      // Tied to another operator than the one that is paid.
      pay(bob, otto, 16n),
    ];
    const { fees } = healthOf({ ...nothing, payments, ties, gifts: 32n, awards: 64n, protocolFees: 5n });
    expect(fees).to.deep.equal({
      total: 161n,
      by: { client: 146n, operator: 1n, payout: 2n, agent: 4n, delegator: 0n, payTo: 8n },
      subsidised: 7n,
      gifts: 32n,
      awards: 64n,
      protocol: 5n,
      greatestClient: 130n,
      greatestOperator: 115n,
    });
  });
});
