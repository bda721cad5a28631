import { z } from "zod";
import type { Hex } from "../core/bytes.ts";
import { SuretyError } from "../core/errors.ts";
import { read, readText, RecordError, write } from "../core/records.ts";
import type { Domains } from "../core/verify.ts";

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address expected")
  .transform((text) => text.toLowerCase() as Hex);

const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "32 bytes in lower-case hexadecimal expected")
  .transform((text) => text as Hex);

const deploymentSchema = z.strictObject({
  chainId: z.union([
    z.bigint(),
    z
      .string()
      .regex(/^[0-9]+$/)
      .transform(BigInt),
  ]),
  block: z.int().min(0),
  contracts: z.strictObject({
    token: address,
    authority: address,
    bonds: address,
    collateral: address,
    keys: address,
    models: address,
    ledger: address,
    escrow: address,
    credit: address,
    policies: address,
    disclosureCourt: address,
    equivocationCourt: address,
    enclaveChecker: address,
    snarkVerifiers: address,
    irisVerifier: address,
    snarkChecker: address,
    optimisticChecker: address,
    validityCourt: address,
  }),
  erc8004: z
    .strictObject({
      identity: address,
      reputation: address,
      validation: address.optional(),
      links: address,
      publisher: address,
      verdicts: address,
      validator: address.optional(),
    })
    .optional(),
  /** keccak256 of each contract's code, by its name here: older files have none. */
  codeHashes: z.record(z.string(), hash).optional(),
  /** Who was given which role, and where the protocol's part of fees went, when it was deployed. */
  roles: z.strictObject({ governance: address, guardian: address, treasury: address }).optional(),
});

/**
 * Where Surety is on a chain: its contracts, and the first one's block; ERC-8004's registries and what writes
 * to them, where there are any.
 */
export type Deployment = z.infer<typeof deploymentSchema>;

/** A file that is no deployment. */
export class DeploymentError extends SuretyError {
  override readonly name = "DeploymentError";
}

/** Makes a deployment of what a deploy script collected. @throws DeploymentError naming what is missing */
export function makeDeployment(value: unknown): Deployment {
  return asDeployment(() => read(deploymentSchema, value));
}

/** Reads a deployment file. @throws DeploymentError where it is none */
export function parseDeployment(text: string): Deployment {
  return asDeployment(() => readText(deploymentSchema, text));
}

/** Writes a deployment file. */
export function serialiseDeployment(deployment: Deployment): string {
  return `${write(deployment, 2)}\n`;
}

/** The domains in which a deployment's requests and receipts are signed. */
export function domainsOf({ chainId, contracts }: Deployment): Domains {
  return {
    escrow: { chainId, contract: contracts.escrow },
    ledger: { chainId, contract: contracts.ledger },
  };
}

function asDeployment(parse: () => Deployment): Deployment {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof RecordError) throw new DeploymentError(`not a deployment: ${cause.message}`, { cause });
    throw cause;
  }
}
