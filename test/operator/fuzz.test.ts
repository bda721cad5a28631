import { connect } from "node:net";
import { encodePaymentSignatureHeader } from "@x402/core/http";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { expect } from "chai";
import fc from "fast-check";
import { canonicalContext, contextHash } from "../../src/core/context.ts";
import { keccakHex, toHex } from "../../src/core/bytes.ts";
import { write } from "../../src/core/records.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { Mode, requestDigest } from "../../src/core/typedData.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import { encodeRequestHeader } from "../../src/core/wire.ts";
import { Refusal, type RefusalName } from "../../src/operator/refusals.ts";
import { babblerId, chat, priceFor } from "../support/headed.ts";
import {
  buyerNamed,
  contracts,
  deployment,
  openShop,
  people,
  type Shop,
  shopClock,
  walletOf,
} from "../support/shop.ts";
import {
  addressed,
  closeOpened,
  inputNumbered,
  openContext,
  PRICE,
  secretNamed,
  secrets,
  smallId,
  tariff,
} from "../support/stage.ts";

const SEED = 20_261_128;

/** Whoever asks here has no account and no token: what comes through all checks is refused for that alone. */
const poor = buyerNamed("e");

const context = canonicalContext(openContext);

/** A request for one of the two models, signed by a key that nobody funded. */
function unfunded(input: Uint8Array, modelId: `0x${string}`, mode: Mode, maxPrice: bigint) {
  const request = {
    payer: addressed(poor),
    operator: addressed(people.operator),
    ceiling: maxPrice,
    deadline: shopClock() + 3_600n,
    order: {
      modelId,
      mode,
      inputHash: keccakHex(input),
      contextHash: contextHash(context),
      maxPrice,
      ...tariff,
      salt: secretNamed("fuzz"),
    },
  };
  const clientSignature = sign(requestDigest(request, domainsOf(deployment).escrow), secrets.stranger);
  return { request, clientSignature, client: addressOf(secrets.stranger), input: toHex(input), context };
}

/** Anywhere in a text, as a part of its length. */
const place = fc.nat(9_999).map((part) => part / 10_000);
const rubbish = ["", "0", "-1", "null", "{}", "[]", '"', "0x", "1e999", "\\u0000", "9".repeat(400), "__proto__"];

/** What goes wrong with a text on its way: a piece of it is replaced, left out, or said twice; or a digit is another. */
const damage = fc.oneof(
  fc.record({ place, length: fc.nat(40), piece: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom(...rubbish)) }),
  fc.record({ place, length: fc.constant(1), piece: fc.nat(15).map((digit) => digit.toString(16)) }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(text: string, wounds: readonly Damage[]): string {
  return wounds.reduce((whole, { place, length, piece }) => {
    const start = Math.floor(place * whole.length);
    return whole.slice(0, start) + piece + whole.slice(start + length);
  }, text);
}

/** What may stand in a header. */
const headerText = fc.string({
  unit: fc.constantFrom(...Array.from({ length: 94 }, (_, code) => String.fromCharCode(33 + code))),
  maxLength: 300,
});

describe("a node among the malformed", () => {
  afterEach(closeOpened);

  const allowed = [200, 400, 401, 402, 403, 404, 409, 410, 413, 415, 503];

  /** Expects that a response is a refusal by name, with what to do about it. */
  async function expectRefusal(response: Response, what: string): Promise<string> {
    const text = await response.text();
    expect(allowed, `${what}: ${text}`).to.include(response.status);
    expect(response.status, `${what}: ${text}`).to.not.equal(200);
    const body = JSON.parse(text) as { error: RefusalName; message: string; remedy: string };
    expect(body).to.have.keys("error", "message", "remedy");
    const known = new Refusal(body.error, body.message);
    expect([known.status, known.remedy]).to.deep.equal([response.status, body.remedy]);
    return body.error;
  }

  async function expectUntouched(shop: Shop): Promise<void> {
    expect(shop.errors).to.deep.equal([]);
    expect(await shop.journal.nextSequence()).to.equal(0n);
    expect(await shop.journal.accounts()).to.deep.equal([]);
    expect(shop.upstream.received).to.deep.equal([]);
    expect(await contracts.token.balanceOf(await contracts.escrow.payToOf(people.operator.address))).to.equal(0n);
    expect((await fetch(`${shop.url}/health`)).status).to.equal(200);
  }

  const post = (body: string | Uint8Array, headers: Record<string, string> = {}) => ({
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: body as string | Uint8Array<ArrayBuffer>,
  });

  /** Tries it with so many inputs, and counts the names of refusals that it meets. */
  async function meet<T>(
    arbitrary: fc.Arbitrary<T>,
    numRuns: number,
    attempt: (value: T) => Promise<string>,
  ): Promise<Map<string, number>> {
    const met = new Map<string, number>();
    const property = fc.asyncProperty(arbitrary, async (value) => {
      const name = await attempt(value);
      met.set(name, (met.get(name) ?? 0) + 1);
    });
    await fc.assert(property, { seed: SEED, numRuns });
    return met;
  }

  const routes = ["inference", "chat/completions", "completions"] as const;

  it("refuses a thousand bodies that mean nothing", async () => {
    const shop = await openShop();
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.json({ maxDepth: 4 }),
      fc.record({ model: fc.anything(), messages: fc.anything(), max_tokens: fc.anything() }).map((body) => {
        return JSON.stringify(body, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
      }),
    );
    const attempts = fc.tuple(fc.constantFrom(...routes), bodies);
    const met = await meet(attempts, 1_000, async ([route, body]) =>
      expectRefusal(await fetch(`${shop.url}/v1/${route}`, post(body)), route),
    );
    expect([...met.keys()]).to.include.members(["Malformed", "InputRejected"]);
    await expectUntouched(shop);
  });

  it("refuses a thousand requests that were damaged on their way, and those that were not for want of money", async () => {
    const shop = await openShop();
    const pixels = unfunded(inputNumbered(0), smallId, Mode.optimistic, PRICE);
    const words = chat("words");
    const spoken = unfunded(words, babblerId, Mode.signed, priceFor(words));
    const body = write(pixels);
    const header = Buffer.from(encodeRequestHeader(spoken), "base64url").toString();
    const wounds = fc.array(damage, { maxLength: 2 });
    const attempts = fc.tuple(wounds, fc.boolean());
    const met = await meet(attempts, 1_000, async ([hurt, isHeaded]) => {
      const response = isHeaded
        ? await fetch(
            `${shop.url}/v1/chat/completions`,
            post(words, { "surety-request": Buffer.from(damaged(header, hurt)).toString("base64url") }),
          )
        : await fetch(`${shop.url}/v1/inference`, post(damaged(body, hurt)));
      return expectRefusal(response, damaged(isHeaded ? header : body, hurt));
    });
    expect([...met.keys()]).to.include.members(["Malformed", "AccountUnfunded", "SignatureInvalid", "HashMismatch"]);
    await expectUntouched(shop);
  });

  it("refuses hundreds of payments that were damaged on their way, and those that were not for want of money", async () => {
    const shop = await openShop();
    const words = chat("pay");
    const priced = await fetch(`${shop.url}/v1/chat/completions`, post(words));
    const required = JSON.parse(atob(priced.headers.get("payment-required") ?? "")) as { accepts: never[] };
    const [accepted] = required.accepts;
    const created = await new ExactEvmScheme(walletOf(poor)).createPaymentPayload(2, accepted as never);
    const whole = atob(encodePaymentSignatureHeader({ ...created, accepted: accepted as never }));
    const attempts = fc.oneof(
      fc.array(damage, { maxLength: 3 }).map((hurt) => Buffer.from(damaged(whole, hurt)).toString("base64")),
      headerText,
    );
    const met = await meet(attempts, 700, async (payment) =>
      expectRefusal(
        await fetch(`${shop.url}/v1/chat/completions`, post(words, { "payment-signature": payment })),
        payment,
      ),
    );
    expect([...met.keys()]).to.include.members(["PaymentMalformed", "PaymentInvalid"]);
    await expectUntouched(shop);
  });

  it("refuses whatever else is asked of it, in whatever way", async () => {
    const shop = await openShop();
    const path = fc.webPath({ size: "small" }).map((text) => (text.startsWith("/") ? text : `/${text}`));
    const known = fc.constantFrom("/v1/records/", "/v1/batches/", "/v1/offer/", "/v1/models/", "/v1/", "/v2/inference");
    const attempts = fc.record({
      path: fc.oneof(
        path,
        fc.tuple(known, headerText.map(encodeURIComponent)).map((parts) => parts.join("")),
      ),
      method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH"),
      header: headerText,
    });
    const met = await meet(attempts, 400, async ({ path: at, method, header }) =>
      expectRefusal(await fetch(`${shop.url}${at}`, { method, headers: { "x-anything": header } }), `${method} ${at}`),
    );
    expect([...met.keys()]).to.include.members(["RouteUnknown", "RecordUnknown", "BatchUnknown"]);
    await expectUntouched(shop);
  });

  it("goes on after hundreds of connections that speak no HTTP, or hang up in the middle", async () => {
    const shop = await openShop();
    const port = Number(new URL(shop.url).port);
    const head = "POST /v1/inference HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ";
    const speech = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.nat(10_000), fc.string({ maxLength: 50 }))
        .map(([length, body]) => Buffer.from(`${head}${length}\r\n\r\n${body}`)),
      fc
        .constantFrom(`${head}-1\r\n\r\n`, `${head}1\r\nContent-Length: 2\r\n\r\n`, "GET / HTTP/9.9\r\n\r\n")
        .map((text) => Buffer.from(text)),
    );
    const property = fc.asyncProperty(speech, async (bytes) => {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: "127.0.0.1", port });
        socket.on("error", () => undefined);
        socket.on("close", () => {
          resolve();
        });
        socket.write(bytes, () => socket.destroySoon());
      });
    });
    await fc.assert(property, { seed: SEED, numRuns: 300 });
    await expectUntouched(shop);
  });

  it("reads no more of a body than it takes", async () => {
    const shop = await openShop();
    for (const [route, most] of [
      ["inference", 64 * 1024],
      ["chat/completions", 1024 * 1024],
    ] as const) {
      let sent = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(32));
        },
      });
      const init = { method: "POST", body: endless, duplex: "half", headers: { "content-type": "application/json" } };
      const response = await fetch(`${shop.url}/v1/${route}`, init as RequestInit);
      expect(await expectRefusal(response, route)).to.equal("BodyTooLarge");
      expect(sent).to.be.lessThan(most + 64 * 1024 * 1024);
    }
    await expectUntouched(shop);
  });
});
