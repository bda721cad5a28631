/** Bundles: made of parts, or gathered from the chain and from whoever shows them. */
import type { Hex } from "../core/bytes.ts";
import { bundledModel } from "../core/model/file.ts";
import { type Bundle, type Record, recordSchema } from "../core/records.ts";
import { Mode, receiptHash } from "../core/typedData.ts";
import type { Contracts } from "./contracts.ts";
import { type Deployment, domainsOf } from "./deployment.ts";
import { callNode, type Fetch, NodeError } from "./http.ts";
import type { Inclusions } from "./inclusions.ts";
import { publicationOf } from "./models.ts";
import type { Weights } from "./weights.ts";

/** What a bundle holds beside the contracts that its record is for; what is not there is left out of it. */
export type BundleParts = Pick<Bundle, "record"> & {
  readonly [Part in "inclusion" | "model" | "attestation"]?: Bundle[Part] | undefined;
};

/** Makes a bundle of a record that was served on a deployment. */
export function makeBundle(deployment: Deployment, { record, inclusion, model, attestation }: BundleParts): Bundle {
  const { escrow, ledger } = domainsOf(deployment);
  return {
    format: "surety-bundle-1",
    chainId: deployment.chainId,
    escrow: escrow.contract,
    ledger: ledger.contract,
    record,
    ...(inclusion === undefined ? {} : { inclusion }),
    ...(model === undefined ? {} : { model }),
    ...(attestation === undefined ? {} : { attestation }),
  };
}

/** What a bundle is gathered from. */
export interface BundleSources {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  readonly inclusions: Inclusions;
  readonly weights: Weights;
}

/** All that a stranger needs to check a record: with its batch, where it is in one, and its model. @throws ChainError */
export async function gatherBundle(
  record: Record,
  { contracts, deployment, inclusions, weights }: BundleSources,
): Promise<Bundle> {
  const { modelId, mode } = record.request.order;
  const [confirmation] = await inclusions.confirmAll([record]);
  const whole = mode === Mode.optimistic ? await weights.find(modelId) : undefined;
  const opening = (await publicationOf(contracts, modelId, deployment.block))?.opening;
  const model = whole === undefined ? opening : bundledModel(whole);
  return makeBundle(deployment, { record, inclusion: confirmation?.inclusion, model });
}

/**
 * Finds a record that its operator shows to anybody, by its receipt's struct hash.
 * @param endpoints the nodes to ask, one after the other
 * @returns undefined where none of them shows it
 */
export async function shownRecord(fetch: Fetch, endpoints: readonly string[], leaf: Hex): Promise<Record | undefined> {
  for (const endpoint of endpoints) {
    try {
      const record = await callNode(fetch, { url: `${endpoint}/v1/records/${leaf}`, schema: recordSchema });
      if (receiptHash(record.receipt) === leaf) return record;
    } catch (cause) {
      if (!(cause instanceof NodeError)) throw cause;
    }
  }
  return undefined;
}
