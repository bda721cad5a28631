import { readFileSync } from "node:fs";
import { expect } from "chai";
import { fromHex, toHex } from "../../src/core/bytes.ts";
import { parse } from "../../src/core/model/file.ts";
import { Model, ModelError } from "../../src/core/model/model.ts";
import { openedId } from "../../src/core/model/opening.ts";
import { encodeLogits } from "../../src/core/model/run.ts";
import { poseidon2 } from "../../src/core/poseidon2.ts";
import {
  decodeSnarkSpec,
  encodeSnarkSpec,
  parameterRows,
  publicInputs,
  snarkCommitment,
  snarkOpening,
} from "../../src/core/snark.ts";

const HASH = `0x${"ab".repeat(32)}` as const;
const { model: iris } = parse(readFileSync(new URL("../../models/iris.json", import.meta.url), "utf8"));

/** One layer of extremes: the least and the greatest of weights and biases. */
const extreme = Model.of({
  widths: [2, 2],
  shifts: [],
  layers: [{ weights: Int8Array.of(-128, 127, 0, -1), biases: Int32Array.of(-(2 ** 23), 2 ** 23 - 1) }],
});

describe("a commitment to private weights", () => {
  it("is of unsigned bytes: biases plus 2^23, weights plus 2^7", () => {
    expect(parameterRows(extreme)).to.deep.equal([
      [
        [0, 0, 0, 0, 255],
        [255, 255, 255, 128, 127],
      ],
    ]);
    const small = Model.of({
      widths: [1, 2],
      shifts: [],
      layers: [{ weights: Int8Array.of(1, 2), biases: Int32Array.of(-1, 0) }],
    });
    expect(parameterRows(small)).to.deep.equal([
      [
        [127, 255, 255, 129],
        [128, 0, 0, 130],
      ],
    ]);
  });

  it("is Poseidon2 of shifts and rows, 31 bytes to an element", () => {
    const bytes = [...iris.shifts, ...parameterRows(iris).flat(2)];
    expect(bytes).to.have.length(70);
    const element = (from: number, to: number): bigint => BigInt(toHex(Uint8Array.from(bytes.slice(from, to))));
    const expected = poseidon2([element(0, 31), element(31, 62), element(62, 70)]);
    expect(BigInt(snarkCommitment(iris))).to.equal(expected);
    expect(snarkCommitment(iris)).to.match(/^0x[0-9a-f]{64}$/);
    const single = poseidon2([0x00000000ffffffff807fn]);
    expect(BigInt(snarkCommitment(extreme))).to.equal(single);
  });

  it("changes with the shift, and with any weight and bias", () => {
    const commitments = new Set([snarkCommitment(iris)]);
    const { widths, shifts, layers } = iris;
    commitments.add(snarkCommitment(Model.of({ widths, shifts: [4], layers })));
    for (const [layer, { weights, biases }] of layers.entries()) {
      for (const part of [weights, biases]) {
        for (const index of part.keys()) {
          part[index] = (part[index] ?? 0) ^ 1;
          commitments.add(snarkCommitment(Model.of({ widths, shifts, layers })));
          part[index] = (part[index] ?? 0) ^ 1;
        }
      }
      expect(layer).to.be.below(2);
    }
    expect(commitments.size).to.equal(1 + 1 + 42 + 9);
  });
});

describe("the spec of a snark model", () => {
  const spec = { verifierHash: HASH, inputBytes: 4, logits: 3 };

  it("is the verifier's code hash and two lengths", () => {
    const bytes = encodeSnarkSpec(spec);
    expect(toHex(bytes)).to.equal(`${HASH}00040003`);
    expect(decodeSnarkSpec(bytes)).to.deep.equal(spec);
    const greatest = { ...spec, inputBytes: 65_535, logits: 65_535 };
    expect(decodeSnarkSpec(encodeSnarkSpec(greatest))).to.deep.equal(greatest);
  });

  it("is of no other form", () => {
    for (const logits of [0, 65_536, 1.5])
      expect(() => encodeSnarkSpec({ ...spec, logits })).to.throw(ModelError, "65535");
    expect(() => encodeSnarkSpec({ ...spec, inputBytes: 0 })).to.throw(ModelError);
    expect(() => decodeSnarkSpec(new Uint8Array(35))).to.throw(ModelError, "36 bytes");
    expect(() => decodeSnarkSpec(new Uint8Array(36))).to.throw(ModelError);
    expect(() => decodeSnarkSpec(new Uint8Array(37))).to.throw(ModelError);
  });

  it("makes an id with publisher and commitment", () => {
    const publisher = `0x${"11".repeat(20)}` as const;
    const opening = snarkOpening({ publisher, model: iris, verifierHash: HASH });
    expect(opening).to.deep.equal({ publisher, commitment: snarkCommitment(iris), spec: `${HASH}00040003` });
    const other = snarkOpening({ publisher, model: iris, verifierHash: `0x${"ac".repeat(32)}` });
    expect(openedId(opening)).to.not.equal(openedId(other));
  });
});

describe("public inputs", () => {
  const field = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

  it("are commitment, input bytes and logits as uint32 of their two's complement", () => {
    const output = encodeLogits(Int32Array.of(1, -1, -(2 ** 31)));
    const statement = { commitment: HASH, input: Uint8Array.of(0, 255), output };
    const logits = [1n, 2n ** 32n - 1n, 2n ** 31n];
    expect(publicInputs(statement)).to.deep.equal([HASH, ...[0n, 255n, ...logits].map(field)]);
  });

  it("take whole logits, wherever in a buffer they lie", () => {
    const buffer = fromHex("0xffffff00000005");
    const statement = { commitment: HASH, input: new Uint8Array() };
    expect(publicInputs({ ...statement, output: buffer.subarray(3) })).to.deep.equal([HASH, field(5n)]);
    for (const length of [0, 3, 5]) {
      expect(() => publicInputs({ ...statement, output: new Uint8Array(length) })).to.throw(ModelError, "4 bytes each");
    }
  });
});
