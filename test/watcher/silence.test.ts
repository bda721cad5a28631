import { expect } from "chai";
import { localParameters } from "../../deploy/parameters.ts";
import { demandReceipt, demandState } from "../../src/chain/demands.ts";
import { answerDemand } from "../../src/chain/disclosures.ts";
import type { Exhibit } from "../../src/chain/evidence.ts";
import { chainTime } from "../../src/chain/facts.ts";
import type { Fetch } from "../../src/chain/http.ts";
import type { Finding } from "../../src/chain/judge.ts";
import { makeBatch } from "../../src/core/batch.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { canonicalContext } from "../../src/core/context.ts";
import type { Record } from "../../src/core/records.ts";
import { EVIDENCE_AFTER_ANSWER, EVIDENCE_LAPSE } from "../../src/core/terms.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { Watcher } from "../../src/watcher/watcher.ts";
import { forge, Library, type Lie, redeem } from "../support/forge.ts";
import {
  actors,
  addressed,
  advance,
  contractsOf,
  makeAsk,
  makeClient,
  makeWatcher,
  openContext,
  openHouse,
  PRICE,
  question,
  rejection,
  secretNamed,
  sent,
  useStage,
} from "../support/stage.ts";

const DAY = 86_400n;
/** The row of the policies that silence is judged by. */
const DISCLOSURE = 5;

describe("a watcher that is shown nothing", () => {
  const stage = useStage();
  const library = new Library();

  const slashable = async (): Promise<bigint> => (await stage.contracts.bonds.slashable(actors.olive.address)).own;

  const gone = { error: "Gone", message: "nothing to see", remedy: "none" };

  /** Reads from nodes, but for the paths that are withheld. */
  const withholding =
    (path: string): Fetch =>
    async (...call) =>
      sent(call).url.includes(path) ? Response.json(gone, { status: 404 }) : globalThis.fetch(...call);

  function only(findings: readonly Finding[]): Finding {
    const [finding, ...others] = findings;
    if (finding === undefined || others.length > 0) throw new Error(`one finding expected, not ${findings.length}`);
    return finding;
  }

  /** Commits records with these lies, in this order. */
  async function commit(...lies: readonly Lie[]): Promise<{ readonly root: Hex; readonly records: readonly Record[] }> {
    const records = lies.map((lie, index) =>
      forge(stage, {
        ...lie,
        receipt: { sequence: BigInt(index), charged: BigInt(index + 1) * PRICE, ...lie.receipt },
      }),
    );
    return { root: await library.commit(stage, records), records };
  }

  /** The record at a place of a batch, as its operator shows it to the court. */
  function shown(records: readonly Record[], index: number): Required<Exhibit> {
    const record = records[index];
    if (record === undefined) throw new Error(`no record at ${index}`);
    const batch = makeBatch(records.map(({ receipt }) => receipt));
    return { record, committed: { root: batch.root, proof: batch.proof(index) } };
  }

  /** Lets the time to answer run out, and takes the silence to court. */
  async function expectSilencePunished(watcher: Watcher, count: number): Promise<void> {
    expect(await watcher.followUp(0)).to.deep.include({ findings: [], open: count, unread: [] });
    await advance(DAY + BigInt(count) * 600n);
    const { findings, open } = await watcher.followUp(0);
    expect([findings.length, open]).to.deep.equal([count, 0]);
    const policy = localParameters.policies[DISCLOSURE];
    if (policy === undefined) throw new Error("a policy expected");
    for (const finding of findings) {
      expect(finding.description).to.equal("silence on a demand for a receipt");
      const before = await slashable();
      const verdict = await watcher.prosecute(finding);
      expect(verdict).to.include({ court: "DisclosureCourt", operator: addressed(actors.olive) });
      expect(before - (await slashable())).to.equal((before * policy.slashBps + 9_999n) / 10_000n);
      expect(verdict?.bounty).to.be.greaterThan(0n);
    }
    expect((await watcher.followUp(0)).findings).to.be.empty;
  }

  it("threat 43: demands a few receipts of a batch that is not published, and convicts silence", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    for (let index = 0; index < 5; index++) await client.ask(house.url, house.node.offer(), question(index));
    await advance(1);
    await house.node.commit();
    const watcher = makeWatcher(stage, "wendy", withholding("/v1/batches/"));
    const inspection = await watcher.inspect(0);
    expect([inspection.withheld.length, inspection.demandable.length]).to.deep.equal([1, 3]);
    expect(await watcher.demand(inspection)).to.have.length(3);
    // Once is enough.
    expect(await watcher.demand(inspection)).to.be.empty;
    await expectSilencePunished(watcher, 3);
  });

  it("demands the very record that is missing", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const records = [];
    for (let index = 0; index < 3; index++)
      records.push(await client.ask(house.url, house.node.offer(), question(index)));
    await advance(1);
    await house.node.commit();
    const leaf = receiptHash(records[1]?.receipt ?? rejected());
    const watcher = makeWatcher(stage, "wendy", withholding(leaf));
    const inspection = await watcher.inspect(0);
    expect(inspection.reexecuted).to.equal(2);
    expect(inspection.demandable.map(({ sequence }) => sequence)).to.deep.equal([1n]);
    await watcher.demand(inspection);
    await expectSilencePunished(watcher, 1);
  });

  it("demands a receipt that a batch's range claims and its tree does not hold", async () => {
    const records = [forge(stage, {})];
    await library.commit(stage, records, { firstSequence: 0n, count: 2n });
    const watcher = makeWatcher(stage, "wendy", library.fetch);
    const inspection = await watcher.inspect(0);
    expect(inspection.demandable.map(({ sequence }) => sequence)).to.deep.equal([1n]);
    await watcher.demand(inspection);
    await expectSilencePunished(watcher, 1);
  });

  it("demands what a proof hash stands for that nothing handed out matches", async () => {
    await commit({ receipt: { proofHash: secretNamed("junk") } }, {});
    // It cannot run the model, so that only the activations could tell.
    const watcher = watcherOf([]);
    const inspection = await watcher.inspect(0);
    expect(inspection.withheld).to.have.length(1);
    expect(inspection.demandable.map(({ sequence }) => sequence)).to.deep.equal([0n]);
    await watcher.demand(inspection);
    await expectSilencePunished(watcher, 1);
  });

  it("has silence punished that others demanded, and not before its time, nor after", async () => {
    const { root } = await commit({});
    const place = { operator: addressed(actors.olive), root, sequence: 0n };
    const demand = await demandReceipt(contractsOf(stage, "will"), place);
    const watcher = makeWatcher(stage);
    const { deadline } = await demandState(stage.contracts, demand ?? rejected());
    await advance(deadline - (await now()));
    expect(await watcher.followUp(0)).to.deep.include({ findings: [], open: 1, unread: [] });
    await advance(1);
    only((await watcher.followUp(0)).findings);
    await advance(EVIDENCE_AFTER_ANSWER + EVIDENCE_LAPSE);
    expect(await watcher.followUp(0)).to.deep.include({ findings: [], open: 0, unread: [] });
  });

  for (const [how, answer] of [
    ["by itself", async (exhibit: Required<Exhibit>) => answerAs(contractsOf(stage, "olive"), exhibit)],
    ["through a contract", answerThroughContract],
  ] as const) {
    it(`judges what an operator shows in the end, ${how}, though the window has closed`, async () => {
      const { root, records } = await commit({}, { trace: () => ({ hidden: [new Uint8Array(16)] }) });
      await redeem(stage, records[1] ?? rejected());
      const watcher = makeWatcher(stage, "wendy", withholding("/"));
      const window = localParameters.policies[DISCLOSURE]?.window ?? 0n;
      await advance(window - 100n);
      await watcher.demand({ demandable: [{ operator: addressed(actors.olive), root, sequence: 1n }] });
      await advance(DAY - 100n);
      await answer(shown(records, 1));
      const { findings, open, unread } = await watcher.followUp(0);
      expect({ open, unread }).to.deep.equal({ open: 0, unread: [] });
      const finding = only(findings);
      expect(finding.description).to.include("does not follow");
      const before = await slashable();
      const verdict = await watcher.prosecute(finding);
      expect(verdict).to.include({ court: "ValidityCourt", slashed: before - (await slashable()) });
      await advance(EVIDENCE_AFTER_ANSWER);
      expect((await watcher.followUp(0)).findings).to.be.empty;
    });
  }

  it("finds nothing in what an honest operator shows, of private answers too", async () => {
    const { root, records } = await commit(
      {},
      { ask: { context: canonicalContext({ ...openContext, disclose: false }) } },
    );
    const watcher = makeWatcher(stage, "wendy", withholding("/"));
    for (const index of [0, 1]) {
      await watcher.demand({ demandable: [{ operator: addressed(actors.olive), root, sequence: BigInt(index) }] });
      await answerAs(contractsOf(stage, "olive"), shown(records, index));
    }
    expect(await watcher.followUp(0)).to.deep.include({ findings: [], open: 0, unread: [] });
  });

  it("demands nothing of what a client keeps to itself, and nothing of an honest node", async () => {
    const house = await openHouse(stage);
    await house.node.serve(makeAsk(stage));
    const secret = { context: canonicalContext({ ...openContext, disclose: false }), request: { ceiling: 2n * PRICE } };
    await house.node.serve(makeAsk(stage, secret));
    await advance(1);
    await house.node.commit();
    const inspection = await makeWatcher(stage).inspect(0);
    expect(inspection.withheld).to.have.length(1);
    expect(inspection.withheld[0]).to.include("NotDisclosed");
    expect(inspection.demandable).to.be.empty;
  });

  it("says why a demand is refused", async () => {
    const { root } = await commit({});
    await advance((localParameters.policies[DISCLOSURE]?.window ?? 0n) + 1n);
    const place = { operator: addressed(actors.olive), root, sequence: 0n };
    expect((await rejection(makeWatcher(stage).demand({ demandable: [place] }))).message).to.include("DemandOutOfTime");
  });

  function watcherOf(models: ConstructorParameters<typeof Watcher>[0]["models"]): Watcher {
    let salts = 0;
    return new Watcher({
      reporter: actors.wendy,
      deployment: stage.deployment,
      models,
      salt: () => secretNamed(`watcher's salt ${salts++}`),
      fetch: library.fetch,
    });
  }

  async function now(): Promise<bigint> {
    return chainTime(stage.contracts);
  }

  async function answerAs(contracts: ReturnType<typeof contractsOf>, exhibit: Required<Exhibit>): Promise<void> {
    const { root } = exhibit.committed;
    const { sequence } = exhibit.record.receipt;
    await answerDemand(contracts, { subject: { kind: "receipt", root, sequence } }, exhibit);
  }

  /** The calldata of the transaction goes to a contract that passes it on. */
  async function answerThroughContract(exhibit: Required<Exhibit>): Promise<void> {
    const court = stage.deployment.contracts.disclosureCourt.slice(2);
    const code = `0x60218060095f395ff3365f5f375f5f365f5f73${court}5af100`;
    const deployed = await (await actors.olive.sendTransaction({ data: code })).wait();
    const contracts = contractsOf(stage, "olive");
    const forwarder = contracts.disclosureCourt.attach(
      deployed?.contractAddress ?? "",
    ) as typeof contracts.disclosureCourt;
    await answerAs({ ...contracts, disclosureCourt: forwarder }, exhibit);
  }

  function rejected(): never {
    throw new Error("it is not there");
  }
});
