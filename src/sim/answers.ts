/** The answers of a simulation: a real network's, on real digits, and the wrong ones that operators save money with. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { concat, type Hex, keccakHex, toHex } from "../core/bytes.ts";
import { outputHash, proofHash, type PublishedModel } from "../core/model/commitment.ts";
import { parse } from "../core/model/file.ts";
import { LOGIT_BYTES, Model } from "../core/model/model.ts";
import { run, type Trace } from "../core/model/run.ts";
import { loadDigits } from "../datasets/digits.ts";
import type { OperatorGroup } from "./scenario.ts";

/** How an answer came about. */
export type Making = "right" | NonNullable<OperatorGroup["cheating"]>["by"];

/** An answer as a receipt binds it. */
export interface PreparedAnswer {
  readonly trace: Trace;
  readonly input: Hex;
  readonly inputHash: Hex;
  readonly outputHash: Hex;
  readonly proofHash: Hex;
  /** Whether it is what the model gives; a cheap way may hit it by luck. */
  readonly isRight: boolean;
}

/** How many questions there are. */
const QUESTIONS = 64;

const MODEL = resolve(import.meta.dirname, "../../models/digits-8x8.json");

/** Every question with each of its answers, computed once: who serves or checks one looks it up. */
export class Answers {
  readonly published: PublishedModel;
  readonly questions = QUESTIONS;
  readonly #prepared: readonly Readonly<Record<Making, PreparedAnswer>>[];

  /** @throws ModelFileError, DatasetError where the project's own files are broken */
  constructor(publisher: Hex) {
    const { model } = parse(readFileSync(MODEL, "utf8"));
    const smaller = halfOf(model);
    this.published = { publisher, model };
    const right = loadDigits({ size: "8x8" })
      .heldOut.slice(0, QUESTIONS)
      .map(({ pixels }) => run(model, pixels));
    this.#prepared = right.map((own, question) => ({
      right: prepare(own, own),
      // Another question's, as if it were this one's.
      cache: prepare({ ...(right[question - 1] ?? right.at(-1) ?? own), input: own.input }, own),
      "cheaper model": prepare(run(smaller, own.input), own),
      falsification: prepare(falsified(own), own),
    }));
  }

  /** @throws RangeError where there is no such question */
  answer(making: Making, question: number): PreparedAnswer {
    const found = this.#prepared[question];
    if (found === undefined) throw new RangeError(`there are ${QUESTIONS} questions, and none is number ${question}`);
    return found[making];
  }
}

/** The network without every other neuron of its hidden layers: half of the work. */
function halfOf(model: Model): Model {
  const layers = model.layers.map(({ weights, biases }, layer) => {
    if (layer === model.layers.length - 1) return { weights, biases };
    const width = weights.length / biases.length;
    return {
      weights: weights.map((weight, place) => (Math.floor(place / width) % 2 === 0 ? weight : 0)),
      biases: biases.map((bias, place) => (place % 2 === 0 ? bias : 0)),
    };
  });
  return Model.of({ widths: model.widths, shifts: model.shifts, layers });
}

/** The right trace with its first two logits exchanged: another class may win. */
function falsified({ input, hidden, output }: Trace): Trace {
  const [first, second] = [output.subarray(0, LOGIT_BYTES), output.subarray(LOGIT_BYTES, 2 * LOGIT_BYTES)];
  return { input, hidden, output: concat(second, first, output.subarray(2 * LOGIT_BYTES)) };
}

function prepare(trace: Trace, right: Trace): PreparedAnswer {
  const hashes = { outputHash: outputHash(trace), proofHash: proofHash(trace) };
  const isRight = hashes.outputHash === outputHash(right) && hashes.proofHash === proofHash(right);
  return { trace, input: toHex(trace.input), inputHash: keccakHex(trace.input), ...hashes, isRight };
}
