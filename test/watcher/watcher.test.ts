import { expect } from "chai";
import { Interface } from "ethers";
import { localParameters } from "../../deploy/parameters.ts";
import { ChainError } from "../../src/chain/errors.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { type Finding, Judge } from "../../src/chain/judge.ts";
import { prosecute } from "../../src/chain/prosecution.ts";
import { transact } from "../../src/chain/transactions.ts";
import { makeBatch } from "../../src/core/batch.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import { canonicalContext } from "../../src/core/context.ts";
import { encodeLogits, decodeLogits } from "../../src/core/model/run.ts";
import { SeededRandom } from "../../src/core/model/random.ts";
import { type Record, write } from "../../src/core/records.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { cheats, CheatingEngine, EquivocatingJournal } from "../../src/demo/rogues.ts";
import type { Inspection } from "../../src/watcher/watcher.ts";
import { forge, Library, type Lie, redeem } from "../support/forge.ts";
import {
  actors,
  addressed,
  advance,
  BOND,
  catchUp,
  chain,
  clock,
  close,
  contractsOf,
  inputNumbered,
  makeAsk,
  makeClient,
  makeWatcher,
  openContext,
  openHouse,
  PRICE,
  published,
  question,
  rejectionOf,
  secretNamed,
  secrets,
  sent,
  useStage,
} from "../support/stage.ts";

const DAY = 86_400n;
const WEEK = 7n * DAY;

/** The rows of the policies that are judged by here. */
const rows = { signed: 0, optimistic: 3, equivocation: 4 } as const;

describe("a watcher", () => {
  const stage = useStage();

  function only(findings: readonly Finding[]): Finding {
    expect(findings.map(({ description }) => description)).to.have.length(1);
    const [finding] = findings;
    if (finding === undefined) throw new Error("a finding expected");
    return finding;
  }

  /** Commits forged records, settles their vouchers, and lets a watcher inspect them. */
  async function inspectForged(...lies: readonly Lie[]): Promise<Inspection> {
    const library = new Library();
    const records = lies.map((lie, index) =>
      forge(stage, {
        ...lie,
        receipt: { sequence: BigInt(index), charged: BigInt(index + 1) * PRICE, ...lie.receipt },
      }),
    );
    await library.commit(stage, records);
    const highest = records.reduce((a, b) => (b.receipt.charged > a.receipt.charged ? b : a));
    await redeem(stage, highest);
    return makeWatcher(stage, "wendy", library.fetch).inspect(0);
  }

  /** Takes it to court and expects every amount to be what the policy says. */
  async function expectConviction(finding: Finding, row: keyof typeof rows, harms: readonly bigint[]): Promise<void> {
    const { bonds, token, validityCourt, equivocationCourt } = stage.contracts;
    const policy = localParameters.policies[rows[row]];
    if (policy === undefined) throw new Error("a policy expected");
    const { own: before } = await bonds.slashable(actors.olive.address);
    const paid = harms.reduce((sum, harm) => sum + harm, 0n);
    const share = (before * policy.slashBps + 9_999n) / 10_000n;
    const asked = share > paid * policy.priceMultiple ? share : paid * policy.priceMultiple;
    const bounty = (asked * policy.bountyBps) / 10_000n;
    const compensated = paid * policy.compensationMultiple;
    const awarded = {
      wendy: await bonds.awardsOf(actors.wendy.address),
      alice: await bonds.awardsOf(actors.alice.address),
    };

    const verdict = await makeWatcher(stage).prosecute(finding);
    expect(verdict).to.include({
      operator: addressed(actors.olive),
      court: row === "equivocation" ? "EquivocationCourt" : "ValidityCourt",
      asked,
      slashed: asked,
      compensated,
      bounty,
    });
    expect(await bonds.slashable(actors.olive.address)).to.deep.equal([before - asked, 0n]);
    expect(await bonds.awardsOf(actors.wendy.address)).to.equal(awarded.wendy + bounty);
    expect(await bonds.awardsOf(actors.alice.address)).to.equal(awarded.alice + compensated);
    expect(await token.balanceOf(stage.deployment.contracts.bonds)).to.equal(2n * BOND);
    for (const court of [validityCourt, equivocationCourt])
      expect(await balance(await court.getAddress())).to.equal(0n);
  }

  async function balance(address: string): Promise<bigint> {
    return chain.getBalance(address);
  }

  it("finds nothing in what an honest node served, many inputs long", async () => {
    const house = await openHouse(stage);
    const random = new SeededRandom(7);
    const client = makeClient(stage, "alice");
    for (let batch = 0; batch < 3; batch++) {
      for (let index = 0; index < 20; index++) {
        const extreme = [0, 255][index];
        const input = Uint8Array.from({ length: 64 }, () => extreme ?? random.below(256));
        await client.ask(house.url, house.node.offer(), question(0, { input }));
      }
      await advance(1);
      await house.node.commit();
    }
    const inspection = await makeWatcher(stage).inspect(0);
    expect(inspection).to.deep.equal({
      batches: 3,
      receipts: 60,
      reexecuted: 60,
      findings: [],
      withheld: [],
      demandable: [],
    });
  });

  describe("convicts an answer", () => {
    for (const way of cheats) {
      it(`falsified in the way "${way}", served by a node`, async () => {
        const engine = new CheatingEngine([published], { ways: [way], oneIn: 2, isActive: () => true });
        const house = await openHouse(stage, { engine });
        const client = makeClient(stage, "alice");
        for (let index = 0; index < 3; index++) await client.ask(house.url, house.node.offer(), question(index));
        await advance(1);
        await house.node.commit();
        await house.node.settle();
        const { findings, reexecuted } = await makeWatcher(stage).inspect(0);
        expect(reexecuted).to.equal(3);
        expect(engine.falsified).to.equal(1);
        const finding = only(findings);
        expect(finding.records[0]?.receipt.sequence).to.equal(1n);
        await expectConviction(finding, "optimistic", [PRICE]);
      });
    }

    const lies: readonly (readonly [string, Lie])[] = [
      ["without hidden vectors", { trace: () => ({ hidden: [] }) }],
      ["with a hidden vector too many", { trace: ({ hidden }) => ({ hidden: [...hidden, Uint8Array.of(1)] }) }],
      ["with a hidden vector of no length", { trace: () => ({ hidden: [new Uint8Array()] }) }],
      [
        "with a hidden vector one longer",
        { trace: ({ hidden }) => ({ hidden: hidden.map((v) => Uint8Array.of(...v, 0)) }) },
      ],
      ["with a logit too few", { trace: ({ output }) => ({ output: output.slice(4) }) }],
      ["with a logit too many", { trace: ({ output }) => ({ output: Uint8Array.of(...output, 0, 0, 0, 0) }) }],
      ["of half a logit", { trace: ({ output }) => ({ output: output.slice(0, 2) }) }],
      ["whose last logit is one higher", { trace: ({ output }) => ({ output: lastLogitHigher(output) }) }],
      ["with another output hash than its output's", { receipt: { outputHash: secretNamed("output") } }],
      ["with another proof hash than its vectors'", { receipt: { proofHash: secretNamed("proof") } }],
    ];
    for (const [what, lie] of lies) {
      it(what, async () => expectConviction(only((await inspectForged(lie)).findings), "optimistic", [PRICE]));
    }
  });

  describe("convicts a receipt", () => {
    const long = { ask: { order: { maxPrice: 2n * PRICE }, request: { ceiling: 9n * PRICE } } };
    const lies: readonly (readonly [string, () => Lie, bigint])[] = [
      ["priced above the order's maximum", () => ({ receipt: { price: PRICE + 1n, charged: PRICE + 1n } }), PRICE + 1n],
      ["priced above the tariff", () => ({ ...long, receipt: { price: PRICE + 1n, charged: PRICE + 1n } }), PRICE + 1n],
      ["issued after its deadline", () => ({ ask: { request: { deadline: clock.now - 1n, ceiling: PRICE } } }), PRICE],
      [
        "issued before the horizon",
        () => ({
          receipt: { issuedAt: clock.now - DAY - 1n },
          ask: { request: { deadline: clock.now, ceiling: PRICE } },
        }),
        PRICE,
      ],
      ["issued after its commitment", () => ({ receipt: { issuedAt: clock.now + 500n } }), PRICE],
      ["signed by a key of nobody", () => ({ secret: secrets.stranger }), PRICE],
      ["signed by another operator's key", () => ({ secret: secrets.otto }), PRICE],
    ];
    for (const [what, lie, harm] of lies) {
      it(what, async () => {
        // Issued long before it is inspected, where the key was valid already.
        await advance(2n * DAY);
        await expectConviction(only((await inspectForged(lie())).findings), "optimistic", [harm]);
      });
    }

    it("whose total is below its price", async () => {
      const library = new Library();
      await library.commit(stage, [forge(stage, { receipt: { charged: PRICE - 1n } })]);
      const finding = only((await makeWatcher(stage, "wendy", library.fetch).inspect(0)).findings);
      expect(finding.description).to.include("UnitsInvalid");
      await expectConviction(finding, "optimistic", [0n]);
    });

    it("of an order of no known mode, as the one that promises least", async () => {
      const lie = { ask: { order: { mode: 7 } }, receipt: { price: PRICE + 1n, charged: PRICE + 1n } };
      await expectConviction(only((await inspectForged(lie)).findings), "signed", [PRICE + 1n]);
    });

    it("once, where it breaks terms and is computed wrong too", async () => {
      const lie = { trace: () => ({ hidden: [] }), receipt: { price: PRICE + 1n, charged: PRICE + 1n } };
      await expectConviction(only((await inspectForged(lie)).findings), "optimistic", [PRICE + 1n]);
    });
  });

  describe("convicts two receipts", () => {
    it("for one number, sold by a node", async () => {
      const journal = close(await EquivocatingJournal.open(":memory:", () => true));
      const house = await openHouse(stage, { journal });
      const client = makeClient(stage, "alice");
      for (let index = 0; index < 11; index++) await client.ask(house.url, house.node.offer(), question(index));
      await advance(1);
      await house.node.commit();
      await house.node.settle();
      const finding = only((await makeWatcher(stage).inspect(0)).findings);
      expect(finding.description).to.include("one sequence");
      await expectConviction(finding, "equivocation", [PRICE, PRICE]);
    });

    it("for one order", async () => {
      const order = { salt: secretNamed("one order") };
      const inspection = await inspectForged({ ask: { order } }, { ask: { order } });
      const finding = only(inspection.findings);
      expect(finding.description).to.include("one order");
      await expectConviction(finding, "equivocation", [PRICE, PRICE]);
    });

    it("for one unit", async () => {
      const inspection = await inspectForged({}, { receipt: { charged: 2n * PRICE - 1n } });
      const finding = only(inspection.findings);
      expect(finding.description).to.include("one unit");
      await expectConviction(finding, "equivocation", [PRICE, PRICE]);
    });

    it("in batches apart, seen by inspections apart", async () => {
      const library = new Library();
      const watcher = makeWatcher(stage, "wendy", library.fetch);
      await library.commit(stage, [forge(stage, {})]);
      expect((await watcher.inspect(0)).findings).to.be.empty;
      const from = (await chain.getBlockNumber()) + 1;
      const second = forge(stage, { receipt: { sequence: 1n, charged: PRICE } });
      await library.commit(stage, [second]);
      await redeem(stage, second);
      const finding = only((await watcher.inspect(from)).findings);
      await expectConviction(finding, "equivocation", [PRICE, PRICE]);
    });

    it("and besides what is wrong with one of them", async () => {
      const { findings } = await inspectForged({}, { receipt: { charged: PRICE }, trace: () => ({ hidden: [] }) });
      expect(findings.map(({ case: { name } }) => name)).to.deep.equal(["EquivocationCourt", "ValidityCourt"]);
      const [first, second] = findings;
      if (first === undefined || second === undefined) throw new Error("two findings expected");
      await expectConviction(first, "equivocation", [PRICE, PRICE]);
      await expectConviction(second, "optimistic", [PRICE]);
    });

    it("and none that only touch, or are of two accounts", async () => {
      const { findings } = await inspectForged(
        {},
        { receipt: { charged: 2n * PRICE } },
        { ask: { who: "bob", request: { ceiling: PRICE } }, receipt: { charged: PRICE } },
      );
      expect(findings).to.be.empty;
    });

    it("however often they are inspected, with the same two", async () => {
      const library = new Library();
      await library.commit(stage, [forge(stage, {}), forge(stage, { receipt: { sequence: 1n } })]);
      const watcher = makeWatcher(stage, "wendy", library.fetch);
      const first = await watcher.inspect(0);
      const again = await watcher.inspect(0);
      expect(first.findings).to.have.length(1);
      expect(again.findings.length).to.be.greaterThan(0);
      for (const { records } of again.findings)
        expect(new Set(records.map(({ receipt }) => receiptHash(receipt))).size).to.equal(2);
    });
  });

  it("compensates only what was settled", async () => {
    const library = new Library();
    await library.commit(stage, [forge(stage, { trace: () => ({ hidden: [] }) })]);
    const { findings } = await makeWatcher(stage, "wendy", library.fetch).inspect(0);
    await expectConviction(only(findings), "optimistic", [0n]);
  });

  describe("reports, and does not stumble over,", () => {
    const inspect = async (prepare: (library: Library) => Promise<unknown>): Promise<Inspection> => {
      const library = new Library();
      await prepare(library);
      return makeWatcher(stage, "wendy", library.fetch).inspect(0);
    };

    async function expectWithheld(inspection: Inspection, says: string): Promise<void> {
      expect(inspection.findings).to.be.empty;
      expect(inspection.withheld).to.have.length(1);
      expect(inspection.withheld[0]).to.include(says);
    }

    it("a batch that is not there", async () => {
      const inspection = await inspect(async (library) => {
        const root = await library.commit(stage, [forge(stage, {})]);
        library.replace(`/v1/batches/${root}`);
      });
      await expectWithheld(inspection, "RecordUnknown");
    });

    describe("a batch of an operator that names", () => {
      const hex = (text: string): string => toHex(new TextEncoder().encode(text));
      const places: readonly (readonly [string, string | undefined, string])[] = [
        ["no place", undefined, "DataURIMissing"],
        ["an empty one", "0x", "DataURIMissing"],
        ["bytes that are no text", "0xff", "DataURIMissing"],
        ["what is no address", hex("not a URL"), "DataURIInvalid"],
        ["a file", hex("file:///etc"), "DataURIInvalid"],
        ["a program", hex("javascript:0"), "DataURIInvalid"],
        ["an address longer than any page's", hex(`http://olive/${"a".repeat(2_000)}`), "DataURIInvalid"],
        ["an address with a password", hex("http://a:b@olive"), "Unreachable"],
        ["a page that is not there", hex("http://olive/v2/batches?/v1/batches/"), "RecordUnknown"],
      ];
      for (const [what, place, says] of places) {
        it(`${what}, and inspects the next`, async () => {
          const library = new Library();
          await library.commit(stage, [forge(stage, { trace: () => ({ hidden: [] }) })]);
          await commitAt(place, secretNamed("nowhere"));
          const fetch: Fetch = async (...call) =>
            sent(call).url.includes("@") ? globalThis.fetch(...call) : library.fetch(...call);
          const inspection = await makeWatcher(stage, "wendy", fetch).inspect(0);
          expect(inspection.withheld).to.have.length(1);
          expect(inspection.withheld[0]).to.include(says);
          only(inspection.findings);
        });
      }

      it("itself, so that the chain alone would have to be asked", async () => {
        const { receipt } = forge(stage, {
          ask: { request: { operator: addressed(actors.otto) } },
          secret: secrets.otto,
        });
        const { root } = makeBatch([receipt]);
        const page = encodeURIComponent(write({ receipts: [receipt] }));
        await commitAt(hex(`data:application/json,${page}#`), root);
        const inspection = await makeWatcher(stage).inspect(0);
        await expectWithheld(inspection, "DataURIInvalid");
      });

      /** Otto commits a root, and names a place in bytes. */
      async function commitAt(place: string | undefined, root: Hex): Promise<void> {
        const { ledger } = contractsOf(stage, "otto");
        await ledger.commit(actors.otto.address, root, root, 0n, 1n);
        if (place === undefined) return;
        const signature = ["function setDataURI(address operator, bytes uri)"];
        const data = new Interface(signature).encodeFunctionData("setDataURI", [actors.otto.address, place]);
        const selector = ledger.interface.getFunction("setDataURI").selector;
        await actors.otto.sendTransaction({ to: stage.deployment.contracts.ledger, data: selector + data.slice(10) });
      }
    });

    it("a batch that publishes what it did not commit", async () => {
      const inspection = await inspect(async (library) => {
        const root = await library.commit(stage, [forge(stage, {})]);
        library.replace(`/v1/batches/${root}`, { receipts: [forge(stage, {}).receipt] });
      });
      await expectWithheld(inspection, "not what it committed");
    });

    it("a batch with a receipt beyond its numbers: no court would take it", async () => {
      const lie = { trace: () => ({ hidden: [] }), receipt: { sequence: 1n, charged: 2n * PRICE } };
      const inspection = await inspect(async (library) =>
        library.commit(stage, [forge(stage, {}), forge(stage, lie)], { firstSequence: 0n, count: 1n }),
      );
      await expectWithheld(inspection, "cannot hold it");
    });

    it("a batch with a receipt in another operator's name: no court would take it", async () => {
      const inspection = await inspect(async (library) =>
        library.commit(stage, [
          forge(stage, {
            ask: { request: { operator: addressed(actors.otto) } },
            trace: () => ({ hidden: [] }),
            secret: secrets.otto,
          }),
        ]),
      );
      await expectWithheld(inspection, "cannot hold it");
    });

    it("a record that is not there, and judges the others", async () => {
      const inspection = await inspect(async (library) => {
        const [first, second] = [
          forge(stage, {}),
          forge(stage, { receipt: { sequence: 1n }, trace: () => ({ hidden: [] }) }),
        ];
        await library.commit(stage, [first, second]);
        library.replace(`/v1/records/${receiptHash(first.receipt)}`);
      });
      expect(inspection.withheld).to.have.length(1);
      only(inspection.findings);
    });

    it("a record that is another", async () => {
      const inspection = await inspect(async (library) => {
        const record = forge(stage, {});
        await library.commit(stage, [record]);
        library.replace(`/v1/records/${receiptHash(record.receipt)}`, forge(stage, { ask: { who: "bob" } }));
      });
      await expectWithheld(inspection, "another record came");
    });

    it("a record whose input is not the one that was ordered", async () => {
      const inspection = await inspect(async (library) => {
        const record: Record = forge(stage, { trace: () => ({ hidden: [] }) });
        await library.commit(stage, [record]);
        const input = forge(stage, { ask: { input: inputNumbered(5) } }).input;
        library.replace(`/v1/records/${receiptHash(record.receipt)}`, { ...record, input });
      });
      expect(inspection.reexecuted).to.equal(0);
      await expectWithheld(inspection, "not the one that was ordered");
    });

    it("a record that its context keeps private", async () => {
      const house = await openHouse(stage);
      const context = canonicalContext({ ...openContext, disclose: false });
      await house.node.serve(makeAsk(stage, { context }));
      await house.node.commit();
      const inspection = await makeWatcher(stage).inspect(0);
      await expectWithheld(inspection, "NotDisclosed");
    });

    it("an order of another mode or model, which it cannot run", async () => {
      for (const order of [{ mode: 0 }, { modelId: secretNamed("another model") }]) {
        const lie = { ask: { order }, trace: () => ({ hidden: [] }) };
        const library = new Library();
        const next = await stage.contracts.ledger.nextSequence(actors.olive.address);
        await library.commit(stage, [forge(stage, { ...lie, receipt: { sequence: next } })]);
        const from = await chain.getBlockNumber();
        const inspection = await makeWatcher(stage, "wendy", library.fetch).inspect(from);
        expect(inspection).to.deep.include({ receipts: 1, reexecuted: 0, findings: [], withheld: [], demandable: [] });
      }
    });
  });

  describe("keeps to the window", () => {
    for (const [what, lies] of [
      ["of a wrong answer", [{ trace: () => ({ hidden: [] }) }]],
      ["of a broken term", [{ receipt: { price: PRICE + 1n } }]],
      ["of a contradiction", [{}, { receipt: { sequence: 1n } }]],
    ] as const) {
      it(what, async () => {
        const library = new Library();
        await library.commit(
          stage,
          lies.map((lie) => forge(stage, lie)),
        );
        await catchUp();
        const committedAt = clock.now;
        const watcher = makeWatcher(stage, "wendy", library.fetch);
        await advance(committedAt + WEEK - clock.now);
        expect((await watcher.inspect(0)).findings).to.have.length(1);
        await advance(1);
        expect((await watcher.inspect(0)).findings).to.be.empty;
      });
    }

    it("of a signature alone, whatever it contradicts", async () => {
      const [old, another] = [forge(stage, {}), forge(stage, { receipt: { outputHash: secretNamed("another") } })];
      const closesAt = old.receipt.issuedAt + WEEK;
      await advance(WEEK - 100n);
      const fresh = forge(stage, { receipt: { charged: 2n * PRICE } });
      const root = await new Library().commit(stage, [fresh]);
      await catchUp();
      const committedAt = clock.now;
      const judge = async (remembered: Record, now: bigint) => {
        const { contracts, deployment } = stage;
        const judge = new Judge({ contracts, deployment, models: [published], salt: () => secretNamed("salt") });
        judge.remember({ record: remembered });
        const held = { exhibit: { record: fresh, committed: { root, proof: [] } }, holds: () => true };
        return (await judge.judge(held, { countsFrom: committedAt }, now)).findings;
      };
      expect(await judge(old, committedAt - 1n)).to.be.empty;
      expect(await judge(old, closesAt + 1n)).to.be.empty;
      const findings = [only(await judge(old, closesAt)), only(await judge(another, closesAt))] as const;
      // As the court has it: the one is taken, and for the other it is too late.
      await expectConviction(findings[0], "equivocation", []);
      await advance(100);
      const refused = await rejectionOf(ChainError, makeWatcher(stage).prosecute(findings[1]));
      expect(refused.reason).to.equal("EvidenceOutOfTime");
    });

    it("in which suspended time does not count", async () => {
      const library = new Library();
      await library.commit(stage, [forge(stage, { trace: () => ({ hidden: [] }) })]);
      await catchUp();
      const committedAt = clock.now;
      const watcher = makeWatcher(stage, "wendy", library.fetch);
      await stage.contracts.bonds.suspend(DAY);
      await catchUp();
      await advance(committedAt + WEEK + DAY - clock.now);
      expect((await watcher.inspect(0)).findings).to.have.length(1);
      await advance(1);
      expect((await watcher.inspect(0)).findings).to.be.empty;
    });
  });

  it("goes on with a case that a suspension stopped, on the same deposit", async () => {
    const finding = only((await inspectForged({ trace: () => ({ hidden: [] }) })).findings);
    await stage.contracts.bonds.suspend(DAY);
    const stopped = await rejectionOf(ChainError, makeWatcher(stage).prosecute(finding));
    expect(stopped.reason).to.equal("Suspended");
    expect(await balance(finding.case.court.target as string)).to.equal(localParameters.evidenceDeposit);
    await advance(DAY);
    await expectConviction(finding, "optimistic", [PRICE]);
  });

  describe("side by side with others", () => {
    it("is second without loss", async () => {
      const finding = only((await inspectForged({ trace: () => ({ hidden: [] }) })).findings);
      await expectConviction(finding, "optimistic", [PRICE]);
      const bond = await stage.contracts.bonds.slashable(actors.olive.address);
      const court = await stage.contracts.validityCourt.getAddress();
      expect(await makeWatcher(stage, "will").prosecute(finding)).to.be.undefined;
      expect(await balance(court)).to.equal(0n);
      expect(await stage.contracts.bonds.slashable(actors.olive.address)).to.deep.equal(bond);
      expect(await stage.contracts.bonds.awardsOf(actors.will.address)).to.equal(0n);
    });

    it("cannot be robbed by a copy of its case", async () => {
      const finding = only((await inspectForged({ trace: () => ({ hidden: [] }) })).findings);
      const { data } = finding.case;
      const to = await finding.case.court.getAddress();
      const { validityCourt } = contractsOf(stage, "wendy");
      const commitment = await validityCourt.commitmentOf(actors.wendy.address, data);
      await validityCourt.commitEvidence(commitment, { value: localParameters.evidenceDeposit });
      const copied = await rejectionOf(
        ChainError,
        transact(() => actors.will.sendTransaction({ to, data })),
      );
      expect(copied.reason).to.equal("EvidenceNotCommitted");
      expect(copied.message).to.include("commit to the very same call first");
      await expectConviction(finding, "optimistic", [PRICE]);
    });
  });

  it("goes on where it was stopped between commitment and evidence", async () => {
    const finding = only((await inspectForged({ trace: () => ({ hidden: [] }) })).findings);
    let calls = 0;
    const tired = new Proxy(actors.wendy, {
      get(target, name) {
        const member = Reflect.get(target, name, target) as unknown;
        if (name !== "sendTransaction" || typeof member !== "function") return member;
        return async (transaction: unknown) => {
          if (++calls === 2) throw new Error("the connection broke");
          return Reflect.apply(member, target, [transaction]) as unknown;
        };
      },
    });
    await rejectionOf(ChainError, prosecute(finding.case, tired));
    expect(await balance(await stage.contracts.validityCourt.getAddress())).to.equal(localParameters.evidenceDeposit);
    await expectConviction(finding, "optimistic", [PRICE]);
  });
});

function lastLogitHigher(output: Uint8Array): Uint8Array {
  const logits = decodeLogits(output);
  logits[9] = (logits[9] ?? 0) + 1;
  return encodeLogits(logits);
}
