import { expect } from "chai";
import fc from "fast-check";
import { findFault } from "../../../src/core/model/fault.ts";
import { Model } from "../../../src/core/model/model.ts";
import { InputError, run, type Trace } from "../../../src/core/model/run.ts";
import { fixedRuns, makeModel, modelsWithInput } from "./models.ts";

/** The trace's vectors that layers give: vector l is layer l's. */
function layerVectors({ hidden, output }: Trace): Uint8Array[] {
  return [...hidden, output];
}

/** The trace with one layer's vector replaced. */
function withVector(trace: Trace, { layer, vector }: { layer: number; vector: Uint8Array }): Trace {
  const vectors = layerVectors(trace).with(layer, vector);
  return { input: trace.input, hidden: vectors.slice(0, -1), output: vectors.at(-1) ?? new Uint8Array() };
}

describe("findFault", () => {
  const model = makeModel({ widths: [6, 5, 4, 3], shifts: [8, 8], seed: 11, filling: "any" });
  const honest = run(model, Uint8Array.of(3, 1, 4, 1, 5, 9));

  it("never accuses an honest trace", () => {
    fc.assert(
      fc.property(modelsWithInput, ({ model: some, input }) => {
        expect(findFault(some, run(some, input))).to.equal(undefined);
      }),
      fixedRuns,
    );
  });

  it("finds any byte that is changed in any layer, at its neuron", () => {
    fc.assert(
      fc.property(
        modelsWithInput,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (honestly, at, place, flip) => {
          const trace = run(honestly.model, honestly.input);
          const layer = at % layerVectors(trace).length;
          const vector = layerVectors(trace)[layer]?.slice() ?? new Uint8Array();
          const byte = place % vector.length;
          vector[byte] = (vector[byte] ?? 0) ^ flip;
          const index = layer === trace.hidden.length ? Math.floor(byte / 4) : byte;
          const expected = { kind: "neuron", layer, index };
          expect(findFault(honestly.model, withVector(trace, { layer, vector }))).to.deep.equal(expected);
        },
      ),
      fixedRuns,
    );
  });

  it("judges a layer from the claimed vector before it, not from the right one", () => {
    const wrong = Uint8Array.of(1, 2, 3, 4);
    const last = Model.of({ widths: model.widths.slice(2), shifts: [], layers: model.layers.slice(2) });
    const follows = run(last, wrong).output;
    const index = wrong.findIndex((value, place) => value !== honest.hidden[1]?.[place]);
    expect(index).to.be.at.least(0);
    expect(follows).not.to.deep.equal(honest.output);
    // Layer 2 is right by what it claims to have read, so only layer 1 is at fault; and where layer 1 is right, layer 2.
    const consistent = { ...withVector(honest, { layer: 1, vector: wrong }), output: follows };
    expect(findFault(model, consistent)).to.deep.equal({ kind: "neuron", layer: 1, index });
    expect(findFault(model, { ...honest, output: follows })).to.deep.include({ kind: "neuron", layer: 2 });
  });

  it("reports the first layer of several and the first neuron in it", () => {
    const early = withVector(honest, { layer: 0, vector: flipped(honest.hidden[0], [4, 2]) });
    const both = withVector(early, { layer: 2, vector: flipped(honest.output, [0]) });
    expect(findFault(model, both)).to.deep.equal({ kind: "neuron", layer: 0, index: 2 });
  });

  it("finds a vector of the wrong length in each layer, one byte short or long, or empty", () => {
    layerVectors(honest).forEach((vector, layer) => {
      for (const length of [0, vector.length - 1, vector.length + 1]) {
        const resized = new Uint8Array(length);
        resized.set(vector.subarray(0, length));
        const claimed = withVector(honest, { layer, vector: resized });
        expect(findFault(model, claimed)).to.deep.equal({ kind: "length", layer });
      }
    });
  });

  it("reports a wrong neuron before a wrong length in a later layer", () => {
    const early = withVector(honest, { layer: 0, vector: flipped(honest.hidden[0], [1]) });
    const both = { ...early, output: new Uint8Array() };
    expect(findFault(model, both)).to.deep.equal({ kind: "neuron", layer: 0, index: 1 });
  });

  it("finds a wrong number of hidden vectors", () => {
    for (const hidden of [[], honest.hidden.slice(1), [...honest.hidden, new Uint8Array(3)]]) {
      expect(findFault(model, { ...honest, hidden })).to.deep.equal({ kind: "shape" });
    }
  });

  it("judges nothing of an input that the model does not take", () => {
    for (const length of [0, 5, 7]) {
      expect(() => findFault(model, { ...honest, input: new Uint8Array(length) })).to.throw(InputError);
    }
  });
});

/** A copy with the bytes at these places changed. */
function flipped(vector: Uint8Array | undefined, places: readonly number[]): Uint8Array {
  return (vector ?? new Uint8Array()).map((value, place) => (places.includes(place) ? value ^ 1 : value));
}
