/** What the API answers, and how it refuses. */
import type { Context } from "hono";
import { write } from "../../../src/core/records.ts";
import { SuretyError } from "../../../src/core/errors.ts";

/** A question that has no answer here. */
export class ApiError extends SuretyError {
  override readonly name = "ApiError";
  readonly status: 400 | 404;

  constructor(status: 400 | 404, { reason, message, remedy }: { reason: string; message: string; remedy: string }) {
    super(message, { reason, remedy });
    this.status = status;
  }
}

/** JSON, with whole numbers beyond 2^53 as decimal strings. */
export function json(value: unknown, status = 200): Response {
  return new Response(write(value), { status, headers: { "content-type": "application/json" } });
}

/** What an error says to whoever asked; undefined where it is none of theirs. */
export function refuse(error: Error): Response | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { reason, message, remedy } = error;
  return json({ error: reason, message, remedy }, error.status);
}

/** @throws ApiError */
export function notFound(reason: string, message: string, remedy: string): never {
  throw new ApiError(404, { reason, message, remedy });
}

/** Reads a path's or query's value that must look so. @throws ApiError where it does not */
export function shaped(name: string, value: string, pattern: RegExp): string {
  const text = value.toLowerCase();
  if (pattern.test(text)) return text;
  const message = `${name} "${value.slice(0, 100)}" is none`;
  throw new ApiError(400, { reason: `${name}Invalid`, message, remedy: `it looks like ${String(pattern)}` });
}

export const ADDRESS = /^0x[0-9a-f]{40}$/;
export const HASH = /^0x[0-9a-f]{64}$/;

/** A whole number from the query, within bounds; what is there where it is left out. @throws ApiError */
export function numberIn(
  context: Context,
  name: string,
  { least, most, usual }: { readonly least: number; readonly most: number; readonly usual: number },
): number {
  const text = context.req.query(name);
  if (text === undefined) return usual;
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value;
  const message = `${name} is "${text.slice(0, 100)}"`;
  throw new ApiError(400, { reason: "NumberInvalid", message, remedy: `give a whole number from ${least} to ${most}` });
}
