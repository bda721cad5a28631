import { expect } from "chai";
import { answerDemand } from "../../src/chain/disclosures.ts";
import { NodeError } from "../../src/chain/http.ts";
import { AnswerRejectedError } from "../../src/client/errors.ts";
import { toHex } from "../../src/core/bytes.ts";
import { type ModelOpening, openedId } from "../../src/core/model/opening.ts";
import { Mode, receiptHash } from "../../src/core/typedData.ts";
import type { Engine } from "../../src/operator/engine.ts";
import { Refusal } from "../../src/operator/refusals.ts";
import { attestKey } from "../support/attest.ts";
import { Library, seal } from "../support/forge.ts";
import { irisProof, KnownProofs, publishIris } from "../support/iris.ts";
import {
  actors,
  addressed,
  advance,
  catchUp,
  contractsOf,
  makeAsk,
  makeClient,
  makeWatcher,
  openHouse,
  question,
  rejectionOf,
  secretNamed,
  useStage,
} from "../support/stage.ts";

/** What a node charges for an iris. */
const IRIS_PRICE = 20_000n + 4n * 10n + 3n * 100n;

describe("answers of the snark mode", () => {
  const stage = useStage();

  const bumped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte));
  const irisQuestion = (opening: ModelOpening, index = 0) =>
    question(0, { modelId: openedId(opening), mode: Mode.snark, input: irisProof(index).input, outputUnits: 3 });

  it("are served, verified, committed, settled and watched over", async () => {
    const opening = await publishIris(stage);
    const { node, url } = await openHouse(stage, { engine: new KnownProofs(opening) });
    const client = makeClient(stage, "alice");
    for (const index of [0, 1]) {
      const record = await client.ask(url, node.offer(), irisQuestion(opening, index));
      expect(record.output).to.equal(toHex(irisProof(index).output));
      expect(record.proof).to.equal(toHex(irisProof(index).proof));
      expect(record.receipt.price).to.equal(IRIS_PRICE);
    }
    await advance(1);
    expect(await node.settle()).to.include({ count: 1 });
    const inspection = await makeWatcher(stage).inspect(0);
    expect(inspection).to.deep.include({ receipts: 2, reexecuted: 2, findings: [], withheld: [], demandable: [] });
  });

  it("are signed by no node whose proof does not hold (C1)", async () => {
    const opening = await publishIris(stage);
    const lies: readonly ConstructorParameters<typeof KnownProofs>[1][] = [
      ({ proof }) => ({ proof: bumped(proof) }),
      ({ output }) => ({ output: output.map((byte, index) => (index === 3 ? byte ^ 1 : byte)) }),
      () => ({ proof: irisProof(2).proof }),
      ({ output }) => ({ output: output.slice(4) }),
    ];
    for (const lie of lies) {
      const { node, journal } = await openHouse(stage, { engine: new KnownProofs(opening, lie) });
      const { input } = irisProof();
      const ask = makeAsk(stage, { input, order: { modelId: openedId(opening), mode: Mode.snark } });
      expect((await rejectionOf(Refusal, node.serve(ask))).name).to.equal("ProofRejected");
      expect(await journal.nextSequence()).to.equal(0n);
    }
  });

  it("are not computed for an input of another length", async () => {
    const opening = await publishIris(stage);
    const { node } = await openHouse(stage, { engine: new KnownProofs(opening) });
    for (const length of [0, 3, 5]) {
      const ask = makeAsk(stage, {
        input: new Uint8Array(length),
        order: { modelId: openedId(opening), mode: Mode.snark },
      });
      expect((await rejectionOf(Refusal, node.serve(ask))).name).to.equal("InputRejected");
    }
  });

  /** A record with a wrong proof, as an operator that keeps to no rule would sign it. */
  function forged(opening: ModelOpening) {
    const { input, output, proof } = irisProof();
    const ask = makeAsk(stage, { input, order: { modelId: openedId(opening), mode: Mode.snark } });
    return seal(stage, ask, {
      answer: { output, proof: bumped(proof), hidden: [] },
      receipt: { inputUnits: 64, outputUnits: 10 },
    });
  }

  it("are refused by a client whose own means, or the chain's, refuse the proof", async () => {
    const opening = await publishIris(stage);
    const { node, url } = await openHouse(stage, { engine: new KnownProofs(opening) });
    let known: ModelOpening | undefined;
    const doubting = makeClient(stage, "alice", {
      verifyProof: async (_, told) => {
        known = told;
        return false;
      },
    });
    const error = await rejectionOf(AnswerRejectedError, doubting.ask(url, node.offer(), irisQuestion(opening)));
    expect(error.broken.map(({ name }) => name)).to.deep.equal(["execution"]);
    expect(known).to.deep.equal(opening);

    const lying = makeClient(stage, "bob", {
      fetch: async (...call) => {
        const response = await globalThis.fetch(...call);
        const answer = (await response.json()) as { proof: string };
        return Response.json({ ...answer, proof: answer.proof.replace(/..$/, "00") });
      },
    });
    const broken = await rejectionOf(AnswerRejectedError, lying.ask(url, node.offer(), irisQuestion(opening)));
    expect(broken.broken.map(({ name }) => name)).to.deep.equal(["proof"]);
  });

  it("are taken from no offer whose model is not what it says", async () => {
    const opening = await publishIris(stage);
    const { node, url } = await openHouse(stage, { engine: new KnownProofs(opening) });
    const offer = node.offer();
    const false_ = { ...opening, commitment: secretNamed("other weights") };
    const lying = { ...offer, models: offer.models.map((model) => ({ ...model, opening: false_ })) };
    const client = makeClient(stage, "alice");
    const error = await rejectionOf(NodeError, client.ask(url, lying, irisQuestion(opening)));
    expect(error.reason).to.equal("OfferMismatch");
  });

  it("whose proof does not verify are found and convicted by a watcher", async () => {
    const opening = await publishIris(stage);
    const library = new Library();
    await library.commit(stage, [forged(opening)]);
    const watcher = makeWatcher(stage, "wendy", library.fetch);
    const { findings, reexecuted } = await watcher.inspect(0);
    expect(reexecuted).to.equal(1);
    expect(findings.map(({ description }) => description)).to.deep.equal(["the proof does not verify (receipt 0)"]);
    const [finding] = findings;
    if (finding === undefined) throw new Error("a finding expected");
    expect(await watcher.prosecute(finding)).to.include({ court: "ValidityCourt", operator: addressed(actors.olive) });
  });

  it("whose proof is withheld are demanded, and convicted by what is shown", async () => {
    const opening = await publishIris(stage);
    const library = new Library();
    const record = forged(opening);
    await library.commit(stage, [record]);
    library.replace(`/v1/records/${receiptHash(record.receipt)}`, { ...record, proof: "0x" });
    const watcher = makeWatcher(stage, "wendy", library.fetch);
    const inspection = await watcher.inspect(0);
    expect([inspection.findings.length, inspection.demandable.length]).to.deep.equal([0, 1]);
    const [demand] = await watcher.demand(inspection);
    if (demand === undefined) throw new Error("a demand expected");
    const { root } = inspection.demandable[0] ?? { root: "0x" };
    await answerDemand(contractsOf(stage, "olive"), demand, { record, committed: { root, proof: [] } });
    const { findings } = await watcher.followUp(0);
    expect(findings.map(({ description }) => description)).to.deep.equal(["the proof does not verify (receipt 0)"]);
  });
});

describe("answers of the enclave mode", () => {
  const stage = useStage();
  const opening: ModelOpening = {
    publisher: addressed(actors.publisher),
    commitment: secretNamed("enclave"),
    spec: "0x00",
  };

  it("are served by no node whose key is of no enclave that the model allows", async () => {
    const { models } = contractsOf(stage, "publisher");
    await models.publish(opening.commitment, opening.spec, 1 << Mode.enclave, "");
    const engine: Engine = {
      offers: [{ modelId: openedId(opening), mode: Mode.enclave, opening }],
      run: async () => Promise.reject(new Error("must not run")),
    };
    const { node } = await openHouse(stage, { engine });
    const ask = makeAsk(stage, { order: { modelId: openedId(opening), mode: Mode.enclave } });
    const refused = await rejectionOf(Refusal, node.serve(ask));
    expect([refused.name, refused.status]).to.deep.equal(["EnclaveNotAllowed", 503]);
  });

  it("are served by a node whose key an enclave holds, verified, settled and watched over", async () => {
    const { models } = contractsOf(stage, "publisher");
    await models.publish(opening.commitment, opening.spec, 1 << Mode.enclave, "");
    const { secret, measurement } = await attestKey(stage, secretNamed("an enclave's key"));
    const engine: Engine = {
      offers: [{ modelId: openedId(opening), mode: Mode.enclave, opening }],
      run: async () => ({
        output: new TextEncoder().encode("yes"),
        hidden: [],
        proof: new Uint8Array(),
        inputUnits: 1,
        outputUnits: 1,
      }),
    };
    const { node, url } = await openHouse(stage, { engine, secret });
    const client = makeClient(stage, "alice");
    const asked = question(0, { modelId: openedId(opening), mode: Mode.enclave, outputUnits: 1 });
    expect((await rejectionOf(NodeError, client.ask(url, node.offer(), asked))).reason).to.equal("EnclaveNotAllowed");
    await models.allowMeasurement(openedId(opening), measurement);
    await catchUp();
    const { receipt } = await client.ask(url, node.offer(), asked);
    expect(receipt.proofHash).to.equal(`0x${"00".repeat(32)}`);
    await advance(1);
    expect(await node.settle()).to.include({ count: 1 });
    const inspection = await makeWatcher(stage).inspect(0);
    expect(inspection).to.deep.include({ receipts: 1, reexecuted: 1, findings: [], withheld: [], demandable: [] });
  });

  it("of a key that the model does not allow are refused by clients, and convicted by a watcher", async () => {
    const { models } = contractsOf(stage, "publisher");
    await models.publish(opening.commitment, opening.spec, 1 << Mode.enclave, "");
    const ask = makeAsk(stage, { order: { modelId: openedId(opening), mode: Mode.enclave } });
    const answer = { output: new TextEncoder().encode("yes"), hidden: [], proof: new Uint8Array() };
    const record = seal(stage, ask, { answer, receipt: { inputUnits: 64, outputUnits: 10 } });
    const library = new Library();
    await library.commit(stage, [record]);
    const watcher = makeWatcher(stage, "wendy", library.fetch);
    const { findings } = await watcher.inspect(0);
    const [finding] = findings;
    if (finding === undefined) throw new Error("a finding expected");
    expect(finding.description).to.include("no enclave of the model's");
    expect(await watcher.prosecute(finding)).to.include({ court: "ValidityCourt", operator: addressed(actors.olive) });
  });
});
