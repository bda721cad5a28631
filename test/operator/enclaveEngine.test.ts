import { expect } from "chai";
import { fromHex } from "../../src/core/bytes.ts";
import { attestsKey } from "../../src/core/enclave/kinds.ts";
import { openedId } from "../../src/core/model/opening.ts";
import { run } from "../../src/core/model/run.ts";
import { proofHashOf } from "../../src/core/proofs.ts";
import { Mode } from "../../src/core/typedData.ts";
import { EnclaveEngine, enclaveOpening } from "../../src/operator/enclaveEngine.ts";
import { inputNumbered, published, rejection, secretNamed, smallId } from "../support/stage.ts";

describe("an engine in an enclave", () => {
  const engine = new EnclaveEngine([published]);
  const opening = enclaveOpening(published);
  const job = { modelId: openedId(opening), mode: Mode.enclave, input: inputNumbered(1) };

  it("offers its model under an id of its own, by the key that signs", () => {
    expect(engine.offers).to.deep.equal([{ modelId: job.modelId, mode: Mode.enclave, opening }]);
    expect(attestsKey(opening.spec)).to.be.true;
    expect(fromHex(opening.commitment)).to.have.length(32);
    expect(job.modelId).to.not.equal(smallId);
  });

  it("gives the model's output, and no proof beside the receipt", async () => {
    const computed = await engine.run(job);
    expect(computed.output).to.deep.equal(run(published.model, job.input).output);
    expect(proofHashOf(Mode.enclave, computed)).to.equal(`0x${"00".repeat(32)}`);
    expect(computed).to.include({ inputUnits: 64, outputUnits: 10 });
  });

  it("quotes what its answers take", () => {
    expect(engine.quote(job)).to.deep.equal({ inputUnits: 64, outputUnits: 10 });
    expect(engine.quote({ ...job, modelId: secretNamed("none") })).to.equal(undefined);
    expect(() => engine.quote({ ...job, input: new Uint8Array(65) })).to.throw("64 bytes of input expected, 65 found");
  });

  it("refuses modes and models that it does not offer, and inputs that are none of the model's", async () => {
    expect((await rejection(engine.run({ ...job, mode: Mode.optimistic }))).name).to.equal("ModeNotServed");
    expect((await rejection(engine.run({ ...job, modelId: secretNamed("none") }))).name).to.equal("ModelNotServed");
    expect((await rejection(engine.run({ ...job, input: new Uint8Array(63) }))).name).to.equal("InputRejected");
  });
});
