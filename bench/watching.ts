/** What a watcher does for every receipt: reads its record, judges it, keeps it in its store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContractRunner } from "ethers";
import { KeyRegistry__factory, ReceiptLedger__factory } from "../typechain-types/index.ts";
import { connect } from "../src/chain/contracts.ts";
import { makeDeployment } from "../src/chain/deployment.ts";
import type { Fetch } from "../src/chain/http.ts";
import { Judge } from "../src/chain/judge.ts";
import { makeBatch } from "../src/core/batch.ts";
import type { Hex } from "../src/core/bytes.ts";
import { type Record, write } from "../src/core/records.ts";
import { receiptHash } from "../src/core/typedData.ts";
import { claimedTrace } from "../src/core/verify.ts";
import { loadDigits } from "../src/datasets/digits.ts";
import { Inspector } from "../src/watcher/inspector.ts";
import { BatchReader } from "../src/watcher/reader.ts";
import { usualTerms } from "../src/watcher/service.ts";
import type { SeenBatch } from "../src/watcher/store/batches.ts";
import { WatchStore } from "../src/watcher/store/store.ts";
import { type Effort, race, type Row, rounded } from "./race.ts";
import { addressNamed, at, domains, isRightByLoop, makeRecord, published } from "./receipts.ts";

/** How many receipts a batch has, and how many batches a store. */
const RECEIPTS = 256;
const BATCHES = 8;

/** When batches were committed, in seconds; they are inspected in the same second, and nothing of them is too late. */
const NOW = 1_799_999_990n;
const LATER = NOW + 86_400n;

/** What is inspected: batches as the chain has them, and what their operator hands out. */
interface Published {
  readonly batches: readonly SeenBatch[];
  readonly fetch: Fetch;
}

/** How fast a watcher inspects receipts of 784-64-10, on the disk; what it asks an operator or the chain is there at once. */
export async function measureWatching(effort: Effort): Promise<Row> {
  const digits = loadDigits({ size: "28x28" }).heldOut;
  const records = Array.from({ length: BATCHES * RECEIPTS }, (_, index) =>
    makeRecord(at(digits, index).pixels, BigInt(index + 1)),
  );
  const folder = mkdtempSync(join(tmpdir(), "surety-bench-"));
  const { batches, fetch } = publish(records);
  let [stores, watch] = [0, openWatch(join(folder, "0.sqlite"), fetch)];
  const inspect = async (index: number): Promise<string> => {
    if (index % BATCHES === 0) {
      watch.store.close();
      watch = openWatch(join(folder, `${++stores}.sqlite`), fetch);
    }
    return String((await watch.inspect(at(batches, index))) === RECEIPTS);
  };
  const runPlainly = (index: number): string => {
    const first = (index % BATCHES) * RECEIPTS;
    const traces = records.slice(first, first + RECEIPTS).map(claimedTrace);
    return String(traces.every((trace) => isRightByLoop(published.model, trace)));
  };
  try {
    const work = "inspect a receipt of 784-64-10, all that a watcher does, beside a plain loop of the network alone";
    // A quarter of its time goes into the client's signature alone, and no more than a tenth into the network.
    const row = await race({ work, ours: inspect, other: runPlainly, goal: 0.15 }, effort);
    return { ...row, ours: rounded(RECEIPTS * row.ours), other: rounded(RECEIPTS * row.other) };
  } finally {
    watch.store.close();
    rmSync(folder, { recursive: true });
  }
}

/** A watcher with a new store, that is shown batches and says how many of their answers it computed again. */
function openWatch(file: string, fetch: Fetch) {
  const store = WatchStore.open(file, { owner: "bench", fromBlock: 0 });
  const parts = { contracts, deployment, models: [published], store, fetch, salt };
  let reexecuted = 0;
  const inspector = new Inspector({
    ...parts,
    reader: new BatchReader(parts),
    judge: new Judge({ ...parts, memory: store.receipts }),
    report: (line) => (reexecuted += line.what === "inspected" ? line.reexecuted : 0),
    terms: usualTerms,
  });
  const inspect = async (batch: SeenBatch): Promise<number> => {
    reexecuted = 0;
    store.batches.add(batch);
    await inspector.inspect(NOW, new AbortController().signal);
    return reexecuted;
  };
  return { store, inspect };
}

function publish(records: readonly Record[]): Published {
  const pages = new Map<string, string>();
  const batches = Array.from({ length: BATCHES }, (_, index): SeenBatch => {
    const part = records.slice(index * RECEIPTS, (index + 1) * RECEIPTS);
    const receipts = part.map(({ receipt }) => receipt);
    const { root, dataHash } = makeBatch(receipts);
    pages.set(`${ADDRESS}/batches/${root}`, write({ receipts }));
    for (const record of part) pages.set(`${ADDRESS}/records/${receiptHash(record.receipt)}`, write(record));
    const { operator, sequence: firstSequence } = at(receipts, 0);
    const times = { committedAt: NOW, demandableUntil: LATER, forgottenAt: LATER };
    return { operator, root, firstSequence, count: BigInt(RECEIPTS), dataHash, block: 1, ...times };
  });
  return { batches, fetch: async (url) => new Response(pages.get(url instanceof Request ? url.url : url.toString())) };
}

const ADDRESS = "http://operator/v1";

const deployment = makeDeployment({
  chainId: domains.ledger.chainId,
  block: 0,
  contracts: Object.fromEntries(
    [
      ...["token", "authority", "bonds", "collateral", "keys", "models", "ledger", "escrow", "credit", "policies"],
      ...["disclosureCourt", "equivocationCourt", "enclaveChecker", "snarkVerifiers", "irisVerifier", "snarkChecker"],
      ...["optimisticChecker", "validityCourt"],
    ].map((name) => [name, addressNamed(name)]),
  ),
});

/** All that a watcher asks a chain about an honest receipt: whose its key is, and where its batch is published. */
const chain: ContractRunner = {
  provider: null,
  call: async ({ to }) => {
    if (to === deployment.contracts.ledger)
      return ReceiptLedger__factory.createInterface().encodeFunctionResult("dataURIOf", [`${ADDRESS}/batches`]);
    const key = { operator: addressNamed("operator"), validFrom: 0n, validUntil: LATER };
    return KeyRegistry__factory.createInterface().encodeFunctionResult("get", [key]);
  },
};

const contracts = connect(deployment, chain);

/** Chooses where nothing has to be hidden. */
const salt = (): Hex => `0x${"00".repeat(32)}`;
