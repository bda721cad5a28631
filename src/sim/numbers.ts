/** Numbers as people read them. */

/** Two digits after the point, or three digits in all where that says more. */
const rounded = {
  maximumFractionDigits: 2,
  maximumSignificantDigits: 3,
  roundingPriority: "morePrecision",
  signDisplay: "negative",
} as const;

const plain = new Intl.NumberFormat("en", rounded);
const money = new Intl.NumberFormat("en", {
  ...rounded,
  style: "currency",
  currency: "USD",
  minimumSignificantDigits: 1,
  trailingZeroDisplay: "stripIfInteger",
});
const part = new Intl.NumberFormat("en", { maximumFractionDigits: 1, signDisplay: "negative" });
const short = new Intl.NumberFormat("en", {
  notation: "compact",
  maximumSignificantDigits: 3,
  signDisplay: "negative",
});

/** A number, as 1,234.5. */
export function numberText(value: number): string {
  return plain.format(value);
}

/** Dollars, as $1,234.5. */
export function dollarText(value: number): string {
  return money.format(value);
}

/** A share from 0 to 1 in percent, as 12.5 %. */
export function shareText(value: number): string {
  return `${part.format(value * 100)} %`;
}

/** A number for a narrow place, as 1.23K. */
export function shortText(value: number): string {
  return short.format(value);
}

/** How many of something, as 1 day or 2 days. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${count === 1 ? noun : `${noun}s`}`;
}
