import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { domainsOf } from "../../src/chain/deployment.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { ModelUnavailableError } from "../../src/chain/weights.ts";
import {
  AnswerRejectedError,
  DoubleChargeError,
  FundingError,
  NoOperatorError,
  NothingToProveError,
  ReadOnlyError,
  RecordUnknownError,
  UnderfundedError,
  UsageError,
  WrongChainError,
} from "../../src/client/errors.ts";
import { FolderStore } from "../../src/client/folderStore.ts";
import type { AskOptions } from "../../src/client/payer.ts";
import { MemoryStore, WebStore } from "../../src/client/store.ts";
import { type ConnectOptions, Surety } from "../../src/client/surety.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import { modelId, weightsRoot } from "../../src/core/model/commitment.ts";
import { serialise } from "../../src/core/model/file.ts";
import { openedId } from "../../src/core/model/opening.ts";
import { run } from "../../src/core/model/run.ts";
import { encodeSpec } from "../../src/core/model/spec.ts";
import { RecordError, write } from "../../src/core/records.ts";
import { recover } from "../../src/core/signatures.ts";
import { Mode, receiptHash, requestDigest } from "../../src/core/typedData.ts";
import { CheatingEngine } from "../../src/demo/rogues.ts";
import { IntegerEngine } from "../../src/operator/engine.ts";
import { forge } from "../support/forge.ts";
import { publishIris, irisProof, KnownProofs } from "../support/iris.ts";
import {
  actors,
  addressed,
  advance,
  chain,
  clock,
  contractsOf,
  directed,
  endpointOf,
  FUNDS,
  inputNumbered,
  openHouse,
  PRICE,
  published,
  rejection,
  rejectionOf,
  secretNamed,
  secrets,
  sent,
  smallId,
  useStage,
} from "../support/stage.ts";

const model = published.model;

describe("Surety", () => {
  const stage = useStage();
  const [olive, otto] = [addressed(actors.olive), addressed(actors.otto)];

  /** Connects as one of the payers. Where no secret is named, the wallet signs its own requests. */
  async function connect(options: Partial<ConnectOptions> = {}): Promise<Surety> {
    let salts = 0;
    const name = options.secret ?? "wallet";
    return Surety.connect({
      runner: actors.alice,
      deployment: stage.deployment,
      clock: () => clock.now,
      salt: () => secretNamed(`${name} ${clock.now} ${salts++}`),
      random: () => 0.5,
      ...options,
    });
  }

  const question = (number = 0, changes: Partial<AskOptions> = {}): AskOptions => ({
    model: smallId,
    input: inputNumbered(number),
    ...changes,
  });

  const accountOf = async (operator: Hex, key: string = actors.alice.address) =>
    stage.contracts.escrow.account(actors.alice.address, operator, key);

  it("connects, asks, and is done: the wallet's own key pays, from an account that is funded as it goes", async () => {
    const house = await openHouse(stage);
    const surety = await connect({ fetch: directed({ olive: house }), autoFund: FUNDS });
    const { record, output, isRechecked } = await surety.ask(question());
    expect(output).to.deep.equal(run(model, inputNumbered(0)).output);
    expect(isRechecked).to.be.false;
    const { request, clientSignature, receipt } = record;
    expect(recover(requestDigest(request, domainsOf(stage.deployment).escrow), clientSignature)).to.equal(
      addressed(actors.alice),
    );
    expect(receipt.charged).to.equal(PRICE);
    expect(surety.records).to.deep.equal([record]);
    // Sixteen questions' worth at once.
    expect((await accountOf(olive)).balance).to.equal(16n * PRICE);
  });

  describe("chooses", () => {
    it("the cheaper of two strangers, and passes over who refuses or cannot be reached", async () => {
      const cheap = { base: 1n, inputRate: 0n, outputRate: 0n };
      const houses = { olive: await openHouse(stage), otto: await openHouse(stage, { who: "otto", tariff: cheap }) };
      const surety = await connect({ fetch: directed(houses), autoFund: FUNDS });
      expect((await surety.choose(question())).ranked.map(({ operator }) => operator)).to.deep.equal([otto, olive]);
      expect((await surety.ask(question())).record.receipt).to.include({ operator: otto, price: 1n });
      expect((await surety.operators()).map(({ operator }) => operator)).to.have.members([olive, otto]);

      const refusing: Fetch = async (...call) =>
        sent(call).url === `${endpointOf("otto")}/v1/inference`
          ? new Response(write({ error: "CoverExhausted", message: "m", remedy: "r" }), { status: 503 })
          : directed(houses)(...call);
      const passing = await connect({ fetch: refusing, autoFund: FUNDS, secret: secretNamed("another key") });
      expect((await passing.ask(question())).record.receipt.operator).to.equal(olive);

      const gone = await connect({ fetch: directed({ olive: houses.olive }), autoFund: FUNDS });
      expect((await gone.choose(question())).attempts).to.deep.include.members([
        {
          operator: otto,
          reason: "Unreachable",
          message: `Unreachable: ${endpointOf("otto")}/v1/offer does not answer`,
        },
      ]);
      expect((await gone.ask(question(1))).record.receipt.operator).to.equal(olive);
    });

    it("nobody who asks for more than is wanted, and the one that is named", async () => {
      const houses = { olive: await openHouse(stage), otto: await openHouse(stage, { who: "otto" }) };
      const surety = await connect({ fetch: directed(houses), autoFund: FUNDS });
      const { attempts } = await rejectionOf(NoOperatorError, surety.ask(question(0, { maxPrice: PRICE - 1n })));
      expect(attempts.map(({ reason }) => reason)).to.deep.equal(["PriceAboveLimit", "PriceAboveLimit"]);
      for (const operator of [otto, olive, otto]) {
        expect((await surety.ask(question(1, { operator, maxPrice: PRICE }))).record.receipt.operator).to.equal(
          operator,
        );
      }
      const none = await rejectionOf(NoOperatorError, surety.ask(question(0, { model: secretNamed("none") })));
      expect(none.message).to.include("check model and mode");
    });

    it("the number of units by the model's shape, and says where nothing tells it", async () => {
      const opening = await publishIris(stage);
      const engine = new KnownProofs(opening);
      const surety = await connect({ fetch: directed({ olive: await openHouse(stage, { engine }) }), autoFund: FUNDS });
      const { input, output } = irisProof();
      const iris = { model: openedId(opening), mode: Mode.snark, input };
      expect((await surety.ask(iris)).output).to.deep.equal(output);
      const spec = "0x00" as const;
      const enclave = { ...opening, spec };
      const other = new KnownProofs(enclave);
      const offers = [{ ...other.offers[0], modelId: openedId(enclave), mode: Mode.enclave, opening: enclave }];
      const house = await openHouse(stage, { who: "otto", engine: Object.assign(other, { offers }) });
      const puzzled = await connect({ fetch: directed({ otto: house }) });
      const error = await rejectionOf(UsageError, puzzled.ask({ model: openedId(enclave), mode: Mode.enclave, input }));
      expect(error.message).to.include("outputUnits");
    });
  });

  describe("sees to the money", () => {
    it("says how much is missing where it may not fund, or not so much", async () => {
      const house = await openHouse(stage);
      const fetch = directed({ olive: house });
      const poor = await rejectionOf(UnderfundedError, (await connect({ fetch })).ask(question()));
      expect(poor).to.include({ operator: olive, missing: PRICE });
      expect(poor.message).to.include("autoFund is not set");
      const bound = await connect({ fetch, autoFund: PRICE - 1n });
      expect((await rejectionOf(UnderfundedError, bound.ask(question()))).message).to.include(`leaves ${PRICE - 1n}`);
      // Nothing was promised, so what is funded by hand is enough.
      await bound.fund(olive, PRICE);
      expect((await bound.ask(question())).record.receipt.charged).to.equal(PRICE);
      expect((await house.journal.accounts())[0]?.voucher.ceiling).to.equal(PRICE);
    });

    it("puts no more into accounts than it may, in all", async () => {
      const surety = await connect({ fetch: directed({ olive: await openHouse(stage) }), autoFund: 3n * PRICE });
      for (const number of [0, 1, 2]) await surety.ask(question(number));
      expect((await accountOf(olive)).balance).to.equal(3n * PRICE);
      expect((await rejectionOf(UnderfundedError, surety.ask(question(3)))).missing).to.equal(PRICE);
    });

    it("names what keeps it from funding", async () => {
      const { token } = contractsOf(stage, "alice");
      await token.transfer(actors.bob.address, await token.balanceOf(actors.alice.address));
      const surety = await connect({ fetch: directed({ olive: await openHouse(stage) }), autoFund: FUNDS });
      const error = await rejectionOf(FundingError, surety.ask(question()));
      expect(error.reason).to.equal("ERC20InsufficientBalance");
      expect(error.message).to.include("get more of the token");
    });

    it("asks many things at once, and funds for all of them", async () => {
      const house = await openHouse(stage);
      const surety = await connect({ fetch: directed({ olive: house }), autoFund: FUNDS });
      const answers = await Promise.all(Array.from({ length: 40 }, async (_, index) => surety.ask(question(index))));
      const totals = answers.map(({ record }) => record.receipt.charged).sort((a, b) => Number(a - b));
      expect(totals).to.deep.equal(answers.map((_, index) => BigInt(index + 1) * PRICE));
    });

    it("gets back what has thawed", async () => {
      const surety = await connect({ secret: secrets.alice });
      expect(await surety.thaw(olive)).to.equal(FUNDS);
      expect(await surety.thaw(olive)).to.equal(0n);
      await advance(16n * 86_400n);
      expect(await surety.refund(olive)).to.equal(FUNDS);
      expect(await surety.thaw(olive)).to.equal(0n);
    });
  });

  describe("computes answers again", () => {
    const cheating = () => new CheatingEngine([published], { ways: ["last"], oneIn: 1, isActive: () => true });

    it("and takes a wrong one to court: its operator is asked no more, and the money thaws", async () => {
      const houses = {
        olive: await openHouse(stage, { engine: cheating() }),
        otto: await openHouse(stage, { who: "otto", tariff: { base: PRICE * 10n, inputRate: 0n, outputRate: 0n } }),
      };
      const store = new MemoryStore();
      const options = { fetch: directed(houses), models: [published], secret: secrets.alice, store };
      const blind = await connect({ ...options, recheck: 0.5, salt: () => secretNamed("blind") });
      expect((await blind.ask(question())).isRechecked).to.be.false;

      const surety = await connect({ ...options, recheck: 0.51 });
      const error = await rejectionOf(AnswerRejectedError, surety.ask(question(1)));
      expect(error.broken.map(({ name }) => name)).to.deep.equal(["execution"]);
      expect(surety.stopped).to.deep.equal([{ operator: olive, problem: undefined }]);
      expect(surety.evidence).to.deep.equal([{ record: error.record, why: error.message }]);
      const thaw = await stage.contracts.escrow.thawOf(actors.alice.address, olive, error.record.receipt.client);
      expect(thaw.amount).to.equal(FUNDS);
      expect((await surety.ask(question(2))).record.receipt.operator).to.equal(otto);

      // A later process has not forgotten it.
      const later = await connect(options);
      expect((await later.ask(question(3))).record.receipt.operator).to.equal(otto);
      const [evidence] = later.evidence;
      if (evidence === undefined) throw new Error("evidence expected");
      const before = await stage.contracts.bonds.slashable(olive);
      const verdict = await later.dispute(evidence.record);
      expect(verdict).to.include({ court: "ValidityCourt", operator: olive });
      expect(before.own - (await stage.contracts.bonds.slashable(olive)).own).to.equal(verdict?.slashed);
      expect(await later.dispute(evidence.record)).to.be.undefined;
    });

    it("by weights that their publisher shows, and by no others", async () => {
      const fetch = directed({ olive: await openHouse(stage) });
      const strict = await connect({ fetch, autoFund: FUNDS, recheck: 1 });
      const error = await rejectionOf(ModelUnavailableError, strict.ask(question()));
      expect(error.message).to.include("does not say where they are").and.include("recheck");
      const lenient = await connect({ fetch, autoFund: FUNDS, random: () => 0 });
      expect((await lenient.ask(question())).isRechecked).to.be.false;

      const publisher = contractsOf(stage, "wendy");
      const spec = toHex(encodeSpec(model));
      await publisher.models.publish(weightsRoot(model), spec, 1 << Mode.optimistic, "http://models.test/small.json");
      const shown = { publisher: addressed(actors.wendy), model };
      const id = modelId(shown.publisher, model);
      const engine = new IntegerEngine([shown]);
      const houses = { otto: await openHouse(stage, { who: "otto", engine }) };
      let file = serialise({ model, training: {} });
      const library: Fetch = async (...call) =>
        sent(call).url.startsWith("http://models.test/") ? new Response(file) : directed(houses)(...call);
      const surety = await connect({ fetch: library, autoFund: FUNDS, recheck: 1 });
      expect((await surety.ask(question(0, { model: id }))).isRechecked).to.be.true;

      file = file.replace(/"weights": "0x../, '"weights": "0x55');
      const deceived = await connect({ fetch: library, autoFund: FUNDS, recheck: 1, secret: secrets.alice });
      expect((await rejectionOf(ModelUnavailableError, deceived.ask(question(0, { model: id })))).message).to.include(
        "weights root",
      );

      // A model, but not this one.
      file = readFileSync(new URL("../../models/iris.json", import.meta.url), "utf8");
      const other = await connect({ fetch: library, autoFund: FUNDS, recheck: 1, secret: secrets.alice });
      expect((await rejectionOf(ModelUnavailableError, other.ask(question(0, { model: id })))).message).to.include(
        "is another model",
      );
    });

    it("in a share from 0 to 1", async () => {
      for (const recheck of [-0.1, 1.1, Number.NaN]) {
        expect((await rejectionOf(UsageError, connect({ recheck }))).message).to.include("recheck");
      }
    });
  });

  describe("keeps what it did", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "surety-records-"));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    it("and goes on where an earlier process stopped, with an answer that never came, too", async () => {
      const house = await openHouse(stage);
      let isLosing = false;
      const losing: Fetch = async (...call) => {
        const response = await directed({ olive: house })(...call);
        if (isLosing && sent(call).url.endsWith("/v1/inference")) throw new TypeError("fetch failed");
        return response;
      };
      const open = async () =>
        connect({ fetch: losing, secret: secrets.alice, store: new FolderStore(join(folder, "a")) });
      const first = await open();
      await first.ask(question(0));
      isLosing = true;
      expect((await rejectionOf(NoOperatorError, first.ask(question(1)))).message).to.include("Unreachable");
      isLosing = false;
      clock.now += 1n;
      const second = await open();
      expect(second.records).to.deep.equal(first.records);
      expect((await second.ask(question(2))).record.receipt.charged).to.equal(3n * PRICE);
      // The answer that was lost has come after all, and it is known who owns each unit.
      expect(second.records.map(({ receipt }) => receipt.charged)).to.deep.equal([PRICE, 2n * PRICE, 3n * PRICE]);
      expect(readdirSync(join(folder, "a"))).to.have.length(3);
      // Nobody else's accounts are mixed up with it, of another key or of another payer.
      const others = { runner: actors.bob, secret: secrets.alice, store: new FolderStore(join(folder, "a")) };
      expect((await connect(others)).records).to.be.empty;
      expect((await connect({ store: new FolderStore(join(folder, "a")) })).records).to.be.empty;
    });

    it("and forgets what was refused", async () => {
      const house = await openHouse(stage);
      const refusing: Fetch = async (...call) =>
        sent(call).url.endsWith("/v1/inference")
          ? new Response(write({ error: "CoverExhausted", message: "m", remedy: "r" }), { status: 503 })
          : directed({ olive: house })(...call);
      const store = new MemoryStore();
      const surety = await connect({ fetch: refusing, secret: secrets.alice, store });
      await rejection(surety.ask(question()));
      expect(await store.entries()).to.be.empty;
    });

    it("and finds a unit that was charged before", async () => {
      const house = await openHouse(stage);
      const store = new WebStore(storage());
      const fetch = directed({ olive: house });
      const first = await connect({ fetch, secret: secrets.alice, store });
      const { record } = await first.ask(question(0));
      const twice: Fetch = async (...call) => {
        if (!sent(call).url.endsWith("/v1/inference")) return fetch(...call);
        const { output, hidden, proof, receipt, operatorSignature } = forge(stage, {
          ask: { input: inputNumbered(1), context: contextOf(call), order: orderOf(call), request: requestOf(call) },
          receipt: { sequence: 1n, charged: PRICE },
        });
        return new Response(write({ output, hidden, proof, receipt, operatorSignature }));
      };
      const second = await connect({ fetch: twice, secret: secrets.alice, store, salt: () => secretNamed("second") });
      const error = await rejectionOf(DoubleChargeError, second.ask(question(1)));
      expect(second.stopped.map(({ operator }) => operator)).to.deep.equal([olive]);
      expect(await second.dispute(error.record)).to.include({ court: "EquivocationCourt", operator: olive });
      // What holds is nothing for a court, once the other one is not there.
      const alone = await connect({ secret: secrets.alice });
      expect((await rejectionOf(NothingToProveError, alone.dispute(record))).message).to.include("hold");
    });

    it("and says which file is no record", async () => {
      writeFileSync(join(folder, `0x${"00".repeat(32)}.json`), "{}");
      const error = await rejectionOf(RecordError, connect({ store: new FolderStore(folder) }));
      expect(error.message).to.include(folder);
      expect(error.remedy).to.include("restore");
    });

    type Call = Parameters<Fetch>;
    const bodyOf = (call: Call) =>
      JSON.parse(sent(call).body) as {
        context: string;
        request: { ceiling: string; deadline: string; order: Record<string, string> };
      };
    const contextOf = (call: Call) => bodyOf(call).context;
    const orderOf = (call: Call) => {
      const { salt, contextHash, maxPrice } = bodyOf(call).request.order;
      return { salt: salt as Hex, contextHash: contextHash as Hex, maxPrice: BigInt(maxPrice ?? 0) };
    };
    const requestOf = (call: Call) => {
      const { ceiling, deadline } = bodyOf(call).request;
      return { ceiling: BigInt(ceiling), deadline: BigInt(deadline) };
    };

    function storage() {
      const items = new Map([["somebody else's", "not a record"]]);
      return {
        get length() {
          return items.size;
        },
        key: (index: number) => [...items.keys()][index] ?? null,
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, value: string) => void items.set(key, value),
        removeItem: (key: string) => void items.delete(key),
      };
    }
  });

  describe("shows", () => {
    it("a record to anybody: its bundle, its links, its story", async () => {
      const house = await openHouse(stage);
      const surety = await connect({ fetch: directed({ olive: house }), secret: secrets.alice, models: [published] });
      const { record } = await surety.ask(question(0, { context: { disclose: true } }));
      await advance(1);
      await house.node.settle();
      expect((await surety.confirm()).map(({ inclusion }) => inclusion?.proof)).to.deep.equal([[]]);

      const reader = await Surety.connect({
        runner: chain,
        deployment: stage.deployment,
        fetch: directed({ olive: house }),
      });
      const bundle = await surety.bundle(record);
      const verification = await reader.verify(write(bundle));
      expect(verification.isValid).to.be.true;
      expect(verification.links.every(({ status }) => status === "holds")).to.be.true;
      expect((await reader.verify({ ...bundle, record: { ...record, output: "0x00" } })).isValid).to.be.false;
      expect((await surety.trace(bundle)).verdict).to.equal("It holds in every link.");
      expect((await surety.trace(record)).verdict).to.equal("It holds in every link.");
      const leaf = receiptHash(record.receipt);
      expect((await surety.trace(leaf)).receipt).to.equal(leaf);
      // A stranger reads it from the operator's node, and has no weights.
      const told = await reader.trace(leaf);
      expect([told.receipt, told.verdict]).to.deep.equal([leaf, "What could be checked holds; open: execution."]);
      expect((await rejectionOf(RecordUnknownError, reader.trace(secretNamed("leaf")))).message).to.include(
        "ask its payer",
      );
      await rejectionOf(RecordError, reader.verify("{}"));
    });

    it("who has no key what takes one", async () => {
      const reader = await Surety.connect({ runner: chain, deployment: stage.deployment });
      for (const call of [reader.ask(question()), reader.fund(olive, 1n), reader.refund(olive)]) {
        expect((await rejectionOf(ReadOnlyError, call)).message).to.include("signer");
      }
      expect([reader.records, reader.evidence, reader.stopped]).to.deep.equal([[], [], []]);
    });

    it("that it is on another chain", async () => {
      const error = await rejectionOf(WrongChainError, connect({ deployment: { ...stage.deployment, chainId: 1n } }));
      expect(error.message).to.include("on 1:");
    });
  });

  describe("takes nothing to court", () => {
    it("that is no fault, or not the operator's", async () => {
      const surety = await connect({
        fetch: async () => Promise.reject(new TypeError("fetch failed")),
        secret: secrets.alice,
      });
      const why = async (record: ReturnType<typeof forge>) =>
        (await rejectionOf(NothingToProveError, surety.dispute(record))).message;
      expect(await why(forge(stage, {}))).to.include("hold");
      expect(await why(forge(stage, { receipt: { requestHash: secretNamed("another") } }))).to.include(
        "not for this request",
      );
      expect(await why(forge(stage, { secret: secretNamed("nobody") }))).to.include("neither committed nor signed");
      const dear = forge(stage, { receipt: { price: PRICE + 1n, charged: PRICE + 1n } });
      expect(await surety.dispute(dear)).to.include({ court: "ValidityCourt", operator: olive });
    });
  });
});
