/** How a command that sends does its work: it makes a plan, the plan is carried out or tried, and it says what came of it. */
import type { Interface, Result } from "ethers";
import { type Sender, withSender } from "./connection.ts";
import { print } from "./format.ts";
import type { Io } from "./io.ts";
import type { SenderOptions } from "./options.ts";
import { carryOut, describeSteps, type Outcome, reportSteps, type Step } from "./steps.ts";

/** Something to say: for programs and for people. */
export interface Told {
  readonly data: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** What is about to be done. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Why there is nothing to do, where there is nothing. */
  readonly idle?: string;
  /** What came of it, besides. */
  readonly tell?: (outcomes: readonly Outcome[]) => Told | Promise<Told>;
}

/** Carries out a plan, and prints what came of it. @throws ChainError */
export async function perform(sender: Sender, options: Pick<SenderOptions, "json">, plan: Plan): Promise<void> {
  const outcomes = await carryOut(sender, plan.steps);
  const told = (await plan.tell?.(outcomes)) ?? { data: {}, lines: [] };
  const idle = plan.steps.length === 0 && plan.idle !== undefined ? [`Nothing to do: ${plan.idle}.`] : [];
  const lines = [...(await describeSteps(sender, outcomes)), ...idle, ...told.lines];
  print(sender.io, options, { ...reportSteps(sender, outcomes), account: sender.address, ...told.data }, lines);
}

/** Opens a network and an account, makes a plan and carries it out. @throws ChainError, KeystoreError, UsageError */
export async function act(options: SenderOptions, io: Io, makePlan: (sender: Sender) => Promise<Plan>): Promise<void> {
  await withSender(options, io, async (sender) => perform(sender, options, await makePlan(sender)));
}

/** The values of every event of a name that steps have left; none where nothing was sent. */
export function eventsIn(outcomes: readonly Outcome[], contract: Interface, name: string): Result[] {
  return outcomes.flatMap(({ receipt }) =>
    (receipt?.logs ?? []).flatMap((log) => {
      const event = contract.parseLog(log);
      return event?.name === name ? [event.args] : [];
    }),
  );
}
