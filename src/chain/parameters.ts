/** What a deployment chooses, and the bounds that the contracts' code sets to it, and to governance after it. */
import type { Hex } from "../core/bytes.ts";
import { MAX_UINT96 } from "../core/numbers.ts";
import { MAX_UNBONDING, MAX_WINDOW, MIN_UNBONDING } from "../core/terms.ts";

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

/** From the least to the most, both allowed, in the unit in which contracts take a value. */
export interface Bounds {
  readonly least: bigint;
  readonly most: bigint;
}

const DAY = 86_400n;
const ANY: Bounds = { least: 0n, most: MAX_UINT96 };
const SOME: Bounds = { ...ANY, least: 1n };

/** Of parameters that are numbers. Source: `contracts/Clocks.sol` and the constants of the contracts that hold them. */
export const bounds = {
  leastOwnBond: ANY,
  unbondingDelay: { least: MIN_UNBONDING, most: MAX_UNBONDING },
  leverage: { least: 1n, most: 4n },
  protocolFeeBps: { least: 0n, most: 1_000n },
  coverageBps: { least: 10_000n, most: 100_000n },
  leastGasPrice: { least: 1n, most: 2n ** 256n - 1n },
  creditPrior: SOME,
  creditSeverity: { least: 2n, most: 1_000n },
  settledHalfLife: { least: 30n * DAY, most: 180n * DAY },
  faultHalfLife: { least: 360n * DAY, most: 1_440n * DAY },
} as const satisfies Partial<Record<keyof Parameters, Bounds>>;

/** Of the fields of a policy. */
export const policyBounds = {
  window: { least: 3n * DAY, most: MAX_WINDOW },
  slashBps: { least: 1n, most: 10_000n },
  priceMultiple: { least: 0n, most: 10_000n },
  compensationMultiple: { least: 0n, most: 10_000n },
  bountyBps: { least: 0n, most: 2_500n },
} as const satisfies Partial<Record<keyof Policy, Bounds>>;

/** How many times what it was at first credit's prior can become, or what part of it. */
export const MAX_DRIFT = 16n;
