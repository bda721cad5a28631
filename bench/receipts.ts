/** What nodes and watchers do for every receipt, beside ethers and a plain loop. */
import { readFileSync } from "node:fs";
import { id, keccak256, recoverAddress, SigningKey, toUtf8Bytes, TypedDataEncoder } from "ethers";
import { concat, equalBytes, fromHex, type Hex, keccakHex, toHex } from "../src/core/bytes.ts";
import { canonicalContext, contextHash } from "../src/core/context.ts";
import { modelId, outputHash, proofHash, type PublishedModel } from "../src/core/model/commitment.ts";
import { findFault } from "../src/core/model/fault.ts";
import { parse } from "../src/core/model/file.ts";
import type { Model } from "../src/core/model/model.ts";
import { run, type Trace } from "../src/core/model/run.ts";
import type { Record } from "../src/core/records.ts";
import { addressOf, recover, sign } from "../src/core/signatures.ts";
import { Mode, type Receipt, receiptDigest, type Request, requestDigest } from "../src/core/typedData.ts";
import { claimedTrace, type Domains, isValid, verifyRecord } from "../src/core/verify.ts";
import { loadDigits } from "../src/datasets/digits.ts";
import { ethersDomain, receiptTypes, requestTypes } from "../test/vectors/messages.ts";
import { type Effort, race, type Row, type Way } from "./race.ts";

export const addressNamed = (name: string): Hex => `0x${id(name).slice(-40)}`;
const secrets = { client: id("client") as Hex, operator: id("operator") as Hex };
export const domains: Domains = {
  escrow: { chainId: 31_337n, contract: addressNamed("escrow") },
  ledger: { chainId: 31_337n, contract: addressNamed("ledger") },
};
const context = canonicalContext({ runtime: "surety", version: "0.1.0", disclose: true });
const { model } = parse(readFileSync(new URL("../models/digits-28x28.json", import.meta.url), "utf8"));
export const published: PublishedModel = { publisher: addressNamed("publisher"), model };

/** How many different records there are. */
const RECORDS = 200;

/** How fast receipts are signed and judged, part by part and as a whole. */
export async function measureReceipts(effort: Effort): Promise<Row[]> {
  const digits = loadDigits({ size: "28x28" }).heldOut.slice(0, RECORDS);
  const records = digits.map(({ pixels }, index) => makeRecord(pixels, BigInt(index + 1)));
  const digests = records.map(({ receipt }) => receiptDigest(receipt, domains.ledger));
  const traces = records.map(claimedTrace);
  const key = new SigningKey(secrets.operator);
  const way =
    (run: (record: Record, index: number) => string): Way =>
    (index) =>
      run(at(records, index), index);
  const races = [
    {
      work: "sign a receipt, beside ethers",
      ours: way((_, index) => sign(at(digests, index), secrets.operator)),
      other: way((_, index) => key.sign(at(digests, index)).serialized),
      goal: 7,
    },
    {
      work: "recover a client, beside ethers",
      ours: way(({ clientSignature, receipt }) => recover(receipt.requestHash, clientSignature)),
      other: way(({ clientSignature, receipt }) => recoverAddress(receipt.requestHash, clientSignature).toLowerCase()),
      goal: 25,
    },
    {
      work: "hash a request (EIP-712), beside ethers",
      ours: way(({ request }) => requestDigest(request, domains.escrow)),
      other: way(({ request }) => hashByEthers(request)),
      goal: 10,
    },
    {
      work: "re-execute 784-64-10, beside a plain loop",
      ours: way((_, index) => String(findFault(model, at(traces, index)) === undefined)),
      other: way((_, index) => String(isRightByLoop(model, at(traces, index)))),
      // 10,000 a second are wanted of a core that does 21,000 plain loops: half of them would do.
      goal: 1.5,
    },
    {
      work: "judge a record of 784-64-10, re-executed, beside ethers and a plain loop",
      ours: way((record) => String(isRight(record))),
      other: way((record) => String(isRightByEthers(record))),
      goal: 10,
    },
  ];
  const rows: Row[] = [];
  for (const one of races) rows.push(await race(one, effort));
  return rows;
}

export function at<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError("there are no items");
  return item;
}

/** An honest record, all of it true and signed. */
export function makeRecord(input: Uint8Array, sequence: bigint): Record {
  const trace = run(model, input);
  const order = {
    modelId: modelId(published.publisher, model),
    inputHash: keccakHex(input),
    contextHash: contextHash(context),
    mode: Mode.optimistic,
    ...{ maxPrice: 10_000n, base: 100n, inputRate: 5n, outputRate: 20n },
    salt: id(`salt ${sequence}`) as Hex,
  };
  const request: Request = {
    ...{
      payer: addressNamed("payer"),
      operator: addressNamed("operator"),
      ceiling: 10n ** 9n,
      deadline: 1_800_000_000n,
    },
    order,
  };
  const requestHash = requestDigest(request, domains.escrow);
  const receipt: Receipt = {
    requestHash,
    operator: request.operator,
    signer: addressOf(secrets.operator),
    client: addressOf(secrets.client),
    sequence,
    outputHash: outputHash(trace),
    proofHash: proofHash(trace),
    price: 4_220n,
    charged: 4_220n * sequence,
    inputUnits: model.inputWidth,
    outputUnits: model.outputWidth,
    issuedAt: request.deadline - 60n,
  };
  return {
    request,
    clientSignature: sign(requestHash, secrets.client),
    input: toHex(input),
    context,
    receipt,
    operatorSignature: sign(receiptDigest(receipt, domains.ledger), secrets.operator),
    output: toHex(trace.output),
    hidden: trace.hidden.map(toHex),
    proof: "0x",
  };
}

/** As a watcher does it. */
function isRight(record: Record): boolean {
  return isValid(verifyRecord(record, domains)) && findFault(model, claimedTrace(record)) === undefined;
}

/** The same links, but for the terms, as somebody checks them who has ethers. */
function isRightByEthers(record: Record): boolean {
  const { request, receipt } = record;
  const requestHash = hashByEthers(request);
  const hidden = record.hidden.map((vector) => fromHex(keccak256(vector)));
  const receiptHash = TypedDataEncoder.hash(ethersDomain(domains.ledger), receiptTypes, receipt);
  return (
    keccak256(record.input) === request.order.inputHash &&
    keccak256(toUtf8Bytes(record.context)) === request.order.contextHash &&
    requestHash === receipt.requestHash &&
    recoverAddress(requestHash, record.clientSignature).toLowerCase() === receipt.client &&
    recoverAddress(receiptHash, record.operatorSignature).toLowerCase() === receipt.signer &&
    keccak256(record.output) === receipt.outputHash &&
    keccak256(concat(...hidden)) === receipt.proofHash &&
    isRightByLoop(model, claimedTrace(record))
  );
}

function hashByEthers(request: Request): string {
  return TypedDataEncoder.hash(ethersDomain(domains.escrow), requestTypes, request);
}

/** Runs the network as it is defined, every weight of it, and compares. */
export function isRightByLoop({ layers, shifts }: Model, claimed: Trace): boolean {
  let previous = claimed.input;
  for (const [layer, { weights, biases }] of layers.entries()) {
    const given = claimed.hidden[layer] ?? claimed.output;
    const shift = shifts[layer];
    const computed = new Uint8Array(given.length);
    const view = new DataView(computed.buffer);
    const inputs = previous.length;
    for (let neuron = 0, weight = 0; neuron < biases.length; neuron++) {
      let sum = biases[neuron] ?? 0;
      for (let index = 0; index < inputs; index++) sum += (weights[weight++] ?? 0) * (previous[index] ?? 0);
      if (shift === undefined) view.setInt32(4 * neuron, sum);
      else computed[neuron] = Math.min(255, Math.max(0, sum) >> shift);
    }
    if (!equalBytes(computed, given)) return false;
    previous = computed;
  }
  return true;
}
