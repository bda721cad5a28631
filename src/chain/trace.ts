/** A record told in plain words: from which model to whether anybody has challenged it, and whether each part holds. */
import { BatchFinder, type CommittedBatch } from "./batches.ts";
import type { Contracts } from "./contracts.ts";
import { type Deployment } from "./deployment.ts";
import { chainTime, readFacts } from "./facts.ts";
import { logsIn } from "./logs.ts";
import { query } from "./transactions.ts";
import { evidenceClosesAt, policyRow } from "./windows.ts";
import type { Hex } from "../core/bytes.ts";
import { type Context, ContextError, parseContext } from "../core/context.ts";
import type { Bundle } from "../core/records.ts";
import { unitsOf } from "../core/terms.ts";
import { Mode, receiptHash } from "../core/typedData.ts";
import { isValid, type Link, verifyBundle } from "../core/verify.ts";

/** One part of a record's story. */
export interface Chapter {
  readonly title: "Answer" | "Model" | "Context" | "Proof" | "Payment" | "Commitment" | "Challenge";
  /** Whole sentences. What a record's two sides wrote themselves stands in double quotes, escaped as in JSON. */
  readonly sentences: readonly string[];
  /** What of the record's links bears on this part: whether what the sentences say holds. */
  readonly links: readonly Link[];
}

/** A record's page. */
export interface Trace {
  /** The receipt's struct hash: what it is known by. */
  readonly receipt: Hex;
  /** Whether no link fails. */
  readonly isValid: boolean;
  /** What it comes to, in a sentence. */
  readonly verdict: string;
  readonly chapters: readonly Chapter[];
}

/** What the chain says of a record beside what its links are checked by. Times in seconds. */
interface Circumstances {
  readonly token: { readonly symbol: string; readonly decimals: number };
  readonly batch: CommittedBatch | undefined;
  /** The transaction that settled its fee, and when. */
  readonly settlement: { readonly transactionHash: Hex; readonly at: bigint } | undefined;
  readonly disclosedAt: bigint;
  /** Until when a court takes evidence. */
  readonly closesAt: bigint;
  readonly now: bigint;
}

/** What is needed to tell a record's story. */
export interface TraceSource {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  /** What has found batches before; a new one where left out. */
  readonly batches?: BatchFinder;
}

/**
 * Tells a record's story and checks it, against the bundle and the chain.
 * @returns the page: a verdict, and chapters from answer to challenge, each with its sentences and its links. Every link
 * that `verifyBundle` checks stands in one chapter.
 * @throws ChainError where the chain cannot be read
 */
export async function traceBundle(bundle: Bundle, source: TraceSource): Promise<Trace> {
  const [facts, circumstances] = await Promise.all([
    readFacts(bundle, source.contracts, source.deployment),
    readCircumstances(bundle, source),
  ]);
  const links = verifyBundle(bundle, facts);
  return {
    receipt: receiptHash(bundle.record.receipt),
    isValid: isValid(links),
    verdict: verdictOf(links),
    chapters: chaptersOf(bundle, circumstances).map(({ title, sentences }) => ({
      title,
      sentences,
      links: links.filter(({ name }) => (places[name] ?? "Answer") === title),
    })),
  };
}

/** The chapters that links belong to; those of the others is the answer. */
const places: Readonly<Record<string, Chapter["title"]>> = {
  model: "Model",
  publication: "Model",
  context: "Context",
  proof: "Proof",
  execution: "Proof",
  attestation: "Proof",
  quote: "Proof",
  terms: "Payment",
  settlement: "Payment",
  backing: "Payment",
  inclusion: "Commitment",
  commitment: "Commitment",
  record: "Challenge",
};

function verdictOf(links: readonly Link[]): string {
  const of = (status: Link["status"]) => links.filter((link) => link.status === status).map(({ name }) => name);
  const [failing, open] = [of("fails"), of("unchecked")];
  if (failing.length > 0) return `It does not hold: ${failing.join(", ")}.`;
  if (open.length > 0) return `What could be checked holds; open: ${open.join(", ")}.`;
  return "It holds in every link.";
}

async function readCircumstances({ record, inclusion }: Bundle, source: TraceSource): Promise<Circumstances> {
  const { contracts, deployment } = source;
  const batches = source.batches ?? new BatchFinder(contracts, deployment.block);
  const { token, disclosureCourt, ledger } = contracts;
  const { receipt, request } = record;
  const root = inclusion?.root;
  const [symbol, decimals, disclosedAt, found, now] = await Promise.all([
    query(() => token.symbol()),
    query(() => token.decimals()),
    query(() => disclosureCourt.disclosedAt(receiptHash(receipt))),
    batches.find(receipt.operator, receipt.sequence),
    chainTime(contracts),
  ]);
  const batch = found?.root === root ? found : undefined;
  const committedAt =
    batch === undefined ? undefined : (await query(() => ledger.batch(receipt.operator, batch.root))).committedAt;
  const closesAt = await evidenceClosesAt(contracts, policyRow(request.order.mode), {
    countsFrom: committedAt ?? receipt.issuedAt,
    ...(disclosedAt === 0n ? {} : { disclosedAt }),
  });
  const settlement = batch === undefined ? undefined : await findSettlement(source, record, batch.block);
  return { token: { symbol, decimals: Number(decimals) }, batch, settlement, disclosedAt, closesAt, now };
}

/** The settlement that brought the account's total to what the receipt charges: in no block before its batch's. */
async function findSettlement(
  { contracts }: TraceSource,
  { request, receipt }: Bundle["record"],
  from: number,
): Promise<Circumstances["settlement"]> {
  const { escrow } = contracts;
  const { to: total } = unitsOf(receipt);
  const { settled } = await query(() => escrow.account(request.payer, receipt.operator, receipt.client));
  if (total === 0n || settled < total) return undefined;
  const id = await query(() => escrow.accountId(request.payer, receipt.operator, receipt.client));
  const events = await logsIn(contracts, from, async (first, last) =>
    escrow.queryFilter(escrow.filters.Settled(id), first, last),
  );
  const event = events.find(({ args }) => args.total >= total);
  if (event === undefined) return undefined;
  const { timestamp } = await query(() => event.getBlock());
  return { transactionHash: event.transactionHash as Hex, at: BigInt(timestamp) };
}

function chaptersOf(bundle: Bundle, circumstances: Circumstances): Omit<Chapter, "links">[] {
  const { record } = bundle;
  return [
    { title: "Answer", sentences: tellAnswer(record) },
    { title: "Model", sentences: tellModel(bundle) },
    { title: "Context", sentences: tellContext(record) },
    { title: "Proof", sentences: tellProof(record) },
    { title: "Payment", sentences: tellPayment(record, circumstances) },
    { title: "Commitment", sentences: tellCommitment(bundle, circumstances) },
    { title: "Challenge", sentences: tellChallenge(circumstances) },
  ];
}

const modeNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Mode).map(([name, mode]) => [mode, name]),
);

function tellAnswer({ request, receipt, input, output }: Bundle["record"]): string[] {
  const key = receipt.client === request.payer ? "its own key" : `the key ${receipt.client}`;
  return [
    `${request.payer} asked ${receipt.operator}, by ${key}, and was answered at ${time(receipt.issuedAt)}.`,
    `It is the operator's receipt number ${receipt.sequence}, signed by ${receipt.signer}.`,
    `The question has ${bytesIn(input)} bytes (hash ${request.order.inputHash}), the answer ${bytesIn(output)} (hash ${receipt.outputHash}).`,
  ];
}

function tellModel({ model, record }: Bundle): string[] {
  const { modelId, mode } = record.request.order;
  const ordered = `The order names model ${modelId}, in the ${modeNames[mode] ?? "unknown"} mode.`;
  if (model === undefined) return [ordered, "The bundle does not have it."];
  const how = "commitment" in model ? "what its id is made of" : "all of its weights";
  return [ordered, `It was published by ${model.publisher}; the bundle has ${how}.`];
}

function tellContext({ context: text }: Bundle["record"]): string[] {
  let context: Context;
  try {
    context = parseContext(text);
  } catch (cause) {
    if (!(cause instanceof ContextError)) throw cause;
    return ["It cannot be read."];
  }
  const { runtime, version, sampling = {}, sources = [], parents = [], agent, session, disclose } = context;
  return [
    `It was to run on ${JSON.stringify(runtime)}, version ${JSON.stringify(version)}.`,
    ...(Object.keys(sampling).length > 0 ? [`Its sampling was ${JSON.stringify(sampling)}.`] : []),
    ...sources.map(({ uri, hash }) => `It drew on ${JSON.stringify(uri)} (hash ${hash}).`),
    ...parents.map((parent) => `It follows from receipt ${parent}.`),
    ...(agent === undefined ? [] : [`It is an action of the agent ${JSON.stringify(agent)}.`]),
    ...(session === undefined ? [] : [`It belongs to the session ${JSON.stringify(session)}.`]),
    disclose ? "Anybody may see question and answer." : "Question and answer are its payer's alone.",
  ];
}

const reasons: Readonly<Record<number, string>> = {
  [Mode.signed]: "It is believed because the operator's bond stands behind its signature: who, not whether right.",
  [Mode.enclave]:
    "It is believed because an enclave that the model's publisher allows made it: what runs inside is what was measured.",
  [Mode.snark]: "It is believed because a proof of it verifies against the model's commitment.",
  [Mode.optimistic]: "It is believed because anyone can compute it again, and one wrong neuron convicts its operator.",
};

function tellProof({ request, receipt }: Bundle["record"]): string[] {
  return [reasons[request.order.mode] ?? "There is no such mode.", `The receipt's proof hash is ${receipt.proofHash}.`];
}

function tellPayment({ request, receipt }: Bundle["record"], { token, settlement }: Circumstances): string[] {
  const { base, inputRate, outputRate, maxPrice } = request.order;
  const { inputUnits, outputUnits } = receipt;
  const money = (amount: bigint) => `${decimal(amount, token.decimals)} ${token.symbol}`;
  const tariff = `${money(base)}, ${money(inputRate)} for each of ${inputUnits} units of question and ${money(outputRate)} for each of ${outputUnits} units of answer`;
  const cost = `It cost ${money(receipt.price)}, at most ${money(maxPrice)} by its order; the tariff is ${tariff}.`;
  if (receipt.charged === 0n) return [cost, "It was paid outside the account, without a voucher."];
  const { from, to } = unitsOf(receipt);
  return [
    cost,
    `It owns the account's units from ${from + 1n} to ${to}.`,
    settlement === undefined
      ? "Its fee is not known to be settled."
      : `Its fee was settled at ${time(settlement.at)} in transaction ${settlement.transactionHash}.`,
  ];
}

function tellCommitment({ inclusion }: Bundle, { batch }: Circumstances): string[] {
  if (inclusion === undefined) return ["The bundle names no batch that holds it."];
  if (batch === undefined) return [`The operator has committed no batch ${inclusion.root} with its number.`];
  const last = batch.firstSequence + batch.count - 1n;
  return [
    `It is in batch ${batch.root}, of receipts ${batch.firstSequence} to ${last}.`,
    `The batch was committed in block ${batch.block}, transaction ${batch.transactionHash}.`,
  ];
}

function tellChallenge({ disclosedAt, closesAt, now }: Circumstances): string[] {
  return [
    ...(disclosedAt === 0n ? [] : [`It was demanded in court, and shown at ${time(disclosedAt)}.`]),
    now <= closesAt
      ? `Courts take evidence about it until ${time(closesAt)}.`
      : `The time to challenge it ended at ${time(closesAt)}.`,
  ];
}

function bytesIn(hex: Hex): number {
  return hex.length / 2 - 1;
}

/** An amount in the token's own unit, exact. */
function decimal(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, "0");
  const [whole, part] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
  const shown = part.replace(/0+$/, "");
  return shown === "" ? whole : `${whole}.${shown}`;
}

/** The last second that a date can be of; a receipt may claim a later one. */
const LAST_DATE = 8_640_000_000_000n;

function time(seconds: bigint): string {
  return seconds <= LAST_DATE ? new Date(Number(seconds) * 1000).toISOString() : `second ${seconds}`;
}
