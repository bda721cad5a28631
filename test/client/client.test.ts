import { IntegerEngine } from "../../src/operator/engine.ts";
import { expect } from "chai";
import { type Fetch, NodeError } from "../../src/chain/http.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { NotIncludedError } from "../../src/chain/inclusions.ts";
import type { Client } from "../../src/client/client.ts";
import { AnswerRejectedError, DoubleChargeError } from "../../src/client/errors.ts";
import { fetchOffer } from "../../src/client/offers.ts";
import { makeBatch } from "../../src/core/batch.ts";
import { fromHex, type Hex, toHex } from "../../src/core/bytes.ts";
import {
  type Answer,
  answerSchema,
  type Ask,
  askSchema,
  type Offer,
  readText,
  type Record,
  write,
} from "../../src/core/records.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { Mode, type Receipt, receiptDigest } from "../../src/core/typedData.ts";
import {
  actors,
  addressed,
  advance,
  clock,
  contractsOf,
  FUNDS,
  type House,
  makeClient,
  open,
  openHouse,
  PRICE,
  published,
  question,
  rejection,
  rejectionOf,
  secretNamed,
  secrets,
  sent,
  useStage,
} from "../support/stage.ts";

describe("a client", () => {
  const stage = useStage();

  /** Reaches a house, but changes every answer to an inference; the changed receipt is signed anew. */
  function tampering(change: (answer: Answer, ask: Ask) => Answer): Fetch {
    return async (...call) => {
      const response = await fetch(...call);
      const { url, body } = sent(call);
      if (!url.endsWith("/v1/inference") || !response.ok) return response;
      const ask = readText(askSchema, body);
      return new Response(write(change(readText(answerSchema, await response.text()), ask)));
    };
  }

  function signed(answer: Answer, changes: Partial<Receipt>, secret: Hex = secrets.olive): Answer {
    const receipt = { ...answer.receipt, ...changes };
    return {
      ...answer,
      receipt,
      operatorSignature: sign(receiptDigest(receipt, domainsOf(stage.deployment).ledger), secret),
    };
  }

  async function askThrough(fetch: Fetch, house?: House): Promise<Record> {
    const { node, url } = house ?? (await openHouse(stage));
    return makeClient(stage, "alice", { fetch }).ask(url, node.offer(), question());
  }

  const nodeError = async (promise: Promise<unknown>): Promise<NodeError> => {
    const error = await rejectionOf(NodeError, promise);
    expect(error.remedy).to.not.be.empty;
    return error;
  };

  const settle = async ({ node }: House): Promise<bigint> => {
    await node.settle();
    const key = addressOf(secrets.alice);
    return (await stage.contracts.escrow.account(actors.alice.address, actors.olive.address, key)).settled;
  };

  const offerOf = async ({ operator, url }: Pick<House, "operator" | "url">, by: Fetch): Promise<Offer> => {
    const { deployment, contracts } = stage;
    return fetchOffer({ operator, endpoint: url }, { deployment, contracts, fetch: by, clock: () => clock.now });
  };

  it("funds, asks, verifies, and finds its receipt in the batch", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "bob");
    await client.purse.fund(house.operator, 5n);
    const account = await stage.contracts.escrow.account(actors.bob.address, house.operator, client.key);
    expect(account.balance).to.equal(FUNDS + 5n);
    const offer = await offerOf(house, fetch);
    const record = await client.ask(house.url, offer, question());
    expect(record.receipt).to.include({ price: PRICE, charged: PRICE, client: client.key });
    await house.node.commit();
    const root = await committed();
    const inclusion = await client.confirm(record, root);
    expect(await stage.contracts.ledger.committedAt(record.receipt, root, inclusion.proof)).to.not.equal(0n);
  });

  it("funds by permit, in one transaction and without an approval", async () => {
    const client = makeClient(stage, "bob");
    const { token, escrow } = contractsOf(stage, "bob");
    await token.approve(stage.deployment.contracts.escrow, 0n);
    const sent = await actors.bob.getNonce();
    await client.purse.fund(addressed(actors.olive), 5n, "permit");
    expect(await actors.bob.getNonce()).to.equal(sent + 1);
    const account = await escrow.account(actors.bob.address, actors.olive.address, client.key);
    expect(account.balance).to.equal(FUNDS + 5n);
    expect(await token.allowance(actors.bob.address, stage.deployment.contracts.escrow)).to.equal(0n);
  });

  it("approves the escrow only where it may not take as much already", async () => {
    const { token } = contractsOf(stage, "bob");
    const client = makeClient(stage, "bob");
    await token.approve(stage.deployment.contracts.escrow, 5n);
    for (const [amount, transactions] of [
      [5n, 1],
      [5n, 2],
    ] as const) {
      const sent = await actors.bob.getNonce();
      await client.purse.fund(addressed(actors.olive), amount);
      expect(await actors.bob.getNonce()).to.equal(sent + transactions);
    }
  });

  it("names a permit that is refused, and what to do", async () => {
    const { token } = contractsOf(stage, "bob");
    await token.approve(stage.deployment.contracts.escrow, 0n);
    const late = makeClient(stage, "bob", { clock: () => 0n });
    const error = await rejectionOf(ChainError, late.purse.fund(addressed(actors.olive), 5n, "permit"));
    expect(error.reason).to.equal("PermitRefused");
    expect(error.message).to.include("asked 5").and.include("sign another permit");
  });

  it("takes back what has thawed, and can think better of it", async () => {
    const client = makeClient(stage, "alice");
    const olive = addressed(actors.olive);
    const { token, escrow } = stage.contracts;
    await client.purse.thaw(olive, 7n);
    expect((await rejectionOf(ChainError, client.purse.thaw(olive, 7n))).message).to.include("cancel the thaw first");
    await client.purse.cancelThaw(olive);
    expect((await rejectionOf(ChainError, client.purse.refund(olive))).reason).to.equal("NoThaw");
    await client.purse.thaw(olive, 7n);
    expect((await rejectionOf(ChainError, client.purse.refund(olive))).reason).to.equal("ThawNotMature");
    await advance(16n * 86_400n);
    const before = await token.balanceOf(actors.alice.address);
    expect(await client.purse.refund(olive)).to.equal(7n);
    expect(await token.balanceOf(actors.alice.address)).to.equal(before + 7n);
    expect((await escrow.account(actors.alice.address, olive, client.key)).balance).to.equal(FUNDS - 7n);
  });

  it("names what the chain refuses", async () => {
    const client = makeClient(stage, "alice");
    const error = await rejection(client.purse.fund(addressed(actors.olive), 100n * FUNDS));
    expect(error).to.be.instanceOf(ChainError);
    expect(error.message).to.include("ERC20InsufficientBalance").and.include("get more of the token");
  });

  /** The root of the last batch. */
  async function committed(): Promise<Hex> {
    const { ledger } = stage.contracts;
    const event = (await ledger.queryFilter(ledger.filters.BatchCommitted())).at(-1);
    if (event === undefined) throw new Error("a batch expected");
    return event.args.root as Hex;
  }

  describe("takes no answer that does not hold", () => {
    const flip = (hex: Hex): Hex => {
      const bytes = fromHex(hex);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      return toHex(bytes);
    };
    const lies: readonly (readonly [string, string, (answer: Answer, ask: Ask) => Answer])[] = [
      ["a flipped output", "output", (answer) => ({ ...answer, output: flip(answer.output) })],
      ["a flipped hidden vector", "proof", (answer) => ({ ...answer, hidden: answer.hidden.map(flip) })],
      ["no hidden vectors", "proof", (answer) => ({ ...answer, hidden: [] })],
      [
        "a flipped signature",
        "operator",
        (answer) => ({ ...answer, operatorSignature: flip(answer.operatorSignature) }),
      ],
      [
        "a receipt changed after it was signed",
        "operator",
        (answer) => ({ ...answer, receipt: { ...answer.receipt, sequence: 9n } }),
      ],
      ["a receipt for another request", "request", (answer) => signed(answer, { requestHash: secretNamed("request") })],
      ["a receipt of another operator", "request", (answer) => signed(answer, { operator: addressed(actors.otto) })],
      ["a receipt for another key's account", "client", (answer) => signed(answer, { client: addressOf(secrets.bob) })],
      ["another output hash", "output", (answer) => signed(answer, { outputHash: secretNamed("output") })],
      ["a price above the tariff", "terms", (answer) => signed(answer, { price: PRICE + 1n, charged: PRICE + 1n })],
      ["units that are not there", "terms", (answer) => signed(answer, { inputUnits: 63 })],
      [
        "a time after the deadline",
        "terms",
        (answer, { request }) => signed(answer, { issuedAt: request.deadline + 1n }),
      ],
      [
        "a time before the horizon",
        "terms",
        (answer, { request }) => signed(answer, { issuedAt: request.deadline - 86_401n }),
      ],
      ["a total above every ceiling", "charge", (answer) => signed(answer, { charged: PRICE + 1n })],
      ["a total of half the money there is", "charge", (answer) => signed(answer, { charged: FUNDS / 2n })],
      ["a total below the price", "charge", (answer) => signed(answer, { charged: 0n })],
      [
        "a key that is not the operator's",
        "key",
        (answer) => signed(answer, { signer: addressOf(secrets.stranger) }, secrets.stranger),
      ],
      ["another operator's key", "key", (answer) => signed(answer, { signer: addressOf(secrets.otto) }, secrets.otto)],
    ];
    for (const [what, link, lie] of lies) {
      it(what, async () => {
        const { broken, record, message } = await rejectionOf(AnswerRejectedError, askThrough(tampering(lie)));
        expect(broken.map(({ name }) => name)).to.include(link);
        expect(record.receipt).to.not.be.undefined;
        expect(message).to.include("thaw").and.include("court");
      });
    }

    it("units that were charged before", async () => {
      const house = await openHouse(stage);
      const totals = [PRICE, 2n * PRICE, 2n * PRICE - 1n];
      const fetch = tampering((answer) => signed(answer, { charged: totals.shift() ?? 0n }));
      const client = makeClient(stage, "alice", { fetch });
      await client.ask(house.url, house.node.offer(), question(0));
      await client.ask(house.url, house.node.offer(), question(1));
      const error = await rejectionOf(DoubleChargeError, client.ask(house.url, house.node.offer(), question(2)));
      expect(error.record.receipt.charged).to.equal(2n * PRICE - 1n);
    });

    it("and promises nothing more for it", async () => {
      const house = await openHouse(stage);
      const client = makeClient(stage, "alice", { fetch: tampering((answer) => signed(answer, { charged: FUNDS })) });
      for (let index = 0; index < 3; index++)
        await rejection(client.ask(house.url, house.node.offer(), question(index)));
      expect((await house.journal.accounts())[0]?.voucher.ceiling).to.equal(PRICE);
      expect(await settle(house)).to.equal(PRICE);
    });

    it("and promises no more than it got, whatever gaps the totals have", async () => {
      // The node leaves gaps within what requests side by side allow: it shows the highest total first.
      const house = await openHouse(stage);
      const ceilings: bigint[] = [];
      const lying = tampering((answer) => signed(answer, { charged: 4n * PRICE }));
      const client = makeClient(stage, "alice", {
        fetch: async (...call) => {
          ceilings.push(readText(askSchema, sent(call).body).request.ceiling);
          return lying(...call);
        },
      });
      const offer = house.node.offer();
      const first = await Promise.allSettled(
        [0, 1, 2, 3].map((index) => client.ask(house.url, offer, question(index))),
      );
      expect(first.filter(({ status }) => status === "fulfilled")).to.have.length(1);
      expect(ceilings.at(-1)).to.equal(4n * PRICE);
      await rejection(client.ask(house.url, offer, question(4)));
      expect(ceilings.at(-1)).to.equal(2n * PRICE);
    });
  });

  it("takes no offer that is not the operator's on this deployment", async () => {
    const { node, operator, url } = await openHouse(stage);
    const lies: readonly Partial<Offer>[] = [
      { operator: addressed(actors.otto) },
      { chainId: 1n },
      { escrow: addressed(actors.otto) },
      { ledger: addressed(actors.otto) },
    ];
    for (const lie of lies) {
      const lying: Fetch = async () => new Response(write({ ...node.offer(), ...lie }));
      expect((await nodeError(offerOf({ operator, url }, lying))).reason).to.equal("OfferMismatch");
    }
    const dearer = node.offer().models.map((model) => ({ ...model, base: 2n * model.base }));
    const changed: Fetch = async () => new Response(write({ ...node.offer(), models: dearer }));
    expect((await nodeError(offerOf({ operator, url }, changed))).reason).to.equal("OfferInvalid");
    expect((await offerOf({ operator, url }, fetch)).models).to.have.length(1);
  });

  it("goes nowhere else than where its operator says that it is", async () => {
    const house = await openHouse(stage);
    let reached = 0;
    const inner = await open((request) => {
      reached++;
      return fetch(request.url.replace(new URL(request.url).origin, house.url), request);
    });
    const outer = await open(({ url }) => Response.redirect(new URL(new URL(url).pathname, inner.url), 307));
    const { operator, url } = { ...house, url: outer.url };
    expect((await nodeError(offerOf({ operator, url }, fetch))).reason).to.equal("Unreachable");
    expect((await nodeError(makeClient(stage, "alice").ask(url, house.node.offer(), question()))).reason).to.equal(
      "Unreachable",
    );
    expect(reached).to.equal(0);
  });

  it("takes no weaker mode than the one that can be proven wrong, and no other model", async () => {
    const { node, url } = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const weak = { ...node.offer(), models: node.offer().models.map((model) => ({ ...model, mode: Mode.signed })) };
    expect((await nodeError(client.ask(url, weak, question()))).reason).to.equal("NotOffered");
    const other = question(0, { modelId: secretNamed("no model") });
    expect((await nodeError(client.ask(url, node.offer(), other))).reason).to.equal("NotOffered");
  });

  it("takes the signed mode where it asks for that", async () => {
    const house = await openHouse(stage, { engine: new IntegerEngine([published], [Mode.signed]) });
    const client = makeClient(stage, "alice");
    const { request, hidden, proof } = await client.ask(
      house.url,
      house.node.offer(),
      question(0, { mode: Mode.signed }),
    );
    expect({ mode: request.order.mode, hidden, proof }).to.deep.equal({ mode: Mode.signed, hidden: [], proof: "0x" });
    expect((await nodeError(client.ask(house.url, house.node.offer(), question()))).reason).to.equal("NotOffered");
  });

  describe("says what is wrong with a node", () => {
    const broken: readonly (readonly [string, Fetch, string])[] = [
      ["that does not answer", async () => Promise.reject(new TypeError("fetch failed")), "Unreachable"],
      ["that answers no JSON", async () => new Response("hello"), "Unreadable"],
      ["that answers another JSON value", async () => new Response("{}"), "Unreadable"],
      ["that refuses without saying why", async () => new Response("", { status: 502 }), "Unreadable"],
      [
        "that refuses",
        async () => new Response(write({ error: "CoverExhausted", message: "m", remedy: "r" }), { status: 503 }),
        "CoverExhausted",
      ],
      ["that never ends", async () => new Response(endless()), "Unreadable"],
    ];
    for (const [what, fetch, reason] of broken) {
      it(what, async () => expect((await nodeError(askThrough(fetch))).reason).to.equal(reason));
    }

    function endless(): ReadableStream<Uint8Array> {
      const chunk = new Uint8Array(1024 * 1024);
      return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
    }

    it("that takes for ever: every call has an end", async () => {
      const signals: unknown[] = [];
      await rejection(
        askThrough(async (_, init) => {
          signals.push(init?.signal);
          throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
        }),
      );
      expect(signals.length > 0 && signals.every((signal) => signal instanceof AbortSignal)).to.be.true;
    });
  });

  it("goes on after a refusal, which costs nothing", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const offer = house.node.offer();
    const cheap = { ...offer, models: offer.models.map((model) => ({ ...model, base: 1n })) };
    expect((await nodeError(client.ask(house.url, cheap, question()))).reason).to.equal("PriceTooLow");
    await client.ask(house.url, offer, question());
    expect((await house.journal.accounts())[0]).to.deep.include({ charged: PRICE });
    expect((await house.journal.accounts())[0]?.voucher.ceiling).to.equal(PRICE);
  });

  it("asks again where an answer is lost, and pays for one", async () => {
    const house = await openHouse(stage);
    let lost = 0;
    const losing: Fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (lost++ < 2) throw new TypeError("fetch failed");
      return response;
    };
    const record = await askThrough(losing, house);
    expect(record.receipt.charged).to.equal(PRICE);
    expect(await house.journal.nextSequence()).to.equal(1n);
  });

  it("can go on where an answer is lost for good", async () => {
    const house = await openHouse(stage);
    let isLosing = true;
    const losing: Fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (isLosing) throw new TypeError("fetch failed");
      return response;
    };
    const client = makeClient(stage, "alice", { fetch: losing });
    expect((await nodeError(client.ask(house.url, house.node.offer(), question(0)))).reason).to.equal("Unreachable");
    isLosing = false;
    const record = await client.ask(house.url, house.node.offer(), question(1));
    expect(record.receipt.charged).to.equal(2n * PRICE);
  });

  it("goes on in another process where its records ended", async () => {
    const house = await openHouse(stage);
    const offer = house.node.offer();
    const record = await makeClient(stage, "alice").ask(house.url, offer, question(0));
    const salt = () => secretNamed("another process");
    const forgetful = makeClient(stage, "alice", { salt });
    expect((await nodeError(forgetful.ask(house.url, offer, question(1)))).reason).to.equal("CeilingTooLow");
    const client = makeClient(stage, "alice", { salt, records: [record] });
    const second = await client.ask(house.url, offer, question(1));
    expect(second.receipt.charged).to.equal(2n * PRICE);

    const fetch = tampering((answer) => signed(answer, { charged: PRICE }));
    const third = { salt: () => secretNamed("a third process"), records: [record, second], fetch };
    await rejectionOf(DoubleChargeError, makeClient(stage, "alice", third).ask(house.url, offer, question(2)));
  });

  it("asks one operator many things at once, and owes each price once", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const records = await Promise.all(
      Array.from({ length: 24 }, (_, index) => client.ask(house.url, house.node.offer(), question(index))),
    );
    const totals = records.map(({ receipt }) => receipt.charged).sort((a, b) => Number(a - b));
    expect(totals).to.deep.equal(records.map((_, index) => BigInt(index + 1) * PRICE));
    expect(await settle(house)).to.equal(24n * PRICE);
  });

  it("keeps its accounts with two operators apart", async () => {
    const [olive, otto] = [await openHouse(stage), await openHouse(stage, { who: "otto" })];
    const client = makeClient(stage, "alice");
    for (const house of [olive, otto, olive]) await client.ask(house.url, house.node.offer(), question());
    expect((await olive.journal.accounts())[0]?.charged).to.equal(2n * PRICE);
    expect((await otto.journal.accounts())[0]?.charged).to.equal(PRICE);
  });

  it("finds many receipts by itself, and reads each batch once", async () => {
    const house = await openHouse(stage);
    const urls: string[] = [];
    const counting: Fetch = async (...call) => {
      urls.push(sent(call).url);
      return fetch(...call);
    };
    const client = makeClient(stage, "alice", { fetch: counting });
    const records: Record[] = [];
    for (let index = 0; index < 5; index++) {
      records.push(await client.ask(house.url, house.node.offer(), question(index)));
      if (index === 4) break;
      await advance(1);
      if (index > 1) await house.node.commit();
    }
    const confirmations = await client.confirmAll(records);
    const [a, b, c, d] = confirmations.map(({ inclusion }) => inclusion?.root);
    expect([b, c]).to.deep.equal([a, a]);
    expect(a).to.be.a("string").and.not.equal(d);
    expect(confirmations.map(({ problem }) => problem?.message).filter((one) => one !== undefined)).to.deep.equal([
      `receipt 4 of ${house.operator} is not committed: no batch of its operator has its number yet`,
    ]);
    expect(urls.filter((url) => url.includes("/v1/batches/"))).to.have.length(2);
    expect(confirmations.map(({ record }) => record)).to.deep.equal(records);
    await advance(1);
    await house.node.commit();
    for (const confirmation of await client.confirmAll(records)) expect(confirmation.inclusion).to.not.be.undefined;
    expect(urls.filter((url) => url.includes("/v1/batches/"))).to.have.length(3);
  });

  describe("does not find its receipt", () => {
    const served = async (): Promise<{ house: House; client: Client; record: Record }> => {
      const house = await openHouse(stage);
      const client = makeClient(stage, "alice");
      const record = await client.ask(house.url, house.node.offer(), question(0));
      await house.node.commit();
      return { house, client, record };
    };

    it("in a batch of others", async () => {
      const { house, client, record } = await served();
      const first = await committed();
      const later = await client.ask(house.url, house.node.offer(), question(1));
      await advance(1);
      await house.node.commit();
      const second = await committed();
      expect(await rejection(client.confirm(record, second))).to.be.instanceOf(NotIncludedError);
      expect((await rejection(client.confirm(later, first))).message).to.include(
        "the published batch does not have it",
      );
      await client.confirm(later, second);
    });

    it("in a batch that is not the committed one", async () => {
      const { record } = await served();
      const fetch: Fetch = async () => new Response(write({ receipts: [record.receipt] }));
      const error = await rejection(makeClient(stage, "alice", { fetch }).confirm(record, secretNamed("root")));
      expect(error).to.be.instanceOf(NotIncludedError);
      expect(error.message).to.include("not the committed one");
    });

    it("in a batch that was never committed, or whose range leaves it out", async () => {
      const house = await openHouse(stage);
      const client = makeClient(stage, "alice");
      const record = await client.ask(house.url, house.node.offer(), question(0));
      const published = write({ receipts: [record.receipt] });
      const batch = makeBatch([record.receipt]);
      const there = makeClient(stage, "alice", { fetch: async () => new Response(published) });
      await house.node.announce();
      const error = await rejection(there.confirm(record, batch.root));
      expect(error.message).to.include("the ledger does not have it");
    });

    it("where the batch is not served", async () => {
      const { client, record } = await served();
      await contractsOf(stage, "olive").ledger.setDataURI(actors.olive.address, "http://127.0.0.1:1/v1/batches");
      expect((await nodeError(client.confirm(record, await committed()))).reason).to.equal("Unreachable");
    });
  });
});
