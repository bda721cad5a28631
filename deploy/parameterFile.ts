/** Files of parameters, `deploy/parameters/<network>.json`: in units that people think in, refused where a contract would. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseUnits } from "ethers";
import { z } from "zod";
import type { Hex } from "../src/core/bytes.ts";
import { durationText } from "../src/core/durations.ts";
import { INTEL_ROOT } from "../src/core/enclave/intelCollateral.ts";
import { SuretyError } from "../src/core/errors.ts";
import { MAX_UINT96 } from "../src/core/numbers.ts";
import { read, RecordError } from "../src/core/records.ts";

/** A file of parameters that is none, or asks for what cannot be or nobody can mean. */
export class ParametersError extends SuretyError {
  override readonly name = "ParametersError";
}

/** The least and the most of a value, in the unit in which contracts take it. */
type Bounds = readonly [least: bigint, most: bigint];

const HOUR = 3_600n;
const DAY = 24n * HOUR;
const COIN = 10n ** 18n;
const GWEI = 10n ** 9n;

/** The bounds that the constructors of contracts have: `contracts/Clocks.sol`, and the constants of each contract. */
export const contractBounds = {
  unbondingDelay: [15n * DAY, 60n * DAY],
  leverage: [1n, 4n],
  protocolFee: [0n, 1_000n],
  coverage: [10_000n, 100_000n],
  leastGasPrice: [1n, 2n ** 256n - 1n],
  creditPrior: [1n, MAX_UINT96],
  creditSeverity: [2n, 1_000n],
  settledHalfLife: [30n * DAY, 180n * DAY],
  faultHalfLife: [360n * DAY, 1_440n * DAY],
  window: [3n * DAY, 7n * DAY],
  slash: [1n, 10_000n],
  priceMultiple: [0n, 10_000n],
  compensationMultiple: [0n, 10_000n],
  bounty: [0n, 2_500n],
} as const satisfies Record<string, Bounds>;

/** Where contracts take anything, what somebody can mean: of coin, and of the time before governance's acts. */
export const senseBounds = {
  // Nothing keeps from parking evidence that costs nothing; nobody reports a fault at the price of a car.
  evidenceDeposit: [COIN / 10_000n, COIN],
  leastGasPrice: [1n, 1_000n * GWEI],
  // A day at least to see what is scheduled; whatever waits for a month comes too late for a fault.
  governanceDelay: [DAY, 30n * DAY],
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
  [least, most]: Bounds,
  show: (bound: bigint) => string = String,
) {
  return value.refine((found) => found >= least && found <= most, `from ${show(least)} to ${show(most)} expected`);
}

const showPercent = (bps: bigint): string => `${Number(bps) / 100} %`;
const showGwei = (wei: bigint): string => `${Number(wei) / 1e9} gwei`;
const showCoin = (wei: bigint): string => `${Number(wei) / 1e18} coin`;

const policy = z
  .strictObject({
    window: within(duration, contractBounds.window, durationText),
    slash: within(percentage, contractBounds.slash, showPercent),
    priceMultiple: within(whole, contractBounds.priceMultiple),
    compensationMultiple: within(whole, contractBounds.compensationMultiple),
    bounty: within(percentage, contractBounds.bounty, showPercent),
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
  const bonds: Bounds = [10n ** BigInt(decimals), MAX_UINT96 / 1_000n];
  return z
    .strictObject({
      leastOwnBond: within(tokens, bonds, (units) => `${units / 10n ** BigInt(decimals)} tokens`).refine(
        (units) => units >= LEAST_BOND_UNITS,
        `more expected, for a token of ${decimals} decimals: ${LEAST_BOND_UNITS} of its smallest unit at least`,
      ),
      unbondingDelay: within(duration, contractBounds.unbondingDelay, durationText),
      leverage: within(whole, contractBounds.leverage),
      protocolFee: within(percentage, contractBounds.protocolFee, showPercent),
      coverage: within(percentage, contractBounds.coverage, showPercent),
      evidenceDeposit: within(coin, senseBounds.evidenceDeposit, showCoin),
      leastGasPrice: within(gwei, senseBounds.leastGasPrice, showGwei),
      creditPrior: within(tokens, contractBounds.creditPrior, (units) => `${units} of the token's smallest unit`),
      creditSeverity: within(whole, contractBounds.creditSeverity),
      settledHalfLife: within(duration, contractBounds.settledHalfLife, durationText),
      faultHalfLife: within(duration, contractBounds.faultHalfLife, durationText),
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
 * Reads a file of parameters. It may start from another one in its folder, which it names as `extends`, and say only what
 * is different.
 * @param decimals of the token in whose units its amounts are
 * @returns what `Parameters` is
 * @throws ParametersError where it cannot be read, has a value that contracts refuse, or one that nobody can mean
 */
export function readParameters(file: string, decimals: number) {
  const { extends: base, ...own } = readObject(file);
  const inherited = typeof base === "string" ? readObject(resolve(dirname(file), base)) : {};
  try {
    return read(schemaOf(decimals), { ...inherited, ...own });
  } catch (cause) {
    if (cause instanceof RecordError) throw new ParametersError(`${file} is refused:\n${cause.message}`, { cause });
    throw cause;
  }
}

function readObject(file: string): Record<string, unknown> {
  try {
    return read(z.record(z.string(), z.unknown()), JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new ParametersError(`${file} is no file of parameters: name one that holds an object of JSON`, { cause });
  }
}
