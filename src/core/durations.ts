/** Lengths of time, as people say them. */

const UNITS = [
  ["day", 86_400n],
  ["hour", 3_600n],
] as const;

/** A length of time in the greatest unit that it fills, with at most one digit after the point. @param seconds not below 0 */
export function durationText(seconds: bigint): string {
  const [name, length] = UNITS.find(([, least]) => seconds >= least) ?? [];
  if (length === undefined) return `${seconds} s`;
  const tenths = (seconds * 10n) / length;
  const part = tenths % 10n === 0n ? "" : `.${tenths % 10n}`;
  return `${tenths / 10n}${part} ${name}${tenths === 10n ? "" : "s"}`;
}
