/** What a node reads in OpenAI's format, of requests and of answers; all else goes through as it is. */
import { z } from "zod";
import { Refusal } from "./refusals.ts";

/** The two kinds of requests. */
export type OpenAIRoute = "chat/completions" | "completions";

const optional = <T>(schema: z.ZodType<T>) => schema.nullish();
const count = z.int().min(1);
/** One answer to one prompt is one receipt. */
const one = z.literal(1, "ask for each by itself: one answer, one receipt");

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.unknown()).optional(),
  prompt: z.union([z.string(), z.array(z.number())], "a text, or its tokens, expected").optional(),
  stream: optional(z.boolean()),
  stream_options: optional(z.looseObject({ include_usage: optional(z.boolean()) })),
  max_tokens: optional(count),
  max_completion_tokens: optional(count),
  n: optional(one),
  best_of: optional(one),
});

/** A request's body, as far as a node reads it. */
export type OpenAIBody = z.infer<typeof bodySchema>;

const usageSchema = z.object({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) });

/** What an answer says it took, in tokens. */
export type OpenAIUsage = z.infer<typeof usageSchema>;

/** What has no choices is an error, or of another format. */
const answerSchema = z.looseObject({ usage: z.unknown().optional(), choices: z.array(z.unknown()) });

/** What a node reads of an answer, or of a part of a stream. */
export interface OpenAIPart {
  /** Undefined where it says none, or nothing that is one. */
  readonly usage: OpenAIUsage | undefined;
  /** Whether it says what the answer took, and nothing else. */
  readonly isUsageOnly: boolean;
}

/** Reads a request's body. @throws Refusal where it is none of the format's */
export function readOpenAIBody(input: Uint8Array): OpenAIBody {
  const result = bodySchema.safeParse(parse(input));
  if (!result.success) throw new Refusal("InputRejected", z.prettifyError(result.error));
  return result.data;
}

/** Which kind of request it is. @throws Refusal where it is both or neither */
export function routeOfBody({ messages, prompt }: OpenAIBody): OpenAIRoute {
  if ((messages === undefined) === (prompt === undefined)) {
    throw new Refusal(
      "InputRejected",
      "a body has either messages, for chat/completions, or a prompt, for completions",
    );
  }
  return messages === undefined ? "completions" : "chat/completions";
}

/** How many tokens the client wants at most; undefined where it does not say. */
export function mostTokens({ max_tokens, max_completion_tokens }: OpenAIBody): number | undefined {
  const wanted = [max_tokens, max_completion_tokens].filter((most) => most !== undefined && most !== null);
  return wanted.length === 0 ? undefined : Math.min(...wanted);
}

/** The body that goes to the server behind: the same, but bounded, and with usage in streams, by which it is priced. */
export function boundedBody(body: OpenAIBody, tokens: number): string {
  const { max_completion_tokens, max_tokens, stream, stream_options } = body;
  const isNewer = typeof max_completion_tokens === "number";
  return JSON.stringify({
    ...body,
    ...(isNewer ? { max_completion_tokens: tokens } : {}),
    ...(isNewer && typeof max_tokens !== "number" ? {} : { max_tokens: tokens }),
    ...(stream === true ? { stream_options: { ...stream_options, include_usage: true } } : {}),
  });
}

/** Reads an answer, or a part of a stream. @throws SyntaxError, z.ZodError where it is none */
export function readOpenAIPart(text: string): OpenAIPart {
  const { usage, choices } = answerSchema.parse(JSON.parse(text));
  const counted = usageSchema.safeParse(usage);
  return {
    usage: counted.success ? counted.data : undefined,
    isUsageOnly: counted.success && choices.length === 0,
  };
}

/** @throws Refusal */
function parse(input: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(input));
  } catch (cause) {
    throw new Refusal("InputRejected", "the body is not JSON in UTF-8", { cause });
  }
}
