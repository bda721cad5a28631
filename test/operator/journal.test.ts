import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import type { Record } from "../../src/core/records.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { SETTLEMENT_GRACE } from "../../src/core/terms.ts";
import { orderHash } from "../../src/core/typedData.ts";
import type { Database } from "../../src/operator/database.ts";
import { Group } from "../../src/operator/group.ts";
import {
  type AccountId,
  type Draft,
  JournalMismatchError,
  type Reservation,
  type Wish,
} from "../../src/operator/journal.ts";
import { JournalMarkError, Mark } from "../../src/operator/mark.ts";
import { JournalVersionError } from "../../src/operator/schema.ts";
import { JournalFileError, JournalInUseError, openSqlite } from "../../src/operator/sqlite.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { describeBackends } from "../support/backends.ts";
import { enter, forge } from "../support/forge.ts";
import {
  addressed,
  actors,
  clock,
  close,
  makeAsk,
  openHouse,
  openJournal,
  PRICE,
  rejection,
  rejectionOf,
  secrets,
  useStage,
} from "../support/stage.ts";

const MUCH = 1n << 100n;

/** A journal that can give a number twice. */
class OpenJournal extends SqlJournal {
  givesTwice = false;

  protected override numbered(next: bigint): bigint {
    return next - (this.givesTwice ? 1n : 0n);
  }
}

describeBackends("a journal", (backend) => {
  const stage = useStage();
  let place = "";
  beforeEach(async () => (place = await backend.makePlace()));

  const open = async (): Promise<OpenJournal> => close(new OpenJournal(close(await backend.open(place))));

  function record(ceiling: bigint, who: "alice" | "bob" = "alice", deadline = clock.now + 600n): Record {
    return forge(stage, {
      ask: { who, request: { ceiling, deadline }, order: { salt: makeAsk(stage).request.order.salt } },
    });
  }

  const accountOf = ({ request, receipt }: Record): AccountId => ({ payer: request.payer, client: receipt.client });

  function wishFor(wanted: Record, changes: Partial<Wish> = {}): Wish {
    const { ceiling, deadline, order } = wanted.request;
    const voucher = { ceiling, deadline, orderHash: orderHash(order), signature: wanted.clientSignature };
    const bounds = { reach: MUCH, limit: MUCH };
    return { account: accountOf(wanted), voucher, maxPrice: PRICE, bounds, now: clock.now, ...changes };
  }

  function draftOf({ operatorSignature: _, ...answer }: Record, reservation: Reservation): Draft {
    return { orderHash: orderHash(answer.request.order), reservation, now: clock.now, record: answer };
  }

  async function reserved(journal: SqlJournal, wanted: Record, changes: Partial<Wish> = {}): Promise<Reservation> {
    const { reservation } = await journal.reserve(wishFor(wanted, changes));
    if (reservation === undefined) throw new Error("a reservation expected");
    return reservation;
  }

  const refusal = async (promise: Promise<unknown>): Promise<string> => (await rejection(promise)).name;

  it("writes all of an answer, or nothing", async () => {
    const journal = await open();
    const first = await enter(journal, record(PRICE));
    journal.givesTwice = true;
    expect((await rejection(enter(journal, record(2n * PRICE)))).message).to.match(/unique/i);
    expect(await journal.unbatched()).to.deep.equal([first]);
    expect(await journal.accounts()).to.have.length(1);
    expect((await journal.accounts())[0]).to.include({ charged: PRICE });
    expect((await journal.accounts())[0]?.voucher.ceiling).to.equal(PRICE);
    journal.givesTwice = false;
    expect((await enter(journal, record(3n * PRICE))).receipt).to.include({ sequence: 1n, charged: 2n * PRICE });
  });

  it("gives no number again after one that was given, though a copy of it has forgotten that", async () => {
    const mark = join(mkdtempSync(join(tmpdir(), "surety-mark-")), "given");
    close({ close: async () => rmSync(join(mark, ".."), { recursive: true }) });
    const openMarked = async (where: string, owner = "olive"): Promise<SqlJournal> => {
      const journal = close(new SqlJournal(close(await backend.open(where)), new Mark(mark)));
      await journal.claim(owner);
      return journal;
    };
    const journal = await openMarked(place);
    await enter(journal, record(PRICE));
    await enter(journal, record(2n * PRICE));
    await journal.close();
    const again = await openMarked(place);
    expect([again.given, (await enter(again, record(3n * PRICE))).receipt.sequence]).to.deep.equal([2n, 2n]);
    await again.close();

    // An older copy, with what was signed first.
    const copy = await backend.makePlace();
    const behind = close(new SqlJournal(close(await backend.open(copy))));
    await behind.claim("olive");
    await enter(behind, record(PRICE));
    await behind.close();
    const restored = await openMarked(copy);
    expect((await rejection(enter(restored, record(2n * PRICE)))).message).to.include("3 receipts were signed");
    expect([restored.given, await restored.nextSequence()]).to.deep.equal([3n, 1n]);
    await restored.close();

    // Another operator's numbers are others.
    const others = await openMarked(await backend.makePlace(), "otto");
    expect((await enter(others, record(PRICE))).receipt.sequence).to.equal(0n);
  });

  it("writes those that come side by side with one that fails", async () => {
    const journal = await open();
    const records = [1n, 2n, 3n, 4n].map((count) => record(count * PRICE));
    const drafts = await Promise.all(records.map(async (one) => draftOf(one, await reserved(journal, one))));
    // What is no amount is found out only when it is written, after another of the same transaction.
    const [first, second, third, fourth] = drafts;
    if (first === undefined || second === undefined || third === undefined || fourth === undefined) throw new Error();
    const wrong = { ...second.record.receipt, inputUnits: -1 };
    const broken = { ...second, record: { ...second.record, receipt: wrong } };
    const written = await Promise.allSettled([first, broken, third, fourth].map((draft) => journal.append(draft)));
    expect(written.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    const kept = (await journal.unbatched()).map(({ receipt }) => [receipt.sequence, receipt.charged]);
    expect(kept).to.deep.equal([0n, 1n, 2n].map((index) => [index, (index + 1n) * PRICE]));
  });

  it("shows nothing before it is written for good", async () => {
    const database = close(await backend.open(place));
    const gate: { open?: () => void } = {};
    const failing = database.transaction("durable", async (session) => {
      await session.all("UPDATE books SET owner = ?", "nobody");
      await new Promise<void>((done) => (gate.open = done));
      throw new Error("power cut");
    });
    while (gate.open === undefined) await setImmediate();
    const seen = database.all("SELECT owner FROM books");
    await setImmediate();
    gate.open();
    expect((await rejection(failing)).message).to.equal("power cut");
    expect(await seen).to.deep.equal([{ owner: null }]);
  });

  it("holds after reopening what it held before", async () => {
    const before = await open();
    const [first, second] = [await enter(before, record(PRICE)), await enter(before, record(2n * PRICE))];
    const planned = { root: first.receipt.requestHash, firstSequence: 0n, lastSequence: 0n };
    await before.planBatch(planned);
    await before.noteSettled({ payer: addressed(actors.alice), client: first.receipt.client }, PRICE);
    const accounts = await before.accounts();
    await before.close();

    const after = await open();
    expect(await after.nextSequence()).to.equal(2n);
    expect(await after.openBatch()).to.deep.equal(planned);
    expect(await after.byRoot(planned.root)).to.deep.equal([first]);
    expect(await after.unbatched()).to.deep.equal([second]);
    expect(await after.accounts()).to.deep.equal(accounts);
    expect((await after.accounts())[0]).to.include({ charged: 2n * PRICE, settled: PRICE });
    expect(await after.settledTotal()).to.equal(PRICE);
    const since = second.receipt.issuedAt;
    expect(await after.backlog()).to.deep.equal({ uncommitted: 1, since, unsettled: PRICE });
    await after.closeBatch(planned.root, first.request.deadline);
    expect(await after.openBatch()).to.be.undefined;
  });

  it("is one owner's for ever", async () => {
    const before = await open();
    await before.claim("olive on one chain");
    await before.claim("olive on one chain");
    await before.close();
    const after = await open();
    const error = await rejectionOf(JournalMismatchError, after.claim("olive on another chain"));
    expect(error.message).to.include("olive on one chain");
    await after.claim("olive on one chain");
  });

  it("opens no other operator's node", async () => {
    const journal = await open();
    await openHouse(stage, { who: "olive", journal });
    await rejectionOf(JournalMismatchError, openHouse(stage, { who: "otto", journal }));
  });

  it("is not read by a node that is older than it", async () => {
    const database = await backend.open(place);
    await database.all("UPDATE books SET version = version + 1");
    await database.close();
    expect((await rejectionOf(JournalVersionError, backend.open(place))).message).to.include("version 3");
  });

  it("goes on with the first of its open batches, and lets none begin where another does", async () => {
    const journal = await open();
    const first = await enter(journal, record(PRICE));
    const second = await enter(journal, record(2n * PRICE));
    await journal.planBatch({ root: second.receipt.requestHash, firstSequence: 1n, lastSequence: 1n });
    await journal.planBatch({ root: first.receipt.requestHash, firstSequence: 0n, lastSequence: 0n });
    expect((await journal.openBatch())?.firstSequence).to.equal(0n);
    const again = { root: first.receipt.outputHash, firstSequence: 0n, lastSequence: 1n };
    expect((await rejection(journal.planBatch(again))).message).to.match(/unique/i);
    expect(await journal.byRoot(again.root)).to.deep.equal([]);
  });

  it("lets one at a time do what one at a time may do", async () => {
    const journal = await open();
    const inside = await journal.exclusively(async () => journal.exclusively(async () => "twice"));
    expect(inside).to.be.undefined;
    expect(await refusal(journal.exclusively(async () => Promise.reject(new RangeError("no"))))).to.equal("RangeError");
    expect(await journal.exclusively(async () => "again")).to.equal("again");
  });

  describe("keeps what is under way", () => {
    it("within the ceiling, the money and the cover, and says which of them is too little", async () => {
      const journal = await open();
      await reserved(journal, record(3n * PRICE));
      await reserved(journal, record(PRICE, "bob"));
      const more = record(2n * PRICE);
      const bounds = { reach: 2n * PRICE, limit: 3n * PRICE };
      await reserved(journal, more, { bounds });
      const other = record(3n * PRICE);
      expect(await refusal(journal.reserve(wishFor(other, { maxPrice: PRICE + 1n })))).to.equal("CeilingTooLow");
      expect(await refusal(journal.reserve(wishFor(other, { bounds })))).to.equal("AccountUnfunded");
      const covered = { reach: 3n * PRICE, limit: 4n * PRICE - 1n };
      expect(await refusal(journal.reserve(wishFor(other, { bounds: covered })))).to.equal("CoverExhausted");
      await reserved(journal, other, { bounds: { ...covered, limit: 4n * PRICE } });
    });

    it("until it is charged or given back, to the unit", async () => {
      const journal = await open();
      const [one, other] = [record(2n * PRICE), record(2n * PRICE)];
      const bounds = { reach: 2n * PRICE, limit: 2n * PRICE };
      const first = await reserved(journal, one, { maxPrice: PRICE + 1n, bounds });
      expect(await refusal(journal.reserve(wishFor(other, { bounds })))).to.equal("CeilingTooLow");
      await journal.release(first);
      await journal.release(first);
      const second = await reserved(journal, one, { maxPrice: PRICE + 1n, bounds });
      await journal.append(draftOf(one, second));
      // The price was one unit less than what was kept.
      const third = await reserved(journal, other, { bounds });
      await journal.append(draftOf(other, third));
      const last = record(3n * PRICE);
      expect(await refusal(journal.reserve(wishFor(last, { maxPrice: 1n, bounds })))).to.equal("AccountUnfunded");
      const wider = { reach: 3n * PRICE, limit: 2n * PRICE };
      expect(await refusal(journal.reserve(wishFor(last, { maxPrice: 1n, bounds: wider })))).to.equal("CoverExhausted");
    });

    it("once for an order, however often it is asked", async () => {
      const journal = await open();
      const one = record(PRICE);
      const bounds = { reach: PRICE, limit: PRICE };
      const [first, second] = [await reserved(journal, one, { bounds }), await reserved(journal, one, { bounds })];
      expect(first).to.not.equal(second);
      const written = await journal.append(draftOf(one, first));
      expect(await journal.append(draftOf(one, second))).to.deep.equal(written);
      expect(await journal.reserve(wishFor(one))).to.deep.equal({ served: written });
      expect((await journal.accounts())[0]).to.include({ charged: PRICE });
      expect(await journal.nextSequence()).to.equal(1n);
    });

    it("once for an order whose answers are written side by side", async () => {
      const journal = await open();
      const one = record(PRICE);
      const drafts = [draftOf(one, await reserved(journal, one)), draftOf(one, await reserved(journal, one))];
      const [first, second] = await Promise.all(drafts.map(async (draft) => journal.append(draft)));
      expect(second).to.deep.equal(first);
      expect(await journal.unbatched()).to.deep.equal([first]);
    });

    it("while batches come onto the chain", async () => {
      const journal = await open();
      const [first, second] = [record(PRICE), record(3n * PRICE)];
      const { receipt } = await enter(journal, first);
      const going = await reserved(journal, second);
      await journal.planBatch({ root: receipt.outputHash, firstSequence: 0n, lastSequence: 0n });
      await journal.closeBatch(receipt.outputHash, first.request.deadline);
      const third = wishFor(record(2n * PRICE, "bob"), { bounds: { reach: MUCH, limit: 2n * PRICE } });
      expect(await refusal(journal.reserve(third))).to.equal("CoverExhausted");
      expect((await journal.append(draftOf(second, going))).receipt).to.include({ sequence: 1n, charged: 2n * PRICE });
    });

    it("and writes nothing for which nothing is kept", async () => {
      const journal = await open();
      const one = record(PRICE);
      const name = await reserved(journal, one);
      await journal.release(name);
      expect(await refusal(journal.append(draftOf(one, name)))).to.equal("ReservationLost");
      expect(await journal.nextSequence()).to.equal(0n);
      expect(await journal.accounts()).to.deep.equal([]);
    });

    it("with the vouchers on which it was admitted, while it is under way", async () => {
      const journal = await open();
      const [wide, narrow] = [record(2n * PRICE), record(PRICE)];
      const failing = await reserved(journal, wide);
      const going = await reserved(journal, narrow);
      await journal.release(failing);
      const next = record(PRICE);
      // On the ceiling of the one that failed.
      const last = await reserved(journal, next);
      await journal.append(draftOf(narrow, going));
      await journal.append(draftOf(next, last));
      expect((await journal.accounts())[0]?.voucher).to.include({
        ceiling: 2n * PRICE,
        signature: wide.clientSignature,
      });
    });

    it("and forgets vouchers that are worse than others, however many fail", async () => {
      const database = close(await backend.open(place));
      const journal = new SqlJournal(database);
      const going = await reserved(journal, record(50n * PRICE));
      for (let count = 2n; count <= 12n; count++) await journal.release(await reserved(journal, record(count * PRICE)));
      if (database.isShared) expect(await database.all("SELECT id FROM reservations")).to.have.length(1);
      const all = { bounds: { reach: MUCH, limit: 50n * PRICE }, maxPrice: 50n * PRICE };
      expect(await refusal(journal.reserve(wishFor(record(100n * PRICE), all)))).to.equal("CoverExhausted");
      await journal.release(going);
      if (database.isShared) {
        expect(await database.all("SELECT id FROM reservations")).to.deep.equal([]);
        expect((await database.all("SELECT amount FROM kept"))[0]).to.deep.equal({ amount: "0" });
      }
      await reserved(journal, record(100n * PRICE), all);
    });
  });

  describe("counts as owed what can still be settled", () => {
    const tight = { reach: MUCH, limit: 2n * PRICE };

    /** The sums, beside what they are sums of. */
    async function expectSums(database: Database): Promise<void> {
      const [books] = await database.all("SELECT owed, settled FROM books");
      const rows = await database.all("SELECT charged, settled, counted FROM accounts");
      const amount = (value: unknown): bigint => BigInt(value as string);
      const owed = rows.map((row) => amount(Number(row["counted"]) === 1 ? row["charged"] : row["settled"]));
      expect(books?.["owed"]).to.equal(owed.reduce((sum, value) => sum + value, 0n).toString());
      const settled = rows.map((row) => amount(row["settled"])).reduce((sum, value) => sum + value, 0n);
      expect(books?.["settled"]).to.equal(settled.toString());
    }

    it("until its voucher runs out, and again where the account comes back", async () => {
      const database = close(await backend.open(place));
      const journal = new SqlJournal(database);
      const one = record(PRICE);
      await enter(journal, one);
      await enter(journal, record(PRICE, "bob"));
      const late = { bounds: tight, now: one.request.deadline + SETTLEMENT_GRACE };
      expect(
        await refusal(journal.reserve(wishFor(record(2n * PRICE, "bob"), { ...late, now: late.now - 1n }))),
      ).to.equal("CoverExhausted");
      const bobs = record(2n * PRICE, "bob", late.now);
      const name = await reserved(journal, bobs, late);
      await expectSums(database);
      await journal.append(draftOf(bobs, name));
      await expectSums(database);
      // Alice comes back: what she owes would be settled on her new voucher.
      const back = record(2n * PRICE);
      expect(await refusal(journal.reserve(wishFor(back, late)))).to.equal("CoverExhausted");
      const wide = { ...late, bounds: { reach: MUCH, limit: 4n * PRICE } };
      await journal.append(draftOf(back, await reserved(journal, back, wide)));
      await expectSums(database);
    });

    it("and beyond it where something is under way that will be settled with it", async () => {
      const database = close(await backend.open(place));
      const journal = new SqlJournal(database);
      const one = record(PRICE);
      await enter(journal, one);
      const late = { bounds: tight, now: one.request.deadline + SETTLEMENT_GRACE };
      const newer = record(2n * PRICE, "alice", late.now);
      const going = await reserved(journal, newer, late);
      expect(await refusal(journal.reserve(wishFor(record(PRICE, "bob"), late)))).to.equal("CoverExhausted");
      await journal.append(draftOf(newer, going));
      await expectSums(database);
    });

    it("and of what runs out what is settled, before and after", async () => {
      const database = close(await backend.open(place));
      const journal = new SqlJournal(database);
      const one = record(2n * PRICE);
      await enter(journal, one);
      await journal.noteSettled(accountOf(one), 1n);
      await expectSums(database);
      const late = { bounds: { reach: MUCH, limit: PRICE + 1n }, now: one.request.deadline + SETTLEMENT_GRACE };
      const name = await reserved(journal, record(PRICE, "bob"), late);
      await expectSums(database);
      await journal.noteSettled(accountOf(one), PRICE);
      await expectSums(database);
      await journal.release(name);
      await rejection(journal.reserve(wishFor(record(PRICE, "bob"), late)));
      expect(await journal.settledTotal()).to.equal(PRICE);
    });
  });
});

describe("a journal in a file", () => {
  const stage = useStage();
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "surety-journal-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("is written through to the disk before an answer leaves", async () => {
    const database = close(await openSqlite(join(folder, "settings.sqlite")));
    expect(await database.all("PRAGMA journal_mode")).to.deep.equal([{ journal_mode: "wal" }]);
    // FULL: the end of a transaction waits for the disk.
    expect(await database.all("PRAGMA synchronous")).to.deep.equal([{ synchronous: 2 }]);
  });

  it("is one process's at a time", async () => {
    const file = join(folder, "shared.sqlite");
    close(await openJournal(file));
    const script = `import { openSqlite } from "./src/operator/sqlite.ts"; await openSqlite(${JSON.stringify(file)});`;
    const other = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
    expect(other.stderr.toString()).to.include("JournalInUseError").and.include("DATABASE_URL");
    await rejectionOf(JournalInUseError, openJournal(file));
  });

  it("is claimed by nobody where it cannot be written beside it what was given", async () => {
    const mark = join(folder, "nowhere", "given");
    const journal = close(new SqlJournal(await openSqlite(":memory:"), new Mark(mark)));
    expect((await rejectionOf(JournalMarkError, journal.claim("olive"))).message).to.include(mark);
  });

  it("is no other file", async () => {
    const file = join(folder, "letter.sqlite");
    writeFileSync(file, "Dear operator, this is no database, however long one reads on in it.".repeat(20));
    expect((await rejectionOf(JournalFileError, openJournal(file))).message).to.include(file);
  });

  it("of the version before is taken over whole", async () => {
    const [file, older] = [join(folder, "new.sqlite"), join(folder, "old.sqlite")];
    const journal = await openJournal(file);
    await journal.claim("olive");
    for (let count = 0; count < 3; count++) await enter(journal, forge(stage, {}));
    const [first, second] = await journal.unbatched();
    if (first === undefined || second === undefined) throw new Error("two records expected");
    await journal.planBatch({ root: first.receipt.requestHash, firstSequence: 0n, lastSequence: 0n });
    await journal.planBatch({ root: second.receipt.requestHash, firstSequence: 1n, lastSequence: 1n });
    await journal.closeBatch(first.receipt.requestHash, first.request.deadline);
    await journal.noteSettled({ payer: addressed(actors.alice), client: addressOf(secrets.alice) }, PRICE);
    const held = async (one: SqlJournal) => ({
      accounts: await one.accounts(),
      unbatched: await one.unbatched(),
      open: await one.openBatch(),
      unbacked: await one.unbacked(),
      settled: await one.settledTotal(),
    });
    const before = await held(journal);
    await journal.close();
    copyFileSync(file, older);
    makeVersion1(older);

    const after = close(await openJournal(older));
    expect(await held(after)).to.deep.equal(before);
    await rejectionOf(JournalMismatchError, after.claim("otto"));
    expect((await enter(after, forge(stage, {}))).receipt).to.include({ sequence: 3n, charged: 4n * PRICE });
  });

  /** Turns a journal's file into what version 1 would have written. */
  function makeVersion1(file: string): void {
    const database = new DatabaseSync(file);
    database.exec(`
      CREATE TABLE owner (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL) STRICT;
      INSERT INTO owner SELECT id, owner FROM books;
      CREATE TABLE old_accounts (
        account TEXT PRIMARY KEY, charged TEXT NOT NULL, settled TEXT NOT NULL, ceiling TEXT NOT NULL,
        deadline TEXT NOT NULL, order_hash TEXT NOT NULL, signature TEXT NOT NULL
      ) STRICT;
      INSERT INTO old_accounts
        SELECT account, charged, settled, ceiling, CAST(deadline AS TEXT), order_hash, signature FROM accounts;
      DROP TABLE accounts;
      ALTER TABLE old_accounts RENAME TO accounts;
      CREATE TABLE old_batches (
        root TEXT PRIMARY KEY, first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
        committed INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      INSERT INTO old_batches SELECT * FROM batches;
      DROP TABLE batches;
      ALTER TABLE old_batches RENAME TO batches;
      DROP TABLE books;
    `);
    database.close();
  }
});

describe("works in one transaction", () => {
  it("are told of it only once it has ended", async () => {
    const told: string[] = [];
    const group = new Group<undefined>(
      async (works) => {
        const result = await works(undefined);
        told.push("ended");
        return result;
      },
      async () => undefined,
    );
    const names = ["one", "other"];
    await Promise.all(names.map(async (name) => group.run({ act: async () => name }).then((text) => told.push(text))));
    expect(told).to.deep.equal(["ended", "one", "other"]);
  });
});
