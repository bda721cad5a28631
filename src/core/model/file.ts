import { z } from "zod";
import { fromHex, type Hex, HexError, toHex } from "../bytes.ts";
import { SuretyError } from "../errors.ts";
import type { WholeModel } from "../records.ts";
import { type PublishedModel, weightsRoot } from "./commitment.ts";
import { decodeInt24, encodeInt24 } from "./int24.ts";
import { type Layer, Model, ModelError } from "./model.ts";

/** What a model file says that it is, with the version of the format. */
const FORMAT = "surety-model-1";

/** A text that is not a model file, or one whose parts contradict each other. */
export class ModelFileError extends SuretyError {
  override readonly name = "ModelFileError";
}

const hexSchema = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[^A-F]*$/.test(value),
  "lower-case 0x hexadecimal expected",
);

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  widths: z.array(z.number()),
  shifts: z.array(z.number()),
  weightsRoot: hexSchema,
  training: z.record(z.string(), z.json()),
  layers: z.array(z.strictObject({ biases: hexSchema, weights: hexSchema })),
});

/** Whatever a publisher tells about how the weights came about: seed, data, hyperparameters, accuracy. */
export type TrainingNotes = z.infer<typeof fileSchema>["training"];

/** A model and the notes that its file carries. */
export interface ModelFile {
  readonly model: Model;
  readonly training: TrainingNotes;
}

/**
 * Writes a model file: JSON in UTF-8, with the biases of a layer as int24 big-endian and its weights as int8 (row after
 * row), both in hexadecimal. The same model and notes always give the same text.
 */
export function serialise({ model, training }: ModelFile): string {
  const content: z.infer<typeof fileSchema> = {
    format: FORMAT,
    widths: [...model.widths],
    shifts: [...model.shifts],
    weightsRoot: weightsRoot(model),
    training,
    layers: model.layers.map(({ biases, weights }) => ({
      biases: toHex(encodeInt24(biases)),
      weights: toHex(Uint8Array.from(weights)),
    })),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** A model as a bundle holds it, without its training notes: nothing in a bundle may be unbound. */
export function bundledModel({ publisher, model }: PublishedModel): WholeModel {
  return { publisher, file: JSON.parse(serialise({ model, training: {} })) as WholeModel["file"] };
}

/**
 * Reads a model file and recomputes its commitment.
 * @throws ModelFileError where the text is not JSON of that form, the model is not allowed, or its parameters do not
 * give the root that the file states
 */
export function parse(text: string): ModelFile {
  const content = fileSchema.safeParse(parseJson(text));
  if (!content.success) throw new ModelFileError(`not a model file: ${z.prettifyError(content.error)}`);
  const { widths, shifts, layers, training, weightsRoot: stated } = content.data;
  const model = buildModel(() => Model.of({ widths, shifts, layers: layers.map(decodeLayer) }));
  const actual = weightsRoot(model);
  if (actual !== stated) throw new ModelFileError(`weights root ${stated} stated, ${actual} found`);
  return { model, training };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelFileError("not a model file: not JSON", { cause });
  }
}

function decodeLayer({ biases, weights }: { readonly biases: Hex; readonly weights: Hex }): Layer {
  return { biases: decodeInt24(fromHex(biases)), weights: Int8Array.from(fromHex(weights)) };
}

/** Lets a wrong model appear as a wrong file; any other error stays what it is. */
function buildModel(build: () => Model): Model {
  try {
    return build();
  } catch (cause) {
    if (cause instanceof ModelError || cause instanceof HexError) {
      throw new ModelFileError(`not a model file: ${cause.message}`, { cause });
    }
    throw cause;
  }
}
