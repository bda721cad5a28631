import { expect } from "chai";
import { domainsOf } from "../../src/chain/deployment.ts";
import { demandReceipt } from "../../src/chain/demands.ts";
import { type Chapter, type Trace, traceBundle } from "../../src/chain/trace.ts";
import { openingOf } from "../../src/core/model/commitment.ts";
import type { Bundle, Record } from "../../src/core/records.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { forge } from "../support/forge.ts";
import { advance, contractsOf, makeClient, openHouse, published, question, useStage } from "../support/stage.ts";

describe("a record's page", () => {
  const stage = useStage();

  function bundle(record: Record, more: Partial<Bundle> = {}): Bundle {
    const { escrow, ledger } = domainsOf(stage.deployment);
    return {
      format: "surety-bundle-1",
      chainId: escrow.chainId,
      escrow: escrow.contract,
      ledger: ledger.contract,
      record,
      ...more,
    };
  }

  async function trace(it: Bundle): Promise<Trace> {
    return traceBundle(it, stage);
  }

  const chapter = ({ chapters }: Trace, title: Chapter["title"]): string =>
    chapters.find((one) => one.title === title)?.sentences.join(" ") ?? "";

  it("tells a record from its question to its settlement, with every link in one chapter", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const context = { ...question().context, agent: "eip155:1:7", parents: [`0x${"ab".repeat(32)}`] };
    const record = await client.ask(house.url, house.node.offer(), question(0, { context }));
    await advance(1);
    await house.node.settle();
    const inclusion = await client.confirm(record);

    const page = await trace(bundle(record, { inclusion, model: openingOf(published) }));
    expect(page).to.include({ receipt: receiptHash(record.receipt), isValid: true });
    expect(page.verdict).to.equal("What could be checked holds; open: execution.");
    expect(chapter(page, "Answer")).to.include("receipt number 0").and.include("64 bytes");
    expect(chapter(page, "Model")).to.include(record.request.order.modelId).and.include("the optimistic mode");
    expect(chapter(page, "Context"))
      .to.include('"eip155:1:7"')
      .and.include(`It follows from receipt 0x${"ab".repeat(32)}`);
    const { price } = record.receipt;
    expect(chapter(page, "Payment"))
      .to.include(`cost 0.0${price / 1_000n}`)
      .and.include(`from 1 to ${price}`)
      .and.match(/settled at 20.+ in transaction 0x/);
    expect(chapter(page, "Commitment")).to.include(inclusion.root).and.include("of receipts 0 to 0");
    expect(chapter(page, "Challenge")).to.include("Courts take evidence about it until");
    const links = page.chapters.flatMap((one) => one.links.map(({ name }) => name));
    expect(links).to.have.length(new Set(links).size).and.include("backing").and.include("execution");

    await demandReceipt(contractsOf(stage, "wendy"), { operator: house.operator, root: inclusion.root, sequence: 0n });
    await house.node.answerDemands(0);
    expect(chapter(await trace(bundle(record, { inclusion })), "Challenge")).to.include("demanded in court, and shown");
    await advance(8n * 86_400n);
    expect(chapter(await trace(bundle(record, { inclusion })), "Challenge")).to.include("time to challenge it ended");
  });

  it("says what does not hold, and what is not there", async () => {
    const record = forge(stage, { receipt: { issuedAt: 2n ** 64n - 1n, charged: 0n } });
    const page = await trace(bundle({ ...record, context: "{}" }));
    expect(page.isValid).to.be.false;
    expect(page.verdict).to.match(/^It does not hold: .*context.*terms/);
    expect(chapter(page, "Answer")).to.include("at second 18446744073709551615");
    expect(chapter(page, "Context")).to.equal("It cannot be read.");
    expect(chapter(page, "Model")).to.include("The bundle does not have it.");
    expect(chapter(page, "Payment")).to.include("paid outside the account");
    expect(chapter(page, "Commitment")).to.equal("The bundle names no batch that holds it.");
  });
});
