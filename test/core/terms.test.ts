import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../src/core/bytes.ts";
import * as credit from "../../src/core/credit.ts";
import * as terms from "../../src/core/terms.ts";
import {
  type Breach,
  breachOf,
  DEADLINE_HORIZON,
  SETTLEMENT_GRACE,
  tariffPrice,
  unitsOf,
} from "../../src/core/terms.ts";
import type { Order, Receipt, Request } from "../../src/core/typedData.ts";
import { uintOf } from "../vectors/messages.ts";

const hash: Hex = `0x${"11".repeat(32)}`;
const account: Hex = `0x${"22".repeat(20)}`;
const DEADLINE = 2_000_000_000n;

const order: Order = {
  modelId: hash,
  inputHash: hash,
  contextHash: hash,
  mode: 0,
  maxPrice: 1_000n,
  base: 100n,
  inputRate: 3n,
  outputRate: 20n,
  salt: hash,
};
const request: Request = { payer: account, operator: account, ceiling: 5_000n, deadline: DEADLINE, order };
/** Costs 100 + 3 * 100 + 20 * 10 = 600. */
const receipt: Receipt = {
  requestHash: hash,
  operator: account,
  signer: account,
  client: account,
  sequence: 0n,
  outputHash: hash,
  proofHash: hash,
  price: 600n,
  charged: 600n,
  inputUnits: 100,
  outputUnits: 10,
  issuedAt: DEADLINE - 60n,
};

describe("the clocks", () => {
  it("are those of contracts/Clocks.sol", () => {
    expect([DEADLINE_HORIZON, SETTLEMENT_GRACE]).to.deep.equal([86_400n, 86_400n]);
  });
});

describe("tariffPrice", () => {
  it("is the base and the units at their rates", () => {
    expect(tariffPrice(order, receipt)).to.equal(600n);
    expect(tariffPrice(order, { inputUnits: 0, outputUnits: 0 })).to.equal(100n);
    expect(tariffPrice(order, { inputUnits: 1, outputUnits: 0 })).to.equal(103n);
    expect(tariffPrice(order, { inputUnits: 0, outputUnits: 1 })).to.equal(120n);
  });

  it("is exact up to the greatest numbers, beyond 128 bits", () => {
    const greatest = { ...order, base: 2n ** 128n - 1n, inputRate: 2n ** 64n - 1n, outputRate: 2n ** 64n - 1n };
    const units = { inputUnits: 2 ** 32 - 1, outputUnits: 2 ** 32 - 1 };
    expect(tariffPrice(greatest, units)).to.equal(340282367079394788455009794462847074305n);
  });

  it("never falls as units grow", () => {
    fc.assert(
      fc.property(
        uintOf(64),
        uintOf(64),
        fc.nat(1e6),
        fc.nat(1e6),
        (inputRate, outputRate, inputUnits, outputUnits) => {
          const tariff = { ...order, inputRate, outputRate };
          const price = tariffPrice(tariff, { inputUnits, outputUnits });
          expect(tariffPrice(tariff, { inputUnits: inputUnits + 1, outputUnits }) - price).to.equal(inputRate);
          expect(tariffPrice(tariff, { inputUnits, outputUnits: outputUnits + 1 }) - price).to.equal(outputRate);
        },
      ),
      { seed: 0x5e7e, numRuns: 100 },
    );
  });
});

interface Case {
  readonly what: string;
  readonly receipt?: Partial<Receipt>;
  readonly order?: Partial<Order>;
  readonly request?: Partial<Request>;
  readonly committedAt?: bigint;
  readonly expected: Breach | undefined;
}

const cases: readonly Case[] = [
  { what: "a price of nothing", receipt: { price: 0n }, expected: undefined },
  { what: "a price of exactly the maximum", order: { maxPrice: 600n }, expected: undefined },
  { what: "a price one above the maximum", order: { maxPrice: 599n }, expected: "PriceAboveMaximum" },
  { what: "a price of exactly the tariff", receipt: { price: 600n }, expected: undefined },
  { what: "a total one below the price", receipt: { charged: receipt.price - 1n }, expected: "UnitsInvalid" },
  { what: "a total of the price", receipt: { charged: receipt.price }, expected: undefined },
  {
    what: "no total at all, as for money that came outside of the account",
    receipt: { charged: 0n },
    expected: undefined,
  },
  { what: "a price one above the tariff", receipt: { price: 601n }, expected: "PriceAboveTariff" },
  { what: "issue at the deadline", receipt: { issuedAt: DEADLINE }, expected: undefined },
  {
    what: "issue one second after the deadline",
    receipt: { issuedAt: DEADLINE + 1n },
    expected: "IssuedAfterDeadline",
  },
  { what: "issue a horizon before the deadline", receipt: { issuedAt: DEADLINE - 86_400n }, expected: undefined },
  {
    what: "issue a second more than a horizon before the deadline",
    receipt: { issuedAt: DEADLINE - 86_401n },
    expected: "IssuedBeforeHorizon",
  },
  { what: "issue at 0 for a deadline of 0", receipt: { issuedAt: 0n }, request: { deadline: 0n }, expected: undefined },
  {
    what: "issue at 0 for a deadline of one horizon",
    receipt: { issuedAt: 0n },
    request: { deadline: 86_400n },
    expected: undefined,
  },
  {
    what: "issue at the end of time",
    receipt: { issuedAt: 2n ** 64n - 1n },
    request: { deadline: 2n ** 64n - 1n },
    expected: undefined,
  },
  { what: "commitment at the issue", committedAt: DEADLINE - 60n, expected: undefined },
  { what: "commitment a second before the issue", committedAt: DEADLINE - 61n, expected: "IssuedAfterCommitment" },
  { what: "commitment at 0", committedAt: 0n, expected: "IssuedAfterCommitment" },
  // The order in which ValidityCourt looks.
  {
    what: "a price above both maximum and tariff",
    order: { maxPrice: 10n },
    receipt: { price: 601n },
    expected: "PriceAboveMaximum",
  },
  {
    what: "a price above the tariff, late",
    receipt: { price: 601n, issuedAt: DEADLINE + 1n },
    expected: "PriceAboveTariff",
  },
  {
    what: "issue after deadline and commitment",
    receipt: { issuedAt: DEADLINE + 1n },
    committedAt: DEADLINE,
    expected: "IssuedAfterDeadline",
  },
  {
    what: "issue before the horizon and after commitment",
    receipt: { issuedAt: DEADLINE - 86_401n },
    committedAt: 1n,
    expected: "IssuedBeforeHorizon",
  },
];

describe("breachOf", () => {
  for (const { what, expected, committedAt, ...changed } of cases) {
    it(`says ${expected ?? "nothing"} of ${what}`, () => {
      const given: Request = { ...request, ...changed.request, order: { ...order, ...changed.order } };
      expect(breachOf({ ...receipt, ...changed.receipt }, given, committedAt)).to.equal(expected);
    });
  }
});

describe("unitsOf", () => {
  it("is the interval that ends with the account's total", () => {
    expect(unitsOf({ charged: 600n, price: 600n })).to.deep.equal({ from: 0n, to: 600n });
    expect(unitsOf({ charged: 900n, price: 300n })).to.deep.equal({ from: 600n, to: 900n });
    expect(unitsOf({ charged: 900n, price: 0n })).to.deep.equal({ from: 900n, to: 900n });
  });

  it("tiles an account without gap or overlap", () => {
    const prices = [5n, 0n, 7n, 1n];
    let charged = 0n;
    for (const price of prices) {
      const before = charged;
      charged += price;
      expect(unitsOf({ charged, price })).to.deep.equal({ from: before, to: charged });
    }
  });
});

describe("the clocks", () => {
  it("are those of contracts/Clocks.sol", () => {
    const source = readFileSync(new URL("../../contracts/Clocks.sol", import.meta.url), "utf8");
    const inSolidity = new Map(
      [...source.matchAll(/ (\w+) = (\d+) (hours|days);/g)].map(([, name = "", count = "", unit]) => [
        name,
        BigInt(count) * (unit === "days" ? 86_400n : 3_600n),
      ]),
    );
    expect(inSolidity.size).to.be.greaterThan(20);
    const constants = Object.entries({ ...credit, ...terms }).filter(([, value]) => typeof value === "bigint");
    expect(constants.length).to.be.greaterThan(10);
    for (const [name, value] of constants) expect(inSolidity.get(name), name).to.equal(value);
  });
});
