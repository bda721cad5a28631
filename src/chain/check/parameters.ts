/**
 * Whether parameters are what the network's file says, or what governance made of them since, and within the bounds of
 * the code. Each change says so in an event: a value that no event explains is nobody's.
 */
import { durationText } from "../../core/durations.ts";
import { lower } from "../history.ts";
import { type Bounds, bounds, MAX_DRIFT, type Parameters, policyBounds } from "../parameters.ts";
import { query } from "../transactions.ts";
import { isSame, notable, right, type Row, rowOf, type Verdict, worst, wrong } from "./rows.ts";
import { type Happened, happenedTo, type View } from "./view.ts";

/** What a parameter should be. */
interface Wanted {
  /** What the file says; undefined where there is none. */
  readonly file?: bigint | string | undefined;
  /** What was said of it on the chain, the oldest first; left out where it never changes. */
  readonly said?: readonly { readonly block: number; readonly value: bigint | string }[];
  readonly bounds?: Bounds;
  readonly show?: (value: bigint) => string;
}

/** What is asked of a deployment's parameters, and of the treasury. */
export interface Chosen {
  readonly parameters?: Parameters | undefined;
  readonly treasury?: string | undefined;
}

const UNEXPLAINED = "do not use it: whoever can do this without an event is not bound by the contracts";
const OTHER_FILE = "check with the parameters that it was deployed with, or deploy anew: this one never changes";
const BRING_UP_TO_DATE = "bring the network's parameters up to date, if governance meant it so";

/** Every parameter. @throws ChainError where the chain cannot be read */
export async function checkParameters(view: View, { parameters, treasury }: Chosen): Promise<Row[]> {
  const { bonds, escrow, credit, collateral, disclosureCourt, equivocationCourt, validityCourt } = view.contracts;
  const row = async (name: string, read: () => Promise<bigint | string>, wanted: Wanted): Promise<Row> =>
    rowOf("parameters", name, async () => judge(await query(read), wanted));
  const number = async (name: keyof typeof bounds, read: () => Promise<bigint>, rest: Wanted = {}): Promise<Row> =>
    row(name, read, { file: parameters?.[name], bounds: bounds[name], ...rest });
  const said = (contract: Happened["contract"], name: string, field = 0): Pick<Wanted, "said"> => ({
    said: happenedTo(view, contract, name).map(({ block, args }) => ({ block, value: args[field] as bigint | string })),
  });
  const prior = await priorBounds(view);
  return Promise.all([
    number("leastOwnBond", () => bonds.leastOwnBond()),
    number("unbondingDelay", () => bonds.unbondingDelay(), {
      ...said("bonds", "UnbondingDelaySet"),
      show: durationText,
    }),
    number("leverage", () => bonds.leverage(), said("bonds", "LeverageSet")),
    number("protocolFeeBps", () => escrow.protocolFeeBps(), said("escrow", "ProtocolFeeSet")),
    number("coverageBps", () => escrow.coverageBps(), said("escrow", "CoverageSet")),
    row("treasury", () => escrow.treasury(), { file: treasury, ...said("escrow", "TreasurySet") }),
    ...Object.entries({ equivocationCourt, validityCourt }).map(async ([name, court]) =>
      row(`evidenceDeposit of ${name}`, () => court.evidenceDeposit(), { file: parameters?.evidenceDeposit }),
    ),
    number("leastGasPrice", () => disclosureCourt.leastGasPrice()),
    number("creditPrior", () => credit.prior(), { ...said("credit", "ParametersSet"), bounds: prior }),
    row("firstPrior", () => credit.firstPrior(), { file: parameters?.creditPrior }),
    number("creditSeverity", () => credit.severity(), said("credit", "ParametersSet", 1)),
    number("settledHalfLife", () => escrow.settledHalfLife(), { show: durationText }),
    number("faultHalfLife", () => bonds.faultHalfLife(), { show: durationText }),
    row("intelRootX", () => collateral.rootX(), { file: parameters?.intelRootX }),
    row("intelRootY", () => collateral.rootY(), { file: parameters?.intelRootY }),
    ...POLICIES.map(async (name, index) =>
      rowOf("parameters", `policy of ${name}`, async () => judgePolicy(view, index, parameters?.policies[index])),
    ),
    rowOf("parameters", "silence", async () => judgeSilence(view)),
  ]);
}

/** Within what credit's prior may have drifted. */
async function priorBounds({ contracts: { credit } }: View): Promise<Bounds> {
  const first = await query(() => credit.firstPrior()).catch(() => 1n);
  return { least: (first + MAX_DRIFT - 1n) / MAX_DRIFT, most: first * MAX_DRIFT };
}

function judge(value: bigint | string, { file, said, bounds: bound, show = String }: Wanted): Verdict {
  const text = (one: bigint | string): string => (typeof one === "bigint" ? show(one) : lower(one));
  const last = said?.at(-1);
  if (last !== undefined && !isEqual(value, last.value)) {
    return wrong(`${text(value)}, but what was set last, at block ${last.block}, is ${text(last.value)}`, UNEXPLAINED);
  }
  if (bound !== undefined && typeof value === "bigint" && !isWithin(value, bound)) {
    return wrong(`${text(value)} is not within ${text(bound.least)} to ${text(bound.most)}`, UNEXPLAINED);
  }
  if (file === undefined || isEqual(value, file)) return right(text(value));
  if (said === undefined) return wrong(`${text(value)}, the file says ${text(file)}`, OTHER_FILE);
  const isChanged = said.length > 1 && last !== undefined;
  if (isChanged) {
    return notable(
      `${text(value)} since block ${last.block}, by governance; the file says ${text(file)}`,
      BRING_UP_TO_DATE,
    );
  }
  return wrong(`deployed with ${text(value)}, the file says ${text(file)}`, `${BRING_UP_TO_DATE}; else deploy anew`);
}

/** The rows of CourtPolicies. */
const POLICIES = ["signed", "enclave", "snark", "optimistic", "equivocation", "silence"] as const;

type Policy = Readonly<Record<keyof typeof policyBounds, bigint>>;

/** The policy that is in force, and those that are announced. */
async function judgePolicy(view: View, row: number, file?: Policy): Promise<Verdict> {
  const found = await query(() => view.contracts.policies.policyAt(row, view.time));
  const told = happenedTo(view, "policies", "PolicySet").flatMap(({ block, args }) => {
    const policy = args.getValue("policy") as Policy & { readonly effectiveFrom: bigint };
    return args.getValue("row") === BigInt(row) ? [{ block, policy }] : [];
  });
  const last = told.findLast(({ policy }) => policy.effectiveFrom <= view.time);
  const announced = told.filter(({ policy }) => policy.effectiveFrom > view.time);
  const fields = Object.keys(policyBounds) as (keyof Policy)[];
  const verdicts = fields.map((field) => {
    const name = (verdict: Verdict): Verdict => ({ ...verdict, says: `${field}: ${verdict.says}` });
    const said = told.filter(({ policy }) => policy.effectiveFrom <= view.time);
    return name(
      judge(found[field], {
        file: file?.[field],
        bounds: policyBounds[field],
        said: said.map(({ block, policy }) => ({ block, value: policy[field] })),
      }),
    );
  });
  const later = announced.map(({ block, policy }) =>
    notable(
      `another one from ${policy.effectiveFrom} on, announced at block ${block}: ${describe(policy)}`,
      "tell your operators: what is committed from then on is judged by it",
    ),
  );
  const missing = last === undefined ? [wrong("no event tells of it", UNEXPLAINED)] : [];
  return worst([...missing, ...verdicts, ...later], describe(found));
}

function describe({ window, slashBps, priceMultiple, compensationMultiple, bountyBps }: Policy): string {
  const parts = [`window ${durationText(window)}`, `slash ${slashBps}`, `price ${priceMultiple}`];
  return [...parts, `compensation ${compensationMultiple}`, `bounty ${bountyBps}`].join(", ");
}

/** That nobody fares better by withholding what would convict it: silence costs as much as the dearest fault. */
async function judgeSilence({ contracts: { policies }, time }: View): Promise<Verdict> {
  const all = await query(async () => Promise.all(POLICIES.map(async (_, row) => policies.policyAt(row, time))));
  const silence = all.at(-1);
  const cheaper = POLICIES.slice(0, -1).flatMap((name, row) =>
    (["slashBps", "priceMultiple", "compensationMultiple"] as const).flatMap((field) => {
      const [own = 0n, other = 0n] = [silence?.[field], all[row]?.[field]];
      return own >= other ? [] : [`${field} of silence is ${own}, that of ${name} ${other}`];
    }),
  );
  if (cheaper.length === 0) return right("silence costs as much as the dearest fault");
  return wrong(cheaper.join("; "), "have governance set the policy of silence: until then who is guilty keeps silent");
}

function isWithin(value: bigint, { least, most }: Bounds): boolean {
  return value >= least && value <= most;
}

function isEqual(one: bigint | string, other: bigint | string): boolean {
  return typeof one === "string" ? isSame(one, String(other)) : one === other;
}
