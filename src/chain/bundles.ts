import type { Bundle } from "../core/records.ts";
import { type Deployment, domainsOf } from "./deployment.ts";

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
