import { expect } from "chai";
import type { Indexer } from "../../indexer/start.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { bundleSchema, read } from "../../src/core/records.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { isValid, verifyBundle } from "../../src/core/verify.ts";
import { openIndexer, pglite } from "../support/indexing.ts";
import { actors, addressed, makeClient, openContext, openHouse, PRICE, question, useStage } from "../support/stage.ts";

const olive = addressed(actors.olive);

/** What the API answers. */
interface Answer {
  readonly status: number;
  // The shape of each answer is what is tested.
  readonly body: Readonly<Record<string, unknown>>;
}

describe("what the indexer serves", () => {
  const stage = useStage();

  async function get({ url }: Indexer, path: string): Promise<Answer> {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  }

  /** Asks until the records of so many receipts are settled one way or the other. */
  async function collected(index: Indexer, count: number): Promise<void> {
    for (;;) {
      const { records } = (await get(index, "/v1/progress")).body as { records: Readonly<Record<string, number>> };
      if ((records["stored"] ?? 0) + (records["withheld"] ?? 0) === count) return;
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  it("tells a receipt's story, an agent's and a batch's, and refuses by name", async function () {
    this.timeout(300_000);
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const ask = async (number: number, context = openContext) =>
      client.ask(house.url, house.node.offer(), question(number, { context }));
    const first = await ask(0, { ...openContext, agent: "eip155:1/7", session: "s" });
    const second = await ask(1, { ...openContext, agent: "eip155:1/7", parents: [receiptHash(first.receipt)] });
    const hidden = await ask(2, { ...openContext, disclose: false });
    const [leaf, next, secret] = [first, second, hidden].map(({ receipt }) => receiptHash(receipt));
    await house.node.commit();
    await house.node.settle();
    const index = await openIndexer(stage, await pglite.makePlace());
    await index.caughtUp();
    await collected(index, 3);

    const story = await get(index, `/v1/receipts/${leaf}`);
    expect(story.status).to.equal(200);
    expect(story.body).to.have.nested.property("batch.count", "3");
    expect(story.body).to.have.nested.property("model.operators", 2);
    expect(story.body).to.have.nested.property("account.settled", `${3n * PRICE}`);
    expect(story.body).to.have.nested.property("settlements[0].paid", `${3n * PRICE}`);
    expect(story.body).to.deep.include({ recordState: "stored", faults: [], demands: [] });
    const withheld = await get(index, `/v1/receipts/${secret}`);
    expect(withheld.body).to.include({ recordState: "withheld" }).and.not.have.property("record");

    // A stranger checks the bundle without believing any of it.
    const bundle = read(bundleSchema, (await get(index, `/v1/bundles/${leaf}`)).body);
    const links = verifyBundle(bundle);
    expect(isValid(links)).to.be.true;
    expect(links.find(({ name }) => name === "inclusion")?.status).to.equal("holds");
    expect(bundle.escrow).to.equal(domainsOf(stage.deployment).escrow.contract);

    const agent = await get(index, "/v1/agents/eip155%3A1%2F7");
    const actions = agent.body["actions"] as readonly { readonly leaf: Hex }[];
    expect(actions.map((action) => action.leaf)).to.deep.equal([leaf, next]);
    expect((await get(index, "/v1/agents")).body).to.have.nested.property("agents[0].actions", 2);
    for (const [query, count] of [
      [`operator=${olive}`, 3],
      [`payer=${addressed(actors.alice)}`, 2],
      [`payer=${addressed(actors.bob)}`, 0],
      ["session=s", 1],
      [`before=${first.receipt.issuedAt}`, 0],
      ["limit=2", 2],
    ] as const) {
      expect((await get(index, `/v1/receipts?${query}`)).body["receipts"], query).to.have.length(count);
    }
    const { root } = (story.body["inclusion"] ?? {}) as { readonly root?: Hex };
    expect((await get(index, `/v1/batches/${olive}/${root}`)).body).to.have.nested.property("receipts.length", 3);

    const nowhere = `0x${"00".repeat(32)}`;
    for (const [path, status, error] of [
      [`/v1/receipts/${nowhere}`, 404, "ReceiptUnknown"],
      ["/v1/receipts/0x1", 400, "LeafInvalid"],
      [`/v1/bundles/${secret}`, 404, "RecordUnknown"],
      [`/v1/batches/${olive}/${nowhere}`, 404, "BatchUnknown"],
      ["/v1/agents/nobody", 404, "AgentUnknown"],
      ["/v1/receipts?limit=100000", 400, "NumberInvalid"],
      [`/v1/operators/${addressed(actors.alice)}/curve`, 404, "NoHistory"],
    ] as const) {
      const refusal = await get(index, path);
      expect([refusal.status, refusal.body["error"]], path).to.deep.equal([status, error]);
      expect(refusal.body["remedy"], path).to.not.be.empty;
    }
  });
});
