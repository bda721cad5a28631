import { basename, join } from "node:path";
import type { Command } from "commander";
import { publicationOf } from "../../chain/models.ts";
import { FolderStore } from "../../client/folderStore.ts";
import { type AskOptions as Question, type Answered } from "../../client/payer.ts";
import { type ConnectOptions, Surety } from "../../client/surety.ts";
import { fromHex, type Hex, keccakHex, toHex } from "../../core/bytes.ts";
import { ATTESTED_KEY_SPEC } from "../../core/enclave/kinds.ts";
import { ModelError } from "../../core/model/model.ts";
import type { ModelOpening } from "../../core/model/opening.ts";
import { argmax, decodeLogits } from "../../core/model/run.ts";
import { decodeSpec } from "../../core/model/spec.ts";
import { Mode, orderHash, receiptHash } from "../../core/typedData.ts";
import { upstreamModelOf } from "../../core/upstream.ts";
import { type Sender, withSender } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { readEncoded } from "../files.ts";
import { formatAddress, formatAmount, formatRows, print, printable } from "../format.ts";
import { type Io, progress, type Shell } from "../io.ts";
import { openKeystore, readPassword } from "../keystore.ts";
import { publishedIn } from "../models.ts";
import { ending, records, type RecordsOptions, sending, type SenderOptions } from "../options.ts";
import { parseAddress, parseAmount, parseCount, parseHash, parseShare, toUnits } from "../parse.ts";
import { nameOfMode, parseMode } from "./model.ts";
import { keyed, type KeyOptions } from "./purse.ts";

interface AskOptions extends SenderOptions, KeyOptions, RecordsOptions {
  readonly model: Hex;
  readonly input?: string;
  readonly prompt?: string;
  readonly name?: string;
  readonly maxTokens: number;
  readonly mode?: Mode;
  readonly operator?: Hex;
  readonly maxPrice?: string;
  readonly fund?: string;
  readonly weights?: string;
  readonly recheck?: number;
  readonly parent?: readonly Hex[];
  readonly session?: string;
  readonly disclose?: boolean;
}

/** What is asked, and what it is asked of. */
interface Prepared {
  readonly question: Question & { readonly mode: Mode };
  readonly opening: ModelOpening;
}

/** Adds `surety ask`. */
export function addAsk(program: Command, io: Shell): void {
  const ask = program
    .command("ask")
    .description("ask a model: chooses an operator by credit, price and cover, pays, verifies, keeps the record")
    .requiredOption("--model <id>", "the model's id", parseHash)
    .option("--input <file>", "the input's bytes, as they are or in hexadecimal")
    .option("--prompt <text>", "instead of an input: what to say to a model behind an OpenAI-compatible server")
    .option("--name <name>", "with --prompt: what the server calls the model, where its id does not say it")
    .option(
      "--max-tokens <number>",
      "how long the answer may be, where the model's id does not say it",
      parseCount,
      256,
    )
    .option(
      "--mode <mode>",
      "why the answer is to be believed (default: enclave of an enclave's model, signed with --prompt, else optimistic)",
      parseMode,
    )
    .option("--operator <address>", "whom to ask (default: the best)", parseAddress)
    .option("--max-price <amount>", "what it may cost, in the token's units", parseAmount)
    .option("--fund <amount>", "how much may be put into the account for it (default: nothing)", parseAmount)
    .option("--weights <file>", "the model's file, to compute the answer again")
    .option("--recheck <share>", "which share of optimistic answers is computed again, 0 to 1", parseShare)
    .option("--parent <receipt...>", "receipts that this follows from", collectHashes)
    .option("--session <name>", "the session that it belongs to")
    .option("--disclose", "let strangers see question and answer");
  ending(sending(keyed(records(ask))), [
    `surety ask --model 0x${"12ab".repeat(16)} --input digit.bin --fund 1 --network local`,
    `surety ask --model 0x${"12ab".repeat(16)} --prompt "What is a surety?" --max-price 0.5`,
  ]).action(async (options: AskOptions) =>
    withSender(options, io, async (sender) => {
      const prepared = await prepare(sender, options);
      const surety = await Surety.connect(await connection(sender, options));
      await (sender.isDryRun
        ? showChoice(sender, surety, prepared, options)
        : perform(sender, surety, prepared, options));
    }),
  );
}

function collectHashes(text: string, before: readonly Hex[] = []): readonly Hex[] {
  return [...before, parseHash(text)];
}

async function prepare({ contracts, deployment, unit }: Sender, options: AskOptions): Promise<Prepared> {
  const { model, input, prompt, operator, maxPrice, parent, session, disclose = false } = options;
  if ((input === undefined) === (prompt === undefined)) throw new UsageError("say what to ask: --input or --prompt");
  const publication = await publicationOf(contracts, model, deployment.block);
  if (publication === undefined) throw new UsageError(`nobody has published the model ${model}: check its id`);
  const { opening } = publication;
  const asked = prompt === undefined ? readInput(input ?? "", opening, options) : writePrompt(prompt, opening, options);
  return {
    opening,
    question: {
      model,
      mode: options.mode ?? asked.mode,
      input: asked.input,
      ...(asked.outputUnits !== undefined && { outputUnits: asked.outputUnits }),
      ...(operator !== undefined && { operator }),
      ...(maxPrice !== undefined && { maxPrice: toUnits(maxPrice, unit) }),
      context: {
        ...asked.context,
        ...(parent !== undefined && { parents: [...parent] }),
        ...(session !== undefined && { session }),
        disclose,
      },
    },
  };
}

/** An input as it goes to the node, and what is known of it. */
type Asked = Pick<Question, "input" | "outputUnits" | "context"> & { readonly mode: Mode };

function readInput(file: string, { spec }: ModelOpening, { maxTokens: outputUnits }: AskOptions): Asked {
  const input = readEncoded(file);
  const sources = [{ uri: basename(file), hash: keccakHex(input) }];
  const context = { runtime: "surety-integer", version: "1", sources };
  if (spec === ATTESTED_KEY_SPEC) return { input, outputUnits, mode: Mode.enclave, context };
  return { input, mode: Mode.optimistic, context };
}

function writePrompt(prompt: string, { spec }: ModelOpening, { maxTokens, name }: AskOptions): Asked {
  const isEnclaved = spec === ATTESTED_KEY_SPEC;
  if (isEnclaved && name === undefined) throw new UsageError("say what its server calls that model: --name");
  const model = isEnclaved ? name : upstreamModelOf(spec);
  if (model === undefined) throw new UsageError("that model takes no --prompt: give it an --input");
  const body = { model, messages: [{ role: "user", content: prompt }], max_tokens: maxTokens };
  const input = new TextEncoder().encode(JSON.stringify(body));
  const mode = isEnclaved ? Mode.enclave : Mode.signed;
  return { input, outputUnits: maxTokens, mode, context: { runtime: "openai", version: "1" } };
}

async function connection(sender: Sender, options: AskOptions): Promise<ConnectOptions> {
  const { signer, deployment, unit, io } = sender;
  const { requestKeystore: key, fund, weights, recheck = weights === undefined ? undefined : 1 } = options;
  return {
    runner: signer,
    deployment,
    ...(key !== undefined && { secret: await openKeystore(key, await readPassword(options, io, { files: [key] })) }),
    ...(fund !== undefined && { autoFund: toUnits(fund, unit) }),
    ...(recheck !== undefined && { recheck }),
    ...(weights !== undefined && { models: await publishedIn(sender, [weights]) }),
    store: new FolderStore(options.records),
    fetch: io.fetch,
    clock: io.clock,
    random: () => fractionOf(io),
    salt: () => toHex(io.random(32)),
  };
}

/** A random number from 0 to 1, without 1. */
function fractionOf({ random }: Io): number {
  return random(6).reduce((sum, byte) => (sum + byte) / 256, 0);
}

async function perform(
  sender: Sender,
  surety: Surety,
  { question, opening }: Prepared,
  options: AskOptions,
): Promise<void> {
  const { io, unit } = sender;
  progress(io, "Asking ...");
  const { record, output, isRechecked }: Answered = await io.uninterrupted(async () => surety.ask(question));
  const { receipt, request } = record;
  const id = receiptHash(receipt);
  const kept = join(options.records, `${orderHash(request.order)}.json`);
  const data = {
    receipt: id,
    operator: receipt.operator,
    price: receipt.price,
    output: toHex(output),
    isRechecked,
    kept,
  };
  const isText = options.prompt !== undefined || upstreamModelOf(opening.spec) !== undefined;
  const answer = isText ? describeText(output) : describeOutput(output, opening);
  print(io, options, { ...data, ...answer.data, mode: nameOfMode(question.mode) }, [
    ...answer.lines,
    "",
    ...formatRows([
      ["operator", formatAddress(receipt.operator)],
      ["price", formatAmount(receipt.price, unit)],
      ["verified", isRechecked ? "every link, and computed again" : "every link"],
      ["receipt", id],
      ["kept in", kept],
    ]),
  ]);
}

/** An answer for people. */
interface Description {
  readonly data: object;
  readonly lines: readonly string[];
}

function describeText(output: Uint8Array): Description {
  const text = textIn(new TextDecoder().decode(output));
  return { data: { text }, lines: [text.split("\n").map(printable).join("\n")] };
}

/** The greatest of its numbers, else its bytes. */
function describeOutput(output: Uint8Array, { spec }: ModelOpening): Description {
  const logits = isIntegerSpec(spec) ? [...decodeLogits(output)] : [];
  if (logits.length === 0) return { data: {}, lines: [toHex(output)] };
  const best = argmax(Int32Array.from(logits));
  return { data: { logits, argmax: best }, lines: [`${best}, of ${logits.join(" ")}`] };
}

function isIntegerSpec(spec: Hex): boolean {
  try {
    return decodeSpec(fromHex(spec)).widths.length > 0;
  } catch (cause) {
    if (cause instanceof ModelError) return false;
    throw cause;
  }
}

/** The text of an answer in OpenAI's format; all of it where it is of no form that is known. */
function textIn(body: string): string {
  try {
    const { choices } = JSON.parse(body) as {
      readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[];
    };
    const content = choices?.[0]?.message?.content;
    return typeof content === "string" ? content : body;
  } catch (cause) {
    if (cause instanceof SyntaxError) return body;
    throw cause;
  }
}

/** Says whom a question would go to, and why, and sends nothing. */
async function showChoice(sender: Sender, surety: Surety, { question }: Prepared, options: AskOptions): Promise<void> {
  const { ranked, excluded, attempts, places } = await surety.choose(question);
  const amount = (operator: Hex): string => formatAmount(places.get(operator)?.price ?? 0n, sender.unit);
  const data = {
    ranked: ranked.map(({ operator, price, why }) => ({ operator, price, why })),
    excluded,
    silent: attempts.map(({ operator }) => operator),
  };
  print(sender.io, options, { dryRun: true, ...data }, [
    ...ranked.map(({ operator, why }) => `✓ ${formatAddress(operator)} for ${amount(operator)}: ${why}`),
    ...excluded.map(({ operator, why }) => `✗ ${formatAddress(operator)}: ${why}`),
    ...attempts.map(({ operator }) => `✗ ${formatAddress(operator)}: its node does not answer`),
    "Nothing was sent.",
  ]);
}
