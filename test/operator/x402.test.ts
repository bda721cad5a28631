import {
  decodePaymentRequiredHeader,
  decodePaymentResponseHeader,
  encodePaymentSignatureHeader,
} from "@x402/core/http";
import type { PaymentPayload, PaymentRequired } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { expect } from "chai";
import type { Wallet } from "ethers";
import OpenAI from "openai";
import { connect } from "../../src/chain/contracts.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import { fromHex, type Hex, keccakHex, toHex } from "../../src/core/bytes.ts";
import type { Record as SuretyRecord } from "../../src/core/records.ts";
import { breachOf } from "../../src/core/terms.ts";
import { Mode, orderHash, receiptHash } from "../../src/core/typedData.ts";
import { verifyRecord } from "../../src/core/verify.ts";
import {
  decodeReceiptHeader,
  decodeRequestHeader,
  RECEIPT_HEADER,
  REQUEST_HEADER,
  splitStream,
} from "../../src/core/wire.ts";
import { Contradictions } from "../../src/chain/contradictions.ts";
import { chat, priceFor } from "../support/headed.ts";
import {
  buyerNamed,
  connection,
  contracts,
  deployment,
  fill,
  openShop,
  payingFetch,
  people,
  type Shop,
  shopClock,
  walletOf,
} from "../support/shop.ts";
import { closeOpened, inputNumbered, openJournal, PRICE, close, smallId, tariff } from "../support/stage.ts";
import { babble, babbler, openUpstream, WORDS } from "../support/upstream.ts";

const buyer = buyerNamed("b");
const other = buyerNamed("d");
const { token, escrow, ledger } = contracts;

/** The record that a sold answer's headers and body make. */
async function recordOf(response: Response, input: Uint8Array): Promise<SuretyRecord> {
  const bytes = new Uint8Array(await response.clone().arrayBuffer());
  const { client: _, ...asked } = decodeRequestHeader(response.headers.get(REQUEST_HEADER) ?? "");
  const receipt = decodeReceiptHeader(response.headers.get(RECEIPT_HEADER) ?? "");
  const isStream = response.headers.get("content-type") === "text/event-stream";
  const output = isStream ? splitStream(bytes).output : bytes;
  return { ...asked, ...receipt, input: toHex(input), output: toHex(output), hidden: [] };
}

/** What does not hold of a record; what cannot be checked without the chain aside. */
function broken(record: SuretyRecord) {
  return verifyRecord(record, domainsOf(deployment)).filter(({ status }) => status === "fails");
}

const post = (input: Uint8Array | string, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: input as string | Uint8Array<ArrayBuffer>,
});

async function refusalOf(response: Response) {
  const body = (await response.json()) as Record<string, string>;
  expect(body).to.have.keys("error", "message", "remedy");
  return [body["error"], response.status] as const;
}

describe("answers sold by x402", () => {
  let start: Awaited<ReturnType<typeof connection.networkHelpers.takeSnapshot>>;
  before(async () => {
    await fill(buyer);
    await fill(other);
    start = await connection.networkHelpers.takeSnapshot();
  });
  afterEach(async () => {
    await closeOpened();
    await start.restore();
  });

  const payTo = async () => escrow.payToOf(people.operator.address);

  /** What a node wants for a body, as the stock client reads it. */
  async function priced(shop: Shop, input: Uint8Array, path = "chat/completions"): Promise<PaymentRequired> {
    const response = await fetch(`${shop.url}/v1/${path}`, post(input));
    expect(response.status).to.equal(402);
    return decodePaymentRequiredHeader(response.headers.get("payment-required") ?? "");
  }

  /** A payment as the stock client signs it. @param change what is otherwise in what it believes to be asked for */
  async function pay(
    required: PaymentRequired,
    { from = buyer, change = {} }: { from?: Wallet; change?: Partial<PaymentRequired["accepts"][number]> } = {},
  ): Promise<PaymentPayload> {
    const accepted = { ...required.accepts[0], ...change } as PaymentRequired["accepts"][number];
    const created = await new ExactEvmScheme(walletOf(from)).createPaymentPayload(2, accepted);
    return { ...created, accepted, resource: required.resource };
  }

  const present = (shop: Shop, input: Uint8Array, payment: PaymentPayload, path = "chat/completions") =>
    fetch(`${shop.url}/v1/${path}`, post(input, { "payment-signature": encodePaymentSignatureHeader(payment) }));

  /** Runs something, and says how much the operator's address got and the buyer gave meanwhile. */
  async function moved<T>(work: () => Promise<T>): Promise<readonly [T, bigint, bigint]> {
    const balances = async () => [await token.balanceOf(await payTo()), await token.balanceOf(buyer.address)] as const;
    const [got, had] = await balances();
    const result = await work();
    const [gotThen, hasThen] = await balances();
    return [result, gotThen - got, had - hasThen];
  }

  it("says what an answer costs, and what to do, to whoever brings nothing", async () => {
    const shop = await openShop();
    const input = chat("how much?", { max_tokens: 3 });
    const response = await fetch(`${shop.url}/v1/chat/completions`, post(input));
    const required = decodePaymentRequiredHeader(response.headers.get("payment-required") ?? "");
    expect(await refusalOf(response)).to.deep.equal(["PaymentRequired", 402]);
    expect(required).to.deep.equal({
      x402Version: 2,
      error: `PaymentRequired: the answer costs ${priceFor(input, 3)}`,
      resource: { url: `${shop.url}/v1/chat/completions`, mimeType: "application/json" },
      accepts: [
        {
          scheme: "exact",
          network: "eip155:31337",
          asset: deployment.contracts.token,
          amount: priceFor(input, 3).toString(),
          payTo: (await payTo()).toLowerCase(),
          maxTimeoutSeconds: 3_600,
          extra: { name: "Surety Test Dollar", version: "1" },
        },
      ],
    });
    expect(shop.upstream.received).to.deep.equal([]);
  });

  describe("to a stock client", () => {
    it("of x402's fetch, from a server behind the node", async () => {
      const shop = await openShop();
      const input = chat("sell me this", { max_tokens: 5 });
      const [response, got, gave] = await moved(() =>
        payingFetch(buyer)(`${shop.url}/v1/chat/completions`, post(input)),
      );
      expect(response.status).to.equal(200);
      const record = await recordOf(response, input);
      const { choices } = JSON.parse(new TextDecoder().decode(fromHex(record.output))) as OpenAI.ChatCompletion;
      expect(choices[0]?.message.content).to.equal(babble("sell me this", 5).join(""));
      expect([got, gave]).to.deep.equal([priceFor(input, 5), priceFor(input, 5)]);
      const paid = decodePaymentResponseHeader(response.headers.get("payment-response") ?? "");
      expect(paid).to.include({ success: true, network: "eip155:31337", payer: buyer.address.toLowerCase() });
      expect((await connection.ethers.provider.getTransactionReceipt(paid.transaction))?.status).to.equal(1);

      // That it was paid the token shows; all else the record shows itself.
      const links = verifyRecord(record, domainsOf(deployment));
      expect(links.filter(({ status }) => status !== "holds").map(({ name }) => name)).to.deep.equal(["client"]);
      expect(broken(record)).to.deep.equal([]);
      const { receipt, request } = record;
      expect(receipt).to.include({ price: priceFor(input, 5), charged: 0n, inputUnits: 3, outputUnits: 5 });
      expect(receipt.client).to.equal(buyer.address.toLowerCase());
      expect(request).to.include({ payer: buyer.address.toLowerCase(), ceiling: 0n });
      expect(breachOf(receipt, request, shopClock())).to.equal(undefined);
    });

    it("of x402's fetch, from an integer model", async () => {
      const shop = await openShop();
      const question = JSON.stringify({ modelId: smallId, mode: Mode.optimistic, input: toHex(inputNumbered(1)) });
      const [response, got] = await moved(() => payingFetch(buyer)(`${shop.url}/v1/inference`, post(question)));
      expect(response.status).to.equal(200);
      expect(got).to.equal(PRICE);
      const { client: _, ...asked } = decodeRequestHeader(response.headers.get(REQUEST_HEADER) ?? "");
      const answer = (await response.json()) as { output: Hex; hidden: Hex[] };
      const headed = decodeReceiptHeader(response.headers.get(RECEIPT_HEADER) ?? "");
      const record = {
        ...asked,
        ...headed,
        input: toHex(inputNumbered(1)),
        output: answer.output,
        hidden: answer.hidden,
      };
      expect(broken(record)).to.deep.equal([]);
    });

    it("of OpenAI's, streaming, that knows neither Surety nor x402", async () => {
      const shop = await openShop();
      const openai = new OpenAI({
        baseURL: `${shop.url}/v1`,
        apiKey: "none",
        fetch: payingFetch(buyer),
        maxRetries: 0,
      });
      const messages = [{ role: "user", content: "stream to me" }] as const;
      const stream = await openai.chat.completions.create({
        model: babbler.name,
        messages: [...messages],
        stream: true,
      });
      let said = "";
      for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? "";
      expect(said).to.equal(babble("stream to me").join(""));
      expect((await openai.models.list()).data.map(({ id }) => id)).to.deep.equal([babbler.name]);
      const whole = await openai.completions.create({ model: babbler.name, prompt: "and whole" });
      expect(whole.choices[0]?.text).to.equal(babble("and whole").join(""));
      expect(whole.usage?.completion_tokens).to.equal(WORDS);
      expect(await shop.journal.nextSequence()).to.equal(2n);
    });
  });

  it("ends a stream with its receipt, for whoever looks for it", async () => {
    const shop = await openShop();
    const input = chat("look for it", { stream: true });
    const response = await payingFetch(buyer)(`${shop.url}/v1/chat/completions`, post(input));
    const record = await recordOf(response, input);
    expect(broken(record)).to.deep.equal([]);
    const { receipt } = splitStream(new Uint8Array(await response.arrayBuffer()));
    expect(receipt.receipt).to.deep.equal(record.receipt);
  });

  it("commits what it sold, owes nobody units for it, and contradicts nothing", async () => {
    const shop = await openShop();
    const records: SuretyRecord[] = [];
    for (const words of ["one", "two"]) {
      const input = chat(words);
      records.push(await recordOf(await payingFetch(buyer)(`${shop.url}/v1/chat/completions`, post(input)), input));
    }
    expect(await shop.journal.accounts()).to.deep.equal([]);
    expect(await shop.journal.unbacked()).to.have.property("size", 0);
    const account = { payer: buyer.address.toLowerCase() as Hex, client: buyer.address.toLowerCase() as Hex };
    for (const unit of [1n, PRICE]) expect(await shop.journal.byUnit(account, unit)).to.equal(undefined);
    const contradictions = new Contradictions();
    for (const record of records)
      expect(contradictions.add([{ record }], record.receipt.issuedAt)).to.deep.equal([undefined]);

    const before = await ledger.nextSequence(people.operator.address);
    await connection.networkHelpers.mine();
    const fees = await escrow.earningsOf(people.operator.address);
    const settlement = await shop.node.settle();
    expect(settlement?.collected.amount).to.be.greaterThan(0n);
    expect(settlement).to.include({ count: 0 });
    expect(await token.balanceOf(await payTo())).to.equal(0n);
    expect(await escrow.earningsOf(people.operator.address)).to.be.greaterThan(fees);
    expect((await ledger.nextSequence(people.operator.address)) - before).to.equal(2n);
    for (const { receipt } of records) expect(await shop.journal.rootOf(receiptHash(receipt))).to.not.equal(undefined);
  });

  describe("refuses a payment", () => {
    const cases: readonly (readonly [string, (required: PaymentRequired) => Promise<PaymentPayload>, RegExp])[] = [
      ["of less", (required) => pay(required, { change: { amount: "1" } }), /it pays 1, the price is/],
      [
        "of less, that says it is the price",
        async (required) => ({
          ...(await pay(required, { change: { amount: "1" } })),
          accepted: required.accepts[0] as never,
        }),
        /it pays 1, the price is/,
      ],
      ["to somebody else", (required) => pay(required, { change: { payTo: other.address } }), /it pays 0x/],
      ["for another network", (required) => pay(required, { change: { network: "eip155:1" } }), /network eip155:1/],
      [
        "signed for another chain, that says it is for this one",
        async (required) => ({
          ...(await pay(required, { change: { network: "eip155:1" } })),
          accepted: required.accepts[0] as never,
        }),
        /signature is not the payer's/,
      ],
      ["in another token", (required) => pay(required, { change: { asset: other.address } }), /it is in 0x/],
      ["that has run out", (required) => pay(required, { change: { maxTimeoutSeconds: -60 } }), /it was valid before/],
      [
        "that is good for longer than orders are",
        (required) => pay(required, { change: { maxTimeoutSeconds: 200_000 } }),
        /the deadline is/,
      ],
      ["of somebody without the money", (required) => pay(required, { from: buyerNamed("e") }), /has 0 of/],
      [
        "signed by somebody else",
        async (required) => {
          const [mine, theirs] = [await pay(required), await pay(required, { from: other })];
          const [from, by] = [mine.payload, theirs.payload];
          return { ...mine, payload: { ...from, signature: by["signature"] } };
        },
        /signature is not the payer's/,
      ],
    ];
    for (const [what, make, why] of cases) {
      it(what, async () => {
        const shop = await openShop();
        const input = chat(what);
        const payment = await make(await priced(shop, input));
        const [response, got] = await moved(() => present(shop, input, payment));
        const { message = "", error } = (await response.json()) as Record<string, string>;
        expect(message).to.match(why);
        expect(got).to.equal(0n);
        expect(shop.upstream.received).to.deep.equal([]);
        expect(await shop.journal.nextSequence()).to.equal(0n);
        expect(shop.errors).to.deep.equal([]);
        if (error === "DeadlineTooFar") return;
        expect([error, response.status]).to.deep.equal(["PaymentInvalid", 402]);
        const again = decodePaymentRequiredHeader(response.headers.get("payment-required") ?? "");
        expect(again.error).to.match(why);
        expect(again.accepts[0]?.amount).to.equal(priceFor(input).toString());
      });
    }

    it("that was cancelled", async () => {
      const shop = await openShop();
      const input = chat("cancelled");
      const payment = await pay(await priced(shop, input));
      const { nonce } = payment.payload["authorization"] as { nonce: Hex };
      const domain = {
        name: "Surety Test Dollar",
        version: "1",
        chainId: 31337,
        verifyingContract: deployment.contracts.token,
      };
      const types = {
        CancelAuthorization: [
          { name: "authorizer", type: "address" },
          { name: "nonce", type: "bytes32" },
        ],
      };
      const signature = await buyer.signTypedData(domain, types, { authorizer: buyer.address, nonce });
      const cancel = token.getFunction("cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)");
      const [r, s, v] = [signature.slice(0, 66), `0x${signature.slice(66, 130)}`, Number(`0x${signature.slice(130)}`)];
      await cancel(buyer.address, nonce, v, r, s);
      expect(await refusalOf(await present(shop, input, payment))).to.deep.equal(["PaymentUsed", 409]);
      expect(shop.upstream.received).to.deep.equal([]);
    });

    it("whose nonce paid the payer's own other purse, beside a true payment in the same block", async () => {
      const shop = await openShop();
      const input = chat("one for many");
      const payment = await pay(await priced(shop, input));
      const authorization = payment.payload["authorization"] as Record<string, string>;
      // The same nonce, signed for another receiver, and used: no money came here.
      const elsewhere = await pay(await priced(shop, input), { change: { payTo: other.address } });
      const used = {
        ...(elsewhere.payload["authorization"] as Record<string, string>),
        nonce: authorization["nonce"] ?? "",
      };
      await spend(used, await signed(used));
      expect(await refusalOf(await present(shop, input, payment))).to.deep.equal(["PaymentUsed", 409]);
      expect(await shop.journal.nextSequence()).to.equal(0n);
    });

    const malformed: readonly (readonly [string, (header: string) => string])[] = [
      ["no base64", () => "%%%"],
      ["no JSON", () => btoa("{")],
      ["another JSON value", () => btoa("[]")],
      ["nothing of a payment", () => btoa('{"x402Version":2}')],
      ["version 1", (header) => btoa(atob(header).replace('"x402Version":2', '"x402Version":1'))],
      ["another scheme", (header) => btoa(atob(header).replaceAll('"exact"', '"upto"'))],
      ["a short nonce", (header) => btoa(atob(header).replace(/"nonce":"0x../, '"nonce":"0x'))],
      ["a negative value", (header) => btoa(atob(header).replace(/"value":"/, '"value":"-'))],
      ["a value beyond its type", (header) => btoa(atob(header).replace(/"value":"\d+"/, `"value":"${2n ** 256n}"`))],
      [
        "a contract's signature",
        (header) => btoa(atob(header).replace(/"signature":"0x/, `"signature":"0x${"00".repeat(32)}`)),
      ],
    ];
    for (const [what, change] of malformed) {
      it(`that is ${what}`, async () => {
        const shop = await openShop();
        const input = chat("malformed");
        const header = encodePaymentSignatureHeader(await pay(await priced(shop, input)));
        const response = await fetch(
          `${shop.url}/v1/chat/completions`,
          post(input, { "payment-signature": change(header) }),
        );
        expect(await refusalOf(response)).to.deep.equal(["PaymentMalformed", 400]);
        expect(shop.errors).to.deep.equal([]);
      });
    }
  });

  /** An authorization signed by the buyer, as the token takes it. */
  async function signed(authorization: Record<string, string>): Promise<string> {
    const domain = {
      name: "Surety Test Dollar",
      version: "1",
      chainId: 31337,
      verifyingContract: deployment.contracts.token,
    };
    const field = (name: string, type: string) => ({ name, type });
    const types = {
      TransferWithAuthorization: [
        field("from", "address"),
        field("to", "address"),
        field("value", "uint256"),
        field("validAfter", "uint256"),
        field("validBefore", "uint256"),
        field("nonce", "bytes32"),
      ],
    };
    return buyer.signTypedData(domain, types, authorization);
  }

  /** Somebody brings an authorization. */
  async function spend(authorization: Record<string, string>, signature: string): Promise<void> {
    const { from = "", to = "", value = "", validAfter = "", validBefore = "", nonce = "" } = authorization;
    const [r, s, v] = [signature.slice(0, 66), `0x${signature.slice(66, 130)}`, Number(`0x${signature.slice(130)}`)];
    const send = connect(deployment, people.helper).token.transferWithAuthorization;
    await send(from, to, value, validAfter, validBefore, nonce, v, r, s);
  }

  describe("takes a payment once", () => {
    it("and gives the same answer to whoever brings it again", async () => {
      const shop = await openShop();
      const input = chat("again");
      const payment = await pay(await priced(shop, input));
      const [texts, got] = await moved(async () => {
        const answers = [await present(shop, input, payment), await present(shop, input, payment)];
        return Promise.all(
          answers.map(async (answer) =>
            [await answer.text(), ...answer.headers.entries()].join("\n").replace(/date,.*/, ""),
          ),
        );
      });
      expect(texts[1]).to.equal(texts[0]);
      expect(got).to.equal(priceFor(input));
      expect(shop.upstream.received).to.have.length(1);
      expect(await shop.journal.nextSequence()).to.equal(1n);
    });

    it("however many bring it at a time", async () => {
      const shop = await openShop();
      const input = chat("all at once");
      const payment = await pay(await priced(shop, input));
      const [bodies, got] = await moved(() =>
        Promise.all(Array.from({ length: 5 }, async () => (await present(shop, input, payment)).text())),
      );
      expect(new Set(bodies).size).to.equal(1);
      expect(got).to.equal(priceFor(input));
      expect(shop.upstream.received).to.have.length(1);
    });

    it("for one question, and not for another as dear", async () => {
      const shop = await openShop();
      const [input, elsewhere] = [chat("this"), chat("that")];
      const payment = await pay(await priced(shop, input));
      const both = await Promise.all([present(shop, input, payment), present(shop, elsewhere, payment)]);
      expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
      const outcomes = await Promise.all([input, elsewhere].map((body) => present(shop, body, payment)));
      expect(outcomes.map(({ status }) => status)).to.deep.equal(both.map(({ status }) => status));
      expect(await shop.journal.nextSequence()).to.equal(1n);
    });

    it("though somebody else brought it to the token first", async () => {
      const shop = await openShop();
      const input = chat("brought before");
      const payment = await pay(await priced(shop, input));
      const { authorization, signature } = payment.payload as {
        authorization: Record<string, string>;
        signature: string;
      };
      await spend(authorization, signature);
      const [response, got] = await moved(() => present(shop, input, payment));
      expect(response.status).to.equal(200);
      expect(got).to.equal(0n);
      const { transaction } = decodePaymentResponseHeader(response.headers.get("payment-response") ?? "");
      expect((await connection.ethers.provider.getTransactionReceipt(transaction))?.from).to.equal(
        people.helper.address,
      );
    });

    it("though somebody else brings it while the answer is computed", async () => {
      let meanwhile: () => Promise<void> = async () => undefined;
      const shop = await openShop({
        engine: (usual) => ({
          offers: usual.offers,
          quote: (job) => usual.quote?.(job),
          run: async (job) => {
            await meanwhile();
            return usual.run(job);
          },
        }),
      });
      const input = chat("brought meanwhile");
      const payment = await pay(await priced(shop, input));
      const { authorization, signature } = payment.payload as {
        authorization: Record<string, string>;
        signature: string;
      };
      meanwhile = () => spend(authorization, signature);
      const [response, got] = await moved(() => present(shop, input, payment));
      expect([response.status, got]).to.deep.equal([200, priceFor(input)]);
    });

    it("and not for less, though somebody brought less before", async () => {
      const shop = await openShop();
      const input = chat("one unit");
      const payment = await pay(await priced(shop, input), { change: { amount: "1" } });
      const { authorization, signature } = payment.payload as {
        authorization: Record<string, string>;
        signature: string;
      };
      await spend(authorization, signature);
      expect(await refusalOf(await present(shop, input, payment))).to.deep.equal(["PaymentInvalid", 402]);
    });
  });

  describe("takes nothing", () => {
    it("where no answer comes, and takes the same payment when one does", async () => {
      const shop = await openShop();
      const input = chat("later");
      const payment = await pay(await priced(shop, input));
      shop.upstream.misbehaviour = "answers 500";
      const [refused, got] = await moved(() => present(shop, input, payment));
      expect(await refusalOf(refused)).to.deep.equal(["UpstreamFailed", 503]);
      expect(refused.headers.get("retry-after")).to.match(/^\d+$/);
      expect(got).to.equal(0n);
      shop.upstream.misbehaviour = undefined;
      expect((await present(shop, input, payment)).status).to.equal(200);
    });

    it("where the payer's money is good for one answer and two are asked for at a time", async () => {
      const poor = buyerNamed("a");
      const held = Promise.withResolvers<undefined>();
      const shop = await openShop({
        engine: (usual) => ({
          offers: usual.offers,
          quote: (job) => usual.quote?.(job),
          run: async (job) => {
            await held.promise;
            return usual.run(job);
          },
        }),
      });
      const input = chat("twice");
      await fill(poor, 2n * priceFor(input) - 1n);
      const required = await priced(shop, input);
      const asked = await Promise.all([0, 1].map(async () => pay(required, { from: poor })));
      const answers = asked.map((payment) => present(shop, input, payment));
      const first = await Promise.race(answers);
      expect(await refusalOf(first)).to.deep.equal(["PaymentInvalid", 402]);
      held.resolve(undefined);
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      expect(statuses.sort()).to.deep.equal([200, 402]);
      expect(shop.upstream.received).to.have.length(1);
      // What was under way is forgotten with it.
      await fill(poor, 1n);
      expect((await present(shop, input, await pay(required, { from: poor }))).status).to.equal(200);
    });

    it("where the payer's money goes while the answer is computed, and hands nothing out", async () => {
      const poor = buyerNamed("c");
      await fill(poor, PRICE * 2n);
      const left = connect(deployment, await connection.ethers.getImpersonatedSigner(poor.address)).token;
      await connection.networkHelpers.setBalance(poor.address, 10n ** 18n);
      const shop = await openShop({
        engine: (usual) => ({
          offers: usual.offers,
          quote: (job) => usual.quote?.(job),
          run: async (job) => {
            await left.transfer(other.address, await token.balanceOf(poor.address));
            return usual.run(job);
          },
        }),
      });
      const input = chat("gone");
      const payment = await pay(await priced(shop, input), { from: poor });
      const response = await present(shop, input, payment);
      const failed = decodePaymentResponseHeader(response.headers.get("payment-response") ?? "");
      expect(await refusalOf(response)).to.deep.equal(["PaymentFailed", 402]);
      expect(failed).to.include({ success: false, payer: poor.address.toLowerCase() });
      expect(await shop.journal.nextSequence()).to.equal(0n);
    });
  });

  it("answers a payment that was made before a crash, dearer or not meanwhile, and no other question for it", async () => {
    const file = `${(await import("node:os")).tmpdir()}/surety-x402-${process.pid}-${Date.now()}.db`;
    const upstream = await openUpstream();
    const journal = await openJournal(file);
    journal.appendPaid = async () => {
      throw new Error("the power went out");
    };
    const crashed = await openShop({ journal, upstream });
    const input = chat("crash");
    const payment = await pay(await priced(crashed, input));
    const [lost, got] = await moved(() => present(crashed, input, payment));
    expect(lost.status).to.equal(500);
    expect(got).to.equal(priceFor(input));
    await journal.close();

    const dearer = { ...tariff, base: tariff.base * 2n };
    const later = () => shopClock() + 7_200n;
    const again = await openShop({ journal: close(await openJournal(file)), upstream, tariff: dearer, clock: later });
    expect(await refusalOf(await present(again, chat("crach"), payment))).to.deep.equal(["PaymentUsed", 409]);
    // Nothing was computed for that.
    expect(upstream.received).to.have.length(1);
    const [answer, more] = await moved(() => present(again, input, payment));
    expect([answer.status, more]).to.deep.equal([200, 0n]);
    const record = await recordOf(answer, input);
    expect(broken(record)).to.deep.equal([]);
    // As it was admitted: before the payment ran out.
    expect(record.receipt.issuedAt < record.request.deadline).to.equal(true);
    expect(record.request.order.salt).to.equal((payment.payload["authorization"] as { nonce: Hex }).nonce);
    expect(record.request.order.inputHash).to.equal(keccakHex(input));
    expect(orderHash(record.request.order)).to.have.length(66);
  });

  it("sells nothing by x402 where its owner does not want to, nor what nobody offers", async () => {
    const shop = await openShop();
    const question = { modelId: smallId, mode: Mode.signed, input: "0x" };
    const asking = async (body: object, path = "inference") =>
      refusalOf(await fetch(`${shop.url}/v1/${path}`, post(JSON.stringify(body))));
    expect(await asking(question)).to.deep.equal(["ModeNotServed", 400]);
    expect(await asking({ ...question, modelId: keccakHex(new Uint8Array()) })).to.deep.equal(["ModelNotServed", 404]);
    expect(await asking({ ...question, mode: Mode.optimistic })).to.deep.equal(["InputRejected", 400]);
    expect(await asking({ ...question, tip: 1 })).to.deep.equal(["Malformed", 400]);
    expect(await asking({ model: "nobody", messages: [] }, "chat/completions")).to.deep.equal(["ModelNotServed", 404]);
  });
});
