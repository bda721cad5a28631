/** The deployment that a scenario is simulated on: the defaults, and what the scenario has otherwise. */
import { defaultParameters } from "../../deploy/parameters.ts";
import type { Parameters, Policy } from "../chain/parameters.ts";
import { Mode } from "../core/typedData.ts";
import type { Scenario } from "./scenario.ts";

/** Units of the test token. */
export const TOKEN = 1_000_000n;

const DAY = 86_400n;

/** Converts tokens to their smallest unit, rounded down. */
export function toUnits(tokens: number): bigint {
  return BigInt(Math.floor(tokens * Number(TOKEN)));
}

export function toTokens(units: bigint): number {
  return Number(units) / Number(TOKEN);
}

function toBps(share: number): bigint {
  return BigInt(Math.round(share * 10_000));
}

/** What is deployed for a scenario. */
export function parametersOf({ parameters: given }: Pick<Scenario, "parameters">): Parameters {
  const base = defaultParameters;
  const or = <Given, Value>(value: Given | undefined, convert: (value: Given) => Value, otherwise: Value): Value =>
    value === undefined ? otherwise : convert(value);
  return {
    ...base,
    leastOwnBond: or(given.leastOwnBond, toUnits, base.leastOwnBond),
    leverage: or(given.leverage, BigInt, base.leverage),
    coverageBps: or(given.coverage, toBps, base.coverageBps),
    protocolFeeBps: or(given.protocolFee, toBps, base.protocolFeeBps),
    unbondingDelay: or(given.unbondingDelay, (days) => BigInt(days) * DAY, base.unbondingDelay),
    creditPrior: or(given.creditPrior, toUnits, base.creditPrior),
    creditSeverity: or(given.creditSeverity, BigInt, base.creditSeverity),
    policies: base.policies.map((policy, row) =>
      row === Mode.optimistic
        ? {
            ...policy,
            slashBps: or(given.slash, toBps, policy.slashBps),
            priceMultiple: or(given.priceMultiple, BigInt, policy.priceMultiple),
            compensationMultiple: or(given.compensationMultiple, BigInt, policy.compensationMultiple),
            bountyBps: or(given.bounty, toBps, policy.bountyBps),
            window: or(given.window, (days) => BigInt(days) * DAY, policy.window),
          }
        : policy,
    ),
  };
}

/** The policy that judges a simulation's answers. @throws RangeError where the parameters have none */
export function policyOf({ policies }: Parameters): Policy {
  const policy = policies[Mode.optimistic];
  if (policy === undefined) throw new RangeError("there is no policy of the optimistic mode");
  return policy;
}
