import { expect } from "chai";
import { localParameters } from "../../deploy/parameters.ts";
import type { Fetch } from "../../src/chain/http.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { forge, Library, type Lie, redeem } from "../support/forge.ts";
import { actors, advance, BOND, chain, PRICE, sent, useStage } from "../support/stage.ts";
import { linesOf, openWatch, type Watching } from "../support/watching.ts";

const HOUR = 3_600n;
const DAY = 24n * HOUR;

const noHidden: Lie = { trace: () => ({ hidden: [] }) };

describe("a watcher that runs", () => {
  const stage = useStage();
  let library: Library;
  beforeEach(() => (library = new Library()));

  const bond = async (): Promise<bigint> => (await stage.contracts.bonds.slashable(actors.olive.address)).own;
  const fetch: Fetch = async (...call) => library.fetch(...call);
  const withholding =
    (path: string): Fetch =>
    async (...call) =>
      sent(call).url.includes(path) ? new Response("gone", { status: 404 }) : library.fetch(...call);

  /** Commits records with these lies, from a place in the operator's sequence on. */
  async function commit(first: number, ...lies: readonly Lie[]): Promise<{ root: Hex; leaves: readonly Hex[] }> {
    const records = lies.map((lie, index) => {
      const place = BigInt(first + index);
      return forge(stage, { ...lie, receipt: { sequence: place, charged: (place + 1n) * PRICE, ...lie.receipt } });
    });
    const root = await library.commit(stage, records);
    return { root, leaves: records.map(({ receipt }) => receiptHash(receipt)) };
  }

  /** What evidence courts hold of deposits. */
  async function deposits(): Promise<bigint> {
    const { validityCourt, equivocationCourt } = stage.contracts;
    const held = [validityCourt, equivocationCourt].map(async (court) => chain.getBalance(await court.getAddress()));
    return (await Promise.all(held)).reduce((sum, part) => sum + part, 0n);
  }

  function expectNoFailure({ lines }: Watching): void {
    expect(linesOf(lines, "failed").map(({ doing, message }) => `${doing}: ${message}`)).to.deep.equal([]);
  }

  it("convicts what is wrong, once, and is paid for it", async () => {
    await commit(0, {}, noHidden, {});
    const watching = await openWatch(stage, { fetch });
    const before = await stage.contracts.token.balanceOf(actors.wendy.address);
    for (let round = 0; round < 3; round++) await watching.service.round();
    expectNoFailure(watching);
    const { lines } = watching;
    expect(linesOf(lines, "inspected")).to.deep.include({
      ...linesOf(lines, "inspected")[0],
      receipts: 3,
      reexecuted: 3,
      missing: 0,
    });
    expect(lines.filter(({ what }) => ["found", "committed", "convicted"].includes(what))).to.have.length(3);
    const [convicted] = linesOf(lines, "convicted");
    expect(await bond()).to.equal(BOND - (convicted?.verdict.slashed ?? 0n));
    expect(await deposits()).to.equal(0n);
    const gained = (await stage.contracts.token.balanceOf(actors.wendy.address)) - before;
    expect(gained).to.equal(convicted?.verdict.bounty).and.to.be.greaterThan(0n);
  });

  it("remembers, over restarts, what later receipts may contradict", async () => {
    await commit(0, {}, {});
    const store = ":memory:";
    const watching = await openWatch(stage, { fetch, store });
    await watching.service.round();
    const second = forge(stage, { receipt: { sequence: 2n, charged: PRICE } });
    await library.commit(stage, [second]);
    await redeem(stage, second);
    await watching.service.round();
    expectNoFailure(watching);
    const [convicted] = linesOf(watching.lines, "convicted");
    expect(convicted).to.include({ court: "EquivocationCourt" });
    expect(convicted?.description).to.include("one unit");
    expect(convicted?.verdict.compensated).to.equal(
      2n * PRICE * (localParameters.policies[4]?.compensationMultiple ?? 0n),
    );
  });

  it("demands what is withheld once its patience is over, and convicts silence", async () => {
    const { leaves } = await commit(0, {}, {}, {});
    const watching = await openWatch(stage, {
      fetch: withholding(leaves[1] ?? "none"),
      terms: { patience: 2n * HOUR },
    });
    await watching.service.round();
    expect(linesOf(watching.lines, "withheld")).to.have.length(1);
    await advance(HOUR);
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded")).to.be.empty;
    await advance(HOUR);
    await watching.service.round();
    expect(linesOf(watching.lines, "demanded").map(({ sequence }) => sequence)).to.deep.equal([1n]);
    await advance(DAY - HOUR);
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted")).to.be.empty;
    await advance(HOUR + 1n);
    await watching.service.round();
    await watching.service.round();
    expect(linesOf(watching.lines, "convicted").map(({ court }) => court)).to.deep.equal(["DisclosureCourt"]);
    expect(linesOf(watching.lines, "demanded")).to.have.length(1);
    expectNoFailure(watching);
  });
});
