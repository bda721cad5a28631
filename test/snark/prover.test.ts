import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, createFileManager } from "@noir-lang/noir_wasm";
import { Noir } from "@noir-lang/noir_js";
import { expect } from "chai";
import { concat, fromHex, toHex } from "../../src/core/bytes.ts";
import { Model, ModelError } from "../../src/core/model/model.ts";
import { SeededRandom } from "../../src/core/model/random.ts";
import { decodeLogits, InputError, run } from "../../src/core/model/run.ts";
import { poseidon2 } from "../../src/core/poseidon2.ts";
import { parameterRows, publicInputs, snarkCommitment, type Statement } from "../../src/core/snark.ts";
import { loadIris } from "../../src/datasets/iris.ts";
import { irisCircuit } from "../../src/snark/circuits.ts";
import { Prover } from "../../src/snark/prover.ts";
import { SrsMissingError } from "../../src/snark/srs.ts";
import { IrisVerifier__factory } from "../../typechain-types/index.ts";
import { iris, known, startProver } from "../support/prover.ts";
import { chain, rejection, useStage } from "../support/stage.ts";

const commitment = snarkCommitment(iris);
/** A statement with what is to prove it. */
type Claim = Statement & { readonly proof: Uint8Array };
const [first, second] = known.proofs.map((proof): Claim => ({ commitment, ...proof }));
if (first === undefined || second === undefined) throw new Error("two proofs expected");

const circuits = new URL("../../circuits/iris", import.meta.url).pathname;

function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const copy = bytes.slice();
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}

/** A model of the circuit's shape with parameters from a seed, all of their range. */
function randomModel(seed: number): Model {
  const random = new SeededRandom(seed);
  const layer = (inputs: number, outputs: number) => ({
    weights: Int8Array.from({ length: inputs * outputs }, () => random.below(256) - 128),
    biases: Int32Array.from({ length: outputs }, () => {
      const bits = 8 + random.below(17);
      return random.below(2 ** bits) - 2 ** (bits - 1);
    }),
  });
  return Model.of({ widths: [4, 6, 3], shifts: [random.below(32)], layers: [layer(4, 6), layer(6, 3)] });
}

describe("the iris circuit", () => {
  let prover: Prover;
  before(async () => {
    prover = await Prover.start(irisCircuit);
  });
  after(async () => {
    await prover.close();
  });

  async function logitsOf(model: Model, input: Uint8Array): Promise<number[]> {
    const { logits } = await prover.execute(model, input);
    return logits.map((logit) => Number(BigInt.asIntN(32, BigInt(logit))));
  }

  it("computes what the model computes, for all 150 flowers", async () => {
    const { train, heldOut } = loadIris();
    for (const { pixels } of [...train, ...heldOut]) {
      expect(await logitsOf(iris, pixels)).to.deep.equal([...decodeLogits(run(iris, pixels).output)]);
    }
  });

  it("computes what models at random compute, at every shift", async () => {
    const shifts = new Set<number>();
    for (let seed = 0; seed < 100; seed++) {
      const model = randomModel(seed);
      shifts.add(model.shifts[0] ?? 0);
      const input = Uint8Array.from({ length: 4 }, (_, index) => [0, 255, seed, 7 * seed][(seed + index) % 4] ?? 0);
      expect(await logitsOf(model, input)).to.deep.equal([...decodeLogits(run(model, input).output)]);
    }
    expect(shifts.size).to.be.above(25);
  });

  it("computes the extremes of biases and weights", async () => {
    for (const [bias, weight] of [
      [2 ** 23 - 1, 127],
      [-(2 ** 23), -128],
      [0, 0],
      [-1, 0],
    ] as const) {
      for (const shift of [0, 1, 15, 16, 24, 31]) {
        const layer = (inputs: number, outputs: number) => ({
          weights: new Int8Array(inputs * outputs).fill(weight),
          biases: new Int32Array(outputs).fill(bias),
        });
        const model = Model.of({ widths: [4, 6, 3], shifts: [shift], layers: [layer(4, 6), layer(6, 3)] });
        const input = new Uint8Array(4).fill(255);
        expect(await logitsOf(model, input)).to.deep.equal([...decodeLogits(run(model, input).output)]);
      }
    }
  });

  it("takes no other weights than those of the commitment, and no number out of its range", async () => {
    const noir = new Noir({ bytecode: irisCircuit.bytecode, abi: irisCircuit.abi, debug_symbols: "", file_map: {} });
    const [hidden = [], output = []] = parameterRows(iris).map((rows) => rows.map((row) => [...row]));
    const good = { commitment, input: [51, 35, 14, 2], shift: iris.shifts[0] ?? 0, hidden, output };
    expect(await noir.execute(good)).to.have.property("returnValue");
    const changed = hidden.map((row, index) => (index === 0 ? row.with(3, 0) : row));
    for (const wrong of [
      { ...good, commitment: `0x${"00".repeat(31)}01` },
      { ...good, hidden: changed },
      { ...good, shift: good.shift + 1 },
      { ...good, input: [256, 0, 0, 0] },
      { ...good, shift: 256 },
    ]) {
      await rejection(noir.execute(wrong));
    }
    // A shift that its commitment opens to, and that is none: another function.
    const bytes = Uint8Array.from([37, ...parameterRows(iris).flat(2)]);
    const chunks = [bytes.subarray(0, 31), bytes.subarray(31, 62), bytes.subarray(62)];
    const opened = `0x${poseidon2(chunks.map((chunk) => BigInt(toHex(chunk)))).toString(16)}`;
    expect((await rejection(noir.execute({ ...good, shift: 37, commitment: opened }))).message).to.include("5 limbs");
  });

  /** Division is advice that the prover gives itself: a prover that cheats gives other advice, under the same constraints. */
  const advice = "((dividend as u64 / divisor as u64) as Field, (dividend as u64 % divisor as u64) as Field)";
  for (const [how, lie] of [
    [
      "a quotient that is one too small",
      // Where there is one to take away: below zero it would be no byte.
      "if (dividend as u64) < (divisor as u64) { (0, dividend) } else { ((dividend as u64 / divisor as u64) as Field - 1, (dividend as u64 % divisor as u64) as Field + divisor) }",
    ],
    [
      "a quotient that is one too great",
      "((dividend as u64 / divisor as u64) as Field + 1, (dividend as u64 % divisor as u64) as Field - divisor)",
    ],
    ["a quotient of the field", "((dividend - 1) / divisor, 1)"],
    ["no division at all", "(0, 0)"],
  ] as const) {
    it(`convinces nobody by ${how}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "surety-circuit-"));
      try {
        await cp(circuits, folder, { recursive: true });
        const main = join(folder, "src/main.nr");
        const source = await readFile(main, "utf8");
        expect(source).to.include(advice);
        await writeFile(main, source.replace(advice, lie));
        const silent = (): void => undefined;
        const { program } = await compile(createFileManager(folder), undefined, silent, silent);
        const [hidden = [], output = []] = parameterRows(iris).map((rows) => rows.map((row) => [...row]));
        const given = { commitment, input: [51, 35, 14, 2], shift: iris.shifts[0] ?? 0, hidden, output };
        await rejection(new Noir(program).execute(given));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});

describe("a prover", () => {
  const stage = useStage();
  let prover: Prover;
  before(async () => {
    prover = await startProver();
    if (!prover.canProve) console.log("    no SRS in reach: live proving is left out; set CRS_PATH to have it");
  });
  after(async () => {
    await prover.close();
  });

  const isProven = async ({ proof, ...statement }: Claim): Promise<boolean> => prover.verify(statement, proof);

  /** What the verifier on chain says: true, or a refusal. */
  async function isProvenOnChain({ proof, ...statement }: Claim): Promise<boolean> {
    const verifier = IrisVerifier__factory.connect(stage.deployment.contracts.irisVerifier, chain);
    try {
      return await verifier.verify(proof, publicInputs(statement));
    } catch (error) {
      if (String(error).includes("reverted")) return false;
      throw error;
    }
  }

  it("verifies the committed proofs as the chain does", async () => {
    for (const proof of known.proofs) {
      expect(await isProven({ commitment, ...proof })).to.be.true;
      expect(await isProvenOnChain({ commitment, ...proof })).to.be.true;
    }
  });

  const { proof, input, output } = first;
  const changes: readonly (readonly [string, Partial<Claim>])[] = [
    // Every part of a proof: points of a recursion that there is none of, commitments, sums, evaluations, quotients.
    ...Array.from({ length: 26 }, (_, part) => {
      const place = Math.min(part * 8 * 32 + 31, proof.length - 1);
      return [`byte ${place} of the proof changed`, { proof: flipped(proof, place) }] as const;
    }),
    ["another proof", { proof: second.proof }],
    ["no proof", { proof: new Uint8Array() }],
    ["a word less", { proof: proof.slice(0, -32) }],
    ["a word more", { proof: concat(proof, new Uint8Array(32)) }],
    ["a byte less", { proof: proof.slice(0, -1) }],
    ...[0, 1, 2, 3].map((place) => [`byte ${place} of the input changed`, { input: flipped(input, place) }] as const),
    ...[0, 3, 7, 11].map(
      (place) => [`byte ${place} of the output changed`, { output: flipped(output, place) }] as const,
    ),
    ["another answer's output", { output: second.output }],
    ["a byte of input more", { input: concat(input, new Uint8Array(1)) }],
    ["a logit less", { output: output.slice(0, -4) }],
    ["a logit more", { output: concat(output, new Uint8Array(4)) }],
    ["other weights", { commitment: toHex(flipped(fromHex(commitment), 31)) }],
  ];

  it("refuses, as the chain does, whatever has been changed", async () => {
    for (const [what, change] of changes) {
      expect(await isProven({ ...first, ...change }), what).to.be.false;
      expect(await isProvenOnChain({ ...first, ...change }), `${what}, on chain`).to.be.false;
    }
  });

  it("goes on after a proof that stops bb in the middle, whatever waits behind it", async () => {
    // The x of a commitment, without its y: no point of the curve.
    const broken = { ...first, proof: flipped(proof, 10 * 32 + 31) };
    const verdicts = await Promise.all([broken, first, broken, broken, first, first].map(isProven));
    expect(verdicts).to.deep.equal([false, true, false, false, true, true]);
  });

  it("proves live, each time another proof, which the chain accepts", async function () {
    if (!prover.canProve) this.skip();
    const pixels = Uint8Array.of(63, 33, 60, 25);
    const [one, other] = [await prover.prove(iris, pixels), await prover.prove(iris, pixels)];
    expect(one.output).to.deep.equal(run(iris, pixels).output);
    // Zero knowledge takes randomness: two proofs of the same have nothing in common to compare weights by.
    expect(toHex(one.proof)).to.not.equal(toHex(other.proof));
    for (const proven of [one, other]) {
      expect(await isProvenOnChain({ commitment, input: pixels, ...proven })).to.be.true;
    }
  });

  it("proves models that it has never seen", async function () {
    if (!prover.canProve) this.skip();
    const model = randomModel(7);
    const pixels = Uint8Array.of(1, 200, 30, 4);
    const proven = await prover.prove(model, pixels);
    expect(await isProvenOnChain({ commitment: snarkCommitment(model), input: pixels, ...proven })).to.be.true;
    expect(await isProven({ commitment, input: pixels, ...proven })).to.be.false;
  });

  it("says which models and inputs it does not prove, and when it cannot", async function () {
    const small = Model.of({
      widths: [4, 3],
      shifts: [],
      layers: [{ weights: new Int8Array(12), biases: new Int32Array(3) }],
    });
    const blind = await Prover.start(irisCircuit);
    try {
      expect(blind.canProve).to.be.false;
      const error = await rejection(blind.prove(iris, first.input));
      expect(error).to.be.instanceOf(SrsMissingError);
      expect(await rejection(blind.execute(small, first.input))).to.be.instanceOf(ModelError);
    } finally {
      await blind.close();
    }
    if (!prover.canProve) this.skip();
    expect(await rejection(prover.prove(small, first.input))).to.be.instanceOf(ModelError);
    expect(await rejection(prover.prove(iris, new Uint8Array(3)))).to.be.instanceOf(InputError);
  });
});
