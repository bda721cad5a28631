/** The bounds that the contracts' code sets to what a deployment chooses, and governance after it. */
import type { Parameters } from "../../../deploy/parameters.ts";
import { MAX_UNBONDING, MAX_WINDOW, MIN_UNBONDING } from "../../core/terms.ts";

/** From the least to the most, both allowed. */
export interface Bounds {
  readonly least: bigint;
  readonly most: bigint;
}

const DAY = 86_400n;
const ANY: Bounds = { least: 0n, most: 2n ** 96n - 1n };
const SOME: Bounds = { ...ANY, least: 1n };

/** Of parameters that are numbers. Source: `contracts/Clocks.sol` and the constants of the contracts that hold them. */
export const bounds = {
  leastOwnBond: ANY,
  unbondingDelay: { least: MIN_UNBONDING, most: MAX_UNBONDING },
  leverage: { least: 1n, most: 4n },
  protocolFeeBps: { least: 0n, most: 1_000n },
  coverageBps: { least: 10_000n, most: 100_000n },
  leastGasPrice: SOME,
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
} as const satisfies Record<string, Bounds>;

/** How many times what it was at first credit's prior can become, or what part of it. */
export const MAX_DRIFT = 16n;
