import { expect } from "chai";
import { isFaulty, proofEvidence } from "../../src/chain/checkers.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { neuronEvidence } from "../../src/chain/evidence.ts";
import { readFacts } from "../../src/chain/facts.ts";
import { fromHex, keccakHex, toHex } from "../../src/core/bytes.ts";
import { encodeOpenGradientProof, openGradientDigest } from "../../src/core/enclave/openGradient.ts";
import { findFault } from "../../src/core/model/fault.ts";
import { serialise } from "../../src/core/model/file.ts";
import { type ModelOpening, openedId } from "../../src/core/model/opening.ts";
import { run } from "../../src/core/model/run.ts";
import { type Bundle, bundleSchema, readText, type Record, type WholeModel, write } from "../../src/core/records.ts";
import { Mode, orderHash, type Receipt } from "../../src/core/typedData.ts";
import { claimedTrace, type Link, verifyBundle } from "../../src/core/verify.ts";
import { attestKey } from "../support/attest.ts";
import { forge, Library, type Lie, type Seal, seal } from "../support/forge.ts";
import { irisProof, publishIris } from "../support/iris.ts";
import { encodePss, modulus, signRaw } from "../support/rsa.ts";
import {
  advance,
  type AskChanges,
  catchUp,
  clock,
  contractsOf,
  inputNumbered,
  makeAsk,
  PRICE,
  published,
  secretNamed,
  secrets,
  type Stage,
  useStage,
} from "../support/stage.ts";

const DAY = 86_400n;

/** `IValidityCourt.Breach`, and the link by which core says the same. */
const breaches = [
  [],
  ["terms", "PriceAboveMaximum"],
  ["terms", "PriceAboveTariff"],
  ["terms", "UnitsInvalid"],
  ["terms", "IssuedAfterDeadline"],
  ["terms", "IssuedBeforeHorizon"],
  ["commitment", "IssuedAfterCommitment"],
  ["key", ""],
] as const;

/** What a receipt may say of its terms, in any mode. */
const terms: readonly (readonly [string, (stage: Stage) => Partial<Receipt>])[] = [
  ["nothing but the truth", () => ({})],
  ["a price that is the tariff's to the unit", () => ({ price: PRICE, charged: 5n * PRICE })],
  ["a price above the maximum", () => ({ price: PRICE + 1n, charged: PRICE + 1n })],
  ["a price above the tariff of fewer units", () => ({ inputUnits: 0 })],
  ["more units than its account has", () => ({ charged: PRICE - 1n })],
  ["a payment outside its account", () => ({ charged: 0n })],
  ["a time after its deadline", () => ({ issuedAt: clock.now + 601n })],
  ["a time just at its deadline, after the commitment", () => ({ issuedAt: clock.now + 600n })],
  ["a time before the horizon", () => ({ issuedAt: clock.now + 600n - DAY - 1n })],
  ["a time at which its key was not registered", () => ({ issuedAt: clock.now + 600n - DAY })],
  ["a key that is nobody's", () => ({ signer: "0x00000000000000000000000000000000000000aa" })],
];

describe("core's verdict is the courts'", () => {
  const stage = useStage();

  /** A bundle as it lies in a file. */
  function bundleOf(record: Record, root: `0x${string}`, model: Bundle["model"]): Bundle {
    const { escrow, ledger } = stage.deployment.contracts;
    const { chainId } = stage.deployment;
    const bundle: Bundle = {
      format: "surety-bundle-1",
      chainId,
      escrow,
      ledger,
      record,
      inclusion: { root, proof: [] },
      ...(model === undefined ? {} : { model }),
    };
    return readText(bundleSchema, write(bundle));
  }

  async function verdictOf(record: Record, model: Bundle["model"]) {
    const root = await new Library().commit(stage, [record]);
    const bundle = bundleOf(record, root, model);
    const facts = await readFacts(bundle, stage.contracts, stage.deployment);
    return { root, links: verifyBundle(bundle, facts), facts };
  }

  const linkOf = (links: readonly Link[], name: string) => links.find((link) => link.name === name);

  /** What the court says of a receipt's terms, and that core says the same. */
  async function expectSameTerms(record: Record, model: Bundle["model"]): Promise<void> {
    const { root, links, facts } = await verdictOf(record, model);
    const { request, receipt } = record;
    const { order, ...rest } = request;
    const exhibit = { receipt, root, proof: [], signature: "0x" };
    const breach = await stage.contracts.validityCourt.breachOf(
      exhibit,
      { ...rest, orderHash: orderHash(order) },
      order,
      facts.batch?.committedAt ?? 0n,
    );
    const [name, says] = breaches[Number(breach)] ?? [];
    const failing = ["terms", "commitment", "key"].filter((one) => linkOf(links, one)?.status === "fails");
    if (name === undefined) expect(failing).to.be.empty;
    else {
      expect(failing).to.include(name);
      expect(linkOf(links, name)?.detail).to.include(says);
    }
  }

  const whole = (): WholeModel => ({
    publisher: published.publisher,
    file: JSON.parse(serialise({ model: published.model, training: {} })) as WholeModel["file"],
  });

  /** A model of the signed mode: of which nobody else knows anything. */
  const closed: ModelOpening = { publisher: published.publisher, commitment: secretNamed("closed model"), spec: "0x" };

  const signedAsk = (changes: AskChanges = {}) =>
    makeAsk(stage, { ...changes, order: { modelId: openedId(closed), mode: Mode.signed, ...changes.order } });

  const said = (text: string): Seal["answer"] => ({
    output: new TextEncoder().encode(text),
    hidden: [],
    proof: new Uint8Array(),
  });

  for (const [what, lies] of terms) {
    it(`on a signed receipt that states ${what}`, async () => {
      await contractsOf(stage, "publisher").models.publish(closed.commitment, closed.spec, 1 << Mode.signed, "");
      const usual = { inputUnits: 64, outputUnits: 10 };
      const record = seal(stage, signedAsk(), { answer: said("yes"), receipt: { ...usual, ...lies(stage) } });
      await expectSameTerms(record, closed);
    });

    it(`on an optimistic receipt that states ${what}`, async () => {
      await expectSameTerms(forge(stage, { receipt: lies(stage) }), whole());
    });
  }

  it("on an honest signed answer: nothing fails, and nobody re-executes it", async () => {
    await contractsOf(stage, "publisher").models.publish(closed.commitment, closed.spec, 1 << Mode.signed, "");
    const units = { inputUnits: 64, outputUnits: 10 };
    const record = seal(stage, signedAsk(), { answer: said("yes"), receipt: units });
    const { links } = await verdictOf(record, closed);
    expect(links.filter(({ status }) => status === "fails")).to.be.empty;
    expect(linkOf(links, "execution")?.status).to.equal("unchecked");
    expect((await failure(isFaulty(stage.contracts, record, "0x"))).reason).to.equal("ModeNotJudged");
  });

  describe("on an optimistic answer", () => {
    const lies: readonly (readonly [string, Lie])[] = [
      ["that is right", {}],
      ["with an activation one higher", { trace: ({ hidden }) => ({ hidden: hidden.map((v) => bumped(v)) }) }],
      ["with a logit one higher", { trace: ({ output }) => ({ output: bumped(output, 3) }) }],
      ["with a logit too few", { trace: ({ output }) => ({ output: output.slice(4) }) }],
      [
        "with an activation too many",
        { trace: ({ hidden }) => ({ hidden: hidden.map((v) => Uint8Array.of(...v, 0)) }) },
      ],
      ["without hidden vectors", { trace: () => ({ hidden: [] }) }],
      ["of another input", { trace: () => run(published.model, inputNumbered(5)) }],
    ];
    for (const [what, lie] of lies) {
      it(what, async () => {
        const record = forge(stage, lie);
        const { links } = await verdictOf(record, whole());
        // Where there is no fault, any neuron is shown: the checker finds nothing wrong with it.
        const fault = findFault(published.model, claimedTrace(record)) ?? { kind: "neuron", layer: 0, index: 3 };
        const isWrong = await isFaulty(stage.contracts, record, neuronEvidence(published, record, fault));
        expect(isWrong).to.equal(lie.trace !== undefined);
        expect(linkOf(links, "execution")?.status).to.equal(isWrong ? "fails" : "holds");
        expect(linkOf(links, "proof")?.status).to.equal("holds");
      });
    }
  });

  describe("on a snark answer", () => {
    interface Changed extends Partial<Seal["answer"]> {
      readonly ask?: AskChanges;
      readonly receipt?: Partial<Receipt>;
    }
    const changes: readonly (readonly [string, () => Changed])[] = [
      ["that is right", () => ({})],
      ["with a bit of its proof changed", () => ({ proof: bumped(irisProof().proof, 40) })],
      ["with its proof cut off", () => ({ proof: irisProof().proof.slice(0, -32) })],
      ["with an empty proof", () => ({ proof: new Uint8Array() })],
      ["with the proof of another input", () => ({ proof: irisProof(1).proof })],
      ["with a logit one higher", () => ({ output: bumped(irisProof().output, 3) })],
      ["with a logit too few", () => ({ output: irisProof().output.slice(4) })],
      ["with a logit too many", () => ({ output: Uint8Array.of(...irisProof().output, 0, 0, 0, 0) })],
      ["whose receipt names no proof", () => ({ receipt: { proofHash: `0x${"00".repeat(32)}` } })],
      ["to an input too long", () => ({ ask: { input: new Uint8Array(5) } })],
      ["whose receipt names another proof", () => ({ receipt: { proofHash: secretNamed("other proof") } })],
    ];
    for (const [what, change] of changes) {
      it(what, async () => {
        const opening = await publishIris(stage);
        const { ask: askChanges, receipt, ...changed } = change();
        const { input, output, proof } = irisProof();
        const order = { modelId: openedId(opening), mode: Mode.snark, maxPrice: PRICE };
        const ask = makeAsk(stage, { input, ...askChanges, order });
        const units = { inputUnits: 64, outputUnits: 10 };
        const record = seal(stage, ask, {
          answer: { output, proof, hidden: [], ...changed },
          receipt: { ...units, ...receipt },
        });
        const { links } = await verdictOf(record, opening);
        await expectSameAnswer(record, links, proofEvidence(opening, record));
      });
    }
  });

  describe("on an enclave's answer", () => {
    const opening: ModelOpening = { publisher: published.publisher, commitment: secretNamed("enclave"), spec: "0x00" };

    const publish = async () =>
      contractsOf(stage, "publisher").models.publish(opening.commitment, opening.spec, 1 << Mode.enclave, "");

    for (const [what, wait, isRight] of [
      ["of a key whose enclave the model allows", undefined, true],
      ["in the last second in which the model allows its enclave", 0n, true],
      ["in the second in which the model no longer does", 1n, false],
    ] as const) {
      it(what, async () => {
        await publish();
        const { secret, measurement, attestation } = await attestKey(stage, secretNamed("an enclave's key"));
        const { models } = contractsOf(stage, "publisher");
        await models.allowMeasurement(openedId(opening), measurement);
        await catchUp();
        const end = clock.now + 2n * DAY;
        if (wait !== undefined) {
          await models.endMeasurement(openedId(opening), measurement, end);
          await advance(end - clock.now + 10n);
        }
        const issuedAt = wait === undefined ? clock.now : end - 1n + wait;
        const order = { modelId: openedId(opening), mode: Mode.enclave };
        const record = seal(stage, makeAsk(stage, { order, request: { deadline: issuedAt + 600n } }), {
          answer: said("yes"),
          secret,
          receipt: { inputUnits: 64, outputUnits: 10, issuedAt },
        });
        const { root, links, facts } = await verdictOf(record, opening);
        expect(linkOf(links, "attestation")?.status).to.equal(isRight ? "holds" : "fails");
        await expectSameAnswer(record, links, proofEvidence(opening, record));

        // The file itself tells how the key was registered, whatever became of its measurement.
        const bundle = { ...bundleOf(record, root, opening), attestation };
        const quote = (changed: Bundle) => linkOf(verifyBundle(changed, facts), "quote");
        expect(quote(bundle)?.status, quote(bundle)?.detail).to.equal("holds");
        const bytes = fromHex(attestation.quote);
        for (const place of [0, 100, 170, 300, 570, 650, 700, 900, 1150, 1400]) {
          const changed = { ...attestation, quote: toHex(bumped(bytes, place)) };
          expect(quote({ ...bundle, attestation: changed })?.status, String(place)).to.equal("fails");
        }
        const other = forge(stage, { secret: secrets.otto });
        expect(quote({ ...bundle, record: other })?.detail).to.include("ReportDataMismatch");
        expect(linkOf(verifyBundle(bundle), "quote")?.status).to.equal("unchecked");
      });
    }

    it("of a key that no enclave holds", async () => {
      await publish();
      const ask = makeAsk(stage, { order: { modelId: openedId(opening), mode: Mode.enclave } });
      const units = { inputUnits: 64, outputUnits: 10 };
      const record = seal(stage, ask, { answer: said("yes"), receipt: units });
      const { links } = await verdictOf(record, opening);
      expect(await isFaulty(stage.contracts, record, proofEvidence(opening, record))).to.be.true;
      expect(linkOf(links, "attestation")?.status).to.equal("fails");
    });
  });

  describe("on an answer that an enclave's RSA key signed", () => {
    const opening: ModelOpening = { publisher: published.publisher, commitment: secretNamed("gateway"), spec: "0x01" };
    const output = new TextEncoder().encode("yes, as far as I know");

    /** What is otherwise: whose key it is, what the model allows, what was signed, what the receipt and the proof say. */
    interface Changed {
      readonly isRegistered?: false;
      readonly isAllowed?: false;
      readonly signs?: Partial<Parameters<typeof openGradientDigest>[0]>;
      readonly proof?: (honest: Uint8Array) => Uint8Array;
      readonly receipt?: Partial<Receipt>;
    }
    const changes: readonly (readonly [string, Changed])[] = [
      ["that is right", {}],
      ["of a key that its operator never registered", { isRegistered: false }],
      ["of a key that the model does not allow", { isAllowed: false }],
      ["to another input", { signs: { inputHash: secretNamed("other input") } }],
      ["with another output", { signs: { outputHash: secretNamed("other output") } }],
      ["at another time", { signs: { timestamp: 1n } }],
      ["with a bit of the modulus changed", { proof: (proof) => bumped(proof, 3) }],
      ["with a bit of the signature changed", { proof: (proof) => bumped(proof, 300) }],
      ["with a byte less", { proof: (proof) => proof.slice(0, -1) }],
      ["with a byte more", { proof: (proof) => Uint8Array.of(...proof, 0) }],
      ["with no proof", { proof: () => new Uint8Array() }],
      ["whose receipt names another proof", { receipt: { proofHash: secretNamed("other proof") } }],
    ];
    for (const [what, { isRegistered = true, isAllowed = true, signs, proof: change, receipt }] of changes) {
      it(what, async () => {
        const { models } = contractsOf(stage, "publisher");
        await models.publish(opening.commitment, opening.spec, 1 << Mode.enclave, "");
        if (isAllowed) await models.allowMeasurement(openedId(opening), keccakHex(fromHex(modulus)));
        if (isRegistered) await contractsOf(stage, "olive").keys.registerRsa(modulus);
        await catchUp();
        const ask = makeAsk(stage, { order: { modelId: openedId(opening), mode: Mode.enclave } });
        const { inputHash } = ask.request.order;
        const digest = openGradientDigest({
          inputHash,
          outputHash: keccakHex(output),
          timestamp: clock.now,
          ...signs,
        });
        const honest = fromHex(
          encodeOpenGradientProof({
            modulus,
            signature: signRaw(encodePss({ hash: digest, salt: secretNamed("salt") })),
          }),
        );
        const record = seal(stage, ask, {
          answer: { output, proof: change === undefined ? honest : change(honest), hidden: [] },
          receipt: { inputUnits: 64, outputUnits: 10, ...receipt },
        });
        const { links } = await verdictOf(record, opening);
        await expectSameAnswer(record, links, proofEvidence(opening, record));
      });
    }
  });

  it("on a model that is not the one that was ordered: nobody is convicted by it", async () => {
    const opening = await publishIris(stage);
    const other = { ...opening, commitment: secretNamed("other") };
    const { input, output, proof } = irisProof();
    const ask = makeAsk(stage, { input, order: { modelId: openedId(opening), mode: Mode.snark } });
    const record = seal(stage, ask, {
      answer: { output, proof, hidden: [] },
      receipt: { inputUnits: 64, outputUnits: 10 },
    });
    const { links } = await verdictOf(record, other);
    expect(linkOf(links, "model")?.status).to.equal("fails");
    expect((await failure(isFaulty(stage.contracts, record, proofEvidence(other, record)))).reason).to.equal(
      "ModelMismatch",
    );
  });

  it("on silence", async () => {
    const record = forge(stage, {});
    const root = await new Library().commit(stage, [record]);
    const bundle = bundleOf(record, root, whole());
    const { disclosureCourt } = contractsOf(stage, "wendy");
    const { operator, sequence } = record.receipt;
    const value = 2n * (await disclosureCourt.depositFor(operator));
    await disclosureCourt.demandReceipt(operator, root, sequence, { value });
    await advance(DAY + 1n);
    const recordLink = async () =>
      linkOf(verifyBundle(bundle, await readFacts(bundle, stage.contracts, stage.deployment)), "record");
    expect((await recordLink())?.status).to.equal("holds");
    await disclosureCourt.convictReceipt(operator, root, sequence);
    expect((await recordLink())?.detail).to.include("silence");
  });

  /** Core says that the answer is wrong where the checker does, right where it does, and not right where it takes none. */
  async function expectSameAnswer(record: Record, links: readonly Link[], evidence: `0x${string}`): Promise<void> {
    const answer = links.filter(({ name }) => name === "execution" || name === "attestation");
    const status = answer.find((one) => one.status === "fails")?.status ?? answer[0]?.status;
    try {
      const isWrong = await isFaulty(stage.contracts, record, evidence);
      expect(status).to.equal(isWrong ? "fails" : "holds");
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      expect(status, cause.reason).to.not.equal("holds");
      expect(
        links.filter((link) => link.status === "fails"),
        cause.reason,
      ).to.not.be.empty;
    }
  }

  async function failure(promise: Promise<unknown>): Promise<ChainError> {
    const cause = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(cause instanceof ChainError)) throw new Error("a ChainError expected", { cause });
    return cause;
  }
});

function bumped(bytes: Uint8Array, place = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[place] = ((copy[place] ?? 0) + 1) % 256;
  return copy;
}
