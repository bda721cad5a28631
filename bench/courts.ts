/**
 * What disputes cost. As for a reporter who reports for the second time, about an operator with a fault before: awards
 * and records are there. The receipt is committed among a hundred, and its price settled, so that its payer is
 * compensated in the same call.
 */
import { readFileSync } from "node:fs";
import { convictEquivocation, convictOutput, type Exhibit, neuronEvidence } from "../src/chain/evidence.ts";
import { makeBatch } from "../src/core/batch.ts";
import { type Hex, keccakHex, toHex } from "../src/core/bytes.ts";
import { canonicalContext, contextHash } from "../src/core/context.ts";
import { modelId, outputHash, proofHash, type PublishedModel } from "../src/core/model/commitment.ts";
import { findFault } from "../src/core/model/fault.ts";
import { parse } from "../src/core/model/file.ts";
import { run, type Trace } from "../src/core/model/run.ts";
import type { Record } from "../src/core/records.ts";
import { addressOf, compact, sign } from "../src/core/signatures.ts";
import { Mode, orderHash, type Receipt, receiptDigest, requestDigest } from "../src/core/typedData.ts";
import { claimedTrace } from "../src/core/verify.ts";
import { loadDigits } from "../src/datasets/digits.ts";
import type { Measured } from "./bonds.ts";
import { openBench } from "./chain.ts";

const UNIT = 1_000_000n;
const PLENTY = 1_000_000n * UNIT;
const OWN_BOND = 500_000n * UNIT;
const PRICE = 1_234_567n;
const HOUR = 3_600n;
const BATCH = 100;

const word = (number: number): Hex => keccakHex(new TextEncoder().encode(`dispute ${number}`));
const account = (number: number): Hex => `0x${word(number).slice(26)}`;
const operator = account(1);
const publisher = account(2);
const reporter = account(3);
const payer = account(4);
const operatorSecret = word(5);
const clientSecret = word(6);
const client = addressOf(clientSecret);
const context = canonicalContext({ runtime: "bench", version: "1", disclose: true });

/** The verdicts of the courts, and what comes before them. */
export async function measureCourts(): Promise<Measured> {
  const small = await openCase("8x8");
  const large = await openCase("28x28");
  const commitment = await small.commitEvidence();
  return {
    "commit to evidence": commitment,
    "convict a wrong neuron, 64-16-10": await small.convictNeuron(),
    "convict a wrong neuron, 784-64-10": await large.convictNeuron(),
    "convict an equivocation": await small.convictSequence(false),
    "convict an equivocation, two payers compensated": await small.convictSequence(true),
  };
}

async function openCase(size: "8x8" | "28x28") {
  const bench = await openBench();
  const { contracts, deployment } = bench;
  const domains = {
    escrow: { chainId: deployment.chainId, contract: deployment.contracts.escrow },
    ledger: { chainId: deployment.chainId, contract: deployment.contracts.ledger },
  };
  const file = readFileSync(new URL(`../models/digits-${size}.json`, import.meta.url), "utf8");
  const published: PublishedModel = { publisher, model: parse(file).model };
  const images = loadDigits({ size }).heldOut.map(({ pixels }) => pixels);
  const { bonds, escrow, keys, ledger, token } = contracts;
  await enter();

  let sequence = 0n;
  let charged = 0n;
  let salt = 1_000;

  async function enter(): Promise<void> {
    const spenders = [deployment.contracts.bonds, deployment.contracts.escrow];
    const money = [
      await token.faucet.populateTransaction(PLENTY),
      ...(await Promise.all(spenders.map((spender) => token.approve.populateTransaction(spender, PLENTY)))),
    ];
    const key = addressOf(operatorSecret);
    const registration = (await keys.registrationDigest(key, operator)) as Hex;
    await bench.sendAll(
      [operator],
      [
        ...money,
        await bonds.register.populateTransaction(operator, 1_000n, ""),
        await bonds.bond.populateTransaction(OWN_BOND),
        await keys.register.populateTransaction(key, sign(registration, operatorSecret)),
      ],
    );
    await bench.sendAll([payer], [...money, await escrow.fund.populateTransaction(10_000n * UNIT, operator, client)]);
  }

  /** A record as the operator signs it; its trace may be falsified. */
  async function serve(falsify: (trace: Trace) => Trace, given: Partial<Receipt> = {}): Promise<Record> {
    const now = await bench.now();
    const image = images[Number(sequence) % images.length] ?? new Uint8Array();
    const trace = falsify(run(published.model, image));
    const order = {
      modelId: modelId(publisher, published.model),
      inputHash: keccakHex(image),
      contextHash: contextHash(context),
      mode: Mode.optimistic,
      maxPrice: PRICE,
      base: PRICE,
      inputRate: 0n,
      outputRate: 0n,
      salt: word(salt++),
    };
    charged += PRICE;
    const request = { payer, operator, ceiling: charged, deadline: now + HOUR, order };
    const requestHash = requestDigest(request, domains.escrow);
    const receipt: Receipt = {
      requestHash,
      operator,
      signer: addressOf(operatorSecret),
      client,
      sequence: sequence++,
      outputHash: outputHash(trace),
      proofHash: proofHash(trace),
      price: PRICE,
      charged,
      inputUnits: image.length,
      outputUnits: 10,
      issuedAt: now,
      ...given,
    };
    return {
      request,
      clientSignature: sign(requestHash, clientSecret),
      input: toHex(image),
      context,
      receipt,
      operatorSignature: sign(receiptDigest(receipt, domains.ledger), operatorSecret),
      output: toHex(trace.output),
      hidden: trace.hidden.map(toHex),
      proof: "0x",
    };
  }

  /** Commits a batch that begins with these records, and settles all that it charges. */
  async function commit(first: readonly Record[]): Promise<Exhibit[]> {
    const records = [...first];
    while (records.length < BATCH) records.push(await serve((trace) => trace));
    const batch = makeBatch(records.map(({ receipt }) => receipt));
    const from = sequence - BigInt(BATCH);
    await bench.send(
      operator,
      await ledger.commit.populateTransaction(operator, batch.root, batch.dataHash, from, BATCH),
    );
    const { request, clientSignature } = records.at(-1) ?? (await serve((trace) => trace));
    const { ceiling, deadline } = request;
    const voucher = { payer, total: charged, ceiling, deadline, orderHash: orderHash(request.order) };
    const claims = [{ ...voucher, ...compact(clientSignature) }];
    await bench.send(operator, await escrow.settle.populateTransaction(operator, claims));
    return records.map((record, index) => ({ record, committed: { root: batch.root, proof: batch.proof(index) } }));
  }

  /** Commits to the evidence and opens it; returns what each costs. */
  async function prosecute(court: "validityCourt" | "equivocationCourt", data: Hex) {
    const to = deployment.contracts[court];
    const commitment = await contracts[court].commitmentOf(reporter, data);
    const value = await contracts[court].evidenceDeposit();
    const committing = await bench.send(reporter, {
      ...(await contracts[court].commitEvidence.populateTransaction(commitment)),
      value,
    });
    return { committed: committing.gas, convicted: (await bench.send(reporter, { to, data })).gas };
  }

  const twice = async (once: () => Promise<bigint>): Promise<bigint> => {
    await once();
    return once();
  };

  async function convictNeuron() {
    const wrong = await serve(({ hidden: [first = new Uint8Array(), ...rest], ...trace }) => ({
      ...trace,
      hidden: [first.with(3, (first[3] ?? 0) ^ 1), ...rest],
    }));
    const [exhibit] = await commit([wrong]);
    const fault = findFault(published.model, claimedTrace(wrong));
    if (exhibit === undefined || fault === undefined) throw new Error("nothing to convict");
    const evidence = neuronEvidence(published, wrong, fault);
    return prosecute("validityCourt", convictOutput(exhibit, evidence, word(salt++)));
  }

  /** With the two requests, so that their payers are compensated, or from the receipts alone. */
  async function convictSequence(isCompensated: boolean) {
    const one = await serve((trace) => trace);
    const other = await serve((trace) => trace, { sequence: one.receipt.sequence });
    const exhibits = await commit([one, other]);
    const [first, second] = exhibits;
    if (first === undefined || second === undefined) throw new Error("nothing to convict");
    const data = convictEquivocation("sequence", [first, second], word(salt++));
    if (isCompensated) return prosecute("equivocationCourt", data);
    const court = contracts.equivocationCourt.interface;
    const parts: unknown[] = court.decodeFunctionData("convictSequence", data).toArray();
    const bare = court.encodeFunctionData("convictSequence", parts.with(2, []) as never) as Hex;
    return prosecute("equivocationCourt", bare);
  }

  return {
    commitEvidence: () => twice(async () => (await convictNeuron()).committed),
    convictNeuron: () => twice(async () => (await convictNeuron()).convicted),
    convictSequence: (isCompensated: boolean) => twice(async () => (await convictSequence(isCompensated)).convicted),
  };
}
