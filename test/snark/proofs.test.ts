import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "../../src/core/model/file.ts";
import { run } from "../../src/core/model/run.ts";
import { snarkCommitment } from "../../src/core/snark.ts";
import { parseProofs, ProofFileError, serialiseProofs } from "../../src/snark/proofs.ts";

const read = (name: string): string => readFileSync(new URL(`../../models/${name}.json`, import.meta.url), "utf8");

describe("a file of proofs", () => {
  it("is read and written as it was, and is of the iris network", () => {
    const text = read("iris-proofs");
    const { model } = parse(read("iris"));
    const file = parseProofs(text);
    expect(serialiseProofs(file)).to.equal(text);
    expect(file.commitment).to.equal(snarkCommitment(model));
    expect(file.proofs).to.have.length(6);
    for (const { input, output } of file.proofs) expect(output).to.deep.equal(run(model, input).output);
  });

  it("is nothing else", () => {
    expect(() => parseProofs("{")).to.throw(ProofFileError, "not JSON");
    const good = JSON.parse(read("iris-proofs")) as { commitment: string; proofs: object[] };
    for (const wrong of [
      { ...good, format: "surety-proofs-2" },
      { ...good, commitment: "0xAB" },
      { ...good, proofs: [{ ...good.proofs[0], proof: "0x1" }] },
      { ...good, proofs: [{ ...good.proofs[0], more: 1 }] },
      { ...good, more: 1 },
    ]) {
      expect(() => parseProofs(JSON.stringify(wrong))).to.throw(ProofFileError, "not a file of proofs");
    }
  });
});
