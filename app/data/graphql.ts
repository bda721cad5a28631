import { config } from "./config.ts";
import { list, object, type Shape, ShapeError, text } from "./shape.ts";

/** The index refused a question. */
export class IndexError extends Error {
  override readonly name = "IndexError";
  /** The refusal's name, where the index gave one. */
  readonly reason: string | undefined;

  constructor(message: string, reason?: string) {
    super(message);
    this.reason = reason;
  }
}

const PATIENCE = "The index does not answer. It may still be reading the chain.";

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
  const answer = await answerOf(response);
  if (isRefused(answer)) {
    const { errors } = refusal(answer, "");
    throw new IndexError(`The index refuses: ${errors.map(({ message }) => message).join("; ")}`);
  }
  return object({ data: shape })(answer, "").data;
}

const answerRefusal = object({ error: text, message: text, remedy: text });

/** Reads what the index answers at a path of its own. @throws IndexError, ShapeError, TypeError as `ask` */
export async function fetchIndex<T>(path: string, shape: Shape<T>): Promise<T> {
  const response = await fetch(`${(await config()).indexer}${path}`);
  const answer = await answerOf(response);
  if (response.ok) return shape(answer, "");
  const { error, message, remedy } = answerRefusal(answer, "");
  throw new IndexError(`The index refuses: ${message}; ${remedy}`, error);
}

async function answerOf(response: Response): Promise<unknown> {
  if (response.status >= 500) throw new IndexError(PATIENCE);
  return response.json();
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
