import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Draft, Journal, JournalMismatchError } from "../../src/operator/journal.ts";
import { draftOf, forge } from "../support/forge.ts";
import { addressed, actors, makeAsk, openHouse, PRICE, useStage } from "../support/stage.ts";

/** A journal that shows how its database is set, and can give a number twice. */
class OpenJournal extends Journal {
  givesTwice = false;

  setting(name: string): unknown {
    return this.database.prepare(`PRAGMA ${name}`).get()?.[name];
  }

  protected override takeSequence(): bigint {
    return super.takeSequence() - (this.givesTwice ? 1n : 0n);
  }
}

describe("a journal", () => {
  const stage = useStage();
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "surety-journal-"))));
  after(() => rmSync(folder, { recursive: true }));

  function draft(ceiling: bigint): Draft {
    return draftOf(forge(stage, { ask: makeAskChanges(ceiling) }));
  }

  function makeAskChanges(ceiling: bigint) {
    return { request: { ceiling }, order: { salt: makeAsk(stage).request.order.salt } };
  }

  it("is written through to the disk before an answer leaves", () => {
    const journal = new OpenJournal(join(folder, "settings.sqlite"));
    expect(journal.setting("journal_mode")).to.equal("wal");
    // FULL: a commit waits for the disk.
    expect(journal.setting("synchronous")).to.equal(2);
    journal.close();
  });

  it("writes all of an answer, or nothing", () => {
    const journal = new OpenJournal(":memory:");
    const first = journal.append(draft(PRICE));
    journal.givesTwice = true;
    expect(() => journal.append(draft(2n * PRICE))).to.throw("UNIQUE");
    expect(journal.unbatched()).to.deep.equal([first]);
    expect(journal.accounts()).to.have.length(1);
    expect(journal.accounts()[0]).to.include({ charged: PRICE });
    expect(journal.accounts()[0]?.voucher.ceiling).to.equal(PRICE);
    journal.givesTwice = false;
    expect(journal.append(draft(2n * PRICE)).receipt).to.include({ sequence: 1n, charged: 2n * PRICE });
    journal.close();
  });

  it("holds after reopening what it held before", () => {
    const file = join(folder, "reopened.sqlite");
    const before = new Journal(file);
    const [first, second] = [before.append(draft(PRICE)), before.append(draft(2n * PRICE))];
    const planned = { root: first.receipt.requestHash, firstSequence: 0n, lastSequence: 0n };
    before.planBatch(planned);
    before.noteSettled({ payer: addressed(actors.alice), client: first.receipt.client }, PRICE);
    const accounts = before.accounts();
    before.close();

    const after = new Journal(file);
    expect(after.nextSequence).to.equal(2n);
    expect(after.openBatch()).to.deep.equal(planned);
    expect(after.byRoot(planned.root)).to.deep.equal([first]);
    expect(after.unbatched()).to.deep.equal([second]);
    expect(after.accounts()).to.deep.equal(accounts);
    expect(after.accounts()[0]).to.include({ charged: 2n * PRICE, settled: PRICE });
    after.closeBatch(planned.root, first.request.deadline);
    expect(after.openBatch()).to.be.undefined;
    after.close();
  });

  it("is one owner's for ever", () => {
    const file = join(folder, "owned.sqlite");
    const before = new Journal(file);
    before.claim("olive on one chain");
    before.claim("olive on one chain");
    before.close();
    const after = new Journal(file);
    expect(() => after.claim("olive on another chain")).to.throw(JournalMismatchError, "olive on one chain");
    after.claim("olive on one chain");
    after.close();
  });

  it("opens no other operator's node", async () => {
    const { journal } = await openHouse(stage, { who: "olive" });
    const refused = await openHouse(stage, { who: "otto", journal }).catch((cause: unknown) => cause);
    expect(refused).to.be.instanceOf(JournalMismatchError);
  });

  it("goes on with the first of its open batches", () => {
    const journal = new Journal(":memory:");
    const first = journal.append(draft(PRICE));
    const second = journal.append(draft(2n * PRICE));
    journal.planBatch({ root: second.receipt.requestHash, firstSequence: 1n, lastSequence: 1n });
    journal.planBatch({ root: first.receipt.requestHash, firstSequence: 0n, lastSequence: 0n });
    expect(journal.openBatch()?.firstSequence).to.equal(0n);
    journal.close();
  });
});
