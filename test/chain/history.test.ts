import { expect } from "chai";
import { readHealth } from "../../src/chain/health.ts";
import { readCreditClocks, readCreditEvents } from "../../src/chain/history.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { creditCurve } from "../../src/core/creditCurve.ts";
import { healthOf } from "../../src/core/health/health.ts";
import { pay, slash } from "../support/happenings.ts";
import { actors, addressed, advance, BOND, clock, contractsOf, secretNamed, useStage } from "../support/stage.ts";

const DAY = 86_400n;
const [olive, otto] = [actors.olive, actors.otto].map(addressed) as [Hex, Hex];

describe("an operator's history", () => {
  const stage = useStage();

  /** What the contracts say of Olive's credit now, beside what the curve's last point says. */
  async function compare(): Promise<ReturnType<typeof creditCurve>> {
    const { contracts, deployment } = stage;
    const events = await readCreditEvents(contracts, deployment.block, olive);
    const clocks = await readCreditClocks(contracts, deployment.block);
    const points = creditCurve(events, { ...clocks, until: clock.now, samples: [clock.now] });
    const { settled, faulted, score, proven } = await contracts.credit.creditOf(olive);
    expect(points.at(-1)).to.deep.include({ at: clock.now, settled, faulted, score, proven });
    return points;
  }

  it("gives the curve that the contracts have gone along", async () => {
    await pay(stage, { who: "alice", operator: "olive", amount: 1_000_003n });
    await compare();
    await advance(3n * DAY + 17n);
    await pay(stage, { who: "bob", operator: "olive", amount: 777_777n });
    await pay(stage, { who: "bob", operator: "otto", amount: 5n });
    await advance(DAY);
    await stage.contracts.bonds.suspend(3n * DAY);
    await advance(15n * DAY);
    await compare();
    await slash(stage, { operator: "olive", asked: 2n * BOND + 1n });
    await advance(20n * DAY + 5n);
    await compare();
    await slash(stage, { operator: "olive", asked: 13n });
    await advance(200n * DAY);
    const points = await compare();
    const causes = new Set(points.flatMap((point) => point.causes));
    expect([...causes].sort()).to.deep.equal(["counted", "parameters", "settled", "slashed"]);
    const [before, after] = [points.find(({ score }) => score > 0n), points.at(-1)];
    expect(before?.score).to.be.greaterThan(Number(after?.score));
  });
});

describe("a network's health, read from a chain", () => {
  const stage = useStage();

  it("is what happened", async () => {
    const { contracts, deployment } = stage;
    await pay(stage, { who: "alice", operator: "olive", amount: 300n });
    await pay(stage, { who: "alice", operator: "olive", amount: 100n });
    await contractsOf(stage, "olive").ledger.commit(olive, secretNamed("a root"), secretNamed("its data"), 0n, 12n);
    await advance(7n * DAY);
    await pay(stage, { who: "bob", operator: "olive", amount: 50n });
    await pay(stage, { who: "alice", operator: "otto", amount: 7n });

    // Bob stands behind Olive from now on, and Will pays her without a voucher, and her delegators without a fee.
    const { bonds, token } = contractsOf(stage, "bob");
    await token.approve(await bonds.getAddress(), 50_000_000n);
    await bonds.delegate(olive, 50_000_000n, 0n);
    const { escrow, token: willsToken, bonds: willsBonds } = contractsOf(stage, "will");
    await contractsOf(stage, "olive").escrow.openPayTo();
    const payTo = await escrow.payToOf(olive);
    await willsToken.faucet(100n);
    await willsToken.transfer(payTo, 40n);
    await escrow.collect(olive);
    await willsToken.approve(await willsBonds.getAddress(), 9n);
    await willsBonds.reward(olive, 9n);
    await slash(stage, { operator: "otto", asked: 200n, award: 60n });

    const facts = await readHealth(contracts, deployment.block);
    const { cohorts, weeks, days, operators, stake, fees } = healthOf(facts);
    expect(cohorts.map(({ clients, retained }) => [clients, retained])).to.deep.equal([
      [1, [1, 1]],
      [1, [1]],
    ]);
    expect(weeks.map((week) => [week.clients, week.operators, week.fees, week.receipts])).to.deep.equal([
      [1, 1, 400n, 12n],
      [2, 2, 97n, 0n],
    ]);
    expect([days.length, days[0]?.settlements, days.at(-1)?.settlements, days.at(-1)?.slashed]).to.deep.equal([
      ...[8, 2, 3],
      200n,
    ]);
    expect(
      operators.each.map(({ operator, fees: paid, faults, slashed }) => [operator, paid, faults, slashed]),
    ).to.deep.equal([
      [olive, 490n, 0, 0n],
      [otto, 7n, 1, 200n],
    ]);
    expect([operators.registered, operators.serving, operators.faulty]).to.deep.equal([2, 2, 1]);
    expect(stake).to.deep.include({
      own: 2n * BOND - 200n,
      delegated: 50_000_009n,
      supply: await contracts.token.totalSupply(),
    });
    expect(fees).to.deep.include({
      total: 497n,
      by: { client: 407n, operator: 0n, payout: 0n, agent: 0n, delegator: 50n, payTo: 40n },
      subsidised: 50n,
      gifts: 9n,
      awards: 60n,
      greatestClient: 407n,
      greatestOperator: 490n,
    });
    expect(fees.protocol).to.equal(await contracts.escrow.protocolFees());
  });
});
