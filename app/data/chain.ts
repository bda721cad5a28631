/**
 * The chain as this reader has it read, and records checked against it: heavy, so that only pages that check import it.
 */
import { JsonRpcProvider } from "ethers";
import { BatchFinder, dataURIOf, findBatch } from "../../src/chain/batches.ts";
import { gatherBundle, shownRecord } from "../../src/chain/bundles.ts";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import { type Deployment, makeDeployment } from "../../src/chain/deployment.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { Inclusions } from "../../src/chain/inclusions.ts";
import { publicationOf } from "../../src/chain/models.ts";
import { type BatchTerms, readBatch } from "../../src/chain/published.ts";
import { type Trace, traceBundle } from "../../src/chain/trace.ts";
import { Weights } from "../../src/chain/weights.ts";
import type { Hex } from "../../src/core/bytes.ts";
import type { PublishedModel } from "../../src/core/model/commitment.ts";
import { parse } from "../../src/core/model/file.ts";
import { type Bundle, bundleSchema, read, readText, type Record, recordSchema } from "../../src/core/records.ts";
import { Mode, type Receipt, receiptHash } from "../../src/core/typedData.ts";
import { webAddress } from "../format.ts";
import { config, rpcAddress } from "./config.ts";
import { fetchIndex } from "./graphql.ts";
import { any, object } from "./shape.ts";

/** An operator shows nobody this record, or is not there. */
export class NotShownError extends Error {
  override readonly name = "NotShownError";
}

interface Chain {
  readonly rpc: string;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly batches: BatchFinder;
  readonly inclusions: Inclusions;
}

const fetched: Fetch = async (...call) => fetch(...call);
let opened: Chain | undefined;

async function open(): Promise<Chain> {
  const rpc = await rpcAddress();
  if (opened?.rpc === rpc) return opened;
  const deployment = makeDeployment((await config()).deployment);
  const provider = new JsonRpcProvider(rpc, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 });
  const contracts = connect(deployment, provider);
  const batches = new BatchFinder(contracts, deployment.block);
  opened = { rpc, deployment, contracts, batches, inclusions: new Inclusions({ contracts, batches, fetch: fetched }) };
  return opened;
}

/** Reads a bundle's text. @throws RecordError where it is none */
export function readBundle(text: string): Bundle {
  return readText(bundleSchema, text);
}

/** Tells a bundle's story, with every link checked here. @throws ChainError where the chain cannot be read */
export async function trace(bundle: Bundle): Promise<Trace> {
  return traceBundle(bundle, await open());
}

/**
 * Finds the record of a receipt at its operator's node and gathers all that it is checked with.
 * @throws NotShownError where the operator does not show it
 * @throws ChainError where the chain cannot be read
 */
export async function gather(operator: Hex, leaf: Hex): Promise<Bundle> {
  const chain = await open();
  const { deployment, contracts, inclusions } = chain;
  const record = await recordOf(chain, operator, leaf);
  const known = await servedModel(chain, record);
  const weights = new Weights({ contracts, deployment, fetch: fetched, models: known });
  return gatherBundle(record, { contracts, deployment, inclusions, weights });
}

/**
 * The records of receipts, as the index has them from their operators: one that is not the receipt's is left out, and one
 * that nobody shows.
 */
export async function recordsOf(leaves: readonly Hex[]): Promise<Record[]> {
  const shape = object({ record: any });
  const found = await Promise.all(
    leaves.map(async (leaf) => {
      const { record } = await fetchIndex(`/v1/receipts/${leaf}`, shape);
      return record === undefined
        ? []
        : [read(recordSchema, record)].filter((one) => receiptHash(one.receipt) === leaf);
    }),
  );
  return found.flat();
}

/**
 * The receipts of a batch as its operator publishes it, each with its struct hash.
 * @throws NodeError where it cannot be had, or is not what was committed @throws ChainError where the chain cannot be read
 */
export async function receiptsIn(batch: BatchTerms): Promise<readonly (Receipt & { readonly leaf: Hex })[]> {
  const { contracts } = await open();
  const { receipts } = await readBatch(fetched, batch, await findBatch(contracts, batch.operator, batch.root));
  return receipts.map((receipt) => ({ ...receipt, leaf: receiptHash(receipt) }));
}

async function recordOf(chain: Chain, operator: Hex, leaf: Hex): Promise<Record> {
  const record = await shownRecord(fetched, await endpointsOf(chain, operator), leaf);
  if (record !== undefined) return record;
  throw new NotShownError(
    "Its operator does not show this record. It may be private, then only its payer has it; or the operator's node is not there. Who has the bundle can check it under Verify.",
  );
}

/** Where an operator's node answers, as it says on the ledger; nowhere where that is no web address. */
async function endpointsOf({ contracts }: Chain, operator: Hex): Promise<string[]> {
  const address = webAddress(await dataURIOf(contracts, operator));
  return address === undefined ? [] : [address.replace(/\/v1\/batches\/?$/, "")];
}

/** The model of a record, where its file is served beside the page. What is another model is not taken for it. */
async function servedModel({ contracts, deployment }: Chain, { request }: Record): Promise<PublishedModel[]> {
  const { modelId, mode } = request.order;
  if (mode !== Mode.optimistic) return [];
  const publication = await publicationOf(contracts, modelId, deployment.block);
  const url = publication && (await config()).models.get(publication.opening.commitment);
  if (publication === undefined || url === undefined) return [];
  const { model } = parse(await (await fetch(url)).text());
  return [{ publisher: publication.opening.publisher, model }];
}
