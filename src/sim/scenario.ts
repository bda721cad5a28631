/**
 * What a simulation is of: who is there, what they want, and what happens to them. A scenario is a JSON file of this
 * schema; a seed and a scenario give the same history every time.
 *
 * Prices, costs and gains are in dollars, bonds and funds in tokens. At first a token is worth a dollar; a shock can change
 * that, and operators then ask for more tokens, or fewer. Shares are numbers from 0 to 1, times are in days.
 */
import { z } from "zod";
import { SuretyError } from "../core/errors.ts";

/** A text that is no scenario. */
export class ScenarioError extends SuretyError {
  override readonly name = "ScenarioError";
}

const name = z.string().regex(/^[a-z0-9][a-z0-9 -]{0,31}$/, "up to 32 of a-z, 0-9, space and - expected");
const share = z.number().min(0).max(1);
const amount = z.number().min(0).max(1e9);
const count = z.int().min(0).max(100_000);
const day = z.int().min(0).max(3_650);
/** Of a choice: more than this, and weights run out of what a number can hold. */
const exponent = z.number().min(0).max(20);

/** What those are called who have no group: addresses come from names, and results tell groups by them. */
const TAKEN = ["client", "clients", "delegator", "delegators", "accomplice"];

/** By how many powers of ten shocks may move what a token is worth, up and down: beyond it amounts fit no contract. */
const MOST_DIGITS = 6;

const cheating = z.strictObject({
  rate: share.describe("share of the answers that are not computed as they should be"),
  by: z
    .enum(["cache", "cheaper model", "falsification"])
    .default("cheaper model")
    .describe("another question's answer, a smaller network's, or one that somebody else pays for"),
  gain: amount.default(0).describe("what each such answer earns beside the cost that it saves, in dollars"),
  from: day.default(0).describe("the day on which it begins"),
  until: day.optional().describe("the day on which it ends"),
});

const collusion = z.discriminatedUnion("with", [
  z.strictObject({
    with: z.literal("client"),
    perDay: amount.describe("what its own client pays it a day, in dollars, to lift its credit"),
    until: day.optional().describe("the day on which that ends"),
  }),
  z.strictObject({
    with: z.literal("watcher"),
    watchers: name.describe("the group of watchers that looks away"),
  }),
  z.strictObject({
    with: z.literal("reporter").describe("a puppet that convicts it first, for the bounty"),
  }),
]);

const operators = z.strictObject({
  name,
  count: count.min(1).default(1),
  bond: amount.describe("own bond, in tokens"),
  price: z.number().positive().max(1e6).describe("of an answer, in dollars"),
  cost: amount.describe("of computing an answer, in dollars"),
  cheapCost: share.default(0.25).describe("what an answer of the smaller network costs, as a share of the whole"),
  commission: share.default(0.1),
  capacity: count.default(1_000).describe("answers a day"),
  admits: z
    .enum(["own bond", "cover"])
    .default("own bond")
    .describe("what it admits work against: what delegators take back tomorrow covers nothing then"),
  availability: share.default(1).describe("share of the days on which it serves"),
  cheating: cheating.optional(),
  collusion: collusion.optional(),
  exitsOn: day.optional().describe("the day on which it asks its whole bond back"),
});

const delegators = z.strictObject({
  count,
  stake: amount.describe("of each, in tokens"),
  reviewEvery: z.int().min(1).max(365).default(7).describe("days between two looks at what others earn"),
  leastGain: share.default(0.02).describe("how much more a year, as a share of the stake, is worth a move"),
});

const clients = z.strictObject({
  count,
  requestsPerDay: amount.max(10_000).describe("of each, on average"),
  maxPrice: z.number().positive().max(1e6).default(1).describe("what an answer may cost, in dollars"),
  creditSensitivity: exponent.default(4).describe("exponent of an operator's trust in the choice"),
  priceSensitivity: exponent.default(4).describe("exponent of its price"),
  reconsiders: share.default(0.1).describe("chance, a day, to choose anew without a reason"),
  checkRate: share.default(0.02).describe("share of the answers that they compute again themselves"),
  churn: share.default(0.002).describe("chance, a day, to leave for good"),
  disappointment: share
    .default(0.2)
    .describe("chance to leave for good after a wrong answer, or a day on which nobody takes its requests"),
  arrivalsPerDay: amount.default(0).describe("new clients, on average"),
});

const watchers = z.strictObject({
  name,
  count: count.min(1).default(1),
  rate: share.describe("share of all committed receipts that each computes again"),
  delay: z.int().min(0).max(30).default(1).describe("days between a commitment and its look at it"),
  cost: amount.default(0).describe("of computing an answer again, in dollars"),
});

const shock = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("token price"),
    on: day,
    factor: z.number().positive().max(1_000).describe("what a token is worth afterwards, as a part of before"),
  }),
  z.strictObject({
    kind: z.literal("watchers stop"),
    on: day,
    watchers: name,
    days: day.describe("how long they stay away"),
  }),
  z.strictObject({ kind: z.literal("mass exit"), on: day, share: share.describe("of the honest operators") }),
  z.strictObject({
    kind: z.literal("demand"),
    on: day,
    factor: z.number().min(0).max(1_000).describe("requests afterwards, as a part of before"),
  }),
]);

/** What a deployment is free to choose, where it shall not be the default: see `src/chain/parameters.ts`. */
const parameters = z.strictObject({
  leastOwnBond: amount.optional().describe("in tokens"),
  leverage: z.int().min(1).max(4).optional(),
  coverage: z.number().min(1).max(10).optional().describe("cover behind a token that is exposed"),
  protocolFee: share.max(0.1).optional(),
  slash: share.min(0.0001).optional().describe("of the own bond, for a wrong answer"),
  priceMultiple: z.int().min(0).max(10_000).optional(),
  compensationMultiple: z.int().min(0).max(10_000).optional(),
  bounty: share.max(0.25).optional().describe("of what is asked, for whoever proves the fault"),
  window: z.int().min(3).max(7).optional().describe("days"),
  unbondingDelay: z.int().min(15).max(60).optional().describe("days"),
  creditPrior: amount.min(0.000001).optional().describe("in tokens"),
  creditSeverity: z.int().min(1).max(1_000).optional(),
});

const schema = z
  .strictObject({
    $schema: z.string().optional(),
    name,
    description: z.string().max(2_000).default(""),
    days: z.int().min(1).max(730),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1),
    gas: z
      .strictObject({
        price: z.number().positive().max(10_000).describe("in gwei"),
        coin: amount.describe("what one of the chain's coin is worth, in dollars"),
      })
      .default({ price: 0.01, coin: 3_000 }),
    capitalCost: share.default(0.05).describe("what bonded money could earn elsewhere, a year, as a share"),
    operators: z.array(operators).min(1),
    delegators: delegators.default({ count: 0, stake: 0, reviewEvery: 7, leastGain: 0.02 }),
    clients,
    watchers: z.array(watchers).default([]),
    shocks: z.array(shock).default([]),
    parameters: parameters.default({}),
  })
  .superRefine(({ operators: groups, watchers: looking, shocks }, context) => {
    const say = (message: string): void => context.addIssue({ code: "custom", message });
    const names = [...groups, ...looking].map((group) => group.name);
    const twice = names.find((one, index) => names.indexOf(one) !== index);
    if (twice !== undefined) say(`two groups are called ${twice}`);
    const taken = names.find((one) => TAKEN.includes(one));
    if (taken !== undefined) say(`no group can be called ${taken}: others are`);
    const known = new Set(looking.map((group) => group.name));
    const missing = [
      ...groups.map(({ collusion: theirs }) => (theirs?.with === "watcher" ? theirs.watchers : undefined)),
      ...shocks.map((one) => (one.kind === "watchers stop" ? one.watchers : undefined)),
    ].find((one) => one !== undefined && !known.has(one));
    if (missing !== undefined) say(`there are no watchers called ${missing}`);
    const dear = groups.find(({ price, cost }) => cost > price);
    if (dear !== undefined)
      say(`${dear.name} asks ${dear.price} for what costs it ${dear.cost}: it would lose by honesty`);
    const digits = shocks.map((one) => (one.kind === "token price" ? Math.abs(Math.log10(one.factor)) : 0));
    if (digits.reduce((sum, more) => sum + more, 0) > MOST_DIGITS)
      say(`shocks move what a token is worth by more than ${MOST_DIGITS} digits in all`);
  });

/** A scenario, with everything that its file leaves to defaults. */
export type Scenario = z.infer<typeof schema>;
export type OperatorGroup = Scenario["operators"][number];
export type WatcherGroup = Scenario["watchers"][number];
export type Shock = Scenario["shocks"][number];

/**
 * Reads a scenario.
 * @param text JSON
 * @param where what the text is called in errors
 * @throws ScenarioError where it is none, with everything that is wrong with it
 */
export function parseScenario(text: string, where = "the scenario"): Scenario {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new ScenarioError(`${where} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return makeScenario(content, where);
}

/** The same of data. @throws ScenarioError */
export function makeScenario(content: unknown, where = "the scenario"): Scenario {
  const read = schema.safeParse(content);
  if (!read.success) throw new ScenarioError(`${where} is no scenario:\n${z.prettifyError(read.error)}`);
  return read.data;
}

/** The schema of scenario files, as JSON Schema: for editors, and for whoever writes one. */
export function scenarioSchema(): unknown {
  return z.toJSONSchema(schema, { io: "input" });
}
