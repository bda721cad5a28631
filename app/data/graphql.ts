import { config } from "./config.ts";
import { list, object, type Shape, ShapeError, text } from "./shape.ts";

/** The index refused a question. */
export class IndexError extends Error {
  override readonly name = "IndexError";
}

const refusal = object({ errors: list(object({ message: text })) });

/**
 * Asks the index.
 * @param question GraphQL, with `$name` variables
 * @throws IndexError where it refuses; ShapeError where what it answers is something else; TypeError where it is not there
 */
export async function ask<T>(
  question: string,
  { shape, variables = {} }: { readonly shape: Shape<T>; readonly variables?: Readonly<Record<string, unknown>> },
): Promise<T> {
  const { indexer } = await config();
  const response = await fetch(`${indexer}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: question, variables }),
  });
  if (response.status >= 500) throw new IndexError("The index does not answer. It may still be reading the chain.");
  const answer = (await response.json()) as unknown;
  if (isRefused(answer)) {
    const { errors } = refusal(answer, "");
    throw new IndexError(`The index refuses: ${errors.map(({ message }) => message).join("; ")}`);
  }
  return object({ data: shape })(answer, "").data;
}

/** The items of a page of a table. */
export function items<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, at) => object({ items: list(shape) })(value, at).items;
}

/** What must be one thing, and was found. @throws ShapeError where it was not */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new ShapeError(what, "known to the index");
  return value;
}

function isRefused(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "errors" in answer;
}
