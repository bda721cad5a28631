/** Operators that serve many clients for weeks, on a chain in this process, and where they publish their receipts. */
import { makeBatch } from "../src/core/batch.ts";
import { type Hex, keccakHex } from "../src/core/bytes.ts";
import { write } from "../src/core/records.ts";
import { addressOf, compact, sign } from "../src/core/signatures.ts";
import {
  Mode,
  type Order,
  orderHash,
  type Receipt,
  receiptHash,
  type Request,
  requestDigest,
} from "../src/core/typedData.ts";
import { listen, type Listening } from "../src/operator/server.ts";
import { type Bench, type Call, openBench } from "./chain.ts";

const UNIT = 1_000_000n;
const PLENTY = 1_000_000n * UNIT;
const BOND = 500_000n * UNIT;
const DEPOSIT = 1_000n * UNIT;
const FEE = 12_345n;
const HOUR = 3_600n;
const DAY = 24n * HOUR;

/** So many blocks back Ponder holds the chain to be final: before that it reads in bulk. */
const FINAL = 40;

/** How many operators, how many clients each of them has, how often each of these pays, and receipts in a batch a time. */
export interface Size {
  readonly operators: number;
  readonly clients: number;
  readonly rounds: number;
  readonly receipts: number;
}

/** What there is to index. */
export interface Town {
  readonly bench: Bench;
  readonly operators: readonly Hex[];
  /** Struct hashes of some receipts, and the batch of one. */
  readonly leaves: readonly Hex[];
  readonly batch: { readonly operator: Hex; readonly root: Hex };
  /** Where all of them publish. */
  readonly node: Listening;
  /** Settles one more voucher of each client, with one operator, in a block. */
  readonly settleOnce: () => Promise<void>;
}

const word = (name: string): Hex => keccakHex(new TextEncoder().encode(`town ${name}`));
const account = (name: string): Hex => `0x${word(name).slice(26)}`;

/** Has the town live through its rounds, a day each: each operator commits a batch, and settles a voucher of each client. */
export async function buildTown(size: Size): Promise<Town> {
  const bench = await openBench();
  const pages = new Map<string, string>();
  const node = await listen((request) => answer(pages, new URL(request.url).pathname), 0);
  const operators = Array.from({ length: size.operators }, (_, index) => account(`operator ${index}`));
  const clients = Array.from({ length: size.clients }, (_, index) => word(`client ${index}`));
  for (const operator of operators) await enter(bench, operator, node.url);
  for (const secret of clients) await fund(bench, secret, operators);

  const leaves: Hex[] = [];
  let batch = { operator: operators[0] ?? "0x", root: "0x" as Hex };
  for (let round = 0; round < size.rounds; round++) {
    const now = await bench.now();
    for (const operator of operators) {
      const receipts = receiptsOf({ operator, clients, round, count: size.receipts, now });
      const tree = makeBatch(receipts);
      batch = { operator, root: tree.root };
      leaves.push(...receipts.slice(0, 2).map(receiptHash));
      pages.set(`/${operator}/v1/batches/${tree.root}`, write({ receipts }));
      const { ledger } = bench.contracts;
      const first = BigInt(round * size.receipts);
      await bench.send(
        operator,
        await ledger.commit.populateTransaction(operator, tree.root, tree.dataHash, first, size.receipts),
      );
      await settle(bench, { operator, clients, round });
    }
    await bench.wait(DAY);
  }
  await bench.pass(FINAL);
  let round = size.rounds;
  const settleOnce = async (): Promise<void> => settle(bench, { operator: batch.operator, clients, round: round++ });
  return { bench, operators, leaves, batch, node, settleOnce };
}

async function enter({ contracts, deployment, sendAll }: Bench, operator: Hex, url: string): Promise<void> {
  const { bonds, ledger, token } = contracts;
  const calls: Call[] = [
    await token.faucet.populateTransaction(PLENTY),
    await token.approve.populateTransaction(deployment.contracts.bonds, PLENTY),
    await bonds.register.populateTransaction(operator, 1_000n, url),
    await bonds.bond.populateTransaction(BOND),
    await ledger.setDataURI.populateTransaction(operator, `${url}/${operator}/v1/batches`),
  ];
  await sendAll([operator], calls);
}

/** A payer, and an account of its key with each operator. */
async function fund({ contracts, deployment, sendAll }: Bench, secret: Hex, operators: readonly Hex[]): Promise<void> {
  const key = addressOf(secret);
  const { escrow, token } = contracts;
  const calls: Call[] = [
    await token.faucet.populateTransaction(PLENTY),
    await token.approve.populateTransaction(deployment.contracts.escrow, PLENTY),
  ];
  for (const operator of operators) calls.push(await escrow.fund.populateTransaction(DEPOSIT, operator, key));
  await sendAll([key], calls);
}

interface Served {
  readonly operator: Hex;
  readonly clients: readonly Hex[];
  readonly round: number;
  readonly count: number;
  readonly now: bigint;
}

/** What an operator signed in a round: the clients' turns, each with the units that it paid. */
function receiptsOf({ operator, clients, round, count, now }: Served): Receipt[] {
  const turns = count / clients.length;
  const price = FEE / BigInt(Math.ceil(turns));
  return Array.from({ length: count }, (_, index): Receipt => {
    const client = clients[index % clients.length] ?? "0x";
    const sequence = BigInt(round * count + index);
    const turn = Math.floor(index / clients.length);
    return {
      requestHash: word(`request ${operator} ${sequence}`),
      operator,
      signer: operator,
      client: addressOf(client),
      sequence,
      outputHash: word(`output ${index}`),
      proofHash: word(`proof ${index}`),
      price,
      charged: FEE * BigInt(round) + price * BigInt(turn + 1),
      inputUnits: 64,
      outputUnits: 10,
      issuedAt: now,
    };
  });
}

async function settle(
  { contracts, deployment, now, send }: Bench,
  { operator, clients, round }: Pick<Served, "operator" | "clients" | "round">,
): Promise<void> {
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.escrow };
  const deadline = (await now()) + HOUR;
  const total = FEE * BigInt(round + 1);
  const claims = clients.map((secret) => {
    const payer = addressOf(secret);
    const order: Order = {
      ...{ modelId: word("model"), inputHash: word("input"), contextHash: word("context"), mode: Mode.signed },
      ...{ maxPrice: FEE, base: FEE, inputRate: 0n, outputRate: 0n, salt: word(`salt ${round}`) },
    };
    const request: Request = { payer, operator, ceiling: total, deadline, order };
    const signature = compact(sign(requestDigest(request, domain), secret));
    return { payer, total, ceiling: total, deadline, orderHash: orderHash(order), ...signature };
  });
  await send(operator, await contracts.escrow.settle.populateTransaction(operator, claims));
}

/** Batches are published; records are private, as most are. */
function answer(pages: ReadonlyMap<string, string>, path: string): Response {
  const page = pages.get(path);
  if (page !== undefined) return new Response(page);
  const refusal = { error: "NotDisclosed", message: "the record is private", remedy: "ask its payer" };
  return Response.json(refusal, { status: 403 });
}
