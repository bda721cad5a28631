import type { Hex } from "../src/core/bytes.ts";
import { parameterFile, readParameters } from "./parameterFile.ts";

/** What a deployment is free to choose. Amounts in the token's smallest unit, times in seconds. */
export interface Parameters {
  /** The own bond below which an operator's cover is zero. */
  readonly leastOwnBond: bigint;
  /** How long bond takes to leave, within the bounds of `contracts/Clocks.sol`. */
  readonly unbondingDelay: bigint;
  /** How many times its own bond an operator's cover can be, delegated money included: 1 to 4. */
  readonly leverage: bigint;
  /** The protocol's part of fees, in hundredths of a percent. */
  readonly protocolFeeBps: bigint;
  /** How much cover stands behind what is exposed, in hundredths of a percent: 10,000 to 100,000. */
  readonly coverageBps: bigint;
  /** What a commitment to evidence carries, in the chain's smallest unit of coin. */
  readonly evidenceDeposit: bigint;
  /** What a unit of gas counts for at least in the deposits of demands, in the chain's smallest unit of coin. */
  readonly leastGasPrice: bigint;
  /** Credit's P: how much settled value an operator is worth nothing without. */
  readonly creditPrior: bigint;
  /** Credit's K: how many units of good service one unit of fault outweighs. */
  readonly creditSeverity: bigint;
  /** In how long what was settled, and a fault, lose half of their weight: fixed for good, within `contracts/Clocks.sol`. */
  readonly settledHalfLife: bigint;
  readonly faultHalfLife: bigint;
  /** The public key of the root that TDX platforms are certified by, 32 bytes each: Intel's, but on chains for trying. */
  readonly intelRootX: Hex;
  readonly intelRootY: Hex;
  /** How long whatever governance does waits before it can be executed. */
  readonly governanceDelay: bigint;
  /**
   * What a fault costs: a row for each mode (signed, enclave, snark, optimistic), for equivocation and for silence. Silence
   * costs as much as the dearest: nobody must fare better by withholding what would convict it.
   */
  readonly policies: readonly Policy[];
}

/** A row of `contracts/courts/ICourtPolicies.sol`. */
export interface Policy {
  readonly window: bigint;
  readonly slashBps: bigint;
  readonly priceMultiple: bigint;
  readonly compensationMultiple: bigint;
  readonly bountyBps: bigint;
  /** Set by the contract: the first rows are in force at once. */
  readonly effectiveFrom: 0n;
}

/** For local chains, with a token of six decimals: small money, so that a minute of work shows in an operator's credit. */
export const localParameters: Parameters = readParameters(parameterFile("local"), 6);

/** What networks are deployed with where nobody says otherwise, with a token of six decimals: docs/economics.md says why. */
export const defaultParameters: Parameters = readParameters(parameterFile("base-sepolia"), 6);
