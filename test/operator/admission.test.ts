import { expect } from "chai";
import { closed, type UnderWay } from "../../src/operator/admission.ts";

describe("what is left of what is under way", () => {
  const one = (id: string, ceiling: bigint, deadline: bigint): UnderWay => ({
    id,
    node: 0,
    voucher: { ceiling, deadline, orderHash: `0x${id}`, signature: "0x" },
    amount: 1n,
    isOpen: true,
  });
  const isOver = (...ids: string[]) => {
    return ({ id }: UnderWay) => ids.includes(id);
  };
  const left = (underWay: readonly UnderWay[], ...ids: string[]): string[] => {
    return closed(underWay, isOver(...ids)).map(({ id, isOpen }) => (isOpen ? id : `(${id})`));
  };

  it("is nothing once nothing is open", () => {
    const both = [one("a", 5n, 5n), one("b", 6n, 6n)];
    expect(left(both, "a", "b")).to.deep.equal([]);
  });

  it("is what is open, and vouchers that are better than others in something", () => {
    const narrow = one("a", 5n, 5n);
    expect(left([narrow, one("b", 6n, 4n), one("c", 4n, 6n)], "b", "c")).to.deep.equal(["a", "(b)", "(c)"]);
  });

  it("is no voucher that another is as good as in everything, so that it does not grow with what fails", () => {
    const wide = one("a", 9n, 9n);
    const failed = ["b", "c", "d"].map((id, index) => one(id, BigInt(index), 9n));
    expect(left([wide, ...failed], "b", "c", "d")).to.deep.equal(["a"]);
  });
});
