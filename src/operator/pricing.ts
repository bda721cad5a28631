import { least } from "../core/numbers.ts";
import { tariffPrice } from "../core/terms.ts";
import type { Order } from "../core/typedData.ts";
import type { Usage } from "./engine.ts";
import { Refusal } from "./refusals.ts";

/** What an answer costs: base + inputRate * units of input + outputRate * units of output, in the smallest unit. */
export type Tariff = Pick<Order, "base" | "inputRate" | "outputRate">;

/** The tariff's price of an answer. @throws Refusal where the order does not allow for it */
export function priceOf(order: Order, tariff: Tariff, usage: Usage): bigint {
  const price = tariffPrice(tariff, usage);
  const most = least(tariffPrice(order, usage), order.maxPrice);
  if (price > most) throw new Refusal("PriceTooLow", `the answer costs ${price}, the order allows ${most}`);
  return price;
}

/**
 * How much of what was quoted an order pays for by a tariff, however much less of it is used in the end: all of the
 * input, and so much output. No output where it does not pay for that.
 */
export function paidFor(order: Order, tariff: Tariff, { inputUnits, outputUnits }: Usage): Usage {
  const isAbove =
    order.base >= tariff.base && order.inputRate >= tariff.inputRate && order.outputRate >= tariff.outputRate;
  const rest = order.maxPrice - tariff.base - tariff.inputRate * BigInt(inputUnits);
  if (!isAbove || rest < 0n) return { inputUnits, outputUnits: 0 };
  if (tariff.outputRate === 0n) return { inputUnits, outputUnits };
  return { inputUnits, outputUnits: Number(least(rest / tariff.outputRate, BigInt(outputUnits))) };
}
