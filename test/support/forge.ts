/** What an operator could sign and commit if it kept to no rule: records with lies, in batches that it publishes. */
import { connect } from "../../src/chain/contracts.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { makeBatch } from "../../src/core/batch.ts";
import { fromHex, type Hex, keccakHex, toHex } from "../../src/core/bytes.ts";
import { proofHash } from "../../src/core/model/commitment.ts";
import { run, type Trace } from "../../src/core/model/run.ts";
import { type Proof, proofHashOf } from "../../src/core/proofs.ts";
import { type Ask, type Record, write } from "../../src/core/records.ts";
import { addressOf, compact, sign } from "../../src/core/signatures.ts";
import { orderHash, type Receipt, receiptDigest, receiptHash, requestDigest } from "../../src/core/typedData.ts";
import type { Journal, UnsignedRecord } from "../../src/operator/journal.ts";
import {
  actors,
  addressed,
  type AskChanges,
  clock,
  makeAsk,
  PRICE,
  published,
  secrets,
  sent,
  type Stage,
} from "./stage.ts";

/** What is not true in a record. Everything else follows from what it says, and is signed. */
export interface Lie {
  readonly ask?: AskChanges;
  /** Changes what was computed, before it is hashed. */
  readonly trace?: (honest: Trace) => Partial<Trace>;
  readonly receipt?: Partial<Receipt>;
  /** The key that signs the receipt. */
  readonly secret?: Hex;
}

/** A record as an operator with this lie would hand it out. */
export function forge(stage: Stage, { ask, trace: falsify, receipt, secret }: Lie): Record {
  const asked = makeAsk(stage, { request: { ceiling: 1_000n * PRICE }, ...ask });
  const honest = run(published.model, fromHex(asked.input));
  const trace = { ...honest, ...falsify?.(honest) };
  const answer = { output: trace.output, hidden: trace.hidden, proof: new Uint8Array() };
  const units = { inputUnits: 64, outputUnits: 10 };
  return seal(stage, asked, {
    answer,
    receipt: { proofHash: proofHash(trace), ...units, ...receipt },
    ...(secret === undefined ? {} : { secret }),
  });
}

/** What an operator signs about an answer, and with which key. */
export interface Seal {
  readonly answer: Proof & { readonly output: Uint8Array };
  /** What the receipt says otherwise than an honest one. */
  readonly receipt?: Partial<Receipt>;
  readonly secret?: Hex;
}

/** A record of an answer to an ask, of any mode, signed as it stands. */
export function seal(stage: Stage, ask: Ask, { answer, receipt: lies, secret = secrets.olive }: Seal): Record {
  const { client, ...signedRequest } = ask;
  const { request } = signedRequest;
  const { escrow, ledger } = domainsOf(stage.deployment);
  const receipt: Receipt = {
    requestHash: requestDigest(request, escrow),
    operator: request.operator,
    signer: addressOf(secret),
    client,
    sequence: 0n,
    outputHash: keccakHex(answer.output),
    proofHash: lies?.proofHash ?? proofHashOf(request.order.mode, answer),
    price: PRICE,
    charged: PRICE,
    inputUnits: fromHex(ask.input).length,
    outputUnits: answer.output.length / 4,
    issuedAt: clock.now,
    ...lies,
  };
  return {
    ...signedRequest,
    receipt,
    operatorSignature: sign(receiptDigest(receipt, ledger), secret),
    output: toHex(answer.output),
    hidden: answer.hidden.map(toHex),
    proof: toHex(answer.proof),
  };
}

const MAX_UINT128 = (1n << 128n) - 1n;

/** Enters a record into a journal as a node does, but for what the chain says. */
export async function enter(journal: Journal, { operatorSignature: _, ...record }: Record): Promise<UnsignedRecord> {
  const { payer, ceiling, deadline, order } = record.request;
  const { client, issuedAt: now } = record.receipt;
  const voucher = { ceiling, deadline, orderHash: orderHash(order), signature: record.clientSignature };
  // Nothing is kept for it, since its price is known already.
  const wish = { account: { payer, client }, voucher, maxPrice: 0n, now };
  const { reservation, served } = await journal.reserve({
    ...wish,
    bounds: { reach: MAX_UINT128, limit: MAX_UINT128 },
  });
  return served ?? journal.append({ orderHash: voucher.orderHash, reservation, now, record });
}

/** Where an operator's forged batches and records are found: paths and what is there. */
export class Library {
  readonly #pages = new Map<string, unknown>();

  /** Puts something else where something is, or takes it away. */
  replace(path: string, page?: unknown): void {
    if (page === undefined) this.#pages.delete(path);
    else this.#pages.set(path, page);
  }

  /** Commits records as olive's batch, and publishes them. @param range its numbers, where they are not the records' */
  async commit(
    { deployment }: Stage,
    records: readonly Record[],
    range?: { readonly firstSequence: bigint; readonly count: bigint },
  ): Promise<Hex> {
    const { ledger } = connect(deployment, actors.olive);
    const batch = makeBatch(records.map(({ receipt }) => receipt));
    const sequences = records.map(({ receipt }) => receipt.sequence);
    const [first = 0n, last = first] = [sequences[0], sequences.at(-1)];
    const { firstSequence, count } = range ?? { firstSequence: first, count: last - first + 1n };
    await ledger.setDataURI(actors.olive.address, "http://olive/v1/batches");
    await ledger.commit(actors.olive.address, batch.root, batch.dataHash, firstSequence, count);
    this.replace(`/v1/batches/${batch.root}`, { receipts: records.map(({ receipt }) => receipt) });
    for (const record of records) this.replace(`/v1/records/${receiptHash(record.receipt)}`, record);
    return batch.root;
  }

  /** Reads from here. */
  readonly fetch: Fetch = async (...call) => {
    const page = this.#pages.get(new URL(sent(call).url).pathname);
    const missing = { error: "RecordUnknown", message: "nothing here", remedy: "look elsewhere" };
    return page === undefined ? new Response(write(missing), { status: 404 }) : new Response(write(page));
  };
}

/** Redeems the voucher that a record was paid with, up to its receipt's total. */
export async function redeem({ deployment }: Stage, { request, receipt, clientSignature }: Record): Promise<void> {
  const { payer, ceiling, deadline, order } = request;
  const claim = { payer, total: receipt.charged, ceiling, deadline, orderHash: orderHash(order) };
  await connect(deployment, actors.olive).escrow.settle(addressed(actors.olive), [
    { ...claim, ...compact(clientSignature) },
  ]);
}
