import { expect } from "chai";
import type { Hex } from "../../src/core/bytes.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { actors, type House, PRICE, secrets, type Stage } from "./stage.ts";

/** Expects that a house's books and the chain agree: `count` answers to Alice, each committed once and settled once. */
export async function expectBooksAgree(stage: Stage, { node, journal, operator }: House, count: bigint): Promise<void> {
  const { ledger, escrow } = stage.contracts;
  expect(await journal.nextSequence()).to.equal(count);
  expect(await ledger.nextSequence(operator)).to.equal(count);
  const events = await ledger.queryFilter(ledger.filters.BatchCommitted(operator));
  expect(events.reduce((sum, { args }) => sum + args.count, 0n)).to.equal(count);
  for (const { args } of events) {
    expect(BigInt((await node.batch(args.root as Hex)).receipts.length)).to.equal(args.count);
  }
  const account = await escrow.account(actors.alice.address, operator, addressOf(secrets.alice));
  expect(account.settled).to.equal(count * PRICE);
  expect((await journal.accounts())[0]).to.include({ charged: count * PRICE, settled: count * PRICE });
  expect(await journal.openBatch()).to.be.undefined;
}
