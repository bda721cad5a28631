import { expect } from "chai";
import { FeeData } from "ethers";
import { ChainError } from "../../src/chain/errors.ts";
import { capFees, type Fees, feesFrom, greatestFee, raiseFees } from "../../src/chain/fees.ts";

const GWEI = 10n ** 9n;

/** What ethers says of a chain with a base fee and a tip. */
function market(baseFee: bigint, tip: bigint): FeeData {
  return new FeeData(baseFee + tip, 2n * baseFee + tip, tip);
}

function fees(maxFeePerGas: bigint, maxPriorityFeePerGas: bigint): Fees {
  return { type: 2, maxFeePerGas, maxPriorityFeePerGas };
}

function reasonOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof ChainError) return thrown.reason;
  }
  return "";
}

describe("fees", () => {
  it("allow for twice the base fee, and the tip", () => {
    expect(feesFrom(market(10n * GWEI, 2n * GWEI))).to.deep.equal(fees(22n * GWEI, 2n * GWEI));
    expect(feesFrom(market(0n, 1n))).to.deep.equal(fees(1n, 1n));
    expect(greatestFee(fees(22n, 2n))).to.equal(22n);
  });

  it("do not believe a tip beyond what gas costs, but for a little one", () => {
    expect(feesFrom(market(GWEI, 500n * GWEI))).to.deep.equal(fees(5n * GWEI, 3n * GWEI));
    expect(feesFrom(market(10n * GWEI, 500n * GWEI))).to.deep.equal(fees(30n * GWEI, 10n * GWEI));
  });

  it("are one price on chains without a base fee", () => {
    expect(feesFrom(new FeeData(7n, null, null))).to.deep.equal({ type: 0, gasPrice: 7n });
    expect(greatestFee({ type: 0, gasPrice: 7n })).to.equal(7n);
    expect(reasonOf(() => feesFrom(new FeeData(null, null, null)))).to.equal("NoGasPrice");
  });

  it("stay below the ceiling, which what gas costs now must not exceed", () => {
    expect(capFees(fees(22n, 2n), 30n)).to.deep.equal(fees(22n, 2n));
    expect(capFees(fees(22n, 2n), 20n)).to.deep.equal(fees(20n, 2n));
    // A base fee of 10 and the tip of 2.
    expect(capFees(fees(22n, 2n), 12n)).to.deep.equal(fees(12n, 2n));
    expect(reasonOf(() => capFees(fees(22n, 2n), 11n))).to.equal("GasTooDear");
    expect(capFees({ type: 0, gasPrice: 7n }, 7n)).to.deep.equal({ type: 0, gasPrice: 7n });
    expect(reasonOf(() => capFees({ type: 0, gasPrice: 7n }, 6n))).to.equal("GasTooDear");
  });

  it("rise by an eighth at least, or to what is asked now, and never above the ceiling", () => {
    const now = fees(1n, 1n);
    expect(raiseFees(fees(80n, 8n), now, 1_000n)).to.deep.equal(fees(91n, 10n));
    expect(raiseFees(fees(80n, 8n), fees(500n, 50n), 1_000n)).to.deep.equal(fees(500n, 50n));
    expect(raiseFees(fees(80n, 8n), fees(500n, 450n), 400n)).to.deep.equal(fees(400n, 400n));
    expect(raiseFees(fees(80n, 8n), now, 91n)).to.deep.equal(fees(91n, 10n));
    expect(raiseFees(fees(80n, 8n), now, 90n)).to.be.undefined;
    expect(raiseFees(fees(0n, 0n), now, 90n)).to.deep.equal(fees(1n, 1n));
    expect(raiseFees({ type: 0, gasPrice: 80n }, { type: 0, gasPrice: 1n }, 91n)).to.deep.equal({
      type: 0,
      gasPrice: 91n,
    });
    expect(raiseFees({ type: 0, gasPrice: 80n }, { type: 0, gasPrice: 300n }, 91n)).to.be.undefined;
  });
});
