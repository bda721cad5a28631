import { expect } from "chai";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import type { Hex } from "../../src/core/bytes.ts";
import type { AccountId, PlannedBatch } from "../../src/operator/journal.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { describeBackends } from "../support/backends.ts";
import { expectBooksAgree } from "../support/books.ts";
import { actors, close, type House, makeAsk, openHouse, PRICE, rejection, useStage } from "../support/stage.ts";

/** Power cuts, one after another: at each named place once. */
class PowerCut extends Error {}

/** A journal whose machine stops before or after one of its writes. */
class FailingJournal extends SqlJournal {
  failsAt: "before planBatch" | "before closeBatch" | "before noteSettled" | undefined;

  override async planBatch(batch: PlannedBatch): Promise<void> {
    this.#cut("before planBatch");
    await super.planBatch(batch);
  }

  override async closeBatch(root: Hex, committedAt: bigint): Promise<void> {
    this.#cut("before closeBatch");
    await super.closeBatch(root, committedAt);
  }

  override async noteSettled(account: AccountId, settled: bigint): Promise<void> {
    this.#cut("before noteSettled");
    await super.noteSettled(account, settled);
  }

  #cut(place: NonNullable<FailingJournal["failsAt"]>): void {
    if (this.failsAt === place) throw new PowerCut(place);
  }
}

/** A contract of which one method fails: before it is sent, or after. */
function failing<C extends object>(contract: C, method: string, place: "before" | "after"): C {
  return new Proxy(contract, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (name !== method || typeof member !== "function") return member;
      return async (...parameters: unknown[]) => {
        if (place === "after") await Reflect.apply(member, target, parameters);
        throw new PowerCut(`${place} ${method}`);
      };
    },
  });
}

describeBackends("a node that is stopped in the middle", (backend) => {
  const stage = useStage();
  let lies = "";
  beforeEach(async () => (lies = await backend.makePlace()));

  async function reopened(): Promise<House> {
    return openHouse(stage, { journal: close(new SqlJournal(await backend.open(lies))) });
  }

  /** Expects that everything is committed once and settled once, in whatever order it happened. */
  async function expectWhole(house: House, count: bigint): Promise<void> {
    while ((await house.node.commit()) !== undefined);
    while ((await house.node.settle()) !== undefined);
    await expectBooksAgree(stage, house, count);
  }

  const journalCuts = ["before planBatch", "before closeBatch"] as const;
  for (const place of journalCuts) {
    it(`goes on with its batches after a stop ${place}`, async () => {
      const journal = new FailingJournal(await backend.open(lies));
      const house = await openHouse(stage, { journal });
      await house.node.serve(makeAsk(stage));
      journal.failsAt = place;
      expect(await rejection(house.node.commit())).to.be.instanceOf(PowerCut);
      await journal.close();

      const again = await reopened();
      await again.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE } }));
      await expectWhole(again, 2n);
    });
  }

  for (const place of ["before", "after"] as const) {
    it(`goes on with its batches after a stop ${place} one is sent`, async () => {
      const journal = new SqlJournal(await backend.open(lies));
      const contracts = connect(stage.deployment, actors.olive);
      const stopping: Contracts = { ...contracts, ledger: failing(contracts.ledger, "commit", place) };
      const house = await openHouse(stage, { journal, contracts: stopping });
      await house.node.serve(makeAsk(stage));
      await rejection(house.node.commit());
      expect(await journal.openBatch()).to.include({ firstSequence: 0n, lastSequence: 0n });
      // What is served from now on belongs to the next batch.
      await house.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE } }));
      await journal.close();

      const again = await reopened();
      // It has moved to another port: what that costs is not the batch's.
      expect(await again.node.announce()).to.not.equal(0n);
      const first = await again.node.commit();
      expect(first?.count).to.equal(1);
      expect(first?.gas === 0n).to.equal(place === "after");
      await expectWhole(again, 2n);
    });

    it(`settles nothing twice after a stop ${place} a settlement is sent`, async () => {
      const journal = new SqlJournal(await backend.open(lies));
      const contracts = connect(stage.deployment, actors.olive);
      const stopping: Contracts = { ...contracts, escrow: failing(contracts.escrow, "settle", place) };
      const house = await openHouse(stage, { journal, contracts: stopping });
      await house.node.serve(makeAsk(stage));
      await rejection(house.node.settle());
      expect((await journal.accounts())[0]?.settled).to.equal(0n);
      await journal.close();

      const again = await reopened();
      expect((await again.node.settle())?.count).to.equal(place === "after" ? undefined : 1);
      expect((await again.journal.accounts())[0]?.settled).to.equal(PRICE);
      await again.node.serve(makeAsk(stage, { request: { ceiling: 2n * PRICE } }));
      await expectWhole(again, 2n);
    });
  }

  it("settles nothing twice after a stop before it is noted", async () => {
    const journal = new FailingJournal(await backend.open(lies));
    const house = await openHouse(stage, { journal });
    await house.node.serve(makeAsk(stage));
    journal.failsAt = "before noteSettled";
    expect(await rejection(house.node.settle())).to.be.instanceOf(PowerCut);
    await journal.close();
    const again = await reopened();
    await expectWhole(again, 1n);
    expect(await again.node.settle()).to.be.undefined;
  });

  it("serves the batch that was planned, whatever comes after it", async () => {
    const house = await reopened();
    await house.node.serve(makeAsk(stage));
    const planned = (await house.journal.unbatched()).map(({ receipt }) => receipt);
    await house.node.commit();
    const { ledger } = stage.contracts;
    const [event] = await ledger.queryFilter(ledger.filters.BatchCommitted(house.operator));
    expect((await house.node.batch(event?.args.root as Hex)).receipts).to.deep.equal(planned);
  });
});
