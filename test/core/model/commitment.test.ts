import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import { concat, fromHex, type Hex, HexError, keccak, keccakHex, toHex } from "../../../src/core/bytes.ts";
import { verifyProof } from "../../../src/core/merkle.ts";
import {
  allRows,
  encodeRow,
  hiddenHashes,
  modelId,
  outputHash,
  proofHash,
  rowLeaf,
  rowProof,
  weightsRoot,
} from "../../../src/core/model/commitment.ts";
import { MAX_BIAS, MIN_BIAS, Model, ModelError } from "../../../src/core/model/model.ts";
import { run } from "../../../src/core/model/run.ts";
import { encodeSpec } from "../../../src/core/model/spec.ts";
import { makeModel, tinyModel } from "./models.ts";

/** keccak256 of no bytes. */
const EMPTY_HASH = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

const tinyRows: readonly Hex[] = ["0x00000000000a01fe", "0x000001ffffff7f80", "0x010000fffed403ff"];

function deepModel(): Model {
  return makeModel({ widths: [5, 4, 3, 2], shifts: [7, 9], seed: 3, filling: "any" });
}

describe("encodeRow", () => {
  it("writes layer, index, bias and weights", () => {
    const rows = [
      { layer: 0, index: 0 },
      { layer: 0, index: 1 },
      { layer: 1, index: 0 },
    ].map((neuron) => toHex(encodeRow(tinyModel(), neuron)));
    expect(rows).to.deep.equal(tinyRows);
  });

  it("holds the greatest index and the extreme biases", () => {
    const model = Model.of({
      widths: [1, 4096],
      shifts: [],
      layers: [
        { weights: new Int8Array(4096), biases: new Int32Array(4096).fill(MIN_BIAS, 0, 1).fill(MAX_BIAS, 4095) },
      ],
    });
    expect(toHex(encodeRow(model, { layer: 0, index: 0 }))).to.equal("0x00000080000000");
    expect(toHex(encodeRow(model, { layer: 0, index: 256 }))).to.equal("0x00010000000000");
    expect(toHex(encodeRow(model, { layer: 0, index: 4095 }))).to.equal("0x000fff7fffff00");
  });

  it("knows no neuron that the model has not", () => {
    const unknown = [
      { layer: 2, index: 0 },
      { layer: -1, index: 0 },
      { layer: 0, index: 2 },
      { layer: 1, index: 1 },
      { layer: 0, index: -1 },
    ];
    for (const neuron of unknown) {
      expect(() => encodeRow(tinyModel(), neuron)).to.throw(ModelError, "no neuron");
      expect(() => rowProof(tinyModel(), neuron)).to.throw(ModelError, "no neuron");
    }
  });
});

describe("the commitment to a model", () => {
  it("is the root of the double-hashed rows in order", () => {
    const leaves = tinyRows.map((row) => keccak256(keccak256(row)));
    expect(weightsRoot(tinyModel())).to.equal(SimpleMerkleTree.of(leaves, { sortLeaves: false }).root);
    expect(tinyRows.map((row) => toHex(rowLeaf(fromHex(row))))).to.deep.equal(leaves);
  });

  it("joins all rows in order", () => {
    expect(toHex(allRows(tinyModel()))).to.equal(toHex(concat(...tinyRows.map((row) => fromHex(row)))));
    expect(allRows(deepModel())).to.have.length(4 * (6 + 5) + 3 * (6 + 4) + 2 * (6 + 3));
  });

  it("opens every row", () => {
    const model = deepModel();
    model.layers.forEach(({ biases }, layer) => {
      for (const index of biases.keys()) {
        const { row, proof } = rowProof(model, { layer, index });
        expect(row).to.equal(toHex(encodeRow(model, { layer, index })));
        expect(verifyProof({ leaf: rowLeaf(fromHex(row)), proof, root: weightsRoot(model) })).to.be.true;
      }
    });
  });

  it("changes with every weight, bias and the place of a row", () => {
    const [first, second] = tinyModel().layers;
    if (first === undefined || second === undefined) throw new Error("two layers expected");
    const roots = [
      weightsRoot(tinyModel()),
      weightsRoot(tinyModel({ layers: [{ ...first, weights: Int8Array.of(1, -2, 127, -127) }, second] })),
      weightsRoot(tinyModel({ layers: [{ ...first, biases: Int32Array.of(10, 0) }, second] })),
      weightsRoot(tinyModel({ layers: [first, { ...second, weights: Int8Array.of(-1, 3) }] })),
      weightsRoot(
        tinyModel({
          layers: [{ weights: Int8Array.of(127, -128, 1, -2), biases: Int32Array.of(-1, 10) }, second],
        }),
      ),
    ];
    expect(new Set(roots)).to.have.length(roots.length);
  });
});

describe("modelId", () => {
  const publisher = "0x00000000000000000000000000000000000000a1";

  it("is the hash of publisher, weights root and spec hash in ABI encoding", () => {
    const model = tinyModel();
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["address", "bytes32", "bytes32"],
      [publisher, weightsRoot(model), keccakHex(encodeSpec(model))],
    );
    expect(modelId(publisher, model)).to.equal(keccak256(encoded));
  });

  it("binds publisher and shifts", () => {
    const ids = [
      modelId(publisher, tinyModel()),
      modelId("0x0000000000000000000000000000000000000000", tinyModel()),
      modelId(publisher, tinyModel({ shifts: [2] })),
    ];
    expect(new Set(ids)).to.have.length(3);
  });

  it("refuses a publisher that is no address", () => {
    expect(() => modelId("0x01", tinyModel())).to.throw(HexError, "20 bytes expected");
  });
});

describe("the hashes of a trace", () => {
  it("are of the hidden vectors, of their hashes and of the output", () => {
    const trace = run(deepModel(), Uint8Array.of(0, 1, 2, 254, 255));
    const [first, second] = trace.hidden.map(keccak);
    if (first === undefined || second === undefined) throw new Error("two hidden vectors expected");
    expect(hiddenHashes(trace)).to.deep.equal([toHex(first), toHex(second)]);
    expect(proofHash(trace)).to.equal(keccakHex(concat(first, second)));
    expect(outputHash(trace)).to.equal(keccakHex(trace.output));
  });

  it("are of no bytes where nothing is hidden", () => {
    const trace = run(makeModel({ widths: [1, 1], shifts: [], seed: 1, filling: "any" }), Uint8Array.of(1));
    expect(hiddenHashes(trace)).to.deep.equal([]);
    expect(proofHash(trace)).to.equal(EMPTY_HASH);
  });
});
