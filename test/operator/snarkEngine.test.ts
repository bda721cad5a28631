import { expect } from "chai";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import { run } from "../../src/core/model/run.ts";
import { proofHashOf } from "../../src/core/proofs.ts";
import { snarkCommitment } from "../../src/core/snark.ts";
import { Mode } from "../../src/core/typedData.ts";
import { SnarkEngine } from "../../src/operator/snarkEngine.ts";
import { irisCircuit } from "../../src/snark/circuits.ts";
import { Prover } from "../../src/snark/prover.ts";
import { iris, known, startProver } from "../support/prover.ts";
import { rejection, secretNamed } from "../support/stage.ts";

const VERIFIER: Hex = `0x${"ab".repeat(32)}`;
const models = [{ publisher: `0x${"11".repeat(20)}`, model: iris, verifierHash: VERIFIER }] as const;
const unseen = Uint8Array.of(70, 31, 54, 21);

describe("a snark engine", () => {
  /** A prover without points, which verifies alone, and one with them where there are any. */
  let [blind, prover]: (Prover | undefined)[] = [];
  before(async () => {
    [blind, prover] = [await Prover.start(irisCircuit), await startProver()];
    if (!prover.canProve) console.log("    no SRS in reach: live proving is left out; set CRS_PATH to have it");
  });
  after(async () => {
    await blind?.close();
    await prover?.close();
  });

  function open(by: Prover | undefined, proofs = [known]) {
    if (by === undefined) throw new Error("started before");
    const engine = new SnarkEngine({ models, prover: by, known: proofs });
    const [offer] = engine.offers;
    if (offer === undefined) throw new Error("one offer expected");
    return { engine, offer, job: (input: Uint8Array) => ({ modelId: offer.modelId, mode: offer.mode, input }) };
  }

  it("offers private models by what is public of them", () => {
    const { engine, offer } = open(blind);
    expect(engine.offers).to.have.length(1);
    expect(offer.mode).to.equal(Mode.snark);
    expect(offer.opening.commitment).to.equal(snarkCommitment(iris));
    expect(offer.opening.spec).to.equal(`${VERIFIER}00040003`);
  });

  it("serves what it has proofs for, without points to prove with", async () => {
    const { engine, job, offer } = open(blind);
    for (const { input, output, proof } of known.proofs) {
      const answer = await engine.run(job(input));
      expect(answer).to.deep.equal({ output, proof, hidden: [], inputUnits: 4, outputUnits: 3 });
      expect(proofHashOf(Mode.snark, answer)).to.match(/^0x/);
      expect(await blind?.verify({ commitment: offer.opening.commitment, input, output }, answer.proof)).to.be.true;
    }
    expect((await rejection(engine.run(job(unseen)))).name).to.equal("ProofUnavailable");
    expect(engine.quote(job(unseen))).to.deep.equal({ inputUnits: 4, outputUnits: 3 });
  });

  it("proves what it has no proof for, once for whoever asks the same", async function () {
    if (prover?.canProve !== true) this.skip();
    const { engine, job } = open(prover, []);
    const [one, two] = await Promise.all([engine.run(job(unseen)), engine.run(job(unseen))]);
    expect(one.output).to.deep.equal(run(iris, unseen).output);
    expect(toHex(two.proof)).to.equal(toHex(one.proof));
    expect(await prover.verify({ commitment: snarkCommitment(iris), input: unseen, output: one.output }, one.proof)).to
      .be.true;
  });

  it("hands out no proof that does not verify, wherever it comes from", async () => {
    const [good, other] = known.proofs;
    if (good === undefined || other === undefined) throw new Error("two proofs expected");
    const broken = { ...known, proofs: [{ ...good, proof: other.proof }] };
    const blinded = open(blind, [broken]);
    expect((await rejection(blinded.engine.run(blinded.job(good.input)))).name).to.equal("ProofUnavailable");
    // What a file says the output is does not matter: it is computed.
    const lying = { ...known, proofs: [{ ...good, output: other.output }] };
    const { engine, job } = open(blind, [lying]);
    expect((await engine.run(job(good.input))).output).to.deep.equal(good.output);
    // Proofs of other weights are none of this model's.
    const foreign = open(blind, [{ ...known, commitment: `0x${"00".repeat(32)}` }]);
    expect((await rejection(foreign.engine.run(foreign.job(good.input)))).name).to.equal("ProofUnavailable");
  });

  it("refuses other models, modes and inputs", async () => {
    const { engine, job } = open(blind);
    const named = async (wrong: Parameters<typeof engine.run>[0]): Promise<string> =>
      (await rejection(engine.run(wrong))).name;
    expect(await named({ ...job(unseen), modelId: secretNamed("none") })).to.equal("ModelNotServed");
    expect(await named({ ...job(unseen), mode: Mode.signed })).to.equal("ModeNotServed");
    expect(await named(job(unseen.slice(1)))).to.equal("InputRejected");
  });
});
