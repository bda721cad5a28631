/** Files of parameters, `deploy/parameters/<network>.json`: in units that people think in, refused where a contract would. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseUnits } from "ethers";
import { z } from "zod";
import { type Bounds, bounds, policyBounds } from "../src/chain/parameters.ts";
import type { Hex } from "../src/core/bytes.ts";
import { durationText } from "../src/core/durations.ts";
import { INTEL_ROOT } from "../src/core/enclave/intelCollateral.ts";
import { SuretyError } from "../src/core/errors.ts";
import { read, RecordError } from "../src/core/records.ts";

/** A file of parameters that is none, or asks for what cannot be or nobody can mean. */
export class ParametersError extends SuretyError {
  override readonly name = "ParametersError";
}

const HOUR = 3_600n;
const DAY = 24n * HOUR;
const COIN = 10n ** 18n;
const GWEI = 10n ** 9n;

/** Where contracts take anything, what somebody can mean: of coin, and of the time before governance's acts. */
export const senseBounds = {
  // Nothing keeps from parking evidence that costs nothing; nobody reports a fault at the price of a car.
  evidenceDeposit: { least: COIN / 10_000n, most: COIN },
  leastGasPrice: { least: 1n, most: 1_000n * GWEI },
  // A day at least to see what is scheduled; whatever waits for a month comes too late for a fault.
  governanceDelay: { least: DAY, most: 30n * DAY },
} as const satisfies Record<string, Bounds>;

/** The fewest of a token's smallest units that a bond is: below it delegators' shares earn nothing (IOperatorBonds). */
const LEAST_BOND_UNITS = 1_000_000n;

const times = { second: 1n, hour: HOUR, day: DAY };

/** A number with a unit behind it, as "0.5 gwei". */
function measured(unit: string, decimals: number) {
  return z
    .string()
    .regex(new RegExp(`^\\d+(\\.\\d+)? ?${unit}$`), `a number of ${unit} as text, as "12.5 ${unit}", expected`)
    .transform((text, context) => {
      const number = text.slice(0, -unit.length).trim();
      if ((number.split(".")[1] ?? "").length <= decimals) return parseUnits(number, decimals);
      context.addIssue(`at most ${decimals} digits behind the point expected`);
      return z.NEVER;
    });
}

const duration = z
  .string()
  .regex(/^\d+ (second|hour|day)s?$/, 'a time as text, as "21 days", expected')
  .transform((text) => {
    const [number = "", unit = ""] = text.split(" ");
    return BigInt(number) * times[unit.replace(/s$/, "") as keyof typeof times];
  });
const percentage = measured("%", 2);
const coin = measured("coin", 18);
const gwei = measured("gwei", 9);
const whole = z.int().transform(BigInt);
const word = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value),
  "32 bytes in lower-case hexadecimal expected",
);

/** The same, within bounds. @param show how a bound is said */
function within<T extends z.ZodType<bigint>>(
  value: T,
  { least, most }: Bounds,
  show: (bound: bigint) => string = String,
) {
  return value.refine((found) => found >= least && found <= most, `from ${show(least)} to ${show(most)} expected`);
}

const showPercent = (bps: bigint): string => `${Number(bps) / 100} %`;
const showGwei = (wei: bigint): string => `${Number(wei) / 1e9} gwei`;
const showCoin = (wei: bigint): string => `${Number(wei) / 1e18} coin`;

const policy = z
  .strictObject({
    window: within(duration, policyBounds.window, durationText),
    slash: within(percentage, policyBounds.slashBps, showPercent),
    priceMultiple: within(whole, policyBounds.priceMultiple),
    compensationMultiple: within(whole, policyBounds.compensationMultiple),
    bounty: within(percentage, policyBounds.bountyBps, showPercent),
  })
  .transform(({ slash, bounty, ...rest }) => ({
    ...rest,
    slashBps: slash,
    bountyBps: bounty,
    effectiveFrom: 0n as const,
  }));

type Row = z.infer<typeof policy>;

const policies = z
  .strictObject({
    signed: policy,
    enclave: policy,
    snark: policy,
    optimistic: policy,
    equivocation: policy,
    silence: policy,
  })
  .refine(({ silence, ...others }) => Object.values(others).every((other) => isNoDearer(other, silence)), {
    message: "silence must cost at least as much as every other fault, or whoever is guilty keeps silent",
    path: ["silence"],
  })
  .transform((rows) => [
    ...[rows.signed, rows.enclave, rows.snark, rows.optimistic],
    ...[rows.equivocation, rows.silence],
  ]);

function isNoDearer(one: Row, other: Row): boolean {
  return (["slashBps", "priceMultiple", "compensationMultiple"] as const).every((part) => one[part] <= other[part]);
}

const intelRoot = z.union([
  z.literal("Intel").transform(() => ({ x: INTEL_ROOT.x, y: INTEL_ROOT.y })),
  z.strictObject({ x: word, y: word }),
]);

/** What a file holds, where amounts are of a token of so many decimals. */
function schemaOf(decimals: number) {
  const tokens = measured("tokens", decimals);
  // What a contract holds of an amount has 96 bits, and holds thousands of the least bond.
  const bonds: Bounds = { least: 10n ** BigInt(decimals), most: bounds.leastOwnBond.most / 1_000n };
  return z
    .strictObject({
      leastOwnBond: within(tokens, bonds, (units) => `${units / 10n ** BigInt(decimals)} tokens`).refine(
        (units) => units >= LEAST_BOND_UNITS,
        `more expected, for a token of ${decimals} decimals: ${LEAST_BOND_UNITS} of its smallest unit at least`,
      ),
      unbondingDelay: within(duration, bounds.unbondingDelay, durationText),
      leverage: within(whole, bounds.leverage),
      protocolFee: within(percentage, bounds.protocolFeeBps, showPercent),
      coverage: within(percentage, bounds.coverageBps, showPercent),
      evidenceDeposit: within(coin, senseBounds.evidenceDeposit, showCoin),
      leastGasPrice: within(gwei, senseBounds.leastGasPrice, showGwei),
      creditPrior: within(tokens, bounds.creditPrior, (units) => `${units} of the token's smallest unit`),
      creditSeverity: within(whole, bounds.creditSeverity),
      settledHalfLife: within(duration, bounds.settledHalfLife, durationText),
      faultHalfLife: within(duration, bounds.faultHalfLife, durationText),
      intelRoot,
      governanceDelay: within(duration, senseBounds.governanceDelay, durationText),
      policies,
    })
    .transform(({ protocolFee, coverage, intelRoot: root, ...rest }) => ({
      ...rest,
      protocolFeeBps: protocolFee,
      coverageBps: coverage,
      intelRootX: root.x,
      intelRootY: root.y,
    }));
}

/** Where the parameters of a network lie that is known by name. */
export function parameterFile(network: string): string {
  return resolve(import.meta.dirname, "parameters", `${network}.json`);
}

/**
 * Reads a file of parameters. It may start from another one, which it names as `extends` by its path from its own folder,
 * and say only what is different.
 * @param decimals of the token in whose units its amounts are
 * @returns what `Parameters` is
 * @throws ParametersError where it cannot be read, has a value that contracts refuse, or one that nobody can mean
 */
export function readParameters(file: string, decimals: number) {
  const values = readExtended(file, []);
  try {
    return read(schemaOf(decimals), values);
  } catch (cause) {
    if (cause instanceof RecordError) throw new ParametersError(`${file} is refused:\n${cause.message}`, { cause });
    throw cause;
  }
}

/** What a file says, and what it starts from. @param below the files that start from it */
function readExtended(file: string, below: readonly string[]): Record<string, unknown> {
  if (below.includes(file)) throw new ParametersError(`${file} starts from itself: name another file as "extends"`);
  const { extends: base, ...own } = readObject(file);
  return typeof base === "string" ? { ...readExtended(resolve(dirname(file), base), [...below, file]), ...own } : own;
}

function readObject(file: string): Record<string, unknown> {
  try {
    return read(z.record(z.string(), z.unknown()), JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new ParametersError(`${file} is no file of parameters: name one that holds an object of JSON`, { cause });
  }
}
