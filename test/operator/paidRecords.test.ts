import { expect } from "chai";
import type { Hex } from "../../src/core/bytes.ts";
import { orderHash, receiptHash } from "../../src/core/typedData.ts";
import type { PaidDraft } from "../../src/operator/journal.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { describeBackends } from "../support/backends.ts";
import { enter, forge } from "../support/forge.ts";
import { close, makeAsk, PRICE, rejection, secretNamed, useStage } from "../support/stage.ts";

const transaction = secretNamed("a transaction");

describeBackends("a journal of what was paid for without an account", (backend) => {
  const stage = useStage();
  let place = "";
  beforeEach(async () => (place = await backend.makePlace()));

  const open = async () => close(new SqlJournal(close(await backend.open(place))));

  function draft(nonce: Hex = secretNamed("a nonce")): PaidDraft {
    const { operatorSignature: _, ...record } = forge(stage, {
      ask: { request: { ceiling: 0n }, order: { salt: nonce } },
    });
    const { payer, order } = record.request;
    return { payer, nonce, orderHash: orderHash(order), at: 1_700_000_000n, transaction, record };
  }

  it("keeps for which order a payment stands, the first one for ever", async () => {
    const { payer, nonce, orderHash: order, at } = draft();
    const journal = await open();
    expect(await journal.noted({ payer, nonce })).to.equal(undefined);
    const note = { payer, nonce, orderHash: order, at };
    expect(await journal.notePayment(note)).to.deep.equal(note);
    const later = { ...note, orderHash: secretNamed("another order"), at: at + 1n };
    expect(await journal.notePayment(later)).to.deep.equal(note);
    await journal.close();
    expect(await (await open()).noted({ payer, nonce })).to.deep.equal(note);
  });

  it("writes an answer once, whose receipt has the next number, and charges no account", async () => {
    const journal = await open();
    const { record } = { record: await enter(journal, forge(stage, { ask: { request: { ceiling: PRICE } } })) };
    const one = draft();
    await journal.notePayment(one);
    expect(await journal.paid(one)).to.equal(undefined);
    const written = await journal.appendPaid(one);
    expect(written.record.receipt).to.include({ sequence: 1n, charged: 0n, price: one.record.receipt.price });
    expect(written.transaction).to.equal(transaction);
    expect(await journal.appendPaid({ ...one, transaction: secretNamed("another") })).to.deep.equal(written);
    expect(await journal.paid(one)).to.deep.equal(written);
    expect(await journal.byLeaf(receiptHash(written.record.receipt))).to.deep.equal(written.record);
    expect(await journal.nextSequence()).to.equal(2n);

    const account = { payer: record.request.payer, client: record.receipt.client };
    expect((await journal.accounts()).map(({ charged }) => charged)).to.deep.equal([PRICE]);
    expect((await journal.byUnit(account, 1n))?.receipt.sequence).to.equal(0n);
    expect((await journal.byUnit(account, PRICE))?.receipt.sequence).to.equal(0n);
    expect(await journal.byUnit(account, PRICE + 1n)).to.equal(undefined);
    expect((await journal.unbacked()).size).to.equal(1);
    expect((await journal.unbatched()).map(({ receipt }) => receipt.sequence)).to.deep.equal([0n, 1n]);
  });

  it("writes no second receipt for an order that was served", async () => {
    const journal = await open();
    const ask = makeAsk(stage);
    const served = await enter(journal, forge(stage, { ask: { order: { salt: ask.request.order.salt } } }));
    const again = { ...draft(), orderHash: orderHash(served.request.order), payer: served.request.payer };
    await journal.notePayment(again);
    const { request } = served;
    expect((await rejection(journal.appendPaid({ ...again, record: { ...again.record, request } }))).message).to.match(
      /unique/i,
    );
    expect(await journal.nextSequence()).to.equal(1n);
    expect(await journal.paid(again)).to.equal(undefined);
  });
});
