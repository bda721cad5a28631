import { expect } from "chai";
import type { UnderWay } from "../../src/operator/admission.ts";
import { Books } from "../../src/operator/books.ts";
import type { Database, Transaction } from "../../src/operator/database.ts";
import type { AccountId } from "../../src/operator/journal.ts";
import { openSqlite } from "../../src/operator/sqlite.ts";
import { close } from "../support/stage.ts";

describe("the books of a journal that is one process's", () => {
  const accounts: readonly AccountId[] = ["a", "b", "c"].map((payer) => ({ payer: `0x${payer}`, client: "0x" }));
  const [first, second, third] = accounts as [AccountId, AccountId, AccountId];
  const underWay: readonly UnderWay[] = [
    {
      id: "one",
      node: 0,
      voucher: { ceiling: 5n, deadline: 5n, orderHash: "0x", signature: "0x" },
      amount: 3n,
      isOpen: true,
    },
  ];

  /** Does something with the books in a transaction, and counts the statements that it takes. */
  async function within<T>(
    { books, database }: { books: Books; database: Database },
    work: (session: Transaction) => Promise<T>,
  ): Promise<{ result: T; statements: number }> {
    let statements = 0;
    const result = await database.transaction("durable", async (session) => {
      session.onEnd((counts) => books.end(counts));
      const counting: Transaction = {
        ...session,
        all: async (sql, ...values) => {
          statements++;
          return session.all(sql, ...values);
        },
      };
      const found = await work(counting);
      await books.flush(counting);
      return found;
    });
    return { result, statements };
  }

  const open = async (remembered: number) => {
    const database = close(await openSqlite(":memory:"));
    return { database, books: new Books(database, remembered) };
  };

  it("read an account and the totals once", async () => {
    const house = await open(10);
    const read = async () => within(house, async (session) => house.books.read(session, first));
    expect((await read()).statements).to.equal(4);
    expect((await read()).statements).to.equal(0);
  });

  it("forget whoever was asked for the longest ago, and nobody for whom something is under way", async () => {
    const house = await open(1);
    await within(house, async (session) => house.books.put(session, first, { underWay }));
    for (const account of [second, third]) await within(house, async (session) => house.books.page(session, account));
    const look = async (account: AccountId) => within(house, async (session) => house.books.page(session, account));
    expect(await look(first)).to.deep.equal({
      result: { state: undefined, unbacked: undefined, underWay },
      statements: 0,
    });
    expect((await look(second)).statements).to.equal(2);
    expect((await within(house, async (session) => house.books.totals(session))).result.kept).to.equal(3n);
  });

  it("are as they were where a transaction fails", async () => {
    const house = await open(10);
    const failing = within(house, async (session) => {
      await house.books.put(session, first, { underWay });
      throw new RangeError("no");
    });
    await failing.catch((cause: unknown) => expect(cause).to.be.instanceOf(RangeError));
    const { result } = await within(house, async (session) => house.books.read(session, first));
    expect(result).to.deep.equal([
      { state: undefined, unbacked: undefined, underWay: [] },
      { owed: 0n, settled: 0n, kept: 0n, next: 0n },
    ]);
  });
});
