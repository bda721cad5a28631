/** Who holds which power over a deployment, by the authority's own answers about everybody whom it ever named. */
import { durationText } from "../../core/durations.ts";
import { changesOf, describeCall, governed, scheduledCalls, TARGETS } from "../governance.ts";
import { lower } from "../history.ts";
import { query } from "../transactions.ts";
import { isSame, notable, right, type Row, rowOf, type Verdict, worst, wrong } from "./rows.ts";
import { happenedTo, type View } from "./view.ts";

/** The roles of OpenZeppelin's AccessManager that are used: governance, and whoever may suspend. */
const ADMIN_ROLE = 0n;
const GUARDIAN_ROLE = 1n;

/** Who should have which role; of whom nothing is said, is named and left to the reader. */
export interface Expected {
  readonly governance?: string | undefined;
  readonly guardian?: string | undefined;
  /** How long governance waits, in seconds. */
  readonly governanceDelay?: bigint | undefined;
}

/** A member of a role: with which delay, and from when on with which other one. Times in seconds. */
interface Member {
  readonly account: string;
  readonly delay: bigint;
  readonly pendingDelay: bigint;
  readonly effect: bigint;
}

const REVOKE = "have governance revoke it, and see docs/incidents.md: whoever has it can govern";

/** Roles, functions, targets and what waits to be executed. @throws ChainError */
export async function checkRoles(view: View, expected: Expected): Promise<Row[]> {
  return Promise.all([
    rowOf("roles", "governance", async () => judgeGovernance(view, expected)),
    rowOf("roles", "governance's delay", async () => judgeDelay(view, expected)),
    rowOf("roles", "guardian", async () => judgeGuardian(view, expected)),
    rowOf("roles", "other roles", async () => judgeOthers(view)),
    rowOf("roles", "functions", async () => judgeFunctions(view)),
    rowOf("roles", "closed", async () => judgeClosed(view)),
    rowOf("roles", "target delays", async () => judgeTargetDelays(view)),
    rowOf("roles", "scheduled", async () => judgeScheduled(view)),
  ]);
}

async function judgeGovernance(view: View, { governance }: Expected): Promise<Verdict> {
  const members = await membersOf(view, ADMIN_ROLE);
  const accounts = members.map(({ account }) => account);
  if (governance === undefined) {
    return notable(`governed by ${accounts.join(", ") || "nobody"}`, "say with --governance who should be");
  }
  const deployer = deployerOf(view);
  const others = accounts.filter((account) => !isSame(account, governance));
  return worst(
    [
      ...others.map((account) =>
        isSame(account, deployer)
          ? wrong(`the deployer ${account} has kept its power`, "run `surety deploy` again, so that it gives it up")
          : wrong(`${account} governs too`, REVOKE),
      ),
      ...(others.length < accounts.length
        ? []
        : [
            wrong(`${governance} does not govern`, "name the present governance with --governance, if it was replaced"),
          ]),
    ],
    `governed by ${governance.toLowerCase()} alone`,
  );
}

/** Who governs with how much notice: a delay that is about to become shorter is the last warning. */
async function judgeDelay(view: View, { governanceDelay }: Expected): Promise<Verdict> {
  const members = await membersOf(view, ADMIN_ROLE);
  const verdicts = members.flatMap(({ account, delay, pendingDelay, effect }) => {
    const says = `${account} waits ${durationText(delay)}`;
    if (governanceDelay !== undefined && delay < governanceDelay) {
      return [
        wrong(`${says}, not ${durationText(governanceDelay)}`, "have governance grant itself its role with the delay"),
      ];
    }
    if (effect > view.time && pendingDelay !== delay) {
      const later = `${says}, and ${durationText(pendingDelay)} from ${effect} on`;
      return [notable(later, "ask governance why, and leave before it if the answer is not good")];
    }
    if (governanceDelay === undefined || delay === governanceDelay) return [];
    return [
      notable(`${says}, more than ${durationText(governanceDelay)}`, "bring the network's parameters up to date"),
    ];
  });
  return worst(verdicts, `waits ${members.map(({ delay }) => durationText(delay)).join(", ")} before it acts`);
}

async function judgeGuardian(view: View, { guardian }: Expected): Promise<Verdict> {
  const members = await membersOf(view, GUARDIAN_ROLE);
  const accounts = members.map(({ account }) => account);
  if (guardian === undefined) {
    return notable(`guarded by ${accounts.join(", ") || "nobody"}`, "say with --guardian who should be");
  }
  const late = members.find(({ delay }) => delay !== 0n);
  return worst(
    [
      ...accounts
        .filter((account) => !isSame(account, guardian))
        .map((account) => wrong(`${account} may suspend too`, "have governance revoke its role")),
      ...(accounts.some((account) => isSame(account, guardian))
        ? []
        : [wrong(`${guardian} may not suspend`, "name the present guardian with --guardian, if it was replaced")]),
      ...(late === undefined
        ? []
        : [
            notable(`${late.account} waits ${durationText(late.delay)} before it suspends`, "grant it without a delay"),
          ]),
    ],
    `${guardian.toLowerCase()} alone may suspend, at once`,
  );
}

/** Nobody has another role, and nobody but governance hands out, or watches over, the two there are. */
async function judgeOthers(view: View): Promise<Verdict> {
  const { authority } = view.contracts;
  const granted = happenedTo(view, "authority", "RoleGranted").map(({ args }) => args.getValue("roleId") as bigint);
  const others = [...new Set(granted)].filter((role) => role !== ADMIN_ROLE && role !== GUARDIAN_ROLE);
  const members = await Promise.all(
    others.map(async (role) =>
      (await membersOf(view, role)).map(({ account }) => wrong(`${account} has the role ${role}`, REVOKE)),
    ),
  );
  const kept = await query(async () =>
    Promise.all(
      [ADMIN_ROLE, GUARDIAN_ROLE].map(async (role) => {
        const [admin, guardian] = await Promise.all([authority.getRoleAdmin(role), authority.getRoleGuardian(role)]);
        return [
          ...(admin === ADMIN_ROLE ? [] : [wrong(`role ${role} is handed out by role ${admin}`, REVOKE)]),
          ...(guardian === ADMIN_ROLE
            ? []
            : [notable(`what role ${role} may do is cancelled by role ${guardian}`, REVOKE)]),
        ];
      }),
    ),
  );
  return worst([...members.flat(), ...kept.flat()], "nobody has another role, and governance alone hands them out");
}

/** Every function that changes something is governance's, as far as it is restricted; the guardian's is one. */
async function judgeFunctions({ contracts, deployment }: View): Promise<Verdict> {
  const asked = TARGETS.flatMap((target) =>
    changesOf(governed[target]).map(({ name, selector }) => ({ target, name, selector })),
  );
  const found = await query(async () =>
    Promise.all(
      asked.map(async ({ target, name, selector }) => {
        const role = await contracts.authority.getTargetFunctionRole(deployment.contracts[target], selector);
        const expected = target === "bonds" && name === "suspend" ? GUARDIAN_ROLE : ADMIN_ROLE;
        if (role === expected) return [];
        return [
          wrong(`${target}.${name} is open to role ${role}, not to ${expected}`, "have governance set the role back"),
        ];
      }),
    ),
  );
  return worst(
    found.flat(),
    "the guardian may suspend and nothing else; all other restricted functions are governance's",
  );
}

async function judgeClosed({ contracts: { authority }, deployment }: View): Promise<Verdict> {
  const closed = await query(async () =>
    Promise.all(TARGETS.map(async (target) => authority.isTargetClosed(deployment.contracts[target]))),
  );
  const names = TARGETS.filter((_, index) => closed[index]);
  if (names.length === 0) return right("no contract is shut to governance and the guardian");
  return wrong(`${names.join(", ")}: shut to governance and the guardian`, "have governance open it: setTargetClosed");
}

async function judgeTargetDelays({ contracts: { authority }, deployment }: View): Promise<Verdict> {
  const delays = await query(async () =>
    Promise.all(TARGETS.map(async (target) => authority.getTargetAdminDelay(deployment.contracts[target]))),
  );
  const slow = TARGETS.flatMap((target, index) =>
    delays[index] === 0n
      ? []
      : [`roles on ${target} change ${durationText(delays[index] ?? 0n)} after they are asked for`],
  );
  if (slow.length === 0) return right("no contract adds a delay to governance's own");
  return notable(slow.join("; "), "nothing, if governance meant it so");
}

async function judgeScheduled(view: View): Promise<Verdict> {
  const waiting = (await scheduledCalls(view)).map((call) => {
    const when = call.from > view.time ? `from ${call.from} on` : "now";
    const what = `${describeCall(view.deployment, call)}, by ${call.caller}, can be executed ${when}`;
    return notable(what, "see that it is meant: governance can cancel it, and lets it lapse a week after that time");
  });
  return worst(waiting, "nothing waits to be executed");
}

/** Who made the authority: its first administrator. */
function deployerOf(view: View): string {
  const [first] = happenedTo(view, "authority", "RoleGranted");
  return first === undefined ? "" : (first.args.getValue("account") as string);
}

/** Who has a role now, of all who ever got it. */
async function membersOf(view: View, role: bigint): Promise<readonly Member[]> {
  const { authority } = view.contracts;
  const granted = happenedTo(view, "authority", "RoleGranted").filter(({ args }) => args.getValue("roleId") === role);
  const accounts = [...new Set(granted.map(({ args }) => lower(args.getValue("account") as string)))];
  const found = await query(async () =>
    Promise.all(
      accounts.map(async (account) => {
        const [since, delay, pendingDelay, effect] = await authority.getAccess(role, account);
        // A grant that lies in the future counts: it is decided.
        return since === 0n ? [] : [{ account, delay, pendingDelay, effect }];
      }),
    ),
  );
  return found.flat();
}
