import { ask, items } from "./graphql.ts";
import { amount, count, hex, object, type Read, text } from "./shape.ts";

const modelShape = object({
  id: hex,
  publisher: hex,
  commitment: hex,
  modes: count,
  metadataUri: text,
  publishedAt: amount,
  operators: count,
  servedBy: items(object({ operator: hex })),
  measurements: items(object({ measurement: hex })),
});

/** A published model, who serves it, and which code may run it in an enclave. */
export type ModelRow = Read<typeof modelShape>;

/** The latest first. */
export async function models(): Promise<readonly ModelRow[]> {
  const question = `{ models(orderBy: "publishedAt", orderDirection: "desc", limit: 200) { items {
    id publisher commitment modes metadataUri publishedAt operators
    servedBy(where: { isServing: true }, limit: 50) { items { operator } }
    measurements(limit: 20) { items { measurement } }
  } } }`;
  return (await ask(question, { shape: object({ models: items(modelShape) }) })).models;
}
