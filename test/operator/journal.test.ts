import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Record } from "../../src/core/records.ts";
import { JournalMismatchError } from "../../src/operator/journal.ts";
import { openSqlite, SqlJournal } from "../../src/operator/sqlJournal.ts";
import { enter, forge } from "../support/forge.ts";
import {
  addressed,
  actors,
  makeAsk,
  openHouse,
  openJournal,
  PRICE,
  rejection,
  rejectionOf,
  useStage,
} from "../support/stage.ts";

/** A journal that shows how its database is set, and can give a number twice. */
class OpenJournal extends SqlJournal {
  givesTwice = false;

  setting(name: string): unknown {
    return this.database.prepare(`PRAGMA ${name}`).get()?.[name];
  }

  protected override numbered(next: bigint): bigint {
    return next - (this.givesTwice ? 1n : 0n);
  }
}

describe("a journal", () => {
  const stage = useStage();
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "surety-journal-"))));
  after(() => rmSync(folder, { recursive: true }));

  function record(ceiling: bigint): Record {
    return forge(stage, { ask: { request: { ceiling }, order: { salt: makeAsk(stage).request.order.salt } } });
  }

  it("is written through to the disk before an answer leaves", async () => {
    const journal = new OpenJournal(await openSqlite(join(folder, "settings.sqlite")));
    expect(journal.setting("journal_mode")).to.equal("wal");
    // FULL: a commit waits for the disk.
    expect(journal.setting("synchronous")).to.equal(2);
    await journal.close();
  });

  it("writes all of an answer, or nothing", async () => {
    const journal = new OpenJournal(await openSqlite(":memory:"));
    const first = await enter(journal, record(PRICE));
    journal.givesTwice = true;
    expect((await rejection(enter(journal, record(2n * PRICE)))).message).to.include("UNIQUE");
    expect(await journal.unbatched()).to.deep.equal([first]);
    expect(await journal.accounts()).to.have.length(1);
    expect((await journal.accounts())[0]).to.include({ charged: PRICE });
    expect((await journal.accounts())[0]?.voucher.ceiling).to.equal(PRICE);
    journal.givesTwice = false;
    expect((await enter(journal, record(3n * PRICE))).receipt).to.include({ sequence: 1n, charged: 2n * PRICE });
    await journal.close();
  });

  it("holds after reopening what it held before", async () => {
    const file = join(folder, "reopened.sqlite");
    const before = await openJournal(file);
    const [first, second] = [await enter(before, record(PRICE)), await enter(before, record(2n * PRICE))];
    const planned = { root: first.receipt.requestHash, firstSequence: 0n, lastSequence: 0n };
    await before.planBatch(planned);
    await before.noteSettled({ payer: addressed(actors.alice), client: first.receipt.client }, PRICE);
    const accounts = await before.accounts();
    await before.close();

    const after = await openJournal(file);
    expect(await after.nextSequence()).to.equal(2n);
    expect(await after.openBatch()).to.deep.equal(planned);
    expect(await after.byRoot(planned.root)).to.deep.equal([first]);
    expect(await after.unbatched()).to.deep.equal([second]);
    expect(await after.accounts()).to.deep.equal(accounts);
    expect((await after.accounts())[0]).to.include({ charged: 2n * PRICE, settled: PRICE });
    expect(await after.settledTotal()).to.equal(PRICE);
    await after.closeBatch(planned.root, first.request.deadline);
    expect(await after.openBatch()).to.be.undefined;
    await after.close();
  });

  it("is one owner's for ever", async () => {
    const file = join(folder, "owned.sqlite");
    const before = await openJournal(file);
    await before.claim("olive on one chain");
    await before.claim("olive on one chain");
    await before.close();
    const after = await openJournal(file);
    const error = await rejectionOf(JournalMismatchError, after.claim("olive on another chain"));
    expect(error.message).to.include("olive on one chain");
    await after.claim("olive on one chain");
    await after.close();
  });

  it("opens no other operator's node", async () => {
    const { journal } = await openHouse(stage, { who: "olive" });
    await rejectionOf(JournalMismatchError, openHouse(stage, { who: "otto", journal }));
  });

  it("goes on with the first of its open batches", async () => {
    const journal = await openJournal();
    const first = await enter(journal, record(PRICE));
    const second = await enter(journal, record(2n * PRICE));
    await journal.planBatch({ root: second.receipt.requestHash, firstSequence: 1n, lastSequence: 1n });
    await journal.planBatch({ root: first.receipt.requestHash, firstSequence: 0n, lastSequence: 0n });
    expect((await journal.openBatch())?.firstSequence).to.equal(0n);
    await journal.close();
  });
});
