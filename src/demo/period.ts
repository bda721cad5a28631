/** One period of business: clients ask and verify, operators commit, clients find their receipts, operators settle. */
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { listOperators } from "../chain/directory.ts";
import { query } from "../chain/transactions.ts";
import { AnswerRejectedError } from "../client/errors.ts";
import type { Client, Question } from "../client/client.ts";
import type { Inclusion } from "../chain/inclusions.ts";
import { fetchOffer } from "../client/offers.ts";
import { fromHex, type Hex, keccakHex } from "../core/bytes.ts";
import { argmax, decodeLogits, run } from "../core/model/run.ts";
import type { Model } from "../core/model/model.ts";
import type { Offer, Record } from "../core/records.ts";
import { receiptHash } from "../core/typedData.ts";
import type { Cast } from "./cast.ts";
import type { ClientRole } from "./clients.ts";
import type { ChainClock } from "./clock.ts";
import type { Narrator } from "./narrator.ts";
import type { OperatorRole } from "./operators.ts";

/** An answer, which its client accepted unless it says why not; its inclusion once that is confirmed. */
export interface Served {
  readonly operator: OperatorRole;
  readonly client: ClientRole;
  readonly record: Record;
  readonly isRight: boolean;
  readonly times?: Times;
  /** The links that do not hold, of an answer that its client rejected. */
  readonly rejected?: string;
  inclusion?: Inclusion;
}

/** How long an answer took that was asked for while nothing else was, in milliseconds. */
export interface Times {
  /** From the client's question to its verified answer. */
  readonly verified: number;
  /** The model alone, on the same input. */
  readonly bare: number;
}

/** What a period needs. */
export interface Scene {
  readonly cast: Cast;
  readonly clock: ChainClock;
  readonly contracts: Contracts;
  readonly narrator: Narrator;
  readonly deployment: Deployment;
}

/** The gas that an operator used to commit a batch, and to settle. */
export interface OperatorWork {
  readonly operator: Hex;
  readonly gasCommit: bigint;
  readonly gasSettle: bigint;
}

/** What a period's books say. Amounts in the token's smallest unit. */
export interface Books {
  readonly works: readonly OperatorWork[];
  readonly settled: bigint;
  /** What came without a voucher. */
  readonly collected: bigint;
  /** What of both was brought to delegators. */
  readonly rewarded: bigint;
}

const HOUR = 3_600;

/** Questions of each client to each operator. */
export interface Round {
  /** How many. */
  readonly requests: (operator: OperatorRole) => number;
  /** How many it asked before. */
  readonly offset: (operator: OperatorRole) => number;
  /** Whether one waits for the other: so it is seen how long each takes. Else all ask at once. */
  readonly isInTurn: boolean;
}

/** Each client asks each operator. */
export async function serve(scene: Scene, { requests, offset, isInTurn }: Round): Promise<Served[]> {
  const { clients, operators } = scene.cast;
  const directory = await listOperators(scene.contracts, scene.deployment.block);
  const lanes = clients.flatMap((client, row) =>
    operators.map((operator, column) => ({ client, operator, lane: row * operators.length + column })),
  );
  const total = lanes.reduce((sum, { operator }) => sum + requests(operator), 0);
  const served: Served[] = [];
  const inLane = async ({ client, operator, lane }: (typeof lanes)[number]): Promise<void> => {
    const entry = directory.find(({ operator: address }) => address === operator.address);
    if (entry === undefined) throw new RangeError(`${operator.name} is not registered`);
    if (requests(operator) === 0) return;
    const { deployment, contracts, clock } = scene;
    const offer = await fetchOffer(entry, { deployment, contracts, fetch: globalThis.fetch, clock: () => clock.now() });
    let parent: Hex | undefined;
    for (let index = 0; index < requests(operator); index++) {
      const step = offset(operator) + index;
      const place = { topic: lane + step, sample: lane + lanes.length * step };
      const answer = await askOne({ client, operator, endpoint: entry.endpoint, offer, parent, isInTurn, ...place });
      parent = receiptHash(answer.record.receipt);
      served.push(answer);
      // Whoever was deceived does not come back.
      if (answer.rejected !== undefined) return;
      scene.narrator.progress(served.length, total);
    }
  };
  if (isInTurn) for (const lane of lanes) await inLane(lane);
  else await Promise.all(lanes.map(inLane));
  return served;
}

/** Operators commit what they served, clients look for their receipts in it, operators settle, delegators get theirs. */
export async function commitAndSettle(scene: Scene, served: readonly Served[]): Promise<Books> {
  const { cast, clock, narrator } = scene;
  await clock.advance(HOUR);
  const before = await settledTotals(scene);
  let [collected, rewarded] = [0n, 0n];
  const commits = new Map<Hex, bigint>();
  for (const { node, address } of cast.operators) {
    const work = await node.commit();
    if (work !== undefined) commits.set(address, work.gas);
  }
  await confirmAll(scene, served);
  const found = served.filter(({ inclusion }) => inclusion !== undefined).length;
  narrator.say(
    `${commits.size} batches committed; ${found} of ${served.length} receipts found in them by their clients`,
  );

  const works: OperatorWork[] = [];
  for (const { node, address } of cast.operators) {
    const work = await node.settle();
    const [gasCommit, gasSettle] = [commits.get(address), work?.gas ?? 0n];
    if (gasCommit !== undefined) works.push({ operator: address, gasCommit, gasSettle });
    collected += work?.collected.amount ?? 0n;
    rewarded += work?.rewarded.amount ?? 0n;
  }
  const settled = (await settledTotals(scene)) - before;
  narrator.say(`${Number(settled) / 1e6} dollars settled by voucher, ${cast.clients.length} clients a transaction`);
  if (collected > 0n) {
    narrator.say(`${Number(collected) / 1e6} dollars without a voucher collected, through the same split and cap`);
  }
  narrator.say(`${Number(rewarded) / 1e6} dollars of it brought to ${cast.delegators.length} delegators`);
  return { works, settled, collected, rewarded };
}

/** A question of one client to one operator, and its place in the period. */
interface Turn {
  readonly client: ClientRole;
  readonly operator: OperatorRole;
  readonly endpoint: string;
  readonly offer: Offer;
  /** Which of its topics the operator is asked about, and which of that one's samples; both go round. */
  readonly topic: number;
  readonly sample: number;
  readonly isInTurn: boolean;
  /** The client's question before: agents' actions follow from one another. */
  readonly parent: Hex | undefined;
}

async function askOne(turn: Turn): Promise<Served> {
  const { client, operator, parent } = turn;
  const topic = operator.topics[turn.topic % operator.topics.length];
  const sample = topic?.samples[turn.sample % topic.samples.length];
  if (topic === undefined || sample === undefined) throw new RangeError("there is nothing to ask about");
  const { modelId, mode, model, source } = topic;
  const asked = performance.now();
  const { record, rejected } = await askOrReject(client.client, turn, {
    modelId,
    mode,
    input: sample.pixels,
    outputUnits: model.outputWidth,
    context: {
      runtime: "surety-integer",
      version: "1",
      sources: [{ uri: source, hash: keccakHex(sample.pixels) }],
      ...(parent === undefined ? {} : { parents: [parent] }),
      session: client.name,
      disclose: true,
    },
  });
  const verified = performance.now() - asked;
  const isRight = argmax(decodeLogits(fromHex(record.output))) === sample.label;
  const answer = { operator, client, record, isRight, ...(rejected === undefined ? {} : { rejected }) };
  return turn.isInTurn ? { ...answer, times: { verified, bare: timeOf(model, sample.pixels) } } : answer;
}

/** Asks, and keeps what does not hold, too: it is evidence. */
async function askOrReject(
  client: Client,
  { endpoint, offer }: Turn,
  question: Question,
): Promise<Pick<Served, "record" | "rejected">> {
  try {
    return { record: await client.ask(endpoint, offer, question) };
  } catch (cause) {
    if (!(cause instanceof AnswerRejectedError)) throw cause;
    return { record: cause.record, rejected: cause.broken.map(({ name, detail }) => `${name}: ${detail}`).join("; ") };
  }
}

/** How long a model alone takes, in milliseconds, once it is warm. */
function timeOf(model: Model, input: Uint8Array): number {
  run(model, input);
  const started = performance.now();
  run(model, input);
  return performance.now() - started;
}

/** Every client looks for its receipts in what operators committed. */
async function confirmAll({ cast, narrator }: Scene, served: readonly Served[]): Promise<void> {
  for (const role of cast.clients) {
    const own = served.filter(({ client }) => client === role);
    const confirmations = await role.client.confirmAll(own.map(({ record }) => record));
    own.forEach((answer, index) => {
      const { inclusion, problem } = confirmations[index] ?? {};
      if (inclusion !== undefined) answer.inclusion = inclusion;
      if (problem !== undefined) narrator.say(problem.message);
    });
  }
}

/** What all accounts of the cast have settled together. */
async function settledTotals({ cast, contracts }: Scene): Promise<bigint> {
  const accounts = await Promise.all(
    cast.clients.flatMap(({ payer, client }) =>
      cast.operators.map(({ address }) => query(() => contracts.escrow.account(payer, address, client.key))),
    ),
  );
  return accounts.reduce((sum, { settled }) => sum + settled, 0n);
}
