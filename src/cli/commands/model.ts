import { type Command, InvalidArgumentError } from "commander";
import { isProven } from "../../chain/checkers.ts";
import { ChainError } from "../../chain/errors.ts";
import { irisVerifierHash } from "../../chain/facts.ts";
import { publicationOf } from "../../chain/models.ts";
import { logsIn } from "../../chain/logs.ts";
import { query } from "../../chain/transactions.ts";
import { fromHex, type Hex } from "../../core/bytes.ts";
import { ATTESTED_KEY_SPEC } from "../../core/enclave/kinds.ts";
import { openingOf } from "../../core/model/commitment.ts";
import { parse } from "../../core/model/file.ts";
import { type ModelOpening, openedId } from "../../core/model/opening.ts";
import { ModelError } from "../../core/model/model.ts";
import { decodeSpec } from "../../core/model/spec.ts";
import { Mode } from "../../core/typedData.ts";
import { snarkOpening } from "../../core/snark.ts";
import { nameCommitment, upstreamModelOf } from "../../core/upstream.ts";
import { enclaveOpening } from "../../operator/enclaveEngine.ts";
import { upstreamOpening } from "../../operator/upstreamEngine.ts";
import { act, type Plan } from "../act.ts";
import { type Reader, type Sender, withReader } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { readText } from "../files.ts";
import { formatAddress, formatRows, formatTime, print, printable } from "../format.ts";
import type { Shell } from "../io.ts";
import { type ChainOptions, ending, keystores, reading, sending, type SenderOptions } from "../options.ts";
import { parseHash } from "../parse.ts";
import { earliestEnd } from "./operator/identity.ts";

interface PublishOptions extends SenderOptions {
  readonly upstream?: string;
  readonly commitment?: Hex;
  readonly modes?: readonly Mode[];
  readonly uri: string;
}

const modeNames = Object.keys(Mode) as readonly (keyof typeof Mode)[];

/** Adds `surety model`. */
export function addModel(program: Command, io: Shell): void {
  const model = program.command("model").description("the models that operators serve: publish, look up, opt in");

  const publish = model
    .command("publish")
    .description("publish a model under your account: of a model file, or one that a server behind your node runs")
    .argument("[file]", "a model file, as models/digits-8x8.json")
    .option("--upstream <name>", "instead of a file: what an OpenAI-compatible server calls the model")
    .option("--commitment <hash>", "with --upstream: what stands for its weights (default: its spec's hash)", parseHash)
    .option("--modes <modes>", "in which it may be served (default: all that it can)", parseModes)
    .option("--uri <url>", "where weights and description are found", "");
  ending(sending(publish, keystores.operator), [
    "surety model publish models/digits-8x8.json --modes signed,optimistic",
    "surety model publish --upstream llama3.2:1b",
    "surety model publish models/digits-8x8.json --modes enclave    # then say which enclaves: model allow",
    "surety model publish iris.json --modes snark    # the commitment to the weights, and never these",
  ]).action(async (file: string | undefined, options: PublishOptions) =>
    act(options, io, async (sender) => publishPlan(sender, file, options)),
  );

  const allow = model
    .command("allow")
    .description("let an enclave answer for a model of yours, by what was measured of it")
    .argument("<id>", "the model's id", parseHash)
    .argument("<measurement>", "as `surety attest tdx` tells it, of an image that you have built yourself", parseHash);
  ending(sending(allow, keystores.operator), [
    `surety model allow 0x${"12ab".repeat(16)} 0x${"34cd".repeat(16)}`,
  ]).action(async (id: Hex, measurement: Hex, options: SenderOptions) =>
    act(options, io, async (sender) => allowPlan(sender, id, measurement)),
  );

  const end = model
    .command("end")
    .description("announce the end of a measurement, a day ahead; it never comes back")
    .argument("<id>", "the model's id", parseHash)
    .argument("<measurement>", "one that you allowed", parseHash);
  ending(sending(end, keystores.operator), [`surety model end 0x${"12ab".repeat(16)} 0x${"34cd".repeat(16)}`]).action(
    async (id: Hex, measurement: Hex, options: SenderOptions) =>
      act(options, io, async (sender) => endPlan(sender, id, measurement)),
  );

  const show = model
    .command("show")
    .description("what is known of a model, and who says that it serves it")
    .argument("<id>", "the model's id", parseHash);
  ending(reading(show), [`surety model show 0x${"12ab".repeat(16)}`]).action(async (id: Hex, options: ChainOptions) =>
    showModel(id, options, io),
  );

  for (const [name, isServing, says] of [
    ["opt-in", true, "say that you serve a model"],
    ["opt-out", false, "say that you no longer serve a model"],
  ] as const) {
    const opt = model.command(name).description(says).argument("<id>", "the model's id", parseHash);
    ending(sending(opt, keystores.operator), [`surety model ${name} 0x${"12ab".repeat(16)}`]).action(
      async (id: Hex, options: SenderOptions) => act(options, io, async (sender) => servePlan(sender, id, isServing)),
    );
  }
}

function parseModes(text: string): readonly Mode[] {
  return text.split(",").map((name) => parseMode(name.trim()));
}

/** A verification mode by its name. @throws InvalidArgumentError */
export function parseMode(text: string): Mode {
  const name = modeNames.find((mode) => mode === text);
  if (name === undefined) throw new InvalidArgumentError(`A mode is one of ${modeNames.join(", ")}.`);
  return Mode[name];
}

/** A verification mode's name. */
export function nameOfMode(mode: number): string {
  return modeNames.find((name) => Mode[name] === mode) ?? `mode ${mode}`;
}

async function publishPlan(sender: Sender, file: string | undefined, options: PublishOptions): Promise<Plan> {
  const { models } = sender.contracts;
  const { opening, modes: possible } = await readSource(sender, file, options);
  const modes = options.modes ?? possible;
  const wrong = modes.find((mode) => !possible.includes(mode));
  if (wrong !== undefined) throw new UsageError(`such a model cannot be served in the mode ${nameOfMode(wrong)}`);
  const id = openedId(opening);
  const { publisher } = await query(() => models.get(id));
  const tell = () => ({ data: { id, ...opening }, lines: [`The model's id is ${id}.`] });
  if (BigInt(publisher) !== 0n) return { steps: [], idle: "it is published", tell };
  const bits = modes.reduce((sum: number, mode) => sum | (1 << mode), 0);
  const what = `publish the model, to be served in ${modes.map(nameOfMode).join(", ")}`;
  const { commitment, spec } = opening;
  const transaction = async () => models.publish.populateTransaction(commitment, spec, bits, options.uri);
  return { steps: [{ what, transaction }], tell };
}

/** What is to be published, and in which modes it can be served. */
interface Source {
  readonly opening: ModelOpening;
  readonly modes: readonly Mode[];
}

/** The same weights are another model in an enclave, and another behind a verifier of proofs. @throws UsageError */
async function readSource(sender: Sender, file: string | undefined, options: PublishOptions): Promise<Source> {
  const { upstream, commitment, modes = [] } = options;
  if ((file === undefined) === (upstream === undefined)) {
    throw new UsageError("say which model: a file, or --upstream with a name");
  }
  const own = modes.find(isProven);
  if (own !== undefined && modes.length > 1) {
    throw new UsageError(`a model of the ${nameOfMode(own)} mode is one by itself: publish it for that mode alone`);
  }
  if (file === undefined) return sourceOfServer(upstream ?? "", { publisher: sender.address, commitment, own });
  if (commitment !== undefined) throw new UsageError("--commitment goes with --upstream: a file has its own");
  const published = { publisher: sender.address, model: parse(readText(file)).model };
  if (own === Mode.enclave) return { opening: enclaveOpening(published), modes: [own] };
  if (own === undefined) return { opening: openingOf(published), modes: [Mode.signed, Mode.optimistic] };
  const verifierHash = await irisVerifierHash(sender.contracts, sender.deployment);
  return { opening: snarkOpening({ ...published, verifierHash }), modes: [own] };
}

function sourceOfServer(
  name: string,
  {
    publisher,
    commitment = nameCommitment(name),
    own,
  }: { readonly publisher: Hex; readonly commitment: Hex | undefined; readonly own: Mode | undefined },
): Source {
  const mode = own === Mode.enclave ? own : Mode.signed;
  return { opening: upstreamOpening({ publisher, commitment, name }, mode), modes: [mode] };
}

/** Lets an enclave answer for a model. @throws UsageError where the model is no enclave's, or another's */
/** Ends it as early as can be: whoever ends one does not trust it any more. */
async function endPlan({ contracts }: Sender, id: Hex, measurement: Hex): Promise<Plan> {
  const { models } = contracts;
  const until = await earliestEnd(contracts);
  if (!(await query(() => models.isMeasurementAllowedAt(id, measurement, until))))
    return { steps: [], idle: "it is not allowed any more by then" };
  const what = `let the enclave ${measurement} answer for ${id} until ${formatTime(until)}`;
  const transaction = async () => models.endMeasurement.populateTransaction(id, measurement, until);
  return { steps: [{ what, transaction }], tell: () => ({ data: { until }, lines: [] }) };
}

async function allowPlan({ contracts, address, io }: Sender, id: Hex, measurement: Hex): Promise<Plan> {
  const { models } = contracts;
  const { publisher, modes } = await query(() => models.get(id));
  if (publisher.toLowerCase() !== address || (Number(modes) & (1 << Mode.enclave)) === 0)
    throw new UsageError(`${id} is no model of the enclave mode that ${formatAddress(address)} has published`);
  if (await query(() => models.isMeasurementAllowedAt(id, measurement, io.clock())))
    return { steps: [], idle: "it is allowed already" };
  const what = `let the enclave ${measurement} answer for ${id}`;
  return { steps: [{ what, transaction: async () => models.allowMeasurement.populateTransaction(id, measurement) }] };
}

async function servePlan({ contracts, address }: Sender, id: Hex, isServing: boolean): Promise<Plan> {
  const { models } = contracts;
  const isSo = (await query(() => models.isServing(address, id))) === isServing;
  if (isSo) return { steps: [], idle: isServing ? "you serve it already" : "you do not serve it" };
  const what = `${isServing ? "say" : "no longer say"} that you serve ${id}`;
  return { steps: [{ what, transaction: async () => models.setServing.populateTransaction(id, isServing) }] };
}

async function showModel(id: Hex, options: ChainOptions, io: Shell): Promise<void> {
  await withReader(options, async (reader) => {
    const { contracts, deployment } = reader;
    const { publishedAt, modes } = await query(() => contracts.models.get(id));
    const publication = await publicationOf(contracts, id, deployment.block);
    if (publication === undefined) {
      throw new ChainError("ModelUnknown", `nobody has published ${id}: check the id, and the network`);
    }
    const { opening, uri } = publication;
    const operators = await readServing(reader, id);
    const names = modeNames.filter((name) => (Number(modes) & (1 << Mode[name])) !== 0);
    print(io, options, { id, ...opening, publishedAt, modes: names, uri, operators }, [
      ...formatRows([
        ["model", id],
        ["publisher", formatAddress(opening.publisher)],
        ["published", formatTime(publishedAt)],
        ["modes", names.join(", ")],
        ["commitment", opening.commitment],
        ["what it is", describeSpec(opening.spec)],
        ["found at", uri === "" ? "its publisher has not said where" : printable(uri)],
        ...operators.map((operator) => ["served by", formatAddress(operator)] as const),
      ]),
    ]);
  });
}

/** A spec in words: of the kinds that can be told from it. */
function describeSpec(spec: Hex): string {
  if (spec === ATTESTED_KEY_SPEC) return "run by enclaves that its publisher allows, whose keys sign";
  const upstream = upstreamModelOf(spec);
  if (upstream !== undefined) return `${JSON.stringify(upstream)}, run by an OpenAI-compatible server`;
  try {
    return `an integer network of ${decodeSpec(fromHex(spec)).widths.join("-")}`;
  } catch (cause) {
    if (cause instanceof ModelError) return `of the spec ${spec}`;
    throw cause;
  }
}

/** Who says that it serves a model. */
async function readServing({ contracts, deployment }: Reader, id: Hex): Promise<Hex[]> {
  const { models } = contracts;
  const events = await logsIn(contracts, deployment.block, async (from, to) =>
    models.queryFilter(models.filters.ServingSet(undefined, id), from, to),
  );
  const operators = [...new Set(events.map(({ args }) => args.operator.toLowerCase() as Hex))];
  const isServing = await query(async () =>
    Promise.all(operators.map(async (operator) => models.isServing(operator, id))),
  );
  return operators.filter((_, index) => isServing[index] === true);
}
