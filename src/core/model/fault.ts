import { LOGIT_BYTES, type Model } from "./model.ts";
import { checkInput, evaluateLayer, type Trace } from "./run.ts";

/** What is wrong with a claimed trace, in the form in which it is proven. */
export type Fault =
  /** The trace has another number of hidden vectors than the model. */
  | { readonly kind: "shape" }
  /** The vector that this layer gives, hidden or output, has the wrong length. */
  | { readonly kind: "length"; readonly layer: number }
  /** This neuron's value does not follow from the claimed vector before it. */
  | { readonly kind: "neuron"; readonly layer: number; readonly index: number };

/**
 * Looks for the first fault of a claimed trace, layer by layer; undefined where every neuron satisfies its
 * constraint, and then the output is right by induction.
 *
 * Every neuron is judged from the claimed vector before it, not from the right one: so that one row and two opened
 * vectors prove the fault.
 * @throws InputError where the input has not the model's length: then there is nothing to judge
 */
export function findFault(model: Model, claimed: Trace): Fault | undefined {
  checkInput(model, claimed.input);
  if (claimed.hidden.length !== model.shifts.length) return { kind: "shape" };
  let previous = claimed.input;
  for (const [layer, given] of [...claimed.hidden, claimed.output].entries()) {
    const expected = evaluateLayer(model, { layer, input: previous });
    if (given.length !== expected.length) return { kind: "length", layer };
    const byte = expected.findIndex((value, place) => value !== given[place]);
    if (byte >= 0) {
      const isOutput = layer === model.shifts.length;
      return { kind: "neuron", layer, index: isOutput ? Math.floor(byte / LOGIT_BYTES) : byte };
    }
    previous = given;
  }
  return undefined;
}
