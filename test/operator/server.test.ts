import { expect } from "chai";
import { write } from "../../src/core/records.ts";
import { listen, PortInUseError } from "../../src/operator/server.ts";
import { canonicalContext } from "../../src/core/context.ts";
import { addressOf, sign } from "../../src/core/signatures.ts";
import { Mode, orderHash, receiptHash, registrationDigest, requestDigest } from "../../src/core/typedData.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import { toHex } from "../../src/core/bytes.ts";
import { IntegerEngine } from "../../src/operator/engine.ts";
import { Mark } from "../../src/operator/mark.ts";
import { openSqlite } from "../../src/operator/sqlite.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import {
  actors,
  addressed,
  advance,
  type AskChanges,
  catchUp,
  clock,
  close,
  contractsOf,
  FUNDS,
  type House,
  inputNumbered,
  makeAsk,
  open,
  openContext,
  openHouse,
  PRICE,
  published,
  rejection,
  secretNamed,
  secrets,
  tariff,
  useStage,
} from "../support/stage.ts";

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(house: House, path: string, body?: string): Promise<Answered> {
  const init = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body };
  const response = await fetch(`${house.url}${path}`, init);
  return { status: response.status, body: (await response.json()) as Answered["body"] };
}

describe("a node over HTTP", () => {
  const stage = useStage();

  /** Expects a refusal with a remedy, and that nothing was written, charged or reported as unexpected. */
  async function expectRefusal(
    house: House,
    { status, body }: Answered,
    [error, code]: readonly [string, number],
  ): Promise<void> {
    expect(body).to.have.keys("error", "message", "remedy");
    expect(body["error"], String(body["message"])).to.equal(error);
    expect(status).to.equal(code);
    expect(body["remedy"]).to.be.a("string").and.not.be.empty;
    expect(body["message"]).to.be.a("string").and.not.be.empty;
    expect(await house.journal.nextSequence()).to.equal(0n);
    expect(await house.journal.accounts()).to.deep.equal([]);
    expect(house.errors).to.deep.equal([]);
  }

  async function ask(house: House, changes: AskChanges = {}): Promise<Answered> {
    return call(house, "/v1/inference", write(makeAsk(stage, changes)));
  }

  it("answers health and its offer", async () => {
    const house = await openHouse(stage);
    expect(await call(house, "/health")).to.deep.equal({ status: 200, body: { status: "ok" } });
    const { status, body } = await call(house, "/v1/offer");
    expect(status).to.equal(200);
    expect(body["operator"]).to.equal(house.operator);
    expect(body["models"]).to.have.length(1);
  });

  describe("refuses what is malformed", () => {
    const malformed: readonly (readonly [string, (body: string) => string])[] = [
      ["no JSON", () => "{"],
      ["an empty body", () => ""],
      ["another JSON value", () => "[]"],
      ["a missing field", (body) => body.replace(/"deadline":"\d+",?/, "")],
      ["a field that is not known", (body) => body.replace("{", '{"tip":"1",')],
      ["upper-case hexadecimal", (body) => body.replace(/"client":"0x[0-9a-f]+"/, `"client":"0x${"A".repeat(40)}"`)],
      ["a number where a decimal string belongs", (body) => body.replace(/"ceiling":"(\d+)"/, '"ceiling":$1')],
      ["an amount beyond its type", (body) => body.replace(/"ceiling":"\d+"/, `"ceiling":"${2n ** 128n}"`)],
      ["a negative amount", (body) => body.replace(/"ceiling":"\d+"/, '"ceiling":"-1"')],
      ["a short signature", (body) => body.replace(/"clientSignature":"0x[0-9a-f]{2}/, '"clientSignature":"0x')],
    ];
    for (const [what, change] of malformed) {
      it(what, async () => {
        const house = await openHouse(stage);
        const answered = await call(house, "/v1/inference", change(write(makeAsk(stage))));
        await expectRefusal(house, answered, ["Malformed", 400]);
      });
    }

    it("a body that is too large, with its length and without", async () => {
      const house = await openHouse(stage);
      const body = " ".repeat(64 * 1024 + 1);
      await expectRefusal(house, await call(house, "/v1/inference", body), ["BodyTooLarge", 413]);
      const stream = new Blob([body]).stream();
      const init = { method: "POST", body: stream, duplex: "half" } as RequestInit;
      const response = await fetch(`${house.url}/v1/inference`, init);
      const answered = { status: response.status, body: (await response.json()) as Answered["body"] };
      await expectRefusal(house, answered, ["BodyTooLarge", 413]);
    });
  });

  describe("refuses a request", () => {
    const day = 86_400n;
    const refused: readonly (readonly [string, () => AskChanges, readonly [string, number]])[] = [
      ["to another operator", () => ({ request: { operator: addressed(actors.otto) } }), ["WrongOperator", 400]],
      [
        "for a model that is not here",
        () => ({ order: { modelId: secretNamed("no model") } }),
        ["ModelNotServed", 404],
      ],
      ["in another mode", () => ({ order: { mode: Mode.signed } }), ["ModeNotServed", 400]],
      ["for another input", () => ({ order: { inputHash: secretNamed("input") } }), ["HashMismatch", 400]],
      ["for another context", () => ({ order: { contextHash: secretNamed("context") } }), ["HashMismatch", 400]],
      ["whose context is not canonical", () => ({ context: ` ${canonicalContext(openContext)}` }), ["Malformed", 400]],
      ["whose context is none", () => ({ context: "{}" }), ["Malformed", 400]],
      ["with an input one byte short", () => ({ input: inputNumbered(0).slice(1) }), ["InputRejected", 400]],
      [
        "with an input one byte long",
        () => ({
          input: Uint8Array.of(...inputNumbered(0), 0),
          order: { maxPrice: 2n * PRICE },
          request: { ceiling: 2n * PRICE },
        }),
        ["InputRejected", 400],
      ],
      ["signed by another key", () => ({ client: addressOf(secrets.stranger) }), ["SignatureInvalid", 401]],
      ["signed for another chain", () => ({ chainId: 1n }), ["SignatureInvalid", 401]],
      ["signed for another escrow", () => ({ escrow: addressed(actors.will) }), ["SignatureInvalid", 401]],
      ["a second after its deadline", () => ({ request: { deadline: clock.now - 1n } }), ["DeadlinePassed", 410]],
      ["a second beyond the horizon", () => ({ request: { deadline: clock.now + day + 1n } }), ["DeadlineTooFar", 400]],
      ["below the tariff", () => ({ order: { base: tariff.base - 1n } }), ["PriceTooLow", 402]],
      ["at the tariff, with too small a maximum", () => ({ order: { maxPrice: PRICE - 1n } }), ["PriceTooLow", 402]],
      ["with a ceiling below the price", () => ({ request: { ceiling: PRICE - 1n } }), ["CeilingTooLow", 402]],
      ["of an account without money", () => ({ secret: secrets.stranger }), ["AccountUnfunded", 402]],
      [
        "for more than the account holds",
        () => ({ order: { maxPrice: FUNDS + 1n }, request: { ceiling: 2n * FUNDS } }),
        ["AccountUnfunded", 402],
      ],
    ];
    for (const [what, changes, expected] of refused) {
      it(what, async () => {
        const house = await openHouse(stage);
        await expectRefusal(house, await ask(house, changes()), expected);
      });
    }

    it("with a signature of high s", async () => {
      const house = await openHouse(stage);
      const honest = makeAsk(stage);
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const signature = honest.clientSignature;
      const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, "0");
      const v = signature.endsWith("1b") ? "1c" : "1b";
      const body = write({ ...honest, clientSignature: `${signature.slice(0, 66)}${s}${v}` });
      await expectRefusal(house, await call(house, "/v1/inference", body), ["SignatureInvalid", 401]);
    });

    it("takes a deadline that is now, and one at the horizon", async () => {
      const house = await openHouse(stage);
      expect((await ask(house, { request: { deadline: clock.now } })).status).to.equal(200);
      const far = { ceiling: 2n * PRICE, deadline: clock.now + 86_400n };
      expect((await ask(house, { request: far })).status).to.equal(200);
    });

    it("while the account thaws, and serves again when the thaw is cancelled", async () => {
      const { escrow } = contractsOf(stage, "alice");
      const key = addressOf(secrets.alice);
      await escrow.thaw(FUNDS - PRICE + 1n, actors.olive.address, key);
      const house = await openHouse(stage);
      const refusedAsk = makeAsk(stage);
      await expectRefusal(house, await call(house, "/v1/inference", write(refusedAsk)), ["AccountUnfunded", 402]);
      await escrow.cancelThaw(actors.olive.address, key);
      expect((await call(house, "/v1/inference", write(refusedAsk))).status).to.equal(200);
    });

    it("until the account is topped up, without a refusal in between", async () => {
      const house = await openHouse(stage);
      const big = { maxPrice: FUNDS };
      expect((await ask(house)).status).to.equal(200);
      const more = makeAsk(stage, { order: big, request: { ceiling: 2n * FUNDS } });
      await contractsOf(stage, "alice").escrow.fund(FUNDS, actors.olive.address, addressOf(secrets.alice));
      expect((await call(house, "/v1/inference", write(more))).status).to.equal(200);
    });

    it("beyond the bond's cover", async () => {
      const { bonds } = contractsOf(stage, "olive");
      const house = await openHouse(stage);
      await bonds.requestUnbond(house.operator, 900_000_000n);
      expect((await ask(house)).status).to.equal(200);
      await bonds.requestUnbond(house.operator, 1n);
      // The cover that was read is remembered for a moment, and no longer.
      await advance(16);
      const { status, body } = await ask(house, { who: "bob" });
      expect([status, body["error"]]).to.deep.equal([503, "CoverExhausted"]);
      expect(await house.journal.nextSequence()).to.equal(1n);
    });

    it("while the node's key is not registered, is not valid yet, or is no longer", async () => {
      const secret = secretNamed("olive's second node");
      const house = await openHouse(stage, { secret });
      await expectRefusal(house, await ask(house), ["KeyNotValid", 503]);

      const { keys } = contractsOf(stage, "olive");
      const key = addressOf(secret);
      const domain = { chainId: stage.deployment.chainId, contract: stage.deployment.contracts.keys };
      await advance(10);
      await keys.register(key, sign(registrationDigest({ key, operator: house.operator }, domain), secret));
      await expectRefusal(house, await ask(house), ["ClockBehind", 503]);
      await catchUp();
      expect((await ask(house)).status).to.equal(200);

      await advance(61);
      await keys.end(key, clock.now + 86_500n);
      await advance(86_500);
      expect((await ask(house, { who: "bob" })).body["error"]).to.equal("KeyNotValid");
    });

    it("with a key of another operator", async () => {
      const house = await openHouse(stage, { secret: secrets.otto });
      await expectRefusal(house, await ask(house), ["KeyNotValid", 503]);
    });

    it("with a journal that lacks what the chain has", async () => {
      const house = await openHouse(stage);
      expect((await ask(house)).status).to.equal(200);
      await house.node.commit();
      const forgetful = await openHouse(stage);
      await catchUp();
      await expectRefusal(forgetful, await ask(forgetful, { who: "bob" }), ["JournalBehind", 503]);
    });

    it("with a copy of its journal that lacks what it has signed, committed or not, and says so before it is asked", async () => {
      const mark = new Mark();
      const open = async () => close(new SqlJournal(await openSqlite(":memory:"), mark));
      const house = await openHouse(stage, { journal: await open() });
      expect((await ask(house)).status).to.equal(200);
      const restored = await openHouse(stage, { journal: await open() });
      expect((await restored.node.unready()).join()).to.include("1 receipts were signed");
      await expectRefusal(restored, await ask(restored, { who: "bob" }), ["JournalBehind", 503]);
      expect(await house.node.unready()).to.deep.equal([]);
    });
  });

  it("hands out open records and batches, and no others", async () => {
    const house = await openHouse(stage);
    const answered = await ask(house);
    const receipt = (await house.journal.unbatched())[0]?.receipt;
    if (receipt === undefined) throw new Error("a receipt expected");
    const open = await call(house, `/v1/records/${receiptHash(receipt)}`);
    expect(open.status).to.equal(200);
    expect(open.body["operatorSignature"]).to.equal(answered.body["operatorSignature"]);

    const hidden = { ...openContext, disclose: false };
    await ask(house, { context: canonicalContext(hidden), request: { ceiling: 2n * PRICE } });
    const secret = (await house.journal.unbatched())[1]?.receipt;
    if (secret === undefined) throw new Error("a receipt expected");
    const shut = await call(house, `/v1/records/${receiptHash(secret)}`);
    expect([shut.status, shut.body["error"]]).to.deep.equal([403, "NotDisclosed"]);
    expect(write(shut.body)).to.not.include(toHex(inputNumbered(0)).slice(2));

    for (const [path, name] of [
      [`/v1/records/${secretNamed("none")}`, "RecordUnknown"],
      ["/v1/records/x", "RecordUnknown"],
      [`/v1/batches/${secretNamed("none")}`, "BatchUnknown"],
      ["/v1/batches/%27", "BatchUnknown"],
      ["/v2/offer", "RouteUnknown"],
      ["/v1/inference", "RouteUnknown"],
    ] as const) {
      const { status, body } = await call(house, path);
      expect([status, body["error"]], path).to.deep.equal([404, name]);
      expect(body["remedy"]).to.be.a("string").and.not.be.empty;
    }
  });

  it("says no more than Internal of what is not expected, and tells its owner", async () => {
    const broken = {
      offers: new IntegerEngine([published]).offers,
      run: async () => {
        throw new Error("out of paper");
      },
    };
    const house = await openHouse(stage, { engine: broken });
    const { status, body } = await ask(house);
    expect([status, body["error"]]).to.deep.equal([500, "Internal"]);
    expect(write(body)).to.not.include("paper");
    expect(house.errors.map(({ message }) => message)).to.deep.equal(["out of paper"]);
    expect(await house.journal.accounts()).to.deep.equal([]);
  });

  it("names a port in use", async () => {
    const { url } = await open(() => new Response());
    const port = Number(new URL(url).port);
    const error = await rejection(listen(() => new Response(), port).then(close));
    expect(error).to.be.instanceOf(PortInUseError);
    expect(error.message).to.include(String(port)).and.include("choose another");
  });

  it("recovers the very digest that the contracts hash", async () => {
    const { request } = makeAsk(stage);
    const { order: _order, ...rest } = request;
    const digest = await stage.contracts.escrow.requestDigest({ ...rest, orderHash: orderHash(request.order) });
    expect(requestDigest(request, domainsOf(stage.deployment).escrow)).to.equal(digest);
  });
});
