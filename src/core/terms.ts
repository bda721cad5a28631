/** What an order, a request and the protocol's clocks allow a receipt to charge and to say. */
import type { Order, Receipt, Request } from "./typedData.ts";

/** The protocol's clocks that a node and a client need, in seconds. See `contracts/Clocks.sol`. */
export const DEADLINE_HORIZON = 86_400n;
export const SETTLEMENT_GRACE = 86_400n;

/**
 * Those of courts: the longest window, and time to answer a demand; how long committed evidence waits, how long what was
 * disclosed late stays open to it, and silence.
 */
export const MAX_WINDOW = 7n * 86_400n;
export const MAX_ANSWER_TIME = 2n * 86_400n;
export const EVIDENCE_LAPSE = 3_600n;
export const EVIDENCE_AFTER_ANSWER = 86_400n;

/** Those of the escrow: of the cap, of refunds. */
export const CAP_WINDOW = 14n * 86_400n;
export const REFUND_THAW = 16n * 86_400n;
export const REFUND_LAPSE = 86_400n;

/** Those of bonds: of leaving, of suspensions, of slashers, of commissions. */
export const MIN_UNBONDING = 15n * 86_400n;
export const MAX_UNBONDING = 60n * 86_400n;
export const MAX_SUSPENSION = 7n * 86_400n;
export const SUSPENSION_COOLDOWN = 90n * 86_400n;
export const SLASHER_ACTIVATION = 75n * 86_400n;
export const SLASHER_REMOVAL = 22n * 86_400n;
export const COMMISSION_DELAY = 75n * 86_400n;

/**
 * What an answer of so many units costs by the order's tariff, in the token's smallest unit.
 * @example
 * ```ts
 * import { tariffPrice } from "surety/core";
 *
 * const order = { base: 20_000n, inputRate: 10n, outputRate: 100n };
 * console.log(tariffPrice(order, { inputUnits: 64, outputUnits: 10 })); // 21640n
 * ```
 */
export function tariffPrice(
  order: Pick<Order, "base" | "inputRate" | "outputRate">,
  { inputUnits, outputUnits }: Pick<Receipt, "inputUnits" | "outputUnits">,
) {
  return order.base + order.inputRate * BigInt(inputUnits) + order.outputRate * BigInt(outputUnits);
}

/** A term that a receipt breaks; the names of ValidityCourt's `Breach`. */
export type Breach =
  | "PriceAboveMaximum"
  | "PriceAboveTariff"
  | "UnitsInvalid"
  | "IssuedAfterDeadline"
  | "IssuedBeforeHorizon"
  | "IssuedAfterCommitment";

/**
 * The first term that a receipt breaks, if any, in the order in which ValidityCourt looks.
 * @param committedAt when it was committed, in seconds; left out where it was not
 */
export function breachOf(receipt: Receipt, request: Request, committedAt?: bigint): Breach | undefined {
  if (receipt.price > request.order.maxPrice) return "PriceAboveMaximum";
  if (receipt.price > tariffPrice(request.order, receipt)) return "PriceAboveTariff";
  // Outside the account's total nothing is charged; any other receipt owns as many units as it costs.
  if (receipt.charged !== 0n && receipt.charged < receipt.price) return "UnitsInvalid";
  if (receipt.issuedAt > request.deadline) return "IssuedAfterDeadline";
  if (receipt.issuedAt + DEADLINE_HORIZON < request.deadline) return "IssuedBeforeHorizon";
  if (committedAt !== undefined && receipt.issuedAt > committedAt) return "IssuedAfterCommitment";
  return undefined;
}

/**
 * The units of an account that a receipt owns: above `from`, up to and with `to`.
 * @example
 * ```ts
 * import { unitsOf } from "surety/core";
 *
 * const { from, to } = unitsOf({ charged: 50_000n, price: 20_000n });
 * console.log(from, to); // 30000n 50000n
 * ```
 */
export function unitsOf({ charged, price }: Pick<Receipt, "charged" | "price">): { from: bigint; to: bigint } {
  return { from: charged - price, to: charged };
}
