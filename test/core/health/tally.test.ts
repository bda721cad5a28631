import { expect } from "chai";
import type { Hex } from "../../../src/core/bytes.ts";
import { tally } from "../../../src/core/health/tally.ts";

const WEEK = 7n * 86_400n;
const [alice, bob, olive]: readonly Hex[] = ["0xa1", "0xb0", "0x01"];
if (alice === undefined || bob === undefined || olive === undefined) throw new Error("three addresses expected");

describe("tally", () => {
  it("of nothing is nothing", () => {
    expect(tally({ payments: [], commitments: [], slashes: [] })).to.deep.equal({
      ...{ clientWeeks: [], operatorWeeks: [], days: [], payments: [] },
    });
  });

  it("sums up by payer, operator, week and day", () => {
    const pay = (payer: Hex, at: bigint, paid: bigint, isCollected = false) => ({
      ...{ payer, at, paid, isCollected, operator: olive },
    });
    const { clientWeeks, operatorWeeks, days, payments } = tally({
      payments: [pay(alice, 0n, 1n), pay(alice, 5n, 2n), pay(bob, WEEK - 1n, 4n), pay(bob, WEEK, 8n, true)],
      commitments: [
        { at: 1n, operator: olive, count: 3n },
        { at: 2n * WEEK, operator: olive, count: 5n },
      ],
      slashes: [{ at: 2n * WEEK, operator: olive, asked: 9n }],
    });
    expect(clientWeeks).to.deep.equal([
      { payer: alice, week: 0, fees: 3n, settlements: 2 },
      { payer: bob, week: 0, fees: 4n, settlements: 1 },
      { payer: bob, week: 1, fees: 8n, settlements: 1 },
    ]);
    expect(operatorWeeks).to.deep.equal([
      { operator: olive, week: 0, fees: 7n, settlements: 3, receipts: 3n },
      { operator: olive, week: 1, fees: 8n, settlements: 1, receipts: 0n },
      { operator: olive, week: 2, fees: 0n, settlements: 0, receipts: 5n },
    ]);
    expect(days).to.deep.equal([
      { day: 0, settlements: 2, fees: 3n, receipts: 3n, activeClients: 1, slashed: 0n },
      { day: 6, settlements: 1, fees: 4n, receipts: 0n, activeClients: 1, slashed: 0n },
      { day: 7, settlements: 1, fees: 8n, receipts: 0n, activeClients: 0, slashed: 0n },
      { day: 14, settlements: 0, fees: 0n, receipts: 5n, activeClients: 0, slashed: 9n },
    ]);
    expect(payments).to.deep.equal([
      { payer: alice, operator: olive, fees: 3n },
      { payer: bob, operator: olive, fees: 12n },
    ]);
  });
});
